// From a recipe, which names features and classes, to the options of a learner, which numbers them.
import type { TextOptions } from '../../algorithms/columns/default-specs.ts'
import type { BoostingOptions, EarlyStopping } from '../../algorithms/tree/boosting-options.ts'
import type { ForestOptions } from '../../algorithms/tree/forest-options.ts'
import { stoppingRows } from './stopping-rows.ts'
import type { Columns, Recipe, Table } from './tasks.ts'

export interface TreeOptions {
  readonly options: ForestOptions & BoostingOptions
  /** Features to be split by sets of categories; absent when none is. */
  readonly categorical?: readonly number[]
}

/** @param train  the rows that are learned from. */
export function treeOptions(recipe: Recipe, table: Table, train: Int32Array): TreeOptions {
  const { monotone, classWeight: _, categories, maxNgram: __, maxTerms: ___, ...rest } = recipe.options
  const { columns } = table
  const { names, kinds } = columns
  const rules = monotone as Readonly<Record<string, number>> | undefined
  const texts = kinds.flatMap((kind, index) => (kind === 'category' ? [index] : []))
  return {
    options: {
      ...(rest as ForestOptions & BoostingOptions),
      ...(rules === undefined ? {} : { monotone: names.map((name) => rules[name] ?? 0) }),
      ...namedWeights(recipe, columns),
      ...stoppingOf(recipe, table, train),
    },
    ...(categories === 'native' && texts.length > 0 ? { categorical: texts } : {}),
  }
}

/** Rows that are parted by group or time are parted so too where they say when to stop. */
function stoppingOf({ options: { earlyStopping } }: Recipe, table: Table, train: Int32Array): Pick<BoostingOptions, 'earlyStopping'> {
  if (!earlyStopping || table.split === undefined) return {}
  const asked = (typeof earlyStopping === 'object' ? earlyStopping : {}) as EarlyStopping
  const validationRows = stoppingRows(table, table.split, train, asked.validationFraction)
  return { earlyStopping: validationRows === undefined ? false : { ...asked, validationRows } }
}

/** What of a recipe is for the texts of a table that trees are fitted to, with the seed of their folds. */
export function textOptions({ options }: Recipe): TextOptions & { readonly randomState?: number } {
  const own = ['maxNgram', 'maxTerms', 'randomState'].filter((name) => options[name] !== undefined)
  return Object.fromEntries(own.map((name) => [name, options[name]]))
}

/** The weights of classes, which a recipe names. */
export function namedWeights(
  { options: { classWeight } }: Recipe,
  { labels }: Pick<Columns, 'labels'>,
): { readonly classWeight?: 'balanced' | number[] } {
  const weights = classWeight as 'balanced' | Readonly<Record<string, number>> | undefined
  if (weights === undefined) return {}
  return { classWeight: weights === 'balanced' ? weights : labels.map((label) => weights[label] ?? 1) }
}
