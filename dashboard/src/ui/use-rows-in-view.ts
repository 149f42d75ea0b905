// Which rows of a long list are near the window. All rows are of one height, so that places are computed and none is stored:
// a hundred thousand rows cost what a hundred do, at each step of scrolling and at each page that comes.
import { useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Rows kept ready above and below the window. */
const OVERSCAN = 12
/** Rows are added and removed by so many at once: slow scrolling draws anew only at every fourth row. */
const STEP = 4

export interface RowPlaces {
  readonly count: number
  readonly rowPx: number
  /** Where the first row begins, in pixels from the top of the page. */
  readonly top: number
  /** Height of what covers the top of the window. */
  readonly coveredPx: number
}

/** Rows `first` to before `end`, and what brings a row into view. */
export interface RowsInView {
  readonly first: number
  readonly end: number
  readonly scrollTo: (index: number) => void
}

export function useRowsInView({ count, rowPx, top, coveredPx }: RowPlaces): RowsInView {
  const [span, setSpan] = useState(() => spanOf(windowNow(), rowPx, top))
  useEffect(() => {
    const update = (): void => setSpan((old) => sameOr(old, spanOf(windowNow(), rowPx, top)))
    // At once: drawn after this frame, rows scrolled into view would be missing in it.
    const onScroll = (): void => flushSync(update)
    update()
    addEventListener('scroll', onScroll, { passive: true })
    addEventListener('resize', update)
    return () => {
      removeEventListener('scroll', onScroll)
      removeEventListener('resize', update)
    }
  }, [rowPx, top])
  const scrollTo = (index: number): void => {
    const start = top + index * rowPx
    if (start < scrollY + coveredPx) window.scrollTo({ top: start - coveredPx, behavior: 'instant' })
    else if (start + rowPx > scrollY + innerHeight) window.scrollTo({ top: start + rowPx - innerHeight, behavior: 'instant' })
  }
  return { first: Math.min(span.first, count), end: Math.min(span.end, count), scrollTo }
}

interface Span {
  readonly first: number
  readonly end: number
}

interface Window {
  /** Pixels that the page is scrolled by. */
  readonly scrolled: number
  readonly height: number
}

/** Rows to draw for a window, before it is known how many there are. */
export function spanOf({ scrolled, height }: Window, rowPx: number, top: number): Span {
  const above = Math.max(0, scrolled - top) / rowPx
  const below = Math.max(0, scrolled + height - top) / rowPx
  return { first: Math.max(0, Math.floor((above - OVERSCAN) / STEP) * STEP), end: Math.ceil((below + OVERSCAN) / STEP) * STEP }
}

function windowNow(): Window {
  return { scrolled: scrollY, height: innerHeight }
}

function sameOr(old: Span, next: Span): Span {
  return old.first === next.first && old.end === next.end ? old : next
}
