// The best split of a categorical feature: categories are put in the order of their mean gradient, and then only the cuts of this order
// matter (Fisher 1958; LightGBM, "optimal split for categorical features"). Rare categories are pooled; they, those that the node has
// not seen and those that no row had go one way together.

import type { HeapViews } from '../math/heap.ts'
import { OTHER_BIN, SET_WORDS } from './category-bins.ts'

export interface CategoryRules {
  /** Added to the hessians of a category when it takes its place in the order, and to those of a side: few rows tell little. */
  readonly smoothing: number
  /** Categories with fewer rows in the node are pooled. */
  readonly fewestRows: number
}

/** With so few there is little to overfit: no smoothing. */
const FEW_CATEGORIES = 4

interface Group {
  /** Bins of the categories. */
  readonly bins: number[]
  g: number
  h: number
  rows: number
}

/** As the kernel `scan`; 8 words from the 10th number of `out` on say which bins go left. The last value bin is of all other categories. */
export function scanCategories(
  { i32, u32, f64 }: HeapViews,
  hist: number,
  valueBins: number,
  node: { readonly g: number; readonly h: number; readonly rows: number },
  { lambda, minHessian, minRows }: { readonly lambda: number; readonly minHessian: number; readonly minRows: number },
  rules: CategoryRules,
  out: number,
): void {
  const to = out >>> 3
  const missing = (hist >>> 2) + valueBins * 4
  const hasMissing = i32[missing + 2] !== 0
  const { groups, pool } = groupsOf(i32, hist >>> 2, valueBins, rules.fewestRows)
  f64[to] = -1
  f64[to + 4] = hasMissing ? 1 : 0
  f64[to + 8] = groups.length > 1 || (groups.length === 1 && hasMissing) ? 1 : 0
  const smoothing = groups.length > FEW_CATEGORIES ? rules.smoothing : 0
  groups.sort((a, b) => a.g / (a.h + smoothing) - b.g / (b.h + smoothing) || a.bins[0]! - b.bins[0]!)
  let cut = -1
  for (const missingLeft of hasMissing ? [0, 1] : [0]) {
    let [g, h, rows] = missingLeft === 1 ? [i32[missing]!, i32[missing + 1]!, i32[missing + 2]!] : [0, 0, 0]
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i]!
      g += group.g
      h += group.h
      rows += group.rows
      if (rows < minRows) continue
      if (node.rows - rows < minRows) break
      const rightG = node.g - g
      const rightH = node.h - h
      if (h < minHessian || rightH < minHessian) continue
      const score = (g * g) / (h + lambda + smoothing) + (rightG * rightG) / (rightH + lambda + smoothing)
      if (score <= f64[to]!) continue
      f64.set([score, 0, 0, missingLeft], to)
      f64.set([g, h, rows], to + 5)
      cut = i
    }
  }
  if (cut < 0) return
  const left = groups.slice(0, cut + 1)
  const set = u32.subarray((to + 9) * 2, (to + 9) * 2 + SET_WORDS)
  set.fill(0)
  for (const group of left) for (const bin of group.bins) addToSet(set, bin)
  // What the node has not seen goes with the rare ones, or where more of its rows go.
  const restLeft = pool ? left.includes(pool) : f64[to + 6]! * 2 >= node.h
  if (!restLeft) return
  addToSet(set, OTHER_BIN)
  for (let bin = 0; bin < valueBins - 1; bin++) if (i32[(hist >>> 2) + bin * 4 + 2] === 0) addToSet(set, bin)
}

function groupsOf(i32: Int32Array, first: number, valueBins: number, fewestRows: number): { groups: Group[]; pool: Group | undefined } {
  const groups: Group[] = []
  let pool: Group | undefined
  for (let bin = 0; bin < valueBins; bin++) {
    const at = first + bin * 4
    const rows = i32[at + 2]!
    if (rows === 0) continue
    const isOther = bin === valueBins - 1
    let group: Group | undefined = isOther || rows < fewestRows ? pool : undefined
    if (!group) {
      group = { bins: [], g: 0, h: 0, rows: 0 }
      groups.push(group)
      if (isOther || rows < fewestRows) pool = group
    }
    group.bins.push(isOther ? OTHER_BIN : bin)
    group.g += i32[at]!
    group.h += i32[at + 1]!
    group.rows += rows
  }
  return { groups, pool }
}

function addToSet(set: Uint32Array, bin: number): void {
  set[bin >>> 5]! |= 1 << (bin & 31)
}
