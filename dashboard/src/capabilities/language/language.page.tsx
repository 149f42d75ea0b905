// A text to try, and what it says: sentiment, entities in it, keywords, labels that fit, its summary; each with what answered.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { TextSearch } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'
import { useLive } from '../../live.ts'
import { useCan } from '../../session.ts'
import { languageText } from '../../text/language.ts'
import { Card, CardGrid } from '../../ui/card.tsx'
import { Empty } from '../../ui/empty.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { AskForm } from './parts/ask-form.tsx'
import { CategoriesCard } from './parts/categories-card.tsx'
import { EntitiesCard } from './parts/entities-card.tsx'
import { KeywordsCard } from './parts/keywords-card.tsx'
import { SentimentCard } from './parts/sentiment-card.tsx'
import { StatusCard } from './parts/status-card.tsx'
import { SummaryCard } from './parts/summary-card.tsx'
import { type Asked, categoriesQuery, entitiesQuery, keywordsQuery, languageStatusQuery, sentimentQuery, summaryQuery } from './queries.ts'

export function LanguagePage(): ReactNode {
  const [asked, setAsked] = useState<Asked>()
  const mayRead = useCan('read')
  useLive('runtime.switched', 'traffic.updated')
  return (
    <>
      <PageHead title={languageText.title} facts={languageText.facts} />
      <CardGrid>
        <div className="min-w-0 xl:col-span-5">
          <AskForm onAsk={setAsked} />
        </div>
        <div className="min-w-0 xl:col-span-7">
          {asked === undefined ? (
            <div className="h-full rounded-lg border border-line bg-surface">
              <Empty icon={TextSearch} title={languageText.nothing}>
                {languageText.nothingHint}
              </Empty>
            </div>
          ) : (
            <Results asked={asked} />
          )}
        </div>
        {mayRead && <StatusCard />}
      </CardGrid>
    </>
  )
}

function Results({ asked }: { readonly asked: Asked }): ReactNode {
  const hasLabels = asked.labels.length >= 2
  const [sentiment, entities, keywords, summary] = [
    useQuery(sentimentQuery(asked)),
    useQuery(entitiesQuery(asked)),
    useQuery(keywordsQuery(asked)),
    useQuery(summaryQuery(asked)),
  ]
  const categories = useQuery({ ...categoriesQuery(asked), enabled: hasLabels })
  const queryClient = useQueryClient()
  const answered = [sentiment, entities, keywords, summary, categories].filter(({ data }) => data !== undefined).length
  // What answered is told at once, not with the next minute's traffic.
  useEffect(() => {
    if (answered > 0) void queryClient.invalidateQueries({ queryKey: languageStatusQuery.queryKey })
  }, [answered, queryClient])
  return (
    <div className="grid grid-cols-1 gap-4 lg:grid-cols-2">
      <SentimentCard query={sentiment} />
      {hasLabels ? (
        <CategoriesCard query={categories} />
      ) : (
        <Card title={languageText.categories}>
          <p className="text-muted">{languageText.fewLabels}</p>
        </Card>
      )}
      <EntitiesCard text={asked.text} query={entities} />
      <SummaryCard query={summary} />
      <KeywordsCard query={keywords} />
    </div>
  )
}
