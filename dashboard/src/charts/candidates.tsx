// What "try all" has tried: one row a candidate with its metric and interval, the best first; those to come below.
import { type ReactNode, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { ABSENT, formatDuration } from '../ui/format.ts'
import type { ChartTableData } from './chart-table.tsx'
import { DotWhisker } from './dot-whisker.tsx'
import type { Unit } from './unit.ts'

export interface Candidate {
  readonly algorithm: string
  /** What tells it from another of the same algorithm. */
  readonly detail?: string
  readonly mean: number
  readonly low?: number | null
  readonly high?: number | null
  readonly durationMs?: number | null
  readonly chosen?: boolean
}

interface CandidatesProps {
  readonly label: string
  readonly candidates: readonly Candidate[]
  readonly metric: string
  readonly unit: Unit
  readonly higherIsBetter: boolean
  /** Names of those not finished yet. */
  readonly waiting?: readonly string[]
}

export function Candidates({ label, candidates, metric, unit, higherIsBetter, waiting = [] }: CandidatesProps): ReactNode {
  const rows = useMemo(
    () =>
      bestFirst(candidates, higherIsBetter).map(({ algorithm, detail, mean, low, high, durationMs, chosen = false }) => ({
        key: `${algorithm} ${detail ?? ''}`,
        name: algorithm,
        detail: [chosen ? chartText.chosen : undefined, typeof durationMs === 'number' ? formatDuration(durationMs) : undefined, detail]
          .filter((part) => part !== undefined)
          .join(', '),
        value: mean,
        low,
        high,
        strong: chosen,
        hollow: !chosen,
      })),
    [candidates, higherIsBetter],
  )
  return (
    <div>
      {rows.length > 0 && <DotWhisker label={label} rows={rows} unit={unit} name={metric} />}
      {waiting.length > 0 && (
        <p className="mt-1 text-sm text-faint">
          {chartText.waiting}: {waiting.join(', ')}
        </p>
      )}
    </div>
  )
}

/** By mean; the chosen one first among equals. */
export function bestFirst(candidates: readonly Candidate[], higherIsBetter: boolean): Candidate[] {
  const direction = higherIsBetter ? -1 : 1
  return [...candidates].sort((a, b) => direction * (a.mean - b.mean) || Number(b.chosen ?? false) - Number(a.chosen ?? false))
}

export function candidatesTable(candidates: readonly Candidate[], metric: string, unit: Unit, higherIsBetter: boolean): ChartTableData {
  return {
    columns: [chartText.algorithm, metric, chartText.interval, chartText.took],
    rows: bestFirst(candidates, higherIsBetter).map(({ algorithm, detail, mean, low, high, durationMs, chosen }) => [
      [algorithm, detail, chosen ? chartText.chosen : undefined].filter((part) => part !== undefined).join(', '),
      unit.format(mean),
      typeof low === 'number' && typeof high === 'number' ? chartText.from(unit.format(low), unit.format(high)) : ABSENT,
      formatDuration(durationMs),
    ]),
  }
}
