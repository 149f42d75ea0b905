// Values with their intervals, one row each: versions against the one in service, or candidates beside each other.
import { scaleLinear } from 'd3-scale'
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { BottomAxis } from './axes.tsx'
import { niceDomain } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import { fitText, textWidth } from './place-labels.ts'
import type { Reading } from './tooltip.tsx'
import type { Unit } from './unit.ts'

export interface WhiskerRow {
  readonly key: string
  readonly name: string
  /** Smaller, below the name. */
  readonly detail?: string
  readonly value: number
  readonly low?: number | null
  readonly high?: number | null
  /** What the others are compared with: a diamond without interval. */
  readonly reference?: boolean
  readonly strong?: boolean
  /** Hollow: the interval holds what it is compared with. */
  readonly hollow?: boolean
  /** In words, for the tooltip. */
  readonly verdict?: string
}

interface DotWhiskerProps {
  readonly label: string
  readonly rows: readonly WhiskerRow[]
  readonly unit: Unit
  /** A line at no difference; left out when values and not differences are shown. */
  readonly zero?: number
  /** Name of the value in the tooltip. */
  readonly name?: string
}

const ROW = 36
const AXIS = 24

export function DotWhisker({ label, rows, unit, zero, name = chartText.difference }: DotWhiskerProps): ReactNode {
  const domain = useMemo(
    () =>
      niceDomain([...rows.flatMap(({ value, low, high }) => [value, low, high]), zero], {
        limits: zero === undefined ? unit.limits : undefined,
      }),
    [rows, zero, unit],
  )
  const widest = Math.max(...rows.map((row) => Math.max(textWidth(row.name, 12), textWidth(row.detail ?? ''))), 40)
  const height = rows.length * ROW + AXIS
  const margins = useCallback(
    (width: number) => ({ left: Math.min(widest + 14, Math.round(width * 0.45)), right: 14, top: 0, bottom: AXIS }),
    [widest],
  )
  const draw = useCallback(
    (plot: Plot) => {
      const x = scaleLinear(domain, [plot.left, plot.right])
      return (
        <>
          <BottomAxis plot={plot} x={x} unit={unit} lines spacing={48} />
          {zero !== undefined && <line x1={x(zero)} x2={x(zero)} y1={0} y2={plot.bottom} stroke="var(--line-strong)" />}
          {rows.map((row, index) => (
            <Row key={row.key} row={row} y={index * ROW + ROW / 2} x={x} left={plot.left} />
          ))}
        </>
      )
    },
    [domain, rows, unit, zero],
  )
  const stops = useCallback(() => rows.map((_, index) => ({ y: index * ROW + ROW / 2 })), [rows])
  const read = (index: number): Reading => {
    const { name: title, detail, value, low, high, verdict, reference } = rows[index]!
    const lines = [{ name, value: unit.format(value) }]
    if (isNumber(low) && isNumber(high) && !reference)
      lines.push({ name: chartText.interval, value: chartText.from(unit.format(low), unit.format(high)) })
    if (verdict !== undefined) lines.push({ name: chartText.verdict, value: verdict })
    return { title: detail ? `${title}, ${detail}` : title, lines }
  }
  const mark = (plot: Plot, index: number): ReactNode => (
    <rect
      x={0}
      width={plot.width}
      y={index * ROW + 1}
      height={ROW - 2}
      rx={4}
      fill="none"
      stroke="var(--line-strong)"
      pointerEvents="none"
    />
  )
  return (
    <ChartFrame label={label} height={height} margins={margins} draw={draw} count={rows.length} stops={stops} read={read} mark={mark} />
  )
}

function Row({
  row,
  y,
  x,
  left,
}: {
  readonly row: WhiskerRow
  readonly y: number
  readonly x: (value: number) => number
  readonly left: number
}): ReactNode {
  const { name, detail, value, low, high, reference, strong, hollow } = row
  const at = x(value)
  return (
    <>
      <text x={0} y={detail ? y - 2 : y + 4} fontSize={12} fill="var(--text)" fontWeight={strong || reference ? 600 : 400}>
        {fitText(name, left - 8, 12)}
      </text>
      {detail && (
        <text x={0} y={y + 12}>
          {fitText(detail, left - 8)}
        </text>
      )}
      {isNumber(low) && isNumber(high) && !reference && (
        <line x1={x(low)} x2={x(high)} y1={y} y2={y} stroke="var(--series-1)" strokeWidth={2} strokeLinecap="round" />
      )}
      {reference ? (
        <path d={`M${at} ${y - 5}l5 5-5 5-5-5z`} fill="var(--muted)" />
      ) : (
        <circle cx={at} cy={y} r={4.5} fill={hollow ? 'var(--surface)' : 'var(--series-1)'} stroke="var(--series-1)" strokeWidth={2} />
      )}
    </>
  )
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
