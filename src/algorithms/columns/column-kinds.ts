// The kinds of fitted columns by name, as they read a row. What learns them stands in fit-columns.ts.
import type { ColumnKind } from './column-kind.ts'
import type { FittedColumn, FittedKind } from './column-spec.ts'
import { dateColumn } from './date-column.ts'
import { numberColumn } from './number-column.ts'
import { oneHotColumn } from './one-hot-column.ts'
import { ordinalColumn } from './ordinal-column.ts'
import { targetColumn } from './target-column.ts'
import { textColumn } from './text-column.ts'
import { textScoreColumn } from './text-score-column.ts'

const COLUMN_KINDS = {
  number: numberColumn,
  'one-hot': oneHotColumn,
  ordinal: ordinalColumn,
  target: targetColumn,
  date: dateColumn,
  text: textColumn,
  'text-score': textScoreColumn,
} satisfies { readonly [Kind in FittedKind]: ColumnKind<Extract<FittedColumn, { readonly kind: Kind }>> }

export const isColumnKind = (kind: unknown): kind is FittedKind => typeof kind === 'string' && Object.hasOwn(COLUMN_KINDS, kind)

export function kindNamed(kind: FittedKind): ColumnKind<FittedColumn> {
  return COLUMN_KINDS[kind] as unknown as ColumnKind<FittedColumn>
}

export const columnWidth = (fitted: FittedColumn): number => kindNamed(fitted.kind).width(fitted)

/** Whether a category never seen is one to it, and not taken for a missing value. */
export function tellsUnseenCategory(fitted: FittedColumn): boolean {
  return fitted.kind === 'one-hot' || fitted.kind === 'target' || (fitted.kind === 'ordinal' && fitted.unseen !== null)
}
