// Rows cut into bins of as many rows each by a score, for curves of what was predicted against what happened.
import type { Numbers } from './input-checks.ts'

/**
 * Row numbers of each bin, by rising score. Rows of one score stay together, so there may be fewer bins, of different sizes.
 *
 * @param bins  how many are wanted, at least 1.
 */
export function equalCountBins(scores: Numbers, bins: number): Uint32Array[] {
  const rows = scores.length
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => scores[a]! - scores[b]! || a - b)
  const cut: Uint32Array[] = []
  let from = 0
  for (let bin = 1; bin <= bins && from < rows; bin++) {
    let to = bin === bins ? rows : Math.round((rows * bin) / bins)
    if (to <= from) continue
    while (to < rows && scores[order[to]!] === scores[order[to - 1]!]) to++
    cut.push(order.subarray(from, to))
    from = to
  }
  return cut
}
