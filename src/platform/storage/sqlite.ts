// The embedded database: one SQLite file in the data folder, or in memory.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, sql } from 'kysely'
import { TandemError } from '../../errors.ts'
import { acquireLock, type DataLock } from './data-lock.ts'
import type { Database, OpenDatabaseOptions } from './database.ts'
import { sqliteExpressions } from './dialect.ts'
import { runTransaction } from './run-transaction.ts'
import { SqliteThreadDialect } from './sqlite-dialect.ts'
import { SqliteReads } from './sqlite-reads.ts'
import { SqliteThread } from './sqlite-thread.ts'
import { SqliteWriter } from './sqlite-writer.ts'
import type { Tables } from './tables.ts'

/** Older versions can damage a WAL file that two connections write and reset at once: https://www.sqlite.org/wal.html#walresetbug. */
const FIRST_SAFE_VERSION = '3.51.3'
/** The system keeps the file in memory too; 16 MB made the server 14 MB larger under load. */
const WRITER_CACHE_KIB = 4_096
const READER_CACHE_KIB = 4_096

/** Opens the file `tandem.db` in `dataDir`, or a database in memory for `:memory:`. Does not migrate. */
export async function openSqlite(options: OpenDatabaseOptions): Promise<Database> {
  const inMemory = options.dataDir === ':memory:'
  const location = inMemory ? ':memory:' : join(options.dataDir, 'tandem.db')
  const lock = inMemory ? undefined : acquireLock(options.dataDir)
  const thread = new SqliteThread({ path: location, readOnly: false, cacheKib: WRITER_CACHE_KIB, maxPageCount: options.maxPageCount })
  try {
    const { version } = await thread.open()
    const safe = isAtLeast(version, FIRST_SAFE_VERSION)
    if (!safe && !inMemory) {
      options.onWarning?.(
        `SQLite ${version} of this Node.js is older than ${FIRST_SAFE_VERSION}; reads and writes share one connection to stay safe, which is slower. Use Node.js 24.`,
        { version, required: FIRST_SAFE_VERSION },
      )
    }
    const createReader = (): SqliteThread =>
      new SqliteThread({ path: location, readOnly: true, cacheKib: READER_CACHE_KIB, maxPageCount: undefined })
    return createDatabase({ location, version, thread, createReader: safe && !inMemory ? createReader : undefined, lock })
  } catch (error) {
    await thread.close()
    lock?.release()
    throw error
  }
}

interface SqliteDatabaseParts {
  readonly location: string
  readonly version: string
  readonly thread: SqliteThread
  readonly createReader: (() => SqliteThread) | undefined
  readonly lock: DataLock | undefined
}

function createDatabase({ location, version, thread, createReader, lock }: SqliteDatabaseParts): Database {
  const writer = new SqliteWriter(thread, location)
  const reads = new SqliteReads({ writer, createReader, location })
  const closeParts = async (): Promise<void> => {
    // What was accepted is finished first.
    await writer.settled().catch(() => {})
    // The writer last: only it may fold the WAL into the file, and the last one to close does.
    await reads.close()
    await thread.close()
    lock?.release()
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= closeParts()
    return closing
  }
  const db = new Kysely<Tables>({ dialect: new SqliteThreadDialect({ writer, reads, close }) })
  return {
    engine: 'sqlite',
    location,
    version,
    db,
    dialect: sqliteExpressions,
    notifications: undefined,
    transaction: (work) => runTransaction(db, work),
    sizeBytes: async () => (lock === undefined ? await memorySize(db) : fileSize(location)),
    announce: (info) => lock?.announce(info),
    backup: async (path) => {
      await backup(db, path)
    },
    // Not db.destroy(): it does nothing when no query has run yet.
    close,
  }
}

async function memorySize(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{
    bytes: number
  }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`.execute(db)
  return rows[0]?.bytes ?? 0
}

function fileSize(location: string): number {
  let bytes = 0
  for (const path of [location, `${location}-wal`, `${location}-shm`]) bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return bytes
}

async function backup(db: Kysely<Tables>, path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw new TandemError('conflict', `The backup file ${path} exists and is not overwritten. Choose another name.`, { details: { path } })
  }
  // One consistent copy without the free pages; writes wait meanwhile.
  await sql`vacuum into ${path}`.execute(db)
}

function isAtLeast(version: string, minimum: string): boolean {
  const have = version.split('.').map(Number)
  const want = minimum.split('.').map(Number)
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}
