// Counts over time as stacked bars, one for each bin of the server and exactly as wide: requests by kind of answer.
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { formatTime } from '../ui/format-time.ts'
import { TimeAxis, ValueAxis, valueAxisWidth } from './axes.tsx'
import { niceDomain, timeTicks } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import { colourOf, type SeriesPoint } from './multi-line.tsx'
import { CrossHair, NO_MARKS, NoData, type Sides, scalesOf, spanOf, type VersionMark } from './time-plot.tsx'
import type { Unit } from './unit.ts'

interface StackedOverTimeProps {
  readonly label: string
  /** From the bottom up. */
  readonly series: readonly { readonly name: string; readonly colour?: string }[]
  readonly points: readonly SeriesPoint[]
  readonly unit: Unit
  readonly stepMs: number
  readonly height?: number
  readonly marks?: readonly VersionMark[]
  readonly sides?: Sides
}

export function StackedOverTime({
  label,
  series,
  points,
  unit,
  stepMs,
  height = 200,
  marks = NO_MARKS,
  sides,
}: StackedOverTimeProps): ReactNode {
  const totals = useMemo(() => points.map(({ values }) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0)), [points])
  const domain = useMemo(() => niceDomain(totals, { fromZero: true }), [totals])
  const times = useMemo(() => points.map(({ at }) => at), [points])
  const span = useMemo(() => spanOf(times, stepMs), [times, stepMs])
  const colours = series.map(({ colour }, index) => colour ?? colourOf(index))
  const colourKey = colours.join()
  const margins = { left: sides?.left ?? valueAxisWidth(domain, height, unit), right: sides?.right ?? 6, top: 8, bottom: 24 }
  const draw = useCallback(
    (plot: Plot) => {
      const { x, y } = scalesOf(plot, span, domain)
      const paths = barPaths(points, series.length, stepMs, x, y)
      return (
        <>
          <ValueAxis plot={plot} y={y} unit={unit} />
          <TimeAxis plot={plot} x={x} ticks={timeTicks(...span, plot.right - plot.left)} />
          {points.length === 0 && <NoData plot={plot} />}
          {paths.map((path, index) => (
            <path key={series[index]!.name} d={path} fill={colourKey.split(',')[index]} />
          ))}
          {marks
            .filter(({ at }) => at >= span[0] && at <= span[1])
            .map(({ at, label: text }) => (
              <path key={text} d={`M${x(at) - 4} 0h8l-4 6z`} fill="var(--muted)">
                <title>{text}</title>
              </path>
            ))}
        </>
      )
    },
    [span, domain, points, series, stepMs, unit, colourKey, marks],
  )
  const stops = useCallback(
    (plot: Plot) => {
      const { x } = scalesOf(plot, span, domain)
      return times.map((at) => ({ x: x(at + stepMs / 2) }))
    },
    [span, domain, times, stepMs],
  )
  return (
    <div>
      <Legend entries={series.map(({ name }, index) => ({ name, colour: colours[index]! }))} />
      <ChartFrame
        label={label}
        height={height}
        margins={margins}
        draw={draw}
        count={points.length}
        stops={stops}
        times={times}
        read={(index) => ({
          title: `${formatTime(times[index]!)} ${chartText.binTo} ${formatTime(times[index]! + stepMs)
            .split(' ')
            .at(-1)}`,
          lines: [
            ...series.map(({ name }, at) => ({ name, value: unit.format(points[index]!.values[at] ?? 0), colour: colours[at] })).reverse(),
            { name: chartText.total, value: unit.format(totals[index]!) },
          ],
        })}
        mark={(plot, index) => {
          const { x } = scalesOf(plot, span, domain)
          return <CrossHair plot={plot} x={x(times[index]! + stepMs / 2)} dots={[]} />
        }}
      />
    </div>
  )
}

/** Names of series with their colours, above a chart whose marks cannot carry them. */
export function Legend({ entries }: { readonly entries: readonly { readonly name: string; readonly colour: string }[] }): ReactNode {
  return (
    <ul className="mb-1 flex flex-wrap gap-x-4 text-xs text-muted">
      {entries.map(({ name, colour }) => (
        <li key={name} className="flex items-center gap-1.5">
          <span className="size-2.5 rounded-sm" style={{ background: colour }} />
          {name}
        </li>
      ))}
    </ul>
  )
}

/** One path a series: thousands of bars are then as cheap as one. */
export function barPaths(
  points: readonly SeriesPoint[],
  count: number,
  stepMs: number,
  x: (at: number) => number,
  y: (value: number) => number,
): string[] {
  const paths = Array.from({ length: count }, () => '')
  for (const { at, values } of points) {
    const left = x(at)
    const whole = x(at + stepMs) - left
    // Bars stay apart by a pixel while they are wide enough to show it.
    const width = whole > 3 ? whole - 1 : whole
    let sum = 0
    for (let index = 0; index < count; index++) {
      const value = values[index] ?? 0
      if (value <= 0) continue
      const [bottom, top] = [y(sum), y(sum + value)]
      paths[index] += `M${round(left)} ${round(bottom)}h${round(width)}V${round(top)}h${round(-width)}z`
      sum += value
    }
  }
  return paths
}

function round(pixels: number): number {
  return Math.round(pixels * 100) / 100
}
