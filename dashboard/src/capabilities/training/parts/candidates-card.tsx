import { type ReactNode, useMemo } from 'react'
import type { Candidate } from '../../../../../src/capabilities/models/schema.ts'
import { Candidates, candidatesTable } from '../../../charts/candidates.tsx'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { NUMBER } from '../../../charts/unit.ts'
import { runText } from '../../../text/training.ts'
import { algorithmName } from '../../models/metrics.ts'
import { detailOf } from './candidates.ts'

interface CandidatesCardProps {
  readonly candidates: readonly Candidate[]
  readonly running?: boolean
  readonly folds?: number
  readonly className?: string
}

/** Each candidate with its interval, the best first. */
export function CandidatesCard({ candidates, running = false, folds = 5, className }: CandidatesCardProps): ReactNode {
  const shown = useMemo(
    () =>
      candidates.map((candidate) => ({
        ...candidate,
        algorithm: algorithmName(candidate.algorithm),
        detail: detailOf(candidate, candidates) || undefined,
      })),
    [candidates],
  )
  const metric = runText.metrics[candidates[0]?.metric ?? 'logLoss']
  return (
    <ChartCard
      className={className}
      title={runText.candidates}
      subtitle={running ? runText.candidatesSoFar(metric) : runText.candidatesSubtitle(metric, folds)}
      height={shown.length * 36 + 24}
      table={() => candidatesTable(shown, metric, NUMBER, false)}
    >
      <Candidates label={runText.candidates} candidates={shown} metric={metric} unit={NUMBER} higherIsBetter={false} />
    </ChartCard>
  )
}
