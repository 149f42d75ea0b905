// How often a value falls into each bin: scores by true class, residuals, a column of a table. Bars start at 0 and are as wide as their bin.
import { scaleLinear } from 'd3-scale'
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { formatCount } from '../ui/format.ts'
import { BottomAxis, ValueAxis, valueAxisWidth } from './axes.tsx'
import { type Domain, niceDomain } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import { colourOf } from './multi-line.tsx'
import { Legend } from './stacked-over-time.tsx'
import { COUNT, type Unit } from './unit.ts'

export interface HistogramSeries {
  readonly name: string
  /** One a bin: one fewer than edges. */
  readonly counts: readonly number[]
}

interface HistogramProps {
  readonly label: string
  /** Ascending; the last bin includes its upper edge. */
  readonly edges: readonly number[]
  /** Two stand side by side in each bin, more on top of each other. */
  readonly series: readonly HistogramSeries[]
  readonly unit: Unit
  /** Name of the value along the bottom. */
  readonly name?: string
  /** A line across, for example the threshold. */
  readonly mark?: { readonly value: number; readonly label: string }
  readonly height?: number
}

export function Histogram({ label, edges, series, unit, name, mark, height = 220 }: HistogramProps): ReactNode {
  const bars = useMemo(() => histogramBars(series.map(({ counts }) => counts)), [series])
  const domain = useMemo(
    () =>
      niceDomain(
        bars.flatMap(({ to }) => to),
        { fromZero: true },
      ),
    [bars],
  )
  const span: Domain = useMemo(() => [edges[0] ?? 0, edges.at(-1) ?? 1], [edges])
  const margins = { left: valueAxisWidth(domain, height, COUNT), right: 10, top: mark ? 18 : 8, bottom: name === undefined ? 22 : 36 }
  const draw = useCallback(
    (plot: Plot) => {
      const x = scaleLinear(span, [plot.left, plot.right])
      const y = scaleLinear(domain, [plot.bottom, plot.top])
      return (
        <>
          <ValueAxis plot={plot} y={y} unit={COUNT} />
          <BottomAxis plot={plot} x={x} unit={unit} name={name} />
          {bars.map(({ bin, series: which, lane, lanes, from, to }) => {
            const [left, right] = [x(edges[bin]!), x(edges[bin + 1]!)]
            const gap = right - left > 4 ? 1 : 0
            const width = (right - left - gap) / lanes
            return (
              <rect
                key={`${bin} ${which}`}
                x={left + gap / 2 + lane * width}
                width={width}
                y={y(to)}
                height={Math.max(0, y(from) - y(to))}
                fill={colourOf(which)}
              />
            )
          })}
          {mark && mark.value >= span[0] && mark.value <= span[1] && (
            <>
              <line x1={x(mark.value)} x2={x(mark.value)} y1={14} y2={plot.bottom} stroke="var(--text)" strokeDasharray="3 3" />
              <text x={Math.min(x(mark.value), plot.right - 44)} y={11} textAnchor="middle" fill="var(--text)">
                {mark.label}
              </text>
            </>
          )}
        </>
      )
    },
    [span, domain, bars, edges, unit, name, mark],
  )
  const stops = useCallback(
    (plot: Plot) => {
      const x = scaleLinear(span, [plot.left, plot.right])
      return edges.slice(1).map((edge, bin) => ({ x: x((edges[bin]! + edge) / 2) }))
    },
    [span, edges],
  )
  return (
    <div>
      {series.length > 1 && <Legend entries={series.map((one, index) => ({ name: one.name, colour: colourOf(index) }))} />}
      <ChartFrame
        label={label}
        height={height}
        margins={margins}
        draw={draw}
        count={edges.length - 1}
        stops={stops}
        read={(bin) => ({
          title: binName(edges, bin, unit),
          lines: series.map(({ name: title, counts }, index) => ({
            name: title,
            value: formatCount(counts[bin]),
            colour: colourOf(index),
          })),
        })}
        mark={(plot, bin) => {
          const x = scaleLinear(span, [plot.left, plot.right])
          const left = x(edges[bin]!)
          return (
            <rect
              x={left}
              width={x(edges[bin + 1]!) - left}
              y={plot.top}
              height={plot.bottom - plot.top}
              fill="none"
              stroke="var(--line-strong)"
              pointerEvents="none"
            />
          )
        }}
      />
    </div>
  )
}

interface Bar {
  readonly bin: number
  readonly series: number
  /** Place beside the others of the bin. */
  readonly lane: number
  readonly lanes: number
  readonly from: number
  readonly to: number
}

/** Bars of each bin: up to two series beside each other, more stacked in their order. Empty ones are left out. */
export function histogramBars(series: readonly (readonly number[])[]): Bar[] {
  const stacked = series.length > 2
  const lanes = stacked ? 1 : Math.max(1, series.length)
  const bars: Bar[] = []
  const bins = Math.max(0, ...series.map(({ length }) => length))
  for (let bin = 0; bin < bins; bin++) {
    let floor = 0
    series.forEach((counts, index) => {
      const count = counts[bin] ?? 0
      if (count > 0) bars.push({ bin, series: index, lane: stacked ? 0 : index, lanes, from: floor, to: floor + count })
      if (stacked) floor += count
    })
  }
  return bars
}

export function histogramTable(edges: readonly number[], series: readonly HistogramSeries[], unit: Unit): ChartTableData {
  return {
    columns: [chartText.bin, ...series.map(({ name }) => name)],
    rows: edges.slice(1).map((_, bin) => [binName(edges, bin, unit), ...series.map(({ counts }) => formatCount(counts[bin]))]),
  }
}

function binName(edges: readonly number[], bin: number, unit: Unit): string {
  return `${unit.format(edges[bin]!)} ${chartText.binTo} ${unit.format(edges[bin + 1]!)}`
}
