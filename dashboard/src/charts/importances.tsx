// Which features a version leans on: bars with one standard deviation, the largest first, the small ones together.
import { scaleLinear } from 'd3-scale'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { chartText } from '../text/charts.ts'
import { formatNumber } from '../ui/format.ts'
import { niceDomain } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import { cutInMiddle, textWidth } from './place-labels.ts'

export interface Importance {
  readonly feature: string
  readonly value: number
  /** Over the repeats of the measurement. */
  readonly sd?: number
}

interface ImportancesProps {
  readonly label: string
  readonly importances: readonly Importance[]
  /** Shown on their own; the others are summed up. */
  readonly top?: number
}

const ROW = 27

export function Importances({ label, importances, top = 8 }: ImportancesProps): ReactNode {
  const [all, setAll] = useState(false)
  const rows = useMemo(() => topImportances(importances, all ? Number.POSITIVE_INFINITY : top), [importances, all, top])
  const domain = useMemo(
    () =>
      niceDomain(
        rows.flatMap(({ value, sd = 0 }) => [value - sd, value + sd]),
        { fromZero: true },
      ),
    [rows],
  )
  const widest = Math.max(40, ...rows.map(({ feature }) => textWidth(feature, 12)))
  const margins = useCallback((width: number) => ({ left: Math.min(widest + 14, Math.round(width * 0.48)), right: 48 }), [widest])
  const draw = useCallback(
    (plot: Plot) => {
      const x = scaleLinear(domain, [plot.left, plot.right])
      return rows.map(({ feature, value, sd = 0, rest }, index) => {
        const y = index * ROW
        const end = x(Math.max(value + sd, 0))
        return (
          <g key={feature}>
            <text x={plot.left - 8} y={y + 17} textAnchor="end" fontSize={12} fill={rest ? 'var(--muted)' : 'var(--text)'}>
              {cutInMiddle(feature, plot.left - 8, 12)}
            </text>
            <rect
              x={Math.min(x(0), x(value))}
              y={y + 6}
              width={Math.abs(x(value) - x(0))}
              height={14}
              rx={2}
              fill={rest ? 'var(--band)' : 'var(--series-1)'}
            />
            {sd > 0 && <Whisker x1={x(value - sd)} x2={x(value + sd)} zero={x(value)} y={y + 13} />}
            <text x={end + 6} y={y + 17} fill="var(--muted)">
              {formatNumber(value)}
            </text>
          </g>
        )
      })
    },
    [domain, rows],
  )
  const stops = useCallback(() => rows.map((_, index) => ({ y: index * ROW + ROW / 2 })), [rows])
  return (
    <div>
      <ChartFrame
        label={label}
        height={rows.length * ROW}
        margins={margins}
        draw={draw}
        count={rows.length}
        stops={stops}
        read={(index) => {
          const { feature, value, sd } = rows[index]!
          const lines = [{ name: chartText.importance, value: formatNumber(value) }]
          return { title: feature, lines: sd === undefined ? lines : [...lines, { name: chartText.deviation, value: formatNumber(sd) }] }
        }}
        mark={(plot, index) => (
          <rect
            x={0}
            y={index * ROW + 1}
            width={plot.width}
            height={ROW - 2}
            rx={4}
            fill="none"
            stroke="var(--line-strong)"
            pointerEvents="none"
          />
        )}
      />
      {importances.length > top + 1 && (
        <button type="button" onClick={() => setAll(!all)} className="mt-1 text-sm text-accent underline">
          {all ? chartText.showFewer : chartText.showAll(importances.length)}
        </button>
      )}
    </div>
  )
}

/** Over the bar it crosses in the colour of the ground, beyond it in the colour of text: seen on both. */
function Whisker({ x1, x2, zero, y }: { readonly x1: number; readonly x2: number; readonly zero: number; readonly y: number }): ReactNode {
  return (
    <>
      <line x1={x1} x2={zero} y1={y} y2={y} stroke="var(--surface)" strokeWidth={1.5} />
      <line x1={zero} x2={x2} y1={y} y2={y} stroke="var(--text)" strokeWidth={1.5} />
    </>
  )
}

interface ImportanceRow extends Importance {
  /** The sum of those not shown. */
  readonly rest?: boolean
}

/** The `top` largest, and one row with the sum of the others when there are at least two. */
export function topImportances(importances: readonly Importance[], top: number): ImportanceRow[] {
  const sorted = [...importances].sort((a, b) => b.value - a.value)
  if (sorted.length <= top + 1) return sorted
  const others = sorted.slice(top)
  return [
    ...sorted.slice(0, top),
    { feature: chartText.more(others.length), value: others.reduce((sum, { value }) => sum + value, 0), rest: true },
  ]
}

export function importancesTable(importances: readonly Importance[]): ChartTableData {
  return {
    columns: [chartText.feature, chartText.importance, chartText.deviation],
    rows: topImportances(importances, Number.POSITIVE_INFINITY).map(({ feature, value, sd }) => [
      feature,
      formatNumber(value),
      formatNumber(sd),
    ]),
  }
}
