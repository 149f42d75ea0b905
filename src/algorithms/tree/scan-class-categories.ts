// The best split of a categorical feature for more than two classes: categories in the order of the share that the node's largest class
// has in them. An exact search would try every subset (Breiman et al. 1984, section 9.4 does so for two classes only, where this order
// is enough).

import { binBytesOf, binCount } from './bin-training-set.ts'
import { OTHER_BIN, SET_WORDS } from './category-bins.ts'
import type { FoundSplit, Workplace } from './grow-forest.ts'

/**
 * Brings the bins of a histogram, and their rows in `rowCounts`, into that order and lets `scan` offer their cuts to `best`, which then
 * gets the set of bins on the left.
 *
 * @param node  with the weight of all its rows.
 * @returns what `scan` does: whether the feature takes more than one value.
 */
export function scanClassCategories(
  { set, views, places }: Workplace,
  node: { readonly feature: number; readonly hist: number; readonly weight: number },
  best: FoundSplit & { score: number },
  scan: () => boolean,
): boolean {
  const { feature, hist, weight } = node
  const width = binBytesOf(set.classes) / 4
  const valueBins = binCount(set, feature) - 1
  const totals = views.i32.subarray(places.totals >>> 2, (places.totals >>> 2) + width)
  const bins = views.i32.subarray(hist >>> 2, (hist >>> 2) + (valueBins + 1) * width)
  const counts = views.i32.subarray(places.rowCounts >>> 2, (places.rowCounts >>> 2) + valueBins + 1)
  const largest = totals.indexOf(totals.reduce((a, b) => Math.max(a, b)))
  const weights = Array.from(counts, (_, bin) => bins.subarray(bin * width, (bin + 1) * width).reduce((a, b) => a + b, 0))
  const share = (bin: number): number => bins[bin * width + largest]! / weights[bin]!
  const seen = [...weights.keys()].filter((bin) => bin < valueBins && weights[bin]! > 0)
  const order = seen.sort((a, b) => share(a) - share(b) || a - b)
  // Bins in this order, empty ones, and that of missing values where it was.
  const sorted = order.map((bin) => bins.slice(bin * width, (bin + 1) * width))
  const sortedCounts = order.map((bin) => counts[bin]!)
  bins.fill(0, order.length * width, valueBins * width)
  counts.fill(0, order.length, valueBins)
  for (const [at, bin] of sorted.entries()) bins.set(bin, at * width)
  counts.set(sortedCounts)
  const before = best.score
  const varies = scan()
  if (best.score > before) {
    // With no value behind it, the cut stands at the last bin.
    const left = order.slice(0, best.bin + 1)
    best.set = setOf(left, order, valueBins - 1, best.leftH * 2 >= weight)
  }
  return varies
}

/** The bins that go left; what the node has not seen goes with the other categories, or where more weight goes. */
function setOf(left: readonly number[], seen: readonly number[], other: number, heavierLeft: boolean): Uint32Array {
  const set = new Uint32Array(SET_WORDS)
  const add = (bin: number): void => {
    const place = bin === other ? OTHER_BIN : bin
    set[place >>> 5]! |= 1 << (place & 31)
  }
  left.forEach(add)
  const restLeft = seen.includes(other) ? left.includes(other) : heavierLeft
  if (restLeft) for (let bin = 0; bin <= other; bin++) if (!seen.includes(bin)) add(bin)
  return set
}
