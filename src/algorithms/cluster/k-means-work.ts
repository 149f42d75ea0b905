// The parts of a k-means that threads share: chunks of rows. What a phase works with stands in the heap, so any thread that knows the
// plan can do a chunk of it; each chunk keeps its own sums, so their order is that of the chunks, whoever did them.
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { type HeapViews, viewsOf } from '../math/heap.ts'
import { type Kernels, kernelsOn } from '../math/kernels.ts'
import type { Perform, Team } from '../tree/team.ts'
import { type KMeansPlan, ROWS_AT_ONCE, SCRATCH } from './k-means-plan.ts'
import { nearestByShortRows, shortenRows, tryByShortRows } from './short-rows.ts'

export const PHASE = { assign: 0, inertia: 1, tryCenters: 2, shorten: 3 } as const

export interface KMeansWork {
  readonly views: HeapViews
  readonly kernels: Kernels
  readonly perform: Perform
  /** As the kernel `nearestCenters` with the centers of the plan, by what thread's scratch; both distances may be off outwards. */
  nearest(list: number, n: number, thread: number): void
}

export function createKMeansWork(plan: KMeansPlan, kernels: Kernels = kernelsOn(plan.heap)): KMeansWork {
  const { heap, rows, stride, k, trials, chunkRows, places, short } = plan
  const views = viewsOf(heap)
  const { f64 } = views

  const nearest = (list: number, n: number, thread: number): void => {
    const { x, groups } = places
    const scratch = places.scratch + thread * places.scratchBytes
    const found = [scratch + SCRATCH.found, scratch + SCRATCH.nearest, scratch + SCRATCH.second] as const
    const block = scratch + SCRATCH.block
    if (short === undefined) kernels.nearestCenters(x, stride, list, n, groups, k, block, ...found)
    else nearestByShortRows(kernels, views, short, { x, stride, groups, k, block }, thread, list, n, found)
  }

  /** Looks again at the rows whose center may no longer be the nearest; answers how many changed. */
  const assign = (chunk: number, from: number, to: number, thread: number): void => {
    const scratch = places.scratch + thread * places.scratchBytes
    const sums = places.sums + chunk * k * stride * 8
    const counts = places.counts + chunk * k * 8
    const list = scratch + SCRATCH.list
    const found = [scratch + SCRATCH.found, scratch + SCRATCH.nearest, scratch + SCRATCH.second] as const
    const { x, labels, bounds, paths } = places
    let changed = 0
    for (let start = from; start < to; start += ROWS_AT_ONCE) {
      const n = kernels.unsettledRows(labels, bounds, paths, start, Math.min(start + ROWS_AT_ONCE, to), list)
      if (n === 0) continue
      nearest(list, n, thread)
      changed += kernels.settleRows(x, stride, list, n, labels, bounds, paths, ...found, sums, counts)
    }
    f64[(places.answers >>> 3) + chunk] = changed
  }

  /** What each candidate would leave of the potentials of the chunk's rows. */
  const tryCenters = (chunk: number, from: number, to: number, thread: number): void => {
    const scratch = places.scratch + thread * places.scratchBytes
    const { centers, groups, upwards, potential, tried, triedBytes } = places
    const count = f64[places.control >>> 3]!
    const sums = (places.trialSums >>> 3) + chunk * trials
    const found = scratch + SCRATCH.nearest
    f64.fill(0, sums, sums + count)
    for (let start = from; start < to; start += ROWS_AT_ONCE) {
      const n = Math.min(ROWS_AT_ONCE, to - start)
      if (short === undefined) {
        const [x, block] = [places.x + start * stride * 8, scratch + SCRATCH.block]
        kernels.tryCenters(x, stride, upwards, n, groups, count, block, potential + start * 8, tried + start * 8, triedBytes, found)
      } else {
        const trials = { x: places.x, stride, centers, count, potential, tried, triedBytes, sums: found }
        tryByShortRows(kernels, views, short, trials, thread, start, n)
      }
      for (let trial = 0, at = found >>> 3; trial < count; trial++, at += 2) f64[sums + trial]! += f64[at]! + f64[at + 1]!
    }
  }

  const perform: Perform = (phase, chunk, thread) => {
    const from = chunk * chunkRows
    const to = Math.min(from + chunkRows, rows)
    if (phase === PHASE.assign) assign(chunk, from, to, thread)
    else if (phase === PHASE.tryCenters) tryCenters(chunk, from, to, thread)
    else if (phase === PHASE.shorten) shortenRows(kernels, short!, places.x, stride, from, to - from)
    else f64[(places.answers >>> 3) + chunk] = kernels.labelInertia(places.x, stride, from, to, places.labels, places.centers)
  }
  return { views, kernels, perform, nearest }
}

/** Copies rows into the heap of a plan, as its kernels read them; the means are those of their columns. */
export function loadRows(plan: KMeansPlan, { f64 }: HeapViews, team: Team, values: DenseMatrix['values'], means: Float64Array): void {
  const { rows, columns, stride, places, short, chunks } = plan
  const x = f64.subarray(places.x >>> 3, (places.x >>> 3) + rows * stride)
  if (stride === columns) x.set(values)
  else for (let row = 0; row < rows; row++) x.set(values.subarray(row * columns, (row + 1) * columns), row * stride)
  if (short === undefined) return
  f64.set(means, short.mean >>> 3)
  team.run(PHASE.shorten, chunks, rows * columns)
}
