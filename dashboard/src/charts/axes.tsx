// Grid lines with their labels.
import type { ScaleLinear } from 'd3-scale'
import type { ReactNode } from 'react'
import { chartText } from '../text/charts.ts'
import { type Domain, type TimeTick, valueTickStep, valueTicks } from './axis.ts'
import type { Plot } from './chart-frame.tsx'
import { textWidth } from './place-labels.ts'
import type { Unit } from './unit.ts'

type Scale = ScaleLinear<number, number>

interface ValueAxisProps {
  readonly plot: Plot
  readonly y: Scale
  readonly unit: Unit
  /** Where neither axis begins at 0, nobody expects it. */
  readonly withoutCut?: boolean
}

/** Horizontal lines with the values at their left; an axis that does not begin at 0 shows that it is cut. */
export function ValueAxis({ plot, y, unit, withoutCut = false }: ValueAxisProps): ReactNode {
  const domain = y.domain() as [number, number]
  const length = plot.bottom - plot.top
  const step = valueTickStep(domain, length)
  return (
    <>
      {valueTicks(domain, length).map((tick) => (
        <g key={tick}>
          <line x1={plot.left} x2={plot.right} y1={y(tick)} y2={y(tick)} stroke="var(--grid)" />
          <text x={plot.left - 6} y={y(tick) + 4} textAnchor="end">
            {unit.tick(tick, step)}
          </text>
        </g>
      ))}
      {domain[0] > 0 && !withoutCut && (
        // The sign of a cut axis.
        <path d={`M${plot.left} ${plot.bottom}l-3 3 6 4-6 4 3 3`} fill="none" stroke="var(--line-strong)">
          <title>{chartText.axisFrom(unit.tick(domain[0], step))}</title>
        </path>
      )}
    </>
  )
}

interface BottomAxisProps {
  readonly plot: Plot
  readonly x: Scale
  readonly unit: Unit
  readonly name?: string
  /** Vertical grid lines as well. */
  readonly lines?: boolean
  /** About how far apart the labels stand, in pixels. */
  readonly spacing?: number
}

/** Values along the bottom, the first and last label kept inside of the drawing. */
export function BottomAxis({ plot, x, unit, name, lines = false, spacing = 64 }: BottomAxisProps): ReactNode {
  const domain = x.domain() as [number, number]
  const length = plot.right - plot.left
  const step = valueTickStep(domain, length, spacing)
  return (
    <>
      {valueTicks(domain, length, spacing).map((tick) => (
        <g key={tick}>
          {lines && <line x1={x(tick)} x2={x(tick)} y1={plot.top} y2={plot.bottom} stroke="var(--grid)" />}
          <text x={inside(x(tick), unit.tick(tick, step), plot)} y={plot.bottom + 15} textAnchor="middle">
            {unit.tick(tick, step)}
          </text>
        </g>
      ))}
      {name !== undefined && (
        <text x={(plot.left + plot.right) / 2} y={plot.bottom + 30} textAnchor="middle">
          {name}
        </text>
      )}
    </>
  )
}

/** Times along the bottom. */
export function TimeAxis({
  plot,
  x,
  ticks,
}: {
  readonly plot: Plot
  readonly x: (at: number) => number
  readonly ticks: readonly TimeTick[]
}): ReactNode {
  return ticks.map(({ at, label }) => (
    <text key={at} x={inside(x(at), label, plot)} y={plot.bottom + 16} textAnchor="middle">
      {label}
    </text>
  ))
}

/** Room left of the drawing for the labels of `ValueAxis`. */
export function valueAxisWidth(domain: Domain, heightPx: number, unit: Unit): number {
  const step = valueTickStep(domain, heightPx)
  return Math.max(24, ...valueTicks(domain, heightPx).map((tick) => textWidth(unit.tick(tick, step)) + 8))
}

function inside(x: number, label: string, plot: Plot): number {
  const half = textWidth(label) / 2
  return Math.min(Math.max(x, half), plot.width - half)
}
