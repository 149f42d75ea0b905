// Runs in a thread: fits a recipe to rows of a table, by whichever algorithm it names.
import { isReadAsItIs } from '../../algorithms/columns/default-specs.ts'
import { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from '../../algorithms/tabular/fit-additive.ts'
import { fitPreparedTrees } from '../../algorithms/tabular/fit-prepared-trees.ts'
import { fitBoostedTrees } from '../../algorithms/tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../algorithms/tree/fit-random-forest.ts'
import type { TaskContext } from '../../platform/threads/tasks.ts'
import type { FittedModel } from '../models/index.ts'
import { documentReader } from './documents.ts'
import { namedWeights, textOptions, treeOptions } from './learner-options.ts'
import type { Recipe, Table } from './tasks.ts'

export interface FitInput {
  readonly table: Table
  readonly recipe: Recipe
  readonly train: Int32Array
  /** Rows to predict afterwards; absent: none, and the model is returned. */
  readonly test?: Int32Array
}

/** Everything that is learned, also medians, scales and vocabularies, is learned from the rows of `train` alone. */
export function fitModel({ table, recipe, train }: FitInput, { isCanceled, progress }: TaskContext): FittedModel {
  const { features, classes, columns, documents } = table
  const picked = { ...rowsOf(table, train), rows: train.length }
  const { algorithm } = recipe
  const { preparation } = columns
  const prepared = preparation === undefined ? {} : { preparation }
  const readDocument = documentReader(documents)
  const { kinds, codes, names, texts: labels } = columns
  const tabular = { ...picked, classes, kinds, codes, names, ...(labels ? { labels } : {}), ...(readDocument ? { readDocument } : {}) }
  if (algorithm === 'random-forest' || algorithm === 'boosted-trees') {
    const { options, categorical } = treeOptions(recipe, table)
    const watched = { ...options, isCanceled, onProgress: progress }
    const learn = algorithm === 'random-forest' ? fitRandomForest : fitBoostedTrees
    const { monotone, ...free } = watched
    if (isReadAsItIs(columns, preparation)) return learn({ ...picked, features, classes, categorical }, watched)
    return fitPreparedTrees(
      tabular,
      ({ columnOf, ...wide }) => {
        const native = categorical?.map((feature) => columnOf[feature]!).filter((column) => column >= 0)
        const set = native === undefined || native.length === 0 ? wide : { ...wide, categorical: native }
        return learn(set, monotone === undefined ? free : { ...free, monotone: rulesOf(monotone, columnOf, wide.features) })
      },
      { ...textOptions(recipe), ...prepared, isCanceled },
    )
  }
  const isLasso = algorithm === 'lasso'
  return fitAdditive(tabular, isLasso ? 'elastic-net' : (algorithm as AdditiveAlgorithm), {
    ...(recipe.options as AdditiveOptions),
    ...(isLasso ? { l1Ratio: 1 } : {}),
    ...namedWeights(recipe, columns),
    ...prepared,
    isCanceled,
  })
}

/** The rules of features as those of their columns; what a feature was turned into has none. */
function rulesOf(monotone: ArrayLike<number>, columnOf: Int32Array, width: number): number[] {
  const rules = new Array<number>(width).fill(0)
  for (const [feature, column] of columnOf.entries()) if (column >= 0) rules[column] = monotone[feature] ?? 0
  return rules
}

/** Copies of rows of a table. */
export function rowsOf({ x, y, features }: Table, rows: Int32Array): { x: Float32Array; y: Float64Array } {
  const picked = { x: new Float32Array(rows.length * features), y: new Float64Array(rows.length) }
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!
    picked.x.set(x.subarray(row * features, (row + 1) * features), index * features)
    picked.y[index] = y[row]!
  }
  return picked
}
