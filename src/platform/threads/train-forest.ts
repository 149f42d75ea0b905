// Grows one forest on all threads of a pool. Each tree has its own seed, so the forest is the same for any number of threads.

import type { BinnedSet } from '../../algorithms/tree/bin-training-set.ts'
import type { TreeEnsemble } from '../../algorithms/tree/ensemble.ts'
import { shapeOf } from '../../algorithms/tree/fit-random-forest.ts'
import type { ForestOptions } from '../../algorithms/tree/forest-options.ts'
import type { ForestPart } from '../../algorithms/tree/grow-forest.ts'
import type { TrainingSet } from '../../algorithms/tree/training-set.ts'
import type { RunOptions, ThreadPool } from './pool.ts'
import { shareFields } from './shared-arrays.ts'
import type { AssembleForest, BinForest, FitForest, GrowForest } from './tasks.ts'

/** Below this many values the sending takes longer than the growing. */
const MIN_VALUES_FOR_THREADS = 50_000
/** More parts than threads, so that a thread that gets less of a core holds up the others less. */
const PARTS_PER_THREAD = 2

/**
 * Fits a random forest off the event loop. A set that is not on shared memory is copied there first, on the calling thread.
 *
 * @throws as `fitRandomForest`.
 */
export async function trainForest(
  pool: ThreadPool,
  set: TrainingSet,
  options: ForestOptions = {},
  { signal, onProgress }: RunOptions = {},
): Promise<TreeEnsemble> {
  const plain = withoutCallbacks(options)
  const shared = shareFields(set)
  const nEstimators = plain.nEstimators ?? 100
  const whole: FitForest = { set: shared, options: plain }
  if (pool.size === 1 || nEstimators < 2 || set.rows * set.features < MIN_VALUES_FOR_THREADS) {
    return pool.run<TreeEnsemble>('fit-random-forest', whole, { signal, onProgress })
  }
  const binning: BinForest = { ...whole, threads: pool.size }
  const binned = await pool.run<BinnedSet>('bin-training-set', binning, { signal })
  const parts = await growParts(pool, binned, plain, nEstimators, { signal, onProgress })
  const argument: AssembleForest = { parts, ...shapeOf(shared, binned) }
  return pool.run<TreeEnsemble>('assemble-forest', argument, { signal, transfer: buffersOf(parts) })
}

async function growParts(
  pool: ThreadPool,
  set: BinnedSet,
  options: ForestOptions,
  nEstimators: number,
  { signal, onProgress }: RunOptions,
): Promise<ForestPart[]> {
  const count = Math.min(nEstimators, pool.size * PARTS_PER_THREAD)
  const done = new Float64Array(count)
  // One part that fails ends the others.
  const failed = new AbortController()
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
  const grown = Array.from({ length: count }, (_, p) => {
    const [firstTree, lastTree] = [p, p + 1].map((i) => Math.floor((nEstimators * i) / count)) as [number, number]
    const argument: GrowForest = { set, options, firstTree, lastTree }
    const report = (fraction: number): void => {
      done[p] = (fraction * (lastTree - firstTree)) / nEstimators
      onProgress?.(
        Math.min(
          1,
          done.reduce((sum, value) => sum + value, 0),
        ),
      )
    }
    return pool.run<ForestPart>('grow-forest', argument, { signal: either, onProgress: report })
  })
  try {
    return await Promise.all(grown)
  } catch (error) {
    failed.abort()
    await Promise.allSettled(grown)
    throw error
  }
}

function withoutCallbacks({ onProgress: _, isCanceled: __, ...options }: ForestOptions): ForestOptions {
  return options
}

function buffersOf(parts: readonly ForestPart[]): ArrayBuffer[] {
  return parts.flatMap((part) =>
    [part.feature, part.threshold, part.left, part.missingLeft, part.cover, part.leafValues, part.roots, part.importances].map(
      (a) => a.buffer,
    ),
  )
}
