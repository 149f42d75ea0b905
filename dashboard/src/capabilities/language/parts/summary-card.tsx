import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { LanguageClient } from '../../../../../src/interfaces/client/index.ts'
import { languageText } from '../../../text/language.ts'
import { Card } from '../../../ui/card.tsx'
import { Loaded } from '../../../ui/loaded.tsx'
import { AnsweredBy } from './answered-by.tsx'

type Summary = Awaited<ReturnType<LanguageClient['summary']>>

export function SummaryCard({ query }: { readonly query: UseQueryResult<Summary> }): ReactNode {
  const { data } = query
  const subtitle =
    data === undefined
      ? undefined
      : data.kind === 'written'
        ? languageText.written
        : languageText.extracted(data.sentences.length, data.sentenceCount)
  return (
    <Card title={languageText.summary} subtitle={subtitle} footer={<AnsweredBy answer={data} />} className="lg:col-span-2">
      <Loaded query={query}>{({ summary }) => <p className="max-w-prose text-pretty break-words">{summary}</p>}</Loaded>
    </Card>
  )
}
