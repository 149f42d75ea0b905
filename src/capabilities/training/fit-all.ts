// The model itself, on all rows that are not held out: trees grow on all threads, whatever their features become, and are the same for any
// number of them.
import { joinPreparedTrees } from '../../algorithms/tabular/prepared-trees.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import { trainBoosting } from '../../platform/threads/train-boosting.ts'
import { trainForest } from '../../platform/threads/train-forest.ts'
import { ALGORITHMS, type FittedModel } from '../models/index.ts'
import type { FitInput, TreeSet } from './fit-model.ts'
import type { Recipe, Table } from './tasks.ts'
import { knownTextScores } from './text-scores.ts'

/** @param message  what is told while it runs. */
export async function fitAll(
  pool: ThreadPool,
  { table, train }: { readonly table: Table; readonly train: Int32Array },
  recipe: Recipe,
  { signal, progress }: Pick<JobContext, 'signal' | 'progress'>,
  message: string,
): Promise<FittedModel> {
  const onProgress = (fraction: number): void => progress(0.65 + 0.2 * fraction, message, 'fitting')
  onProgress(0)
  const known = await knownTextScores(table, recipe)
  const scores = known && { places: known.places, whole: known.whole }
  const input: FitInput = { table, recipe, train, ...(scores ? { scores } : {}) }
  if (pool.size === 1 || ALGORITHMS[recipe.algorithm].family !== 'trees') {
    return pool.run<FittedModel>('training.fit', input, { signal, onProgress })
  }
  const { columns, set, options } = await pool.run<TreeSet>('training.tree-set', input, { signal })
  const grow = recipe.algorithm === 'random-forest' ? trainForest : trainBoosting
  const ensemble = await grow(pool, set, options, { signal, onProgress })
  return columns === undefined ? ensemble : joinPreparedTrees(columns, ensemble)
}
