// The ground every chart stands on: it fits the width it is given, and tells the value under the pointer or the arrow keys.
import { type KeyboardEvent, type PointerEvent, type ReactNode, useMemo, useState } from 'react'
import { chartText } from '../text/charts.ts'
import { useSharedMoment } from './cross-hair.tsx'
import { nearestIndex } from './place-labels.ts'
import { type Reading, readingText, Tooltip } from './tooltip.tsx'
import { useWidth } from './use-width.ts'

/** Inner edges of the drawing in pixels. */
export interface Plot {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export interface Margins {
  readonly left?: number
  readonly right?: number
  readonly top?: number
  readonly bottom?: number
}

/** Where a value stands; a chart of bars along one axis leaves the other out. */
export interface Stop {
  readonly x?: number
  readonly y?: number
}

interface ChartFrameProps {
  /** What the chart shows, for whoever cannot see it; the values are in the table. */
  readonly label: string
  readonly height: number
  readonly margins?: Margins | ((width: number) => Margins)
  /** Drawn again only when `draw` changes: give it a stable identity (useCallback) where it is expensive. */
  readonly draw: (plot: Plot) => ReactNode
  /** How many places can be read. */
  readonly count?: number
  /** The places, in reading order; asked for when somebody reads. */
  readonly stops?: (plot: Plot) => readonly Stop[]
  readonly read?: (index: number) => Reading
  /** Drawn on top of the place that is read. */
  readonly mark?: (plot: Plot, index: number) => ReactNode
  /** Times of the stops, ascending: shares the cross-hair of the group. */
  readonly times?: readonly number[]
}

export function ChartFrame({ label, height, margins = {}, draw, count = 0, stops, read, mark, times }: ChartFrameProps): ReactNode {
  const [box, width] = useWidth()
  const [own, setOwn] = useState<number>()
  const [byKey, setByKey] = useState(false)
  const [sharedAt, shareAt] = useSharedMoment()

  const { left = 0, right = 0, top = 0, bottom = 0 } = typeof margins === 'function' ? margins(width) : margins
  const plot = useMemo<Plot>(
    () => ({ width, height, left, right: Math.max(left + 1, width - right), top, bottom: height - bottom }),
    [width, height, left, right, top, bottom],
  )
  const drawing = useMemo(() => (width > 0 ? draw(plot) : null), [draw, plot, width])
  const places = useMemo(() => once(() => stops?.(plot) ?? []), [stops, plot])

  const elsewhere = times && sharedAt !== undefined ? nearestIndex(times, sharedAt) : undefined
  // Data may have become shorter since the pointer came to rest.
  const mine = own !== undefined && own < count ? own : undefined
  const index = mine ?? (elsewhere !== undefined && elsewhere < count ? elsewhere : undefined)

  const point = (next: number | undefined, keyed: boolean): void => {
    setOwn(next)
    setByKey(keyed && next !== undefined)
    if (times) shareAt(next === undefined ? undefined : times[next])
  }
  const onPointerMove = (event: PointerEvent<SVGSVGElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect()
    point(nearestStop(places(), event.clientX - bounds.left, event.clientY - bounds.top), false)
  }
  const onKeyDown = (event: KeyboardEvent<SVGSVGElement>): void => {
    if (event.key === 'Escape' && mine !== undefined) {
      event.stopPropagation()
      point(undefined, true)
      return
    }
    const next = indexAfterKey(event.key, mine, count)
    if (next === undefined) return
    event.preventDefault()
    point(next, true)
  }

  const reading = mine !== undefined && read ? read(mine) : undefined
  const readable = read !== undefined && count > 0
  return (
    <div ref={box} className="relative" style={{ height }}>
      {width > 0 && (
        <svg
          width={width}
          height={height}
          role="img"
          aria-label={readable ? `${label} ${chartText.readHint}` : label}
          tabIndex={readable ? 0 : undefined}
          className="block rounded-sm"
          fontSize={11}
          fill="var(--faint)"
          onPointerMove={readable ? onPointerMove : undefined}
          onPointerDown={readable ? onPointerMove : undefined}
          onPointerLeave={readable ? () => point(undefined, false) : undefined}
          onKeyDown={readable ? onKeyDown : undefined}
          onBlur={readable ? () => byKey && point(undefined, false) : undefined}
        >
          {drawing}
          {index !== undefined && mark?.(plot, index)}
        </svg>
      )}
      {reading && mine !== undefined && <Tooltip reading={reading} at={places()[mine]!} plot={plot} />}
      {readable && (
        <div role="status" className="sr-only">
          {byKey && reading ? readingText(reading) : ''}
        </div>
      )}
    </div>
  )
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** The stop nearest to a place: along x, along y, or both, as the stops have it. */
export function nearestStop(places: readonly Stop[], x: number, y: number): number | undefined {
  let best: number | undefined
  let shortest = Number.POSITIVE_INFINITY
  for (let index = 0; index < places.length; index++) {
    const place = places[index]!
    const distance = (place.x === undefined ? 0 : (place.x - x) ** 2) + (place.y === undefined ? 0 : (place.y - y) ** 2)
    if (distance < shortest) {
      shortest = distance
      best = index
    }
  }
  return best
}

/** The stop after a key; undefined for keys that do not move. */
export function indexAfterKey(key: string, index: number | undefined, count: number): number | undefined {
  if (count === 0) return undefined
  const page = Math.max(1, Math.round(count / 10))
  const from = index ?? -1
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(count - 1, from + 1)
    case 'ArrowLeft':
    case 'ArrowUp':
      return index === undefined ? count - 1 : Math.max(0, index - 1)
    case 'PageDown':
      return Math.min(count - 1, from + page)
    case 'PageUp':
      return Math.max(0, (index ?? count) - page)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}
