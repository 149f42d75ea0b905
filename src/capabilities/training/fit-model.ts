// Runs in a thread: fits a recipe to rows of a table, by whichever algorithm it names.
import { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from '../../algorithms/tabular/fit-additive.ts'
import { fitTextTrees } from '../../algorithms/tabular/fit-text-trees.ts'
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
  const readDocument = documentReader(documents)
  const tabular = { ...picked, classes, kinds: columns.kinds, codes: columns.codes, ...(readDocument ? { readDocument } : {}) }
  if (algorithm === 'random-forest' || algorithm === 'boosted-trees') {
    const { options, categorical } = treeOptions(recipe, table)
    const watched = { ...options, isCanceled, onProgress: progress }
    const learn = algorithm === 'random-forest' ? fitRandomForest : fitBoostedTrees
    if (documents.length === 0) return learn({ ...picked, features, classes, categorical }, watched)
    // The columns that stand for texts have no rule.
    const ruled = (width: number): readonly number[] =>
      columns.names.map((_, index) => options.monotone?.[index] ?? 0).concat(new Array(width - features).fill(0))
    return fitTextTrees(
      tabular,
      (wide) => learn({ ...wide, categorical }, options.monotone === undefined ? watched : { ...watched, monotone: ruled(wide.features) }),
      { ...textOptions(recipe), isCanceled },
    )
  }
  return fitAdditive(tabular, algorithm as AdditiveAlgorithm, {
    ...(recipe.options as AdditiveOptions),
    ...namedWeights(recipe, columns),
    isCanceled,
  })
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
