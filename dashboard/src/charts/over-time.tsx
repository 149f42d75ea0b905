// One metric over time: line, 95 % band, the versions put in service; bins without a value stay gaps.
import { area, line } from 'd3-shape'
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { formatCount } from '../ui/format.ts'
import { formatTime } from '../ui/format-time.ts'
import { TimeAxis, ValueAxis, valueAxisWidth } from './axes.tsx'
import { niceDomain, timeTicks } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import { pixelColumns } from './pixel-columns.ts'
import { textWidth } from './place-labels.ts'
import { type Known, segments } from './segments.ts'
import { CrossHair, NO_MARKS, NoData, type Sides, scalesOf, spanOf, type VersionMark, VersionMarks } from './time-plot.tsx'
import type { Reading } from './tooltip.tsx'
import type { Unit } from './unit.ts'

export interface TimePoint {
  /** Start of the bin, milliseconds since 1970 UTC. */
  readonly at: number
  readonly value: number | null
  readonly low?: number | null
  readonly high?: number | null
  /** Rows the value was computed from. */
  readonly count?: number
}

interface OverTimeProps {
  /** What is shown, in words. */
  readonly label: string
  /** Name of the value in the tooltip. */
  readonly name: string
  readonly points: readonly TimePoint[]
  readonly unit: Unit
  /** Width of a bin; a longer distance is a gap. */
  readonly stepMs?: number
  readonly marks?: readonly VersionMark[]
  /** A level to compare with, as the value on held-out rows. */
  readonly level?: { readonly value: number; readonly label: string }
  readonly fromZero?: boolean
  readonly height?: number
  /** Name of `count` in the tooltip. */
  readonly countName?: string
  /** Room at both sides, so that charts above each other share one time axis. */
  readonly sides?: Sides
}

export function OverTime({
  label,
  name,
  points,
  unit,
  stepMs,
  marks = NO_MARKS,
  level,
  fromZero,
  height = 244,
  countName,
  sides,
}: OverTimeProps): ReactNode {
  const domain = useMemo(
    () => niceDomain(valuesOf(points, level?.value), { limits: unit.limits, fromZero }),
    [points, level, unit, fromZero],
  )
  const runs = useMemo(() => segments(points, stepMs), [points, stepMs])
  const times = useMemo(() => points.map(({ at }) => at), [points])
  const last = runs.at(-1)?.at(-1)
  const hasBand = points.some(({ low }) => isNumber(low))
  const margins = {
    left: sides?.left ?? valueAxisWidth(domain, height, unit),
    right: sides?.right ?? (last ? textWidth(unit.format(last.value)) + 10 : 8),
    top: marks.length > 0 ? 22 : 8,
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
      return (
        <>
          <ValueAxis plot={plot} y={y} unit={unit} />
          <TimeAxis plot={plot} x={time} ticks={timeTicks(...span, plot.right - plot.left)} />
          {hasBand && <Band runs={runs} x={x} y={y} />}
          {!last && <NoData plot={plot} />}
          {level && <Level plot={plot} y={y(level.value)} label={level.label} />}
          <VersionMarks plot={plot} x={time} marks={marks} />
          <path
            d={linePath(runs, x, y, plot.right - plot.left)}
            fill="none"
            stroke="var(--series-1)"
            strokeWidth={2}
            strokeLinejoin="round"
          />
          {runs
            .filter(({ length }) => length === 1)
            .map(([point]) => (
              <circle key={point!.at} cx={x(point!.at)} cy={y(point!.value)} r={2.5} fill="var(--series-1)" />
            ))}
          {last && (
            <>
              <circle cx={x(last.at)} cy={y(last.value)} r={3.5} fill="var(--series-1)" />
              <text x={x(last.at) + 7} y={y(last.value) + 4} fill="var(--text)" fontWeight={600}>
                {unit.format(last.value)}
              </text>
            </>
          )}
        </>
      )
    },
    [scales, span, runs, hasBand, marks, level, unit, last],
  )
  const stops = useCallback(
    (plot: Plot) => {
      const { x } = scales(plot)
      return times.map((at) => ({ x: x(at) }))
    },
    [scales, times],
  )
  const read = (index: number): Reading => {
    const { at, value, low, high, count } = points[index]!
    const lines = [{ name, value: value === null ? chartText.noData : unit.format(value), colour: 'var(--series-1)' }]
    if (isNumber(low) && isNumber(high)) {
      lines.push({ name: chartText.interval, value: chartText.from(unit.format(low), unit.format(high)), colour: 'var(--band)' })
    }
    const version = marks.findLast((mark) => mark.at <= at + (stepMs ?? 0))
    return {
      title: formatTime(at),
      lines: [
        ...lines,
        ...(count === undefined ? [] : [{ name: countName ?? chartText.rows, value: formatCount(count) }]),
        ...(version ? [{ name: chartText.version, value: version.label }] : []),
      ],
    }
  }
  const mark = (plot: Plot, index: number): ReactNode => {
    const { x, y } = scales(plot)
    const { at, value } = points[index]!
    return <CrossHair plot={plot} x={x(at)} dots={value === null ? [] : [{ y: y(value), colour: 'var(--series-1)' }]} />
  }
  return (
    <ChartFrame
      label={label}
      height={height}
      margins={margins}
      draw={draw}
      count={points.length}
      stops={stops}
      read={read}
      mark={mark}
      times={times}
    />
  )
}

