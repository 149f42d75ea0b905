import { type ReactNode, useMemo } from 'react'
import type { Candidate } from '../../../../../src/capabilities/models/schema.ts'
import { Candidates, candidatesTable } from '../../../charts/candidates.tsx'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { fitterText } from '../../../text/fitter.ts'
import { algorithmName, metricOf } from '../../models/metrics.ts'
import { detailOf } from './candidates.ts'

interface CandidatesCardProps {
  readonly title: string
  /** Names the metric, the folds and the interval. */
  readonly subtitle: (metric: string) => string
  readonly candidates: readonly Candidate[]
  readonly className?: string
}

/** What "try all" has compared: each candidate with its interval, the best first. */
export function CandidatesCard({ title, subtitle, candidates, className }: CandidatesCardProps): ReactNode {
  const shown = useMemo(
    () =>
      candidates.map((candidate) => ({
        ...candidate,
        algorithm:
          candidate.runtime === 'python'
            ? `${algorithmName(candidate.algorithm)} ${fitterText.byPython}`
            : algorithmName(candidate.algorithm),
        detail: detailOf(candidate, candidates) || undefined,
      })),
    [candidates],
  )
  const metric = metricOf(candidates[0]?.metric ?? '')
  const { unit, higherIsBetter } = metric
  return (
    <ChartCard
      className={className}
      title={title}
      subtitle={subtitle(metric.title)}
      height={shown.length * 36 + 24}
      table={() => candidatesTable(shown, metric.title, unit, higherIsBetter)}
    >
      <Candidates label={title} candidates={shown} metric={metric.title} unit={unit} higherIsBetter={higherIsBetter} />
    </ChartCard>
  )
}
