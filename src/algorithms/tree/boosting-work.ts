// The parts of a boosting that threads share: each phase is chunks of rows or columns that do not depend on each other.
// What a phase is about stands in the control numbers of the heap, so any thread that knows the plan can do a chunk of it.

import { type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import { COLUMN_CODES, COLUMN_WORDS, FOUND_NUMBERS } from '../math/plain-columns.ts'
import { type Binner, createBinner } from './binning.ts'
import { type BoostingPlan, CONTROL } from './boosting-plan.ts'
import { createGradients, type Gradients } from './gradients.ts'
import { scanCategories } from './scan-categories.ts'
import { scanMonotone } from './scan-monotone.ts'
import type { Perform } from './team.ts'

export const PHASE = {
  findEdges: 0,
  binRows: 1,
  probabilities: 2,
  gradients: 3,
  quantise: 4,
  gather: 5,
  histograms: 6,
  split: 7,
  place: 8,
  addLeaves: 9,
  reorder: 10,
} as const

/** Chunks of the columns that are reordered at the same time: so many columns fit where the pairs are. */
export const REORDER_CHUNKS = 8

const LEAF_NUMBERS = 3
/** LightGBM's min_data_in_bin: edges that few rows suggest are mostly noise. */
const FEWEST_BIN_ROWS = 3
/** LightGBM's cat_smooth and cat_l2, and the rows of a category that it takes for itself. */
const CATEGORY_SMOOTHING = 10
const FEWEST_CATEGORY_ROWS = 10

export interface BoostingWork {
  readonly views: HeapViews
  readonly kernels: Kernels
  readonly perform: Perform
}

export function createBoostingWork(plan: BoostingPlan): BoostingWork {
  const { set, heap, binning, places, stride, chunkRows } = plan
  const { rows } = set
  const views = viewsOf(heap)
  const kernels = kernelsOn(heap)
  const control = views.f64.subarray(places.control >>> 3, (places.control >>> 3) + 64)
  let binner: Binner | undefined
  let gradients: Gradients | undefined

  const binnerOf = (): Binner => {
    binner ??= createBinner(heap, kernels, binning, set.x, Math.min(FEWEST_BIN_ROWS, plan.options.minSamplesLeaf))
    return binner
  }
  const gradientsOf = (): Gradients => {
    gradients ??= createGradients(plan, views, kernels)
    return gradients
  }
  /** Rows of a chunk of all rows. */
  const end = (start: number): number => Math.min(start + chunkRows, rows)

  const perform: Perform = (phase, chunk, thread) => {
    const start = chunk * chunkRows
    switch (phase) {
      case PHASE.findEdges:
        binnerOf().findEdges(chunk, control[CONTROL.sampled]!, thread)
        break
      case PHASE.binRows:
        binnerOf().binRows(start, end(start), thread)
        break
      case PHASE.probabilities:
        gradientsOf().probabilities(start, end(start), places.searching + thread * places.searchBytes)
        break
      case PHASE.gradients:
        gradientsOf().fill(start, end(start), control[CONTROL.score]!, places.sums + chunk * 32)
        break
      case PHASE.quantise: {
        const { [CONTROL.scaleG]: scaleG, [CONTROL.scaleH]: scaleH } = control
        kernels.quantise(places.pairs + start * 8, end(start) - start, scaleG!, scaleH!, places.sums + chunk * 32)
        break
      }
      case PHASE.gather: {
        const [from, to] = rowsOf(control, chunk, chunkRows)
        kernels.gather(places.pairs, places.rows + from * 4, to - from, places.ordered + start * 8)
        break
      }
      case PHASE.histograms:
        buildAndScan(plan, views, kernels, control, chunk, thread)
        break
      case PHASE.split: {
        const [from, to] = rowsOf(control, chunk, chunkRows)
        const column = binning.bins + control[CONTROL.feature]! * rows
        const [at, left, right] = [places.rows + from * 4, places.left + from * 4, places.right + from * 4]
        views.u32[(places.lefts >>> 2) + chunk] = kernels.splitRows(column, at, to - from, 0, places.goesLeft, left, right)
        break
      }
      case PHASE.place:
        placeRows(plan, views, kernels, control, chunk)
        break
      case PHASE.addLeaves: {
        const at = (places.leaves >>> 3) + chunk * LEAF_NUMBERS
        const { [at]: from, [at + 1]: to, [at + 2]: value } = views.f64
        const scores = places.scores + control[CONTROL.score]! * 8
        kernels.addToScores(scores, stride * 8, places.rows + from! * 4, to! - from!, value!)
        break
      }
      case PHASE.reorder: {
        const room = places.pairs + chunk * rows
        for (let f = chunk; f < set.features; f += REORDER_CHUNKS) {
          const column = binning.bins + f * rows
          kernels.gatherBytes(column, places.rows, rows, room)
          kernels.copy(column, room, rows)
        }
        break
      }
    }
  }
  return { views, kernels, perform }
}

/** The rows of a chunk of `from..to`. */
function rowsOf(control: Float64Array, chunk: number, chunkRows: number): [from: number, to: number] {
  const from = control[CONTROL.from]! + chunk * chunkRows
  return [from, Math.min(from + chunkRows, control[CONTROL.to]!)]
}

/** Builds the histograms of some columns, takes them from the sibling's, and scans both for their best splits. */
function buildAndScan(plan: BoostingPlan, views: HeapViews, kernels: Kernels, control: Float64Array, chunk: number, thread: number): void {
  const { set, options, places } = plan
  // As integers, one by one: doubles that are handed on and lists that are taken apart are objects, thousands of them a training.
  const from = control[CONTROL.from]! >>> 0
  const to = control[CONTROL.to]! >>> 0
  const built = control[CONTROL.built]! >>> 0
  const sibling = control[CONTROL.sibling]! >>> 0
  const columns = control[CONTROL.columns]! >>> 0
  const chunks = control[CONTROL.chunks]! >>> 0
  const list = control[CONTROL.list]! >>> 0
  const first = startOfBundle(plan, views, list, Math.floor((chunk * columns) / chunks))
  const last = startOfBundle(plan, views, list, Math.floor(((chunk + 1) * columns) / chunks), columns)
  const whole = control[CONTROL.whole] === 1
  const rows = whole ? 0 : places.rows + from * 4
  const pairs = whole ? places.pairs : places.ordered
  const rules = places.control + CONTROL.builtSums * 8
  const scratch = places.searching + thread * places.searchBytes
  const found = places.found + chunk * 2 * FOUND_NUMBERS * 8
  const { columns: table, flags } = places
  kernels.searchColumns(table, list, first, last, rows, pairs, to - from, built, sibling, rules, scratch, flags, found)
  if (!options.monotone && !set.categorical?.length) return
  for (let place = first; place < last; place++) {
    const at = (places.columns >>> 2) + views.u32[(list >>> 2) + place]! * COLUMN_WORDS
    const { [at + 1]: offset, [at + 2]: valueBins, [at + 3]: isPlain, [at + 4]: feature } = views.u32
    if (isPlain === 1) continue
    const column = { valueBins: valueBins!, feature: feature!, out: scratch }
    const { builtSums, builtBounds, siblingSums, siblingBounds } = CONTROL
    scanSlowly(plan, views, control, { ...column, hist: built + offset!, sums: builtSums, bounds: builtBounds })
    keepBetter(views, scratch, feature!, found)
    if (sibling === 0) continue
    scanSlowly(plan, views, control, { ...column, hist: sibling + offset!, sums: siblingSums, bounds: siblingBounds })
    keepBetter(views, scratch, feature!, found + FOUND_NUMBERS * 8)
  }
}

/** Where a chunk of columns begins that would begin at `place`: a bundle is not parted. */
function startOfBundle({ places }: BoostingPlan, { u32 }: HeapViews, list: number, place: number, end?: number): number {
  const codesAt = (at: number): number => u32[(places.columns >>> 2) + u32[(list >>> 2) + at]! * COLUMN_WORDS + COLUMN_CODES]!
  let start = place
  while (start > 0 && start !== end && codesAt(start) !== 0 && codesAt(start) === codesAt(start - 1)) start--
  return start
}

/** Takes over what was found in a feature when it is better than what was found before; as good is enough for an earlier feature. */
function keepBetter({ f64 }: HeapViews, own: number, feature: number, found: number): void {
  const [from, to] = [own >>> 3, found >>> 3]
  const [score, best] = [f64[from]!, f64[to]!]
  if (score < best || (score === best && feature >= f64[to + 8]!) || score < 0) return
  f64[from + 8] = feature
  f64.copyWithin(to, from, from + FOUND_NUMBERS)
}

interface SlowScan {
  readonly hist: number
  readonly valueBins: number
  readonly feature: number
  /** Where the sums and bounds of the node stand in the control block. */
  readonly sums: number
  readonly bounds: number
  readonly out: number
}

/** Scans of categories and within bounds, which have no kernel. */
function scanSlowly({ set, options }: BoostingPlan, views: HeapViews, control: Float64Array, scan: SlowScan): void {
  const { hist, valueBins, feature, sums, bounds, out } = scan
  const node = { g: control[sums]!, h: control[sums + 1]!, rows: control[sums + 2]! }
  if (node.rows === 0) {
    views.f64[out >>> 3] = -1
    return
  }
  const rules = { lambda: control[CONTROL.lambda]!, minHessian: control[CONTROL.minHessian]!, minRows: control[CONTROL.minRows]! }
  if (set.categorical?.includes(feature)) {
    const smoothed = { smoothing: CATEGORY_SMOOTHING * control[CONTROL.scaleH]!, fewestRows: FEWEST_CATEGORY_ROWS }
    scanCategories(views, hist, valueBins, node, rules, smoothed, out)
    return
  }
  const limits = { lower: control[bounds]!, upper: control[bounds + 1]!, direction: options.monotone![feature]! }
  scanMonotone(views, hist, valueBins, node, rules, limits, out)
}

/** Copies what a chunk parted to where it belongs: behind the left rows, or the right rows, of the chunks before. */
function placeRows(plan: BoostingPlan, { u32 }: HeapViews, kernels: Kernels, control: Float64Array, chunk: number): void {
  const { places, chunkRows } = plan
  const [from, to] = rowsOf(control, chunk, chunkRows)
  const lefts = places.lefts >>> 2
  const chunks = Math.ceil((control[CONTROL.to]! - control[CONTROL.from]!) / chunkRows)
  let [before, all] = [0, 0]
  for (let i = 0; i < chunks; i++) {
    if (i < chunk) before += u32[lefts + i]!
    all += u32[lefts + i]!
  }
  const own = u32[lefts + chunk]!
  const leftTo = control[CONTROL.from]! + before
  const rightTo = control[CONTROL.from]! + all + (from - control[CONTROL.from]! - before)
  kernels.copy(places.rows + leftTo * 4, places.left + from * 4, own * 4)
  kernels.copy(places.rows + rightTo * 4, places.right + from * 4, (to - from - own) * 4)
}
