// Points of a plane, coloured by what they belong to. One path a colour: thousands of points are drawn and hit-tested as easily as ten.
import { scaleLinear } from 'd3-scale'
import { type ReactNode, useCallback } from 'react'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import { colourOf } from './multi-line.tsx'
import type { Reading } from './tooltip.tsx'

export interface ScatterPoint {
  readonly x: number
  readonly y: number
  /** Place in `names`. */
  readonly series: number
}

interface ScatterPlotProps {
  readonly label: string
  readonly points: readonly ScatterPoint[]
  /** Of the series, in the order of their colours; the last one may stand for all others. */
  readonly names: readonly string[]
  /** The place in `names` that is drawn grey. */
  readonly restAt?: number
  readonly read: (index: number) => Reading
  readonly height?: number
}

const MARGIN = 10
const DOT = 5

export function ScatterPlot({ label, points, names, restAt, read, height = 480 }: ScatterPlotProps): ReactNode {
  const draw = useCallback(
    (plot: Plot) => {
      const place = placed(points, plot)
      const paths = names.map(() => '')
      for (const [index, { series }] of points.entries()) paths[series] += `M${place[index]!.x.toFixed(1)} ${place[index]!.y.toFixed(1)}h0`
      // What is grey lies below what is named.
      const order = names.map((_, series) => series).sort((a, b) => Number(b === restAt) - Number(a === restAt))
      return order.map((series) => (
        <path
          key={names[series]}
          d={paths[series]}
          fill="none"
          stroke={seriesColour(series, restAt)}
          strokeOpacity={0.75}
          strokeWidth={DOT}
          strokeLinecap="round"
        />
      ))
    },
    [points, names, restAt],
  )
  const stops = useCallback((plot: Plot) => placed(points, plot), [points])
  return (
    <ChartFrame
      label={label}
      height={height}
      margins={{ left: MARGIN, right: MARGIN, top: MARGIN, bottom: MARGIN }}
      draw={draw}
      count={points.length}
      stops={stops}
      read={read}
      mark={(plot, index) => {
        const { x, y } = placed(points, plot)[index]!
        return <circle cx={x} cy={y} r={DOT} fill="none" stroke="var(--text)" strokeWidth={1.5} />
      }}
    />
  )
}

export function seriesColour(series: number, restAt: number | undefined): string {
  return series === restAt ? 'var(--faint)' : colourOf(series)
}

/** Both axes in one scale: a distance means the same in each direction. */
function placed(points: readonly ScatterPoint[], plot: Plot): readonly { readonly x: number; readonly y: number }[] {
  const [x0, x1] = extent(points, 'x')
  const [y0, y1] = extent(points, 'y')
  const [width, height] = [plot.right - plot.left, plot.bottom - plot.top]
  const scale = Math.min(width / Math.max(x1 - x0, 1e-12), height / Math.max(y1 - y0, 1e-12))
  const x = scaleLinear([x0, x1], [plot.left + (width - (x1 - x0) * scale) / 2, plot.left + (width + (x1 - x0) * scale) / 2])
  const y = scaleLinear([y0, y1], [plot.top + (height + (y1 - y0) * scale) / 2, plot.top + (height - (y1 - y0) * scale) / 2])
  return points.map((point) => ({ x: x(point.x), y: y(point.y) }))
}

function extent(points: readonly ScatterPoint[], axis: 'x' | 'y'): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const point of points) {
    least = Math.min(least, point[axis])
    most = Math.max(most, point[axis])
  }
  return [least, most]
}
