// A table in memory with its held-out rows: what a training works on.
import type { VersionSplit } from '../models/index.ts'
import type { Parted } from './row-split.ts'
import type { Table } from './tasks.ts'
import type { TrainingTable } from './training-rows.ts'

export interface Prepared {
  readonly table: Table
  readonly rows: TrainingTable
  readonly train: Int32Array
  readonly heldOut: Int32Array
  /** Hashes of the rows' contents, on shared memory. */
  readonly hashes: Uint32Array
  /** What parted them, where the rows are split by group or time. */
  readonly parted: Parted | undefined
  /** The same as the version tells it. */
  readonly split: VersionSplit | undefined
  /** Rows of both. */
  readonly count: number
  /** Rows that were left out, see `TrainingTable.skippedRows`, and those that do not fit the definition. */
  readonly skippedRows: number
}
