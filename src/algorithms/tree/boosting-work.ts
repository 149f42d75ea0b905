// The parts of a boosting that threads share: each phase is chunks of rows or columns that do not depend on each other.
// What a phase is about stands in the control numbers of the heap, so any thread that knows the plan can do a chunk of it.

import { type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import { type Binner, createBinner } from './binning.ts'
import { type BoostingPlan, CONTROL, FOUND_NUMBERS } from './boosting-plan.ts'
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
} as const

/** Columns of a chunk: their histograms stay in the nearest cache, and rows and pairs are read once for all. */
export const COLUMNS_PER_CHUNK = 4
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
        gradientsOf().probabilities(start, end(start))
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
        kernels.gather(places.pairs, places.rows + from * 4, to - from, places.ordered + from * 8)
        break
      }
      case PHASE.histograms:
        buildAndScan(plan, views, kernels, control, chunk)
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
    }
  }
  return { views, kernels, perform }
}

/** The rows of a chunk of `from..to`. */
function rowsOf(control: Float64Array, chunk: number, chunkRows: number): [from: number, to: number] {
  const from = control[CONTROL.from]! + chunk * chunkRows
  return [from, Math.min(from + chunkRows, control[CONTROL.to]!)]
}

/** Builds the histograms of up to four columns, takes them from the sibling's, and scans both for their best splits. */
function buildAndScan(plan: BoostingPlan, views: HeapViews, kernels: Kernels, control: Float64Array, chunk: number): void {
  const { set, options, binning, places } = plan
  const { f64, u32 } = views
  const { [CONTROL.from]: from, [CONTROL.to]: to, [CONTROL.built]: built, [CONTROL.sibling]: sibling } = control
  const n = to! - from!
  const first = chunk * COLUMNS_PER_CHUNK
  const last = Math.min(first + COLUMNS_PER_CHUNK, control[CONTROL.columns]!)
  const rows = places.rows + from! * 4
  const ordered = places.ordered + from! * 8
  const columns = places.columns >>> 2
  const column = (j: number): number => binning.bins + u32[columns + 2 * j]! * binning.rows
  const offset = (j: number): number => u32[columns + 2 * j + 1]!
  const bins = (j: number): number => u32[(binning.edgeCounts >>> 2) + u32[columns + 2 * j]!]! + 2
  // Histograms of neighbouring columns stand one after the other.
  const start = offset(first)
  const bytes = offset(last - 1) + bins(last - 1) * 16 - start
  kernels.clear(built! + start, bytes)
  const whole = control[CONTROL.whole] === 1
  if (last - first === 4) {
    const c0 = column(first)
    const c1 = column(first + 1)
    const c2 = column(first + 2)
    const c3 = column(first + 3)
    const h0 = built! + start
    const h1 = built! + offset(first + 1)
    const h2 = built! + offset(first + 2)
    const h3 = built! + offset(first + 3)
    if (whole) kernels.histogramAll4(c0, c1, c2, c3, h0, h1, h2, h3, places.pairs, n)
    else kernels.histogram4(c0, c1, c2, c3, h0, h1, h2, h3, rows, ordered, n)
  } else {
    for (let j = first; j < last; j++) {
      if (whole) kernels.histogramAll1(column(j), built! + offset(j), places.pairs, n)
      else kernels.histogram1(column(j), built! + offset(j), rows, ordered, n)
    }
  }
  const { [CONTROL.lambda]: lambda, [CONTROL.minHessian]: minHessian, [CONTROL.minRows]: minRows } = control
  const scan = (hist: number, sums: number, bounds: number, j: number, out: number): void => {
    const feature = u32[columns + 2 * j]!
    const count = control[sums + 2]!
    if (count === 0) f64[out >>> 3] = -1
    else if (options.monotone || set.categorical?.includes(feature)) {
      scanSlowly(plan, views, control, { hist: hist + offset(j), valueBins: bins(j) - 1, feature, sums, bounds, out })
    } else {
      const { [sums]: g, [sums + 1]: h } = control
      kernels.scan(hist + offset(j), bins(j) - 1, g!, h!, count, lambda!, minHessian!, minRows!, out)
    }
  }
  if (sibling !== 0) kernels.subtract(sibling! + start, built! + start, bytes / 16)
  for (let j = first; j < last; j++) {
    const out = places.found + j * 2 * FOUND_NUMBERS * 8
    scan(built!, CONTROL.builtSums, CONTROL.builtBounds, j, out)
    if (sibling !== 0) scan(sibling!, CONTROL.siblingSums, CONTROL.siblingBounds, j, out + FOUND_NUMBERS * 8)
  }
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
