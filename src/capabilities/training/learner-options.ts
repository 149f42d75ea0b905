// From a recipe, which names features and classes, to the options of a learner, which numbers them.
import type { BoostingOptions } from '../../algorithms/tree/boosting-options.ts'
import type { ForestOptions } from '../../algorithms/tree/forest-options.ts'
import type { Recipe, Table } from './tasks.ts'

export interface LearnerOptions {
  readonly options: ForestOptions & BoostingOptions
  /** Features to be split by sets of categories; absent when none is. */
  readonly categorical?: readonly number[]
}

export function learnerOptions({ options }: Recipe, { columns }: Pick<Table, 'columns'>): LearnerOptions {
  const { monotone, classWeight, categories, ...rest } = options
  const { names, labels, texts } = columns
  const rules = monotone as Readonly<Record<string, number>> | undefined
  const weights = classWeight as 'balanced' | Readonly<Record<string, number>> | undefined
  return {
    options: {
      ...(rest as ForestOptions & BoostingOptions),
      ...(rules === undefined ? {} : { monotone: names.map((name) => rules[name] ?? 0) }),
      ...(weights === undefined ? {} : { classWeight: weights === 'balanced' ? weights : labels.map((label) => weights[label] ?? 1) }),
    },
    ...(categories === 'native' && texts.length > 0 ? { categorical: texts } : {}),
  }
}
