// The few expressions that differ between SQLite and PostgreSQL, in one table, each with its why.
import type { Expression, ExpressionWrapper } from 'kysely'
import type { Tables } from './tables.ts'

export interface Dialect {
  /** Text at a path of a JSON text column; null when absent. */
  jsonText(column: Expression<string | null>, path: readonly string[]): ExpressionWrapper<Tables, keyof Tables, string | null>
  /** Linear-interpolated percentile of a numeric column, `fraction` in 0..1. */
  percentile(column: Expression<number>, fraction: number): ExpressionWrapper<Tables, keyof Tables, number>
  /** Start of the bucket of `sizeMs` in which an integer time lies. */
  timeBucket(column: Expression<number>, sizeMs: number): ExpressionWrapper<Tables, keyof Tables, number>
  /** Whether a claiming sub-select may skip rows that another transaction holds (PostgreSQL: FOR UPDATE SKIP LOCKED). */
  readonly skipsLocked: boolean
}
