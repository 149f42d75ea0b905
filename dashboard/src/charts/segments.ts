// Where a line over time may be drawn: a bin without a value, or one that is not there at all, stays a gap.

interface Valued {
  readonly at: number
  readonly value: number | null
}

/** A point whose value is known. */
export type Known<Point extends Valued> = Point & { readonly value: number }

/**
 * Runs of neighbouring points with a value, in their order.
 *
 * @param stepMs  width of a bin; a distance of more than 1.5 bins ends a run. Without it only missing values do.
 */
export function segments<Point extends Valued>(points: readonly Point[], stepMs = Number.POSITIVE_INFINITY): Known<Point>[][] {
  const runs: Known<Point>[][] = []
  let run: Known<Point>[] = []
  let lastAt = Number.NEGATIVE_INFINITY
  for (const point of points) {
    const known = point.value !== null && Number.isFinite(point.value)
    if (run.length > 0 && (!known || point.at - lastAt > stepMs * 1.5)) {
      runs.push(run)
      run = []
    }
    if (known) run.push(point as Known<Point>)
    lastAt = point.at
  }
  if (run.length > 0) runs.push(run)
  return runs
}
