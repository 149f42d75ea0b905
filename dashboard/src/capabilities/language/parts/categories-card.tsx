import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { LanguageClient } from '../../../../../src/interfaces/client/index.ts'
import { languageText } from '../../../text/language.ts'
import { Card } from '../../../ui/card.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { AnsweredBy } from './answered-by.tsx'
import { ShareBar } from './share-bar.tsx'

type Categories = Awaited<ReturnType<LanguageClient['categories']>>

export function CategoriesCard({ query }: { readonly query: UseQueryResult<Categories> }): ReactNode {
  return (
    <Card title={languageText.categories} subtitle={languageText.categoriesHint} footer={<AnsweredBy answer={query.data} />}>
      <Loaded query={query}>
        {({ categories }) => (
          <ul className="grid gap-2">
            {categories.map(({ label, score }) => (
              <ShareBar key={label} name={label} share={score} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}
