// A table in memory with its held-out rows: what a training works on.
import type { Table } from './tasks.ts'
import type { TrainingTable } from './training-rows.ts'

export interface Prepared {
  readonly table: Table
  readonly rows: TrainingTable
  readonly train: Int32Array
  readonly heldOut: Int32Array
  /** Hashes of the rows' contents, on shared memory. */
  readonly hashes: Uint32Array
  /** Rows of both. */
  readonly count: number
  /** Rows that were left out, see `TrainingTable.skippedRows`, and those that do not fit the definition. */
  readonly skippedRows: number
}
