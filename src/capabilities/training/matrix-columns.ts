// What the columns of a training matrix stand for, and what they become before they are learned from.
import type { ColumnSpec, DatePart } from '../../algorithms/columns/column-spec.ts'
import type { Feature, ModelDefinition } from '../models/index.ts'
import type { Columns } from './tasks.ts'
import type { TrainingTable } from './training-rows.ts'

const DATE_TIME: readonly DatePart[] = ['year', 'month', 'day', 'weekday', 'hour']

export function matrixColumns(
  features: readonly Feature[],
  { classes, categories }: Pick<TrainingTable, 'classes' | 'categories'>,
  asked: ModelDefinition['preparation'],
): Columns {
  const preparation = preparationOf(features, asked)
  const ordered = preparation.map((spec, index) => (spec?.kind === 'ordinal' ? (categories[index] ?? null) : null))
  return {
    names: features.map(({ name }) => name),
    labels: classes,
    kinds: features.map(({ kind }) => (kind === 'boolean' ? 'number' : kind)),
    codes: categories.map((texts) => texts?.length ?? 0),
    ...(preparation.some((spec) => spec !== undefined) ? { preparation } : {}),
    ...(ordered.some((texts) => texts !== null) ? { texts: ordered } : {}),
  }
}

/** What is asked for of each feature; a date-time has hours unless somebody says otherwise. */
export function preparationOf(features: readonly Feature[], asked: ModelDefinition['preparation'] = {}): (ColumnSpec | undefined)[] {
  return features.map((feature): ColumnSpec | undefined => {
    const own = Object.hasOwn(asked, feature.name) ? (asked[feature.name] as ColumnSpec) : undefined
    if (feature.kind !== 'date' || !feature.time) return own
    return { kind: 'date', parts: DATE_TIME, ...own } as ColumnSpec
  })
}
