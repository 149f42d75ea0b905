// What every version has: what it leans on, how it was trained, what the training said.
import { type ReactNode, useMemo } from 'react'
import type { Evaluation } from '../../../../../src/capabilities/models/reports/schema.ts'
import type { Version } from '../../../../../src/capabilities/models/schema.ts'
import { ChartCard } from '../../../charts/chart-card.tsx'
import { Importances, importancesTable } from '../../../charts/importances.tsx'
import { fitterOf, fitterReason } from '../../../fitter.tsx'
import { judgingText } from '../../../text/judging.ts'
import { evaluationText } from '../../../text/models.ts'
import { Card } from '../../../ui/card.tsx'
import { CopyButton } from '../../../ui/copy-button.tsx'
import { formatBytes, formatDuration, formatExact, formatShare } from '../../../ui/format.ts'
import { formatClock } from '../../../ui/format-time.ts'
import { ScrollRegion } from '../../../ui/scroll-region.tsx'
import { Time } from '../../../ui/time.tsx'
import { algorithmName, type Task } from '../metrics.ts'

interface VersionCardProps {
  readonly version: Version
  readonly className?: string
}

/** The metric whose loss permutation measures: what the training itself minimises. */
const LOSS_OF = { classification: 'log loss', regression: 'RMSE' } as const

interface ImportancesCardProps extends VersionCardProps {
  readonly task: Task
  /** Measured on rows that were sent for it; absent: on the held-out rows. */
  readonly measured?: Version['permutationImportances'] | undefined
}

export function ImportancesCard({ version, task, measured, className }: ImportancesCardProps): ReactNode {
  const found = measured ?? version.permutationImportances
  const importances = useMemo(() => Object.entries(found).map(([feature, { mean, std }]) => ({ feature, value: mean, sd: std })), [found])
  return (
    <ChartCard
      className={className}
      title={measured === undefined ? evaluationText.importances : evaluationText.importancesOnRows}
      subtitle={evaluationText.importancesSubtitle(LOSS_OF[task])}
      height={Math.min(importances.length, 9) * 27}
      table={() => importancesTable(importances)}
    >
      {importances.length === 0 ? (
        <p className="text-muted">
          {version.imported === undefined ? evaluationText.importancesNone : evaluationText.importancesUnmeasured}
        </p>
      ) : (
        <Importances label={evaluationText.importances} importances={importances} />
      )}
    </ChartCard>
  )
}

export function TrainingCard({ version, className }: VersionCardProps): ReactNode {
  const why = fitterReason(version)
  const rows: readonly (readonly [string, ReactNode])[] = [
    [evaluationText.algorithm, algorithmName(version.algorithm)],
    ...(version.imported === undefined ? [[evaluationText.fitter, fitterOf(version)] as const] : []),
    ...(why === undefined ? [] : [[evaluationText.fitterWhy, why] as const]),
    ...Object.entries(version.parameters).map(([name, value]) => [name, String(value)] as const),
    ...learnedFrom(version),
    [evaluationText.trainedAt, <Time key="at" at={version.createdAt} />],
    [evaluationText.took, formatDuration(version.durationMs)],
    [evaluationText.gate, version.gate.reason],
    [evaluationText.file, formatBytes(version.artifact.bytes)],
    [evaluationText.sha, <Sha key="sha" value={version.artifact.sha256} />],
    [evaluationText.data, <Sha key="data" value={version.dataFingerprint} />],
    [evaluationText.library, version.libraryVersion],
  ]
  return (
    <Card title={evaluationText.settings} className={className}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="min-w-0 text-right break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}

/** The rows of a training; of a version that was taken over the file it came in. */
function learnedFrom(version: Version): readonly (readonly [string, ReactNode])[] {
  const { imported, seed, rows, holdoutRows, split, weight } = version
  if (imported !== undefined) {
    return [[evaluationText.importedFrom, evaluationText.importedFile(imported.format, formatBytes(imported.bytes))]]
  }
  return [
    [evaluationText.seed, String(seed)],
    [evaluationText.trainingRows, formatExact(rows - holdoutRows)],
    [evaluationText.heldOutRows, formatExact(holdoutRows)],
    ...(split === undefined ? [] : [[judgingText.heldOut, judgingText.heldOutOf(version)] as const]),
    ...(weight === undefined ? [] : [[judgingText.weighed, weight] as const]),
  ]
}

function Sha({ value }: { readonly value: string }): ReactNode {
  return (
    <span className="inline-flex items-center gap-1 font-mono text-xs" title={value}>
      {value.slice(0, 10)}…
      <CopyButton text={value} />
    </span>
  )
}

export function LogCard({
  log,
  took,
  className,
}: {
  readonly log: Evaluation['log']
  readonly took: number
  readonly className?: string
}): ReactNode {
  return (
    <Card title={evaluationText.log} subtitle={evaluationText.logSubtitle(formatDuration(took))} className={className}>
      {log.length === 0 ? (
        <p className="text-muted">{evaluationText.logEmpty}</p>
      ) : (
        <ScrollRegion label={evaluationText.log} className="max-h-80 rounded-md border border-line bg-sunken p-3">
          <ol className="font-mono text-xs">
            {log.map(({ at, progress, message }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity, and never move.
              <li key={index} className="flex gap-3">
                <span className="shrink-0 text-faint">{formatClock(at)}</span>
                <span className="w-10 shrink-0 text-right text-faint">{formatShare(progress, 0)}</span>
                <span className="min-w-0 break-words">{message}</span>
              </li>
            ))}
          </ol>
        </ScrollRegion>
      )}
    </Card>
  )
}
