import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { LanguageClient } from '../../../../../src/interfaces/client/index.ts'
import { languageText } from '../../../text/language.ts'
import { Card } from '../../../ui/card.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { AnsweredBy } from './answered-by.tsx'
import { ShareBar } from './share-bar.tsx'

type Keywords = Awaited<ReturnType<LanguageClient['keywords']>>

export function KeywordsCard({ query }: { readonly query: UseQueryResult<Keywords> }): ReactNode {
  return (
    <Card
      title={languageText.keywords}
      subtitle={languageText.keywordsHint}
      footer={<AnsweredBy answer={query.data} />}
      className="lg:col-span-2"
    >
      <Loaded query={query}>
        {({ keywords }) =>
          keywords.length === 0 ? (
            <p className="text-muted">{languageText.noKeywords}</p>
          ) : (
            <ul className="grid gap-x-6 gap-y-2 sm:grid-cols-2 lg:grid-cols-3">
              {keywords.map(({ text, score }) => (
                <ShareBar key={text} name={text} share={score} detail={score} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}
