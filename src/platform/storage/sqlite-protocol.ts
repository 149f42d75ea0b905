// The messages between the main thread and the thread that holds a SQLite connection.
import type { StoredValue } from './statement-parameters.ts'
import type { SqliteFailure } from './storage-errors.ts'

/** What the thread is started with. */
export interface SqliteThreadData {
  readonly path: string
  readonly readOnly: boolean
  readonly cacheKib: number
  readonly maxPageCount: number | undefined
}

/** Sent once when the connection is open. */
export interface SqliteReady {
  readonly ready: true
  readonly version: string
}

export interface Statement {
  readonly sql: string
  readonly parameters: readonly StoredValue[]
  /** Rows for each of which the statement runs, all or none, instead of `parameters`; see packed-rows.ts. */
  readonly packed?: Uint8Array<ArrayBuffer>
}

export interface StatementResult {
  readonly rows: readonly Record<string, unknown>[]
  /** Rows changed; undefined for statements that return rows only. */
  readonly changes: number | undefined
  readonly lastInsertRowid: bigint | number | undefined
  /** In the thread, without waiting. */
  readonly tookMs: number
}

export type Outcome = { readonly result: StatementResult } | { readonly failure: SqliteFailure }

/**
 * `group`: statements that are independent of each other and share one commit, so one sync to disk serves them all.
 * `reads`: independent ones that only read, which need no commit.
 * `within`: one statement of the open transaction. `begin`, `commit`, `rollback`: its borders.
 */
export type SqliteCommand =
  | { readonly kind: 'group' | 'reads'; readonly statements: readonly Statement[] }
  | { readonly kind: 'within'; readonly statements: readonly [Statement] }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'close' }

export type SqliteRequest = SqliteCommand & { readonly id: number }

/** One outcome for each statement of a group or `within`; one for a border. */
export interface SqliteReply {
  readonly id: number
  readonly outcomes: readonly Outcome[]
}
