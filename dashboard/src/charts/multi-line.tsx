// Several lines over one time axis, each named at its end: latency quantiles, versions, routes.
import { line } from 'd3-shape'
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { ABSENT } from '../ui/format.ts'
import { formatTime } from '../ui/format-time.ts'
import { TimeAxis, ValueAxis, valueAxisWidth } from './axes.tsx'
import { niceDomain, timeTicks } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import { pixelColumns } from './pixel-columns.ts'
import { spread, textWidth } from './place-labels.ts'
import { segments } from './segments.ts'
import { CrossHair, NoData, type Sides, scalesOf, spanOf } from './time-plot.tsx'
import type { Unit } from './unit.ts'

export interface SeriesPoint {
  /** Start of the bin, milliseconds since 1970 UTC. */
  readonly at: number
  /** One value a series, in their order; null where nothing was measured. */
  readonly values: readonly (number | null)[]
}

interface MultiLineProps {
  readonly label: string
  /** At most eight; more belong into small multiples. */
  readonly series: readonly string[]
  readonly points: readonly SeriesPoint[]
  readonly unit: Unit
  readonly stepMs?: number
  readonly fromZero?: boolean
  readonly height?: number
  readonly sides?: Sides
}

export function MultiLine({ label, series, points, unit, stepMs, fromZero = true, height = 200, sides }: MultiLineProps): ReactNode {
  const domain = useMemo(
    () =>
      niceDomain(
        points.flatMap(({ values }) => values),
        { limits: unit.limits, fromZero },
      ),
    [points, unit, fromZero],
  )
  const times = useMemo(() => points.map(({ at }) => at), [points])
  const lines = useMemo(
    () =>
      series.map((_, index) =>
        segments(
          points.map(({ at, values }) => ({ at, value: values[index] ?? null })),
          stepMs,
        ),
      ),
    [series, points, stepMs],
  )
  const margins = {
    left: sides?.left ?? valueAxisWidth(domain, height, unit),
    right: sides?.right ?? Math.max(...series.map((name) => textWidth(name))) + 14,
    top: 8,
    bottom: 24,
  }
  const span = useMemo(() => spanOf(times, stepMs), [times, stepMs])
  const scales = useCallback(
    (plot: Plot) => {
      const { x, y } = scalesOf(plot, span, domain)
      // The value of a bin stands in its middle, as the bar of its count does.
      return { y, time: x, x: (at: number) => x(at + (stepMs ?? 0) / 2) }
    },
    [span, domain, stepMs],
  )
  const draw = useCallback(
    (plot: Plot) => {
      const { x, y, time } = scales(plot)
      const path = line<{ at: number; value: number }>(
        ({ at }) => x(at),
        ({ value }) => y(value),
      ).digits(1)
      const ends = lines.map((runs) => runs.at(-1)?.at(-1))
      const levels = spread(
        ends.map((end) => (end ? y(end.value) : plot.bottom)),
        13,
        plot.top + 4,
        plot.bottom,
      )
      return (
        <>
          <ValueAxis plot={plot} y={y} unit={unit} />
          <TimeAxis plot={plot} x={time} ticks={timeTicks(...span, plot.right - plot.left)} />
          {ends.every((end) => end === undefined) && <NoData plot={plot} />}
          {lines.map((runs, index) => {
            const end = ends[index]
            return (
              <g key={series[index]}>
                <path
                  d={runs
                    .filter(({ length }) => length > 1)
                    .map((run) => path([...pixelColumns(run, x, plot.right - plot.left)]) ?? '')
                    .join('')}
                  fill="none"
                  stroke={colourOf(index)}
                  strokeWidth={2}
                  strokeLinejoin="round"
                  strokeLinecap="round"
                />
                {/* A run of one point would be too small to see as a line. */}
                {runs.flatMap(([only, ...others]) =>
                  only === undefined || others.length > 0 ? (
                    []
                  ) : (
                    <circle key={only.at} cx={x(only.at)} cy={y(only.value)} r={2.5} fill={colourOf(index)} />
                  ),
                )}
                {end && (
                  <text x={plot.right + 8} y={levels[index]! + 4} fill="var(--text)">
                    {series[index]}
                  </text>
                )}
                {end && (
                  <line
                    x1={x(end.at)}
                    x2={plot.right + 6}
                    y1={y(end.value)}
                    y2={levels[index]}
                    stroke={colourOf(index)}
                    strokeDasharray="2 2"
                  />
                )}
              </g>
            )
          })}
        </>
      )
    },
    [scales, span, lines, series, unit],
  )
  const stops = useCallback(
    (plot: Plot) => {
      const { x } = scales(plot)
      return times.map((at) => ({ x: x(at) }))
    },
    [times, scales],
  )
  return (
    <ChartFrame
      label={label}
      height={height}
      margins={margins}
      draw={draw}
      count={points.length}
      stops={stops}
      times={times}
      read={(index) => ({
        title: formatTime(points[index]!.at),
        lines: series.map((name, at) => ({ name, value: shown(points[index]!.values[at], unit), colour: colourOf(at) })),
      })}
      mark={(plot, index) => {
        const { x, y } = scales(plot)
        const { at, values } = points[index]!
        const dots = values.flatMap((value, which) => (value === null ? [] : [{ y: y(value), colour: colourOf(which) }]))
        return <CrossHair plot={plot} x={x(at)} dots={dots} />
      }}
    />
  )
}

/** The same points as rows of a table; also of `StackedOverTime`. */
export function seriesTable(series: readonly string[], points: readonly SeriesPoint[], unit: Unit): ChartTableData {
  return {
    columns: [chartText.time, ...series],
    rows: points.map(({ at, values }) => [formatTime(at), ...series.map((_, index) => shown(values[index], unit))]),
  }
}

/** The colour of the n-th series, from 0. */
export function colourOf(index: number): string {
  return `var(--series-${(index % 8) + 1})`
}

function shown(value: number | null | undefined, unit: Unit): string {
  return value === null || value === undefined ? ABSENT : unit.format(value)
}
