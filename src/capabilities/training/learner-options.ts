// From a recipe, which names features and classes, to the options of a learner, which numbers them.
import type { TextOptions } from '../../algorithms/columns/default-specs.ts'
import type { BoostingOptions } from '../../algorithms/tree/boosting-options.ts'
import type { ForestOptions } from '../../algorithms/tree/forest-options.ts'
import type { Columns, Recipe, Table } from './tasks.ts'

export interface TreeOptions {
  readonly options: ForestOptions & BoostingOptions
  /** Features to be split by sets of categories; absent when none is. */
  readonly categorical?: readonly number[]
}

export function treeOptions(recipe: Recipe, { columns }: Pick<Table, 'columns'>): TreeOptions {
  const { monotone, classWeight: _, categories, maxNgram: __, maxTerms: ___, ...rest } = recipe.options
  const { names, kinds } = columns
  const rules = monotone as Readonly<Record<string, number>> | undefined
  const texts = kinds.flatMap((kind, index) => (kind === 'category' ? [index] : []))
  return {
    options: {
      ...(rest as ForestOptions & BoostingOptions),
      ...(rules === undefined ? {} : { monotone: names.map((name) => rules[name] ?? 0) }),
      ...namedWeights(recipe, columns),
    },
    ...(categories === 'native' && texts.length > 0 ? { categorical: texts } : {}),
  }
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
