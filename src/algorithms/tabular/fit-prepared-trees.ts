// Fits trees to a table with texts, dates, or features that are prepared (prepared-trees.ts says how they read them). Apart from what
// predicts: a server that answers needs none of the learners.
import { TandemError } from '../../errors.ts'
import type { LearntColumn } from '../columns/column-learner.ts'
import type { FittedColumns } from '../columns/column-spec.ts'
import { type Preparation, specsOfTrees, type TextOptions } from '../columns/default-specs.ts'
import { fillTrainingRows, learnColumns } from '../columns/fit-columns.ts'
import type { TabularSet } from '../columns/table.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { joinPreparedTrees, type PreparedTrees } from './prepared-trees.ts'

export interface PreparedTreesOptions extends TextOptions {
  readonly preparation?: Preparation
  readonly randomState?: number
  /** By feature the columns that were learnt elsewhere. */
  readonly learnt?: readonly (LearntColumn | undefined)[]
  readonly isCanceled?: () => boolean
}

/** What trees are fitted on: `set` as its columns. */
export interface WidenedSet {
  readonly x: Float32Array
  readonly y: Float64Array
  readonly rows: number
  readonly features: number
  readonly classes: number
  readonly weights?: Float64Array
  /** The column of each feature that is still one number in its order; -1 of others. */
  readonly columnOf: Int32Array
}

/** A table as the columns that trees read. */
export interface WidenedTable {
  readonly columns: FittedColumns
  readonly wide: WidenedSet
}

/**
 * Learns what features become and writes the rows by it; what trees are fitted to afterwards, by whoever has the threads for it.
 *
 * @param allocate  makes the array of the columns; default: a plain one.
 * @throws   `invalid_input` as `learnColumns`; `canceled`.
 */
export function widenForTrees(
  set: TabularSet,
  options: PreparedTreesOptions = {},
  allocate = (length: number): Float32Array => new Float32Array(length),
): WidenedTable {
  const { rows, y, classes, weights } = set
  const onStep = (): void => {
    if (options.isCanceled?.())
      throw new TandemError('canceled', 'The training was canceled before it finished. Start it again to get a model.')
  }
  const specs = specsOfTrees(set, { ...options, rows })
  const given = options.learnt === undefined ? {} : { learnt: options.learnt }
  const learnt = learnColumns(set, specs, { y, weights, classes, randomState: options.randomState ?? 0, lenient: true, ...given, onStep })
  const { columns } = learnt
  const x = fillTrainingRows(learnt, set, allocate(rows * columns.nColumns), onStep)
  const columnOf = Int32Array.from(columns.features, ({ first }, feature) =>
    specs[feature]!.kind === 'passthrough' || specs[feature]!.kind === 'number' ? first : -1,
  )
  return { columns, wide: { x, y, rows, features: columns.nColumns, classes, weights, columnOf } }
}

/**
 * Fits trees to a table with texts, dates and prepared features.
 *
 * @param fitTrees  the learner; gets the columns that the features became.
 * @throws   as the learners do; `invalid_input` as `learnColumns`; `canceled`.
 */
export function fitPreparedTrees(
  set: TabularSet,
  fitTrees: (widened: WidenedSet) => TreeEnsemble,
  options: PreparedTreesOptions = {},
): PreparedTrees {
  const { columns, wide } = widenForTrees(set, options)
  return joinPreparedTrees(columns, fitTrees(wide))
}
