// Moving the operating threshold of a two-class model along what the server computed.

interface AtThreshold {
  readonly threshold: number
}

/** The entry whose threshold is nearest; the list may be in any order. Undefined for an empty list. */
export function atThreshold<Entry extends AtThreshold>(entries: readonly Entry[], threshold: number): Entry | undefined {
  let best: Entry | undefined
  for (const entry of entries) {
    if (best === undefined || Math.abs(entry.threshold - threshold) < Math.abs(best.threshold - threshold)) best = entry
  }
  return best
}

/** The curve point nearest to a place on the screen. */
export function nearestPoint<Point>(points: readonly Point[], distance: (point: Point) => number): Point | undefined {
  let best: Point | undefined
  let shortest = Number.POSITIVE_INFINITY
  for (const point of points) {
    const length = distance(point)
    if (length < shortest) {
      shortest = length
      best = point
    }
  }
  return best
}

/** The threshold after a key on the slider: arrows one hundredth, pages a tenth, Home and End the ends; undefined for other keys. */
export function thresholdAfterKey(key: string, threshold: number): number | undefined {
  const moves: Record<string, number> = {
    ArrowRight: 0.01,
    ArrowUp: 0.01,
    ArrowLeft: -0.01,
    ArrowDown: -0.01,
    PageUp: 0.1,
    PageDown: -0.1,
    Home: -1,
    End: 1,
  }
  const move = moves[key]
  if (move === undefined) return undefined
  return Math.round(Math.min(1, Math.max(0, threshold + move)) * 100) / 100
}
