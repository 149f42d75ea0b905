// How answers move with one number: the mean over training rows, the band that holds 80 % of the rows, and single rows as thin lines.
import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { BottomAxis, ValueAxis, valueAxisWidth } from './axes.tsx'
import { type Domain, niceDomain } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import type { Reading } from './tooltip.tsx'
import { NUMBER, type Unit } from './unit.ts'

export interface DependencePoint {
  readonly at: number
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface DependenceRow {
  /** The row's own value; null when it lacks one. */
  readonly own: number | null
  /** Its answer at each point. */
  readonly answers: readonly number[]
}

interface PartialDependenceProps {
  readonly label: string
  /** Rising. */
  readonly points: readonly DependencePoint[]
  readonly rows: readonly DependenceRow[]
  readonly unit: Unit
  /** Names of the axes. */
  readonly names: readonly [feature: string, answer: string]
  readonly height?: number
}

export function PartialDependence({ label, points, rows, unit, names, height = 240 }: PartialDependenceProps): ReactNode {
  const domain = useMemo(
    () =>
      niceDomain([...points.flatMap(({ mean, low, high }) => [mean, low, high]), ...rows.flatMap(({ answers }) => answers)], {
        limits: unit.limits,
      }),
    [points, rows, unit],
  )
  const margins = useMemo(() => ({ left: valueAxisWidth(domain, height, unit), right: 12, top: 8, bottom: 36 }), [domain, height, unit])
  const span = useMemo((): Domain => [points[0]?.at ?? 0, points.at(-1)?.at ?? 1], [points])
  const draw = useCallback(
    (plot: Plot) => {
      const { x, y } = scalesOf(plot, span, domain)
      const mean = line<DependencePoint>(
        ({ at }) => x(at),
        ({ mean: value }) => y(value),
      ).digits(1)
      const band = area<DependencePoint>(
        ({ at }) => x(at),
        ({ low }) => y(low),
        ({ high }) => y(high),
      ).digits(1)
      const own = line<number>(
        (_, index) => x(points[index]!.at),
        (value) => y(value),
      ).digits(1)
      return (
        <>
          <path d={band(points) ?? ''} fill="var(--band)" />
          <ValueAxis plot={plot} y={y} unit={unit} />
          <BottomAxis plot={plot} x={x} unit={NUMBER} name={names[0]} />
          {rows.map(({ answers }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity, and never move.
            <path key={index} d={own(answers) ?? ''} fill="none" stroke="var(--line-strong)" strokeWidth={0.75} strokeOpacity={0.6} />
          ))}
          <path
            d={mean(points) ?? ''}
            fill="none"
            stroke="var(--series-1)"
            strokeWidth={2.5}
            strokeLinejoin="round"
            strokeLinecap="round"
          />
        </>
      )
    },
    [points, rows, span, domain, unit, names],
  )
  const stops = useCallback((plot: Plot) => points.map(({ at }) => ({ x: scalesOf(plot, span, domain).x(at) })), [points, span, domain])
  const read = (index: number): Reading => {
    const { at, mean, low, high } = points[index]!
    return {
      title: `${names[0]} ${NUMBER.format(at)}`,
      lines: [
        { name: names[1], value: unit.format(mean), colour: 'var(--series-1)' },
        { name: chartText.mostRows, value: chartText.from(unit.format(low), unit.format(high)), colour: 'var(--band)' },
      ],
    }
  }
  const mark = (plot: Plot, index: number): ReactNode => {
    const { x, y } = scalesOf(plot, span, domain)
    const { at, mean } = points[index]!
    return (
      <g pointerEvents="none">
        <line x1={x(at)} x2={x(at)} y1={plot.top} y2={plot.bottom} stroke="var(--line-strong)" strokeDasharray="3 3" />
        <circle cx={x(at)} cy={y(mean)} r={4.5} fill="var(--series-1)" stroke="var(--surface)" strokeWidth={2} />
      </g>
    )
  }
  return (
    <ChartFrame label={label} height={height} margins={margins} draw={draw} count={points.length} stops={stops} read={read} mark={mark} />
  )
}

export function dependenceTable(points: readonly DependencePoint[], unit: Unit, names: readonly [string, string]): ChartTableData {
  return {
    columns: [names[0], names[1], chartText.mostRows],
    rows: points.map(({ at, mean, low, high }) => [
      NUMBER.format(at),
      unit.format(mean),
      chartText.from(unit.format(low), unit.format(high)),
    ]),
  }
}

function scalesOf(plot: Plot, span: Domain, domain: Domain) {
  // One value alone stands in the middle.
  const wide: Domain = span[0] === span[1] ? [span[0] - 1, span[1] + 1] : span
  return { x: scaleLinear(wide, [plot.left, plot.right]), y: scaleLinear(domain, [plot.bottom, plot.top]) }
}
