// Where the values of a column are cut into bins: float32 midpoints, so the served rule `x <= edge` and the bin agree exactly.

/** Bins of values; one more is for missing values. */
export const VALUE_BINS = 255

const MAX_FLOAT32 = 3.4028234663852886e38

/**
 * Edges between the distinct values; where these are too many, bins of like counts, a frequent value keeping a bin to itself.
 *
 * @param sorted  the values of a sample, ascending, none missing.
 * @param starts  scratch of `sorted.length + 1` numbers.
 * @param fewestRows  rows of the sample that a bin holds at least; where there are many distinct values, on average.
 */
export function findEdges(sorted: Float32Array, starts: Uint32Array, fewestRows: number): Float32Array {
  let distinct = 0
  let last = Number.NaN
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i]!
    if (value !== last) starts[distinct++] = i
    last = value
  }
  const edges = new Float32Array(VALUE_BINS - 1)
  if (distinct > VALUE_BINS) {
    starts[distinct] = sorted.length
    return edges.slice(0, spreadEdges(sorted, starts, distinct, edges, Math.min(VALUE_BINS, Math.floor(sorted.length / fewestRows))))
  }
  let found = 0
  let from = 0
  for (let i = 1; i < distinct; i++) {
    if (starts[i]! - from < fewestRows) continue
    edges[found++] = edgeBetween(sorted[starts[i]! - 1]!, sorted[starts[i]!]!)
    from = starts[i]!
  }
  return edges.slice(0, found)
}

/** Writes the edges of at most so many bins of like counts; returns how many there are. */
function spreadEdges(sorted: Float32Array, starts: Uint32Array, distinct: number, edges: Float32Array, bins: number): number {
  const large = sorted.length / bins
  let rest = sorted.length
  let restBins = bins
  for (let i = 0; i < distinct; i++) {
    const count = starts[i + 1]! - starts[i]!
    if (count >= large) {
      rest -= count
      restBins--
    }
  }
  let mean = rest / Math.max(1, restBins)
  let filled = 0
  let found = 0
  let count = starts[1]! - starts[0]!
  for (let i = 0; i < distinct - 1 && found < bins - 1; i++) {
    const next = starts[i + 2]! - starts[i + 1]!
    const isLarge = count >= large
    if (!isLarge) rest -= count
    filled += count
    const nextIsLarge = next >= large && filled >= Math.max(1, mean / 2)
    if (isLarge || filled >= mean || nextIsLarge) {
      edges[found++] = edgeBetween(sorted[starts[i]!]!, sorted[starts[i + 1]!]!)
      filled = 0
      if (!isLarge) mean = rest / Math.max(1, --restBins)
    }
    count = next
  }
  return found
}

/** A float32 e with a <= e < b. */
function edgeBetween(a: number, b: number): number {
  const middle = Math.fround(a / 2 + b / 2)
  // Infinite neighbours and neighbours one unit apart have no float32 between them.
  return middle >= a && middle < b && Number.isFinite(middle) ? middle : Math.max(a, -MAX_FLOAT32)
}
