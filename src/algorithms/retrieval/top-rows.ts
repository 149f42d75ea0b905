// The best k of many scored rows by a heap of k entries, its worst on top.
import type { Ranking } from './keyword-index.ts'

/** Best first; of equal scores the smaller row first. Cost: O(count x log k). */
export function topRows(count: number, k: number, rowAt: (at: number) => number, scoreAt: (at: number) => number): Ranking {
  const size = Math.min(count, k)
  const rows = new Int32Array(size)
  const scores = new Float64Array(size)
  const worse = (leftScore: number, leftRow: number, right: number): boolean =>
    leftScore < scores[right]! || (leftScore === scores[right]! && leftRow > rows[right]!)
  const sink = (score: number, row: number, from: number, end: number): void => {
    let at = from
    for (;;) {
      let child = at * 2 + 1
      if (child >= end) break
      if (child + 1 < end && worse(scores[child + 1]!, rows[child + 1]!, child)) child++
      if (worse(score, row, child)) break
      scores[at] = scores[child]!
      rows[at] = rows[child]!
      at = child
    }
    scores[at] = score
    rows[at] = row
  }
  for (let at = 0; at < size; at++) {
    rows[at] = rowAt(at)
    scores[at] = scoreAt(at)
  }
  for (let at = (size >> 1) - 1; at >= 0; at--) sink(scores[at]!, rows[at]!, at, size)
  for (let at = size; at < count; at++) {
    const score = scoreAt(at)
    const row = rowAt(at)
    if (!worse(score, row, 0)) sink(score, row, 0, size)
  }
  for (let end = size - 1; end > 0; end--) {
    const score = scores[end]!
    const row = rows[end]!
    scores[end] = scores[0]!
    rows[end] = rows[0]!
    sink(score, row, 0, end)
  }
  return { rows, scores }
}
