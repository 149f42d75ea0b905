// The port to the one database: SQLite in a file, or PostgreSQL. Everything above writes one portable query
// with `db` (Kysely) and takes the few expressions that differ from `dialect`.
import type { Kysely, Transaction } from 'kysely'
import type { Dialect } from './dialect.ts'
import type { Notifications } from './notifications.ts'
import type { Tables } from './tables.ts'

/** A Kysely handle: the database itself or an open transaction. Store functions take this, so a caller can join them in one transaction. */
export type Queryable = Kysely<Tables> | Transaction<Tables>

export interface Database {
  readonly engine: 'sqlite' | 'postgres'
  /** Where it is, without secrets: a file path, or `postgres://host/name`. */
  readonly location: string
  readonly version: string
  readonly db: Kysely<Tables>
  /** The expressions that differ between engines, each with its why. */
  readonly dialect: Dialect
  /** Messages between servers; undefined on SQLite, which serves one. */
  readonly notifications: Notifications | undefined
  /**
   * Runs `work` in one transaction: everything in it is durable once the promise resolves, or nothing is.
   * SQLite begins IMMEDIATE. Do not wait for the network inside: on SQLite other writers queue behind it.
   */
  transaction<Result>(work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result>
  /** Size on disk in bytes, for `doctor` and metrics. */
  sizeBytes(): Promise<number>
  /** Tells other processes on this machine where this server listens (`readLock`); does nothing on PostgreSQL and in memory. */
  announce(info: { readonly url: string }): void
  /** SQLite: writes one consistent copy to a new file. PostgreSQL: throws `conflict`, use pg_dump. */
  backup(path: string): Promise<void>
  /** Waits for running queries, then closes. Idempotent. */
  close(): Promise<void>
}

/** Options of `openDatabase`. */
export interface OpenDatabaseOptions {
  /** `postgres://...`; when absent, SQLite in `dataDir`. */
  readonly url?: string | undefined
  /** Folder of the SQLite file `tandem.db`; `:memory:` keeps everything in memory (tests). */
  readonly dataDir: string
  readonly poolSize?: number
  /** SQLite only: `max_page_count`, to test a full disk. */
  readonly maxPageCount?: number
  readonly onWarning?: (message: string, details: Record<string, unknown>) => void
}