/** The same points as rows of a table. */
export function overTimeTable(name: string, points: readonly TimePoint[], unit: Unit, countName: string = chartText.rows): ChartTableData {
  return {
    columns: [chartText.time, name, chartText.interval, countName],
    rows: points.map(({ at, value, low, high, count }) => [
      formatTime(at),
      value === null ? '–' : unit.format(value),
      isNumber(low) && isNumber(high) ? chartText.from(unit.format(low), unit.format(high)) : '–',
      count === undefined ? '–' : formatCount(count),
    ]),
  }
}

type At = (at: number) => number
type Runs = readonly (readonly Known<TimePoint>[])[]

function Band({ runs, x, y }: { readonly runs: Runs; readonly x: At; readonly y: At }): ReactNode {
  const shape = area<Known<TimePoint>>(
    ({ at }) => x(at),
    ({ low }) => y(low!),
    ({ high }) => y(high!),
  ).defined(({ low, high }) => isNumber(low) && isNumber(high))
  return (
    <>
      <path d={runs.map((run) => shape(run) ?? '').join('')} fill="var(--band)" />
      {runs
        .filter(([only, ...others]) => others.length === 0 && isNumber(only?.low) && isNumber(only?.high))
        .map(([only]) => (
          <line
            key={only!.at}
            x1={x(only!.at)}
            x2={x(only!.at)}
            y1={y(only!.low!)}
            y2={y(only!.high!)}
            stroke="var(--band)"
            strokeWidth={4}
          />
        ))}
    </>
  )
}

function Level({ plot, y, label }: { readonly plot: Plot; readonly y: number; readonly label: string }): ReactNode {
  return (
    <>
      <line x1={plot.left} x2={plot.right} y1={y} y2={y} stroke="var(--line-strong)" strokeDasharray="6 3" />
      <text x={plot.left + 4} y={y - 5} fill="var(--muted)">
        {label}
      </text>
    </>
  )
}

function valuesOf(points: readonly TimePoint[], level: number | undefined): (number | null | undefined)[] {
  const values: (number | null | undefined)[] = [level]
  for (const { value, low, high } of points) values.push(value, low, high)
  return values
}

function linePath(runs: Runs, x: At, y: At, widthPx: number): string {
  const shape = line<Known<TimePoint>>(
    ({ at }) => x(at),
    ({ value }) => y(value),
  ).digits(1)
  return runs.map((run) => shape([...pixelColumns(run, x, widthPx)]) ?? '').join('')
}

function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
