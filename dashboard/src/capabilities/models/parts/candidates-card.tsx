// What "try all" tried for a version, with the one that was kept.
import { type ReactNode, useMemo } from 'react'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { Candidates, candidatesTable } from '../../../charts/candidates.tsx'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { versionsText } from '../../../text/models.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { algorithmName, metricOf } from '../metrics.ts'

export function CandidatesCard({ version, className }: { readonly version: Version; readonly className?: string }): ReactNode {
  const tried = useMemo(() => {
    const all = version.candidates ?? []
    return all.map((candidate) => ({ ...candidate, algorithm: algorithmName(candidate.algorithm), detail: differing(candidate, all) }))
  }, [version])
  const { title, unit, higherIsBetter } = metricOf(version.candidates?.[0]?.metric ?? '')
  return (
    <ChartCard
      className={className}
      title={`${versionsText.tried}, ${formatVersion(version.version)}`}
      subtitle={versionsText.triedSubtitle(title, version.crossValidation.folds)}
      height={tried.length * 36 + 24}
      table={() => candidatesTable(tried, title, unit, higherIsBetter)}
    >
      <Candidates label={versionsText.tried} candidates={tried} metric={title} unit={unit} higherIsBetter={higherIsBetter} />
    </ChartCard>
  )
}

type Tried = NonNullable<Version['candidates']>[number]

/** What tells a candidate from the others of its algorithm: the parameters in which they differ. */
function differing({ algorithm, parameters }: Tried, all: readonly Tried[]): string | undefined {
  const others = all.filter((candidate) => candidate.algorithm === algorithm)
  const names = Object.keys(parameters).filter((name) => new Set(others.map((other) => String(other.parameters[name]))).size > 1)
  return names.length === 0 ? undefined : names.map((name) => `${name} ${String(parameters[name])}`).join(', ')
}
