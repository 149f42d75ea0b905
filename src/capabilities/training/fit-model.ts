// Runs in a thread: fits a recipe to rows of a table, by whichever algorithm it names.
import type { FittedColumns } from '../../algorithms/columns/column-spec.ts'
import { isReadAsItIs, type Preparation } from '../../algorithms/columns/default-specs.ts'
import type { TabularSet } from '../../algorithms/columns/table.ts'
import { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from '../../algorithms/tabular/fit-additive.ts'
import { widenForTrees } from '../../algorithms/tabular/fit-prepared-trees.ts'
import { joinPreparedTrees } from '../../algorithms/tabular/prepared-trees.ts'
import { fitBoostedTrees } from '../../algorithms/tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../algorithms/tree/fit-random-forest.ts'
import type { TrainingSet } from '../../algorithms/tree/training-set.ts'
import type { TaskContext } from '../../platform/threads/tasks.ts'
import type { FittedModel } from '../models/index.ts'
import { documentReader } from './documents.ts'
import { namedWeights, type TreeOptions, textOptions, treeOptions } from './learner-options.ts'
import { type Memory, rowsOf } from './rows-of.ts'
import type { Recipe, Table } from './tasks.ts'
import { learntTexts } from './text-score-tasks.ts'
import type { TextScores } from './text-scores.ts'

export interface FitInput {
  readonly table: Table
  readonly recipe: Recipe
  readonly train: Int32Array
  /** Rows to predict afterwards; absent: none, and the model is returned. */
  readonly test?: Int32Array
  /** What the words of its texts say, where that is known already. */
  readonly scores?: Pick<TextScores, 'places' | 'whole'>
}

/** Everything that is learned, also medians, scales and vocabularies, is learned from the rows of `train` alone. */
export function fitModel(input: FitInput, { isCanceled, progress }: TaskContext): FittedModel {
  const { table, recipe, train } = input
  const { algorithm } = recipe
  if (algorithm === 'random-forest' || algorithm === 'boosted-trees') {
    const learn = algorithm === 'random-forest' ? fitRandomForest : fitBoostedTrees
    const { columns, set, options } = treeSet(input, isCanceled, ArrayBuffer)
    const ensemble = learn(set, { ...options, isCanceled, onProgress: progress })
    return columns === undefined ? ensemble : joinPreparedTrees(columns, ensemble)
  }
  const isLasso = algorithm === 'lasso'
  return fitAdditive(tabularOf(table, train), isLasso ? 'elastic-net' : (algorithm as AdditiveAlgorithm), {
    ...(recipe.options as AdditiveOptions),
    ...(isLasso ? { l1Ratio: 1 } : {}),
    ...namedWeights(recipe, table.columns),
    ...preparationOf(table),
    isCanceled,
  })
}

/** What trees are fitted to, with their options by column. */
export interface TreeSet {
  /** How features become the columns of the set; absent where they are these. */
  readonly columns?: FittedColumns
  readonly set: TrainingSet
  readonly options: TreeOptions['options']
}

/**
 * The rows of `train` as trees read them.
 *
 * @param memory  shared where other threads grow a part of the trees.
 */
export function treeSet(
  { table, recipe, train, scores }: FitInput,
  isCanceled: () => boolean,
  memory: Memory = SharedArrayBuffer,
): TreeSet {
  const { features, classes, columns } = table
  const { options, categorical } = treeOptions(recipe, table, train)
  if (isReadAsItIs(columns, columns.preparation)) {
    return { set: { ...rowsOf(table, train, memory), rows: train.length, features, classes, categorical }, options }
  }
  const { columns: fitted, wide } = widenForTrees(
    tabularOf(table, train, memory),
    { ...textOptions(recipe), ...preparationOf(table), ...(scores ? { learnt: learntTexts({ table, train }, scores) } : {}), isCanceled },
    (length) => new Float32Array(new memory(length * 4)),
  )
  const { columnOf, ...set } = wide
  const native = categorical?.map((feature) => columnOf[feature]!).filter((column) => column >= 0) ?? []
  const { monotone, ...free } = options
  return {
    columns: fitted,
    set: native.length === 0 ? set : { ...set, categorical: native },
    options: monotone === undefined ? free : { ...free, monotone: rulesOf(monotone, columnOf, set.features) },
  }
}

function preparationOf({ columns: { preparation } }: Table): { readonly preparation?: Preparation } {
  return preparation === undefined ? {} : { preparation }
}

function tabularOf(table: Table, train: Int32Array, memory: Memory = ArrayBuffer): TabularSet {
  const { classes, columns, documents } = table
  const { kinds, codes, names, texts: labels } = columns
  const readDocument = documentReader(documents)
  const rows = { ...rowsOf(table, train, memory), rows: train.length }
  return { ...rows, classes, kinds, codes, names, ...(labels ? { labels } : {}), ...(readDocument ? { readDocument } : {}) }
}

/** The rules of features as those of their columns; what a feature was turned into has none. */
function rulesOf(monotone: ArrayLike<number>, columnOf: Int32Array, width: number): number[] {
  const rules = new Array<number>(width).fill(0)
  for (const [feature, column] of columnOf.entries()) if (column >= 0) rules[column] = monotone[feature] ?? 0
  return rules
}
