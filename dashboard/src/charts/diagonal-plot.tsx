// What was said against what came true: dots with intervals beside the diagonal of a perfect model, rows of each bin beneath.
import { scaleLinear } from 'd3-scale'
import { type ReactNode, useCallback, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { formatCount } from '../ui/format.ts'
import { BottomAxis, ValueAxis, valueAxisWidth } from './axes.tsx'
import { type Domain, niceDomain } from './axis.ts'
import { ChartFrame, type Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import type { Reading } from './tooltip.tsx'
import { SHARE, type Unit } from './unit.ts'

export interface DiagonalBin {
  /** Mean of what was predicted in the bin. */
  readonly predicted: number
  /** Mean of what came true. */
  readonly actual: number
  readonly low?: number | null
  readonly high?: number | null
  readonly count: number
}

interface DiagonalPlotProps {
  readonly label: string
  readonly bins: readonly DiagonalBin[]
  readonly unit: Unit
  readonly domain: Domain
  /** Names of the axes. */
  readonly names: readonly [predicted: string, actual: string]
  readonly height?: number
}

const COUNT_BARS = 26

export function DiagonalPlot({ label, bins, unit, domain, names, height = 240 }: DiagonalPlotProps): ReactNode {
  const margins = useCallback(
    (width: number) => {
      const left = valueAxisWidth(domain, height, unit)
      // Both axes have one scale, so the plot is about square.
      return { left, right: Math.max(12, width - left - height * 1.5), top: 8, bottom: 36 }
    },
    [domain, height, unit],
  )
  const draw = useCallback(
    (plot: Plot) => {
      const { x, y } = scalesOf(plot, domain)
      const most = Math.max(1, ...bins.map(({ count }) => count))
      const bar = Math.max(3, Math.min(18, (plot.right - plot.left) / (bins.length * 1.6 + 1)))
      return (
        <>
          <ValueAxis plot={plot} y={y} unit={unit} withoutCut />
          <BottomAxis plot={plot} x={x} unit={unit} name={names[0]} />
          {bins.map(({ predicted, count }) => (
            <rect
              key={predicted}
              x={x(predicted) - bar / 2}
              width={bar}
              y={plot.bottom - (COUNT_BARS * count) / most}
              height={(COUNT_BARS * count) / most}
              fill="var(--band)"
            />
          ))}
          <line x1={x(domain[0])} y1={y(domain[0])} x2={x(domain[1])} y2={y(domain[1])} stroke="var(--line-strong)" strokeDasharray="4 3" />
          {bins.map(({ predicted, actual, low, high }) => (
            <g key={predicted}>
              {typeof low === 'number' && typeof high === 'number' && (
                <line
                  x1={x(predicted)}
                  x2={x(predicted)}
                  y1={y(clamp(low, domain))}
                  y2={y(clamp(high, domain))}
                  stroke="var(--series-1)"
                  strokeWidth={1.5}
                />
              )}
              <circle cx={x(predicted)} cy={y(clamp(actual, domain))} r={4} fill="var(--series-1)" />
            </g>
          ))}
        </>
      )
    },
    [bins, domain, unit, names],
  )
  const stops = useCallback((plot: Plot) => bins.map(({ predicted }) => ({ x: scalesOf(plot, domain).x(predicted) })), [bins, domain])
  const read = (index: number): Reading => {
    const { predicted, actual, low, high, count } = bins[index]!
    const interval = typeof low === 'number' && typeof high === 'number'
    return {
      title: `${chartText.bin} ${index + 1} / ${bins.length}`,
      lines: [
        { name: names[0], value: unit.format(predicted) },
        { name: names[1], value: unit.format(actual), colour: 'var(--series-1)' },
        ...(interval ? [{ name: chartText.interval, value: chartText.from(unit.format(low), unit.format(high)) }] : []),
        { name: chartText.rows, value: formatCount(count), colour: 'var(--band)' },
      ],
    }
  }
  const mark = (plot: Plot, index: number): ReactNode => {
    const { x, y } = scalesOf(plot, domain)
    const { predicted, actual } = bins[index]!
    return (
      <circle
        cx={x(predicted)}
        cy={y(clamp(actual, domain))}
        r={7}
        fill="none"
        stroke="var(--text)"
        strokeWidth={1.5}
        pointerEvents="none"
      />
    )
  }
  return (
    <ChartFrame label={label} height={height} margins={margins} draw={draw} count={bins.length} stops={stops} read={read} mark={mark} />
  )
}

/** Predicted probability against observed share, in bins of equally many rows. */
export function Calibration({
  label,
  bins,
  height,
}: {
  readonly label: string
  readonly bins: readonly DiagonalBin[]
  readonly height?: number
}): ReactNode {
  return <DiagonalPlot label={label} bins={bins} unit={SHARE} domain={UNIT_SQUARE} names={CALIBRATION_NAMES} height={height} />
}

/** Predicted number against the mean of what came true, in bins of equally many rows. */
export function PredictedVsActual({ label, bins, unit, height }: Omit<DiagonalPlotProps, 'domain' | 'names'>): ReactNode {
  const domain = useMemo(() => niceDomain(bins.flatMap(({ predicted, actual, low, high }) => [predicted, actual, low, high])), [bins])
  return <DiagonalPlot label={label} bins={bins} unit={unit} domain={domain} names={REGRESSION_NAMES} height={height} />
}

/** The same bins as rows of a table. */
export function diagonalTable(
  bins: readonly DiagonalBin[],
  unit: Unit,
  names: readonly [string, string] = CALIBRATION_NAMES,
): ChartTableData {
  return {
    columns: [names[0], names[1], chartText.interval, chartText.rows],
    rows: bins.map(({ predicted, actual, low, high, count }) => [
      unit.format(predicted),
      unit.format(actual),
      typeof low === 'number' && typeof high === 'number' ? chartText.from(unit.format(low), unit.format(high)) : '–',
      formatCount(count),
    ]),
  }
}

const UNIT_SQUARE: Domain = [0, 1]
const CALIBRATION_NAMES = [chartText.predicted, chartText.observed] as const
export const REGRESSION_NAMES = [chartText.predicted, chartText.meanActual] as const

function scalesOf(plot: Plot, domain: Domain) {
  return { x: scaleLinear(domain, [plot.left, plot.right]), y: scaleLinear(domain, [plot.bottom, plot.top]) }
}

function clamp(value: number, [low, high]: Domain): number {
  return Math.min(high, Math.max(low, value))
}
