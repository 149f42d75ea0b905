// What "try all" tried for a version, with the one that was kept.
import { type ReactNode, useMemo } from 'react'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { Candidates, candidatesTable } from '../../../charts/candidates.tsx'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { versionsText } from '../../../text/models.ts'
import { formatVersion } from '../../../ui/format-time.ts'
import { algorithmName, metricOf } from '../metrics.ts'

export function CandidatesCard({ version, className }: { readonly version: Version; readonly className?: string }): ReactNode {
  const tried = useMemo(
    () => (version.candidates ?? []).map(({ algorithm, ...rest }) => ({ ...rest, algorithm: algorithmName(algorithm) })),
    [version],
  )
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
