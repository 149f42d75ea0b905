// ROC and precision-recall: the curve of every threshold, the line of chance, and a ring at the one that is used.
// The ring is a slider: it is dragged along the curve or moved by keys, and whoever shows the chart is told.
import { scaleLinear } from 'd3-scale'
import { curveLinear, curveStepAfter, line } from 'd3-shape'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useMemo } from 'react'
import { chartText } from '../text/charts.ts'
import { formatShare } from '../ui/format.ts'
import { BottomAxis, ValueAxis } from './axes.tsx'
import type { Plot } from './chart-frame.tsx'
import type { ChartTableData } from './chart-table.tsx'
import { colourOf } from './multi-line.tsx'
import { atThreshold, nearestPoint, thresholdAfterKey } from './threshold.ts'
import { SHARE } from './unit.ts'
import { useWidth } from './use-width.ts'

/** A point of a curve; its threshold may be missing at the ends, where everything or nothing is called positive. */
export interface CurvePoint {
  readonly threshold: number | null
  readonly x: number
  readonly y: number
}

export interface Curve {
  /** The class it is about. */
  readonly name: string
  readonly points: readonly CurvePoint[]
}

interface ThresholdCurveProps {
  readonly label: string
  readonly curves: readonly Curve[]
  readonly names: readonly [x: string, y: string]
  /** Where a model that knows nothing stands: the diagonal, or a level. */
  readonly chance: 'diagonal' | number
  /** In the free corner: `AUC 0.902`. */
  readonly note?: string
  readonly stepped?: boolean
  /** The one in use; only of a single curve. */
  readonly threshold?: number
  readonly onThreshold?: (threshold: number) => void
  readonly height?: number
}

type Placed = CurvePoint & { readonly threshold: number }

export function ThresholdCurve(props: ThresholdCurveProps): ReactNode {
  const { label, curves, names, chance, note, stepped = false, threshold, onThreshold, height = 240 } = props
  const [box, width] = useWidth()
  const plot = useMemo(() => plotOf(width, height), [width, height])
  const { x, y } = useMemo(
    () => ({ x: scaleLinear([0, 1], [plot.left, plot.right]), y: scaleLinear([0, 1], [plot.bottom, plot.top]) }),
    [plot],
  )
  const only = curves.length === 1 ? curves[0] : undefined
  const stops = useMemo(
    () => only?.points.filter((point): point is Placed => point.threshold !== null && Number.isFinite(point.threshold)) ?? [],
    [only],
  )
  const ring = threshold === undefined ? undefined : atThreshold(stops, threshold)

  const paths = useMemo(() => {
    const path = line<CurvePoint>(
      (point) => x(point.x),
      (point) => y(point.y),
    ).curve(stepped ? curveStepAfter : curveLinear)
    return curves.map(({ points }) => path(points) ?? '')
  }, [curves, x, y, stepped])

  const drag = (event: PointerEvent<SVGSVGElement>): void => {
    if (!onThreshold || (event.type === 'pointermove' && event.buttons === 0)) return
    if (event.type === 'pointerdown') event.currentTarget.setPointerCapture(event.pointerId)
    const bounds = event.currentTarget.getBoundingClientRect()
    const [px, py] = [event.clientX - bounds.left, event.clientY - bounds.top]
    const nearest = nearestPoint(stops, (point) => (x(point.x) - px) ** 2 + (y(point.y) - py) ** 2)
    if (nearest) onThreshold(Math.min(1, Math.max(0, nearest.threshold)))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = threshold === undefined ? undefined : thresholdAfterKey(event.key, threshold)
    if (next === undefined) return
    event.preventDefault()
    onThreshold?.(next)
  }

  return (
    <div ref={box} className="relative" style={{ height }}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          aria-label={label}
          className={onThreshold ? 'block touch-none select-none' : 'block'}
          fontSize={11}
          fill="var(--faint)"
          onPointerDown={drag}
          onPointerMove={drag}
        >
          <ValueAxis plot={plot} y={y} unit={SHARE} />
          <BottomAxis plot={plot} x={x} unit={SHARE} name={names[0]} />
          <text x={plot.left} y={10}>
            {names[1]}
          </text>
          <ChanceLine chance={chance} x={x} y={y} />
          {paths.map((path, index) => (
            <path key={curves[index]!.name} d={path} fill="none" stroke={colourOf(index)} strokeWidth={2} strokeLinejoin="round" />
          ))}
          {note !== undefined && (
            <text x={plot.right - 6} y={plot.bottom - 10} textAnchor="end" fill="var(--text)" fontWeight={600}>
              {note}
            </text>
          )}
          {ring && onThreshold && threshold !== undefined && (
            <Ring ring={ring} threshold={threshold} at={[x(ring.x), y(ring.y)]} plot={plot} names={names} onKeyDown={onKeyDown} />
          )}
        </svg>
      )}
    </div>
  )
}

interface RingProps {
  readonly ring: Placed
  readonly threshold: number
  readonly at: readonly [x: number, y: number]
  readonly plot: Plot
  readonly names: readonly [string, string]
  readonly onKeyDown: (event: KeyboardEvent) => void
}

function Ring({ ring, threshold, at: [x, y], plot, names, onKeyDown }: RingProps): ReactNode {
  const leftwards = x > (plot.left + plot.right) / 2
  const lines = [chartText.thresholdOf(threshold.toFixed(2)), `${names[0]} ${formatShare(ring.x)}`, `${names[1]} ${formatShare(ring.y)}`]
  // The text stands on the side of the curve where the plot is empty.
  const below = y + 48 < plot.bottom
  return (
    <g
      role="slider"
      tabIndex={0}
      aria-label={chartText.dragThreshold}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={threshold}
      aria-valuetext={lines.join(', ')}
      onKeyDown={onKeyDown}
      className="cursor-grab active:cursor-grabbing"
    >
      <circle cx={x} cy={y} r={14} fill="transparent" />
      <circle cx={x} cy={y} r={5.5} fill="var(--surface)" stroke="var(--series-2)" strokeWidth={2.5} />
      {lines.map((text, index) => (
        <text
          key={text}
          x={x + (leftwards ? -12 : 12)}
          y={(below ? y + 16 : y - 36) + index * 13}
          textAnchor={leftwards ? 'end' : 'start'}
          fill="var(--text)"
          stroke="var(--surface)"
          strokeWidth={3}
          paintOrder="stroke"
          fontWeight={index === 0 ? 600 : 400}
        >
          {text}
        </text>
      ))}
    </g>
  )
}

function ChanceLine({
  chance,
  x,
  y,
}: {
  readonly chance: 'diagonal' | number
  readonly x: (v: number) => number
  readonly y: (v: number) => number
}): ReactNode {
  const [from, to] = chance === 'diagonal' ? [0, 1] : [chance, chance]
  return <line x1={x(0)} y1={y(from)} x2={x(1)} y2={y(to)} stroke="var(--line-strong)" strokeDasharray="4 3" />
}

/** The curve as rows of a table. */
export function curveTable({ points }: Curve, names: readonly [string, string]): ChartTableData {
  return {
    columns: [chartText.threshold, ...names],
    rows: points.map(({ threshold, x, y }) => [threshold === null ? '–' : threshold.toFixed(3), formatShare(x), formatShare(y)]),
  }
}

/** Square where the card is wide enough. */
function plotOf(width: number, height: number): Plot {
  const [left, top, bottom] = [44, 18, height - 36]
  return { width, height, left, top, bottom, right: Math.max(left + 1, Math.min(width - 14, left + (bottom - top) * 1.6)) }
}
