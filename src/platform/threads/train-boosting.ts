// Boosts trees on several threads of a pool: they share the columns and rows of each step, on the same memory. Sums are of whole
// numbers, so the model is the same for any number of threads.

import type { BoostingOptions } from '../../algorithms/tree/boosting-options.ts'
import { resolveBoostingOptions } from '../../algorithms/tree/boosting-options.ts'
import { clearTeam, planBoosting } from '../../algorithms/tree/boosting-plan.ts'
import type { TreeEnsemble } from '../../algorithms/tree/ensemble.ts'
import { checkTrainingShape, type TrainingSet } from '../../algorithms/tree/training-set.ts'
import type { RunOptions, ThreadPool } from './pool.ts'
import { shareFields } from './shared-arrays.ts'
import { keepHeap, takeHeap } from './spare-heap.ts'
import type { FitBoosted, FollowBoosting, LeadBoosting } from './tasks.ts'

/** Below this many rows a step is over before another thread has heard of it. */
const MIN_ROWS_FOR_THREADS = 8192

/**
 * Fits boosted trees off the event loop. A set that is not on shared memory is copied there first, on the calling thread.
 *
 * @throws as `fitBoostedTrees`.
 */
export async function trainBoosting(
  pool: ThreadPool,
  set: TrainingSet,
  { onProgress: _, isCanceled: __, onValidation: ___, ...options }: BoostingOptions = {},
  { signal, onProgress }: RunOptions = {},
): Promise<TreeEnsemble> {
  checkTrainingShape(set)
  const shared = shareFields(set)
  // A pool of one thread also leads a team, of itself: the memory of the training before is then used again.
  if (set.rows < MIN_ROWS_FOR_THREADS) {
    const whole: FitBoosted = { set: shared, options }
    return pool.run<TreeEnsemble>('fit-boosted-trees', whole, { signal, onProgress })
  }
  let isUsed = false
  const plan = planBoosting(shared, resolveBoostingOptions(options, shared), pool.size, (bytes, engine) => {
    const taken = takeHeap(bytes, engine)
    isUsed = taken.isUsed
    return taken.heap
  })
  clearTeam(plan)
  const lead: LeadBoosting = { plan, isUsed }
  const leading = pool.run<TreeEnsemble>('lead-boosting', lead, { signal, onProgress })
  const following = Array.from({ length: pool.size - 1 }, (_, i) => {
    const follow: FollowBoosting = { plan, thread: i + 1 }
    return pool.run('follow-boosting', follow, { signal })
  })
  // The leader's answer counts, but a follower that fails says why; and none may be left on the memory of a training that ended.
  const followed = Promise.allSettled(following)
  try {
    const model = await leading
    await followed
    keepHeap(plan.heap)
    return model
  } catch (error) {
    const failed = (await followed).find((result) => result.status === 'rejected')
    throw signal?.aborted || failed === undefined ? error : failed.reason
  } finally {
    await followed
  }
}
