import type { UseQueryResult } from '@tanstack/react-query'
import { Frown, Meh, Smile } from 'lucide-react'
import type { ReactNode } from 'react'
import type { LanguageClient } from '../../../../../src/interfaces/client/index.ts'
import { languageText } from '../../../text/language.ts'
import { Card } from '../../../ui/card.tsx'
import { formatNumber } from '../../../ui/format.ts'
import { Loaded } from '../../../ui/loaded.tsx'
import { Pill } from '../../../ui/pill.tsx'
import { AnsweredBy } from './answered-by.tsx'
import { ShareBar } from './share-bar.tsx'

type Sentiment = Awaited<ReturnType<LanguageClient['sentiment']>>

const LOOKS = {
  positive: { tone: 'good', icon: Smile },
  neutral: { tone: 'neutral', icon: Meh },
  negative: { tone: 'bad', icon: Frown },
} as const

export function SentimentCard({ query }: { readonly query: UseQueryResult<Sentiment> }): ReactNode {
  return (
    <Card title={languageText.sentiment} subtitle={languageText.sentimentHint} footer={<AnsweredBy answer={query.data} />}>
      <Loaded query={query}>
        {({ label, score, scores }) => {
          const { tone, icon } = label in LOOKS ? LOOKS[label as keyof typeof LOOKS] : ({ tone: 'accent', icon: undefined } as const)
          return (
            <>
              <p className="mb-3 flex items-center gap-3">
                {score !== null && <span className="text-2xl font-semibold">{formatNumber(score)}</span>}
                <Pill tone={tone} icon={icon}>
                  {languageText.sides[label] ?? label}
                </Pill>
              </p>
              <ul aria-label={languageText.shares} className="grid gap-2">
                {Object.entries(scores).map(([name, share]) => (
                  <ShareBar key={name} name={languageText.sides[name] ?? name} share={share} />
                ))}
              </ul>
            </>
          )
        }}
      </Loaded>
    </Card>
  )
}
