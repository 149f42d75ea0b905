// Finds the best split of one feature by the Gini impurity, from a histogram of class weights (Breiman et al. 1984):
// the largest sum_k left_k^2 / W_left + sum_k right_k^2 / W_right.

import { OTHER_BIN, SET_WORDS } from './category-bins.ts'

/** Bits of a packed row that hold its class; the bits above hold its weight. */
export const CLASS_BITS = 10
const CLASS_MASK = (1 << CLASS_BITS) - 1

export interface ClassSplit {
  score: number
  feature: number
  bin: number
  missingLeft: boolean
  /** Whether missing values had a say in `missingLeft`. */
  nodeHasMissing: boolean
  leftWeight: number
  /** The next bin with rows: every edge from `bin` to before it parts the rows alike. The number of value bins when none follows. */
  nextBin: number
  /** Bins that go left, of a categorical feature. */
  set: Uint32Array | undefined
}

/** What a node needs to judge splits, allocated once for many nodes. */
export interface ClassScan {
  readonly classes: number
  readonly hist: Int32Array
  /** Rows a bin, filled only when a leaf must hold more than one row. */
  readonly rowsInBin: Int32Array
  readonly left: Float64Array
  readonly right: Float64Array
  /** Class weights of the node. */
  readonly total: Float64Array
  readonly minRows: number
}

export function createClassScan(classes: number, minRows: number): ClassScan {
  return {
    classes,
    hist: new Int32Array(256 * classes),
    rowsInBin: new Int32Array(256),
    left: new Float64Array(classes),
    right: new Float64Array(classes),
    total: new Float64Array(classes),
    minRows,
  }
}

/** Fills the histogram of one column for `rows[from..to)`, whose packed weights and classes stand in `ordered`. */
export function addClasses(
  scan: ClassScan,
  column: Uint8Array,
  rows: Uint32Array,
  from: number,
  to: number,
  ordered: Uint32Array,
  bins: number,
): void {
  const { hist, classes, rowsInBin } = scan
  hist.fill(0, 0, bins * classes)
  for (let i = from; i < to; i++) {
    const packed = ordered[i]!
    const at = column[rows[i]!]! * classes + (packed & CLASS_MASK)
    hist[at] = hist[at]! + (packed >>> CLASS_BITS)
  }
  if (scan.minRows > 1) {
    rowsInBin.fill(0, 0, bins)
    for (let i = from; i < to; i++) rowsInBin[column[rows[i]!]!]!++
  }
}

/**
 * Offers the splits of the column in the histogram to `best`.
 *
 * @returns whether the column takes more than one value in the node.
 */
export function scanClasses(
  scan: ClassScan,
  valueBins: number,
  hasMissing: boolean,
  feature: number,
  rows: number,
  best: ClassSplit,
): boolean {
  const nodeHasMissing = hasMissing && binHasRows(scan, valueBins)
  const bins = scanDirection(scan, valueBins, feature, rows, false, nodeHasMissing, best)
  if (nodeHasMissing) scanDirection(scan, valueBins, feature, rows, true, true, best)
  return bins > (nodeHasMissing ? 0 : 1)
}

/**
 * As `scanClasses` for categories, in the order of the share that the node's largest class has in them: an exact search would try
 * every subset (Breiman et al. 1984, section 9.4 does so for two classes only, where this order is enough).
 */
export function scanClassCategories(
  scan: ClassScan,
  valueBins: number,
  hasMissing: boolean,
  feature: number,
  rows: number,
  best: ClassSplit,
): boolean {
  const { classes, hist, rowsInBin, total } = scan
  const largest = total.indexOf(total.reduce((a, b) => Math.max(a, b)))
  const weightOf = (bin: number): number => hist.subarray(bin * classes, (bin + 1) * classes).reduce((a, b) => a + b, 0)
  const share = (bin: number): number => hist[bin * classes + largest]! / weightOf(bin)
  const known = Array.from({ length: valueBins }, (_, bin) => bin).filter((bin) => binHasRows(scan, bin))
  const order = known.sort((a, b) => share(a) - share(b) || a - b)
  // The same scan on the bins in this order, missing values last.
  const missing = hist.slice(valueBins * classes, (valueBins + 1) * classes)
  const sorted = order.map((bin) => hist.slice(bin * classes, (bin + 1) * classes))
  const counts = [...order, valueBins].map((bin) => rowsInBin[bin]!)
  for (const [at, bin] of [...sorted, missing].entries()) hist.set(bin, at * classes)
  rowsInBin.set(counts)
  const before = best.score
  const varies = scanClasses(scan, order.length, hasMissing, feature, rows, best)
  if (best.score > before)
    best.set = setOf(order.slice(0, best.bin + 1), order, valueBins - 1, best.leftWeight * 2 >= total.reduce((a, b) => a + b))
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

function binHasRows({ hist, classes }: ClassScan, bin: number): boolean {
  for (let k = bin * classes; k < (bin + 1) * classes; k++) if (hist[k] !== 0) return true
  return false
}

function scanDirection(
  scan: ClassScan,
  valueBins: number,
  feature: number,
  rows: number,
  missingLeft: boolean,
  nodeHasMissing: boolean,
  best: ClassSplit,
): number {
  const { classes, hist, rowsInBin, left, right, total, minRows } = scan
  let leftWeight = 0
  let rightWeight = 0
  let leftSquares = 0
  let rightSquares = 0
  let leftRows = missingLeft ? rowsInBin[valueBins]! : 0
  for (let k = 0; k < classes; k++) {
    const l = missingLeft ? hist[valueBins * classes + k]! : 0
    const r = total[k]! - l
    left[k] = l
    right[k] = r
    leftWeight += l
    rightWeight += r
    leftSquares += l * l
    rightSquares += r * r
  }
  let pending = false
  let bins = 0
  for (let bin = 0, at = 0; bin < valueBins; bin++) {
    let moved = 0
    for (let k = 0; k < classes; k++, at++) {
      const c = hist[at]!
      if (c === 0) continue
      moved += c
      const l = left[k]!
      const r = right[k]!
      // (l + c)^2 - l^2 and (r - c)^2 - r^2.
      leftSquares += c * (2 * l + c)
      rightSquares -= c * (2 * r - c)
      left[k] = l + c
      right[k] = r - c
    }
    if (moved === 0) continue
    if (pending) {
      best.nextBin = bin
      pending = false
    }
    bins++
    leftWeight += moved
    rightWeight -= moved
    if (rightWeight === 0) break
    if (minRows > 1) {
      leftRows += rowsInBin[bin]!
      if (leftRows < minRows) continue
      if (rows - leftRows < minRows) break
    }
    const score = leftSquares / leftWeight + rightSquares / rightWeight
    if (score > best.score) {
      best.score = score
      best.feature = feature
      best.set = undefined
      best.bin = bin
      best.missingLeft = missingLeft
      best.nodeHasMissing = nodeHasMissing
      best.leftWeight = leftWeight
      pending = true
    }
  }
  // No value follows: the split parts known values from missing ones.
  if (pending) {
    best.bin = valueBins - 1
    best.nextBin = valueBins
  }
  return bins
}
