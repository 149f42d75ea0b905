// The two inner loops that both learners share: adding rows to a histogram of pairs, and parting the rows of a node.
// All sums are of whole numbers below 2^53, hence exact: their order, and so the number of threads, cannot change a model.

/**
 * Adds a pair of numbers for each row to the bins of one column: `hist[2 * (start + bin)] += first`, the next entry `+= second`.
 * `first` and `second` stand in the order of `rows[from..to)`.
 */
export function addPairs(
  column: Uint8Array,
  rows: Uint32Array,
  from: number,
  to: number,
  first: Float64Array,
  second: Float64Array,
  hist: Float64Array,
  start: number,
): void {
  const base = start * 2
  for (let i = from; i < to; i++) {
    const at = base + (column[rows[i]!]! << 1)
    hist[at] = hist[at]! + first[i]!
    hist[at + 1] = hist[at + 1]! + second[i]!
  }
}

/** `target -= other`, giving the histogram of the larger child from its parent's and its sibling's. */
export function subtract(target: Float64Array, other: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! - other[i]!
}

/**
 * Stable partition of `rows[from..to)`: rows whose bin is at most `bin`, and missing ones if `missingLeft`, come first.
 *
 * @returns where the right part begins.
 */
export function partition(
  column: Uint8Array,
  rows: Uint32Array,
  from: number,
  to: number,
  bin: number,
  missingBin: number,
  missingLeft: boolean,
  scratch: Uint32Array,
): number {
  // Without missing rows on the left this is one comparison; the other way the missing bin is folded to -1.
  const fold = missingLeft ? missingBin : 256
  let left = from
  let right = 0
  for (let i = from; i < to; i++) {
    const row = rows[i]!
    const value = column[row]!
    // Both places are written and one counter moves: no branch to mispredict.
    const goesLeft = value <= bin || value === fold ? 1 : 0
    rows[left] = row
    scratch[right] = row
    left += goesLeft
    right += 1 - goesLeft
  }
  for (let i = 0; i < right; i++) rows[left + i] = scratch[i]!
  return left
}
