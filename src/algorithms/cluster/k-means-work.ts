// The parts of a k-means that threads share: chunks of rows. What a phase works with stands in the heap, so any thread that knows the
// plan can do a chunk of it; each chunk keeps its own sums, so their order is that of the chunks, whoever did them.
import { type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import type { Perform } from '../tree/team.ts'
import { type KMeansPlan, ROWS_AT_ONCE, SCRATCH } from './k-means-plan.ts'

export const PHASE = { assign: 0, inertia: 1, tryCenters: 2 } as const

export interface KMeansWork {
  readonly views: HeapViews
  readonly kernels: Kernels
  readonly perform: Perform
}

export function createKMeansWork(plan: KMeansPlan): KMeansWork {
  const { heap, rows, stride, k, trials, chunkRows, places } = plan
  const views = viewsOf(heap)
  const kernels = kernelsOn(heap)
  const { f64 } = views

  /** Looks again at the rows whose center may no longer be the nearest; answers how many changed. */
  const assign = (chunk: number, from: number, to: number, scratch: number): void => {
    const sums = places.sums + chunk * k * stride * 8
    const counts = places.counts + chunk * k * 8
    const list = scratch + SCRATCH.list
    const found = [scratch + SCRATCH.found, scratch + SCRATCH.nearest, scratch + SCRATCH.second] as const
    const { x, labels, bounds, paths, groups } = places
    let changed = 0
    for (let start = from; start < to; start += ROWS_AT_ONCE) {
      const n = kernels.unsettledRows(labels, bounds, paths, start, Math.min(start + ROWS_AT_ONCE, to), list)
      if (n === 0) continue
      kernels.nearestCenters(x, stride, list, n, groups, k, scratch + SCRATCH.block, ...found)
      changed += kernels.settleRows(x, stride, list, n, labels, bounds, paths, ...found, sums, counts)
    }
    f64[(places.answers >>> 3) + chunk] = changed
  }

  /** What each candidate would leave of the potentials of the chunk's rows. */
  const tryCenters = (chunk: number, from: number, to: number, scratch: number): void => {
    const { groups, upwards, potential, tried, triedBytes } = places
    const count = f64[places.control >>> 3]!
    const sums = (places.trialSums >>> 3) + chunk * trials
    const found = scratch + SCRATCH.nearest
    f64.fill(0, sums, sums + count)
    for (let start = from; start < to; start += ROWS_AT_ONCE) {
      const n = Math.min(ROWS_AT_ONCE, to - start)
      const x = places.x + start * stride * 8
      const block = scratch + SCRATCH.block
      kernels.tryCenters(x, stride, upwards, n, groups, count, block, potential + start * 8, tried + start * 8, triedBytes, found)
      for (let trial = 0, at = found >>> 3; trial < count; trial++, at += 2) f64[sums + trial]! += f64[at]! + f64[at + 1]!
    }
  }

  const perform: Perform = (phase, chunk, thread) => {
    const from = chunk * chunkRows
    const to = Math.min(from + chunkRows, rows)
    const scratch = places.scratch + thread * places.scratchBytes
    if (phase === PHASE.assign) assign(chunk, from, to, scratch)
    else if (phase === PHASE.tryCenters) tryCenters(chunk, from, to, scratch)
    else f64[(places.answers >>> 3) + chunk] = kernels.labelInertia(places.x, stride, from, to, places.labels, places.centers)
  }
  return { views, kernels, perform }
}
