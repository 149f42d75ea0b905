// Clusters rows by k-means on several threads of a pool: they share the rows of each step, on the same memory. Each chunk of rows has
// its own sums, added in the order of the chunks, so the model is the same for any number of threads.

import { type KMeansModel, type KMeansOptions, prepareKMeans } from '../../algorithms/cluster/fit-k-means.ts'
import { type FeatureMatrix, isSparse } from '../../algorithms/linear/feature-matrix.ts'
import type { RunOptions, ThreadPool } from './pool.ts'
import { shareFields } from './shared-arrays.ts'
import type { FitKMeans, FollowKMeans, LeadKMeans } from './tasks.ts'

/** Below this many values a step is over before another thread has heard of it. */
const MIN_VALUES_FOR_THREADS = 100_000

/**
 * Fits k-means off the event loop; sparse rows on one thread. Rows that are not on shared memory are copied there first, on the calling thread.
 *
 * @throws as `fitKMeans`.
 */
export async function trainKMeans(
  pool: ThreadPool,
  x: FeatureMatrix,
  { onIteration: _, onStart: __, isCanceled: ___, ...options }: KMeansOptions = {},
  { signal, onProgress }: RunOptions = {},
): Promise<KMeansModel> {
  const shared = shareFields(x)
  if (isSparse(shared) || pool.size === 1 || x.values.length < MIN_VALUES_FOR_THREADS) {
    const whole: FitKMeans = { x: shared, options }
    return pool.run<KMeansModel>('fit-k-means', whole, { signal, onProgress })
  }
  const { plan, start } = prepareKMeans(shared, options, pool.size)
  const lead: LeadKMeans = { plan, start }
  const leading = pool.run<KMeansModel>('lead-k-means', lead, { signal, onProgress })
  const following = Array.from({ length: pool.size - 1 }, (_, i) => {
    const follow: FollowKMeans = { plan, thread: i + 1 }
    return pool.run('follow-k-means', follow, { signal })
  })
  // The leader's answer counts, but a follower that fails says why; and none may be left on the memory of a training that ended.
  const followed = Promise.allSettled(following)
  try {
    return await leading
  } catch (error) {
    const failed = (await followed).find((result) => result.status === 'rejected')
    throw signal?.aborted || failed === undefined ? error : failed.reason
  } finally {
    await followed
  }
}
