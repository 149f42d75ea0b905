// What all charts over time share: their scales, the versions put in service, the line at the moment that is read.
import { scaleLinear } from 'd3-scale'
import type { ReactNode } from 'react'
import { chartText } from '../text/charts.ts'
import type { Domain } from './axis.ts'
import type { Plot } from './chart-frame.tsx'
import { labelsThatFit } from './place-labels.ts'

type At = (at: number) => number

/** Room at both sides of a plot in pixels; charts above each other with the same sides share one time axis. */
export interface Sides {
  readonly left: number
  readonly right: number
}

/** From the start of the first bin to the end of the last. */
export function spanOf(times: readonly number[], stepMs = 0): readonly [from: number, to: number] {
  return [times[0] ?? 0, (times.at(-1) ?? 0) + stepMs]
}

/** Scales of a chart over time; one single time stands in the middle. */
export function scalesOf(
  plot: Plot,
  [from, to]: readonly [number, number],
  domain: Domain,
): { readonly x: At; readonly y: ReturnType<typeof scaleLinear<number, number>> } {
  const x = to > from ? scaleLinear([from, to], [plot.left, plot.right]) : () => (plot.left + plot.right) / 2
  return { x, y: scaleLinear(domain, [plot.bottom, plot.top]) }
}

/** A version put in service. */
export interface VersionMark {
  readonly at: number
  readonly label: string
}

export const NO_MARKS: readonly VersionMark[] = []

/** ▾, a dashed line and, where it has room, the label of each version. */
export function VersionMarks({
  plot,
  x,
  marks,
}: {
  readonly plot: Plot
  readonly x: At
  readonly marks: readonly VersionMark[]
}): ReactNode {
  const inside = marks.filter(({ at }) => x(at) >= plot.left - 0.5 && x(at) <= plot.right + 0.5)
  const fits = labelsThatFit(
    inside.map(({ at, label }) => ({ x: x(at), text: label })),
    plot.width,
  )
  return inside.map(({ at, label }, index) => (
    <g key={`${at} ${label}`}>
      <line x1={x(at)} x2={x(at)} y1={14} y2={plot.bottom} stroke="var(--line-strong)" strokeDasharray="3 3" />
      <path d={`M${x(at) - 5} 6h10l-5 7z`} fill="var(--muted)" />
      {fits[index] && (
        <text x={x(at) + 8} y={13} fill="var(--muted)">
          {label}
        </text>
      )}
    </g>
  ))
}

/** A vertical line at the moment that is read, with a dot on each value. */
export function CrossHair({
  plot,
  x,
  dots,
}: {
  readonly plot: Plot
  readonly x: number
  readonly dots: readonly { y: number; colour: string }[]
}): ReactNode {
  return (
    <g pointerEvents="none">
      <line x1={x} x2={x} y1={plot.top} y2={plot.bottom} stroke="var(--line-strong)" />
      {dots.map(({ y, colour }) => (
        <circle key={colour} cx={x} cy={y} r={4} fill={colour} stroke="var(--surface)" strokeWidth={1.5} />
      ))}
    </g>
  )
}

/** Said in the middle of a plot without any value: an empty grid would look like zeros. */
export function NoData({ plot }: { readonly plot: Plot }): ReactNode {
  return (
    <text x={(plot.left + plot.right) / 2} y={(plot.top + plot.bottom) / 2} textAnchor="middle" fontSize={12} fill="var(--muted)">
      {chartText.noData}
    </text>
  )
}
