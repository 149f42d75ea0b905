// The port to tables outside: rows in the order of their ids, from any of them on, a batch at a time. Adapters: mysql-rows.ts,
// postgres-rows.ts, csv-rows.ts, ndjson-rows.ts.

/**
 * What a column holds. `exact`: digits as text, which a number may not hold (bigint, decimal). `time`: ISO 8601 in UTC. `json`: text.
 * `plain`: values of a JSON document. `loose`: text of a file, where an empty one is nothing.
 */
export type ColumnKind = 'number' | 'exact' | 'boolean' | 'text' | 'date' | 'time' | 'json' | 'bytes' | 'plain' | 'loose'

export interface SourceColumn {
  readonly name: string
  readonly kind: ColumnKind
}

export interface RowBatch {
  readonly columns: readonly SourceColumn[]
  /** Values in the order of the columns; null for none. */
  readonly rows: readonly (readonly unknown[])[]
  /** Where to go on after these: `read({ after })`. The last row may come again. */
  readonly position: string
  /** Share of the source that was read, where it is known. */
  readonly fraction?: number
}

/** What is there to read. */
export interface SourceExtent {
  readonly rows: number | undefined
  /** The greatest value of the cursor column; undefined without rows or cursor. */
  readonly newest: string | undefined
}

export interface ReadOptions {
  /** A value of the cursor column: only rows with this one or a greater one. */
  readonly since?: string | undefined
  /** A position: goes on after it. */
  readonly after?: string | undefined
  readonly signal: AbortSignal
}

export interface RowSource {
  /**
   * @throws `network` when the source cannot be reached, which may be tried again; `invalid_config` when it refuses the query or the
   * user, or a column is missing; `malformed_body` naming the line of a file that cannot be read.
   */
  extent(options: Pick<ReadOptions, 'since' | 'signal'>): Promise<SourceExtent>
  read(options: ReadOptions): AsyncIterable<RowBatch>
  /** Every id there is. */
  ids(signal: AbortSignal): AsyncIterable<readonly unknown[]>
}

export const ROWS_PER_BATCH = 1_000
