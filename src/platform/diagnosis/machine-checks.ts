// Checks of the machine and of the database, the same for the command line and for a running server.
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Settings } from '../../config.ts'
import type { Database } from '../storage/database.ts'
import { MIGRATIONS } from '../storage/migrations/all.ts'
import type { Check } from './check.ts'

const OLDEST_NODE = [22, 18] as const
const RECOMMENDED_NODE = 24
const SAFE_SQLITE = [3, 51, 3] as const
const GIB = 1024 ** 3
const LITTLE_SPACE_BYTES = GIB
const NO_SPACE_BYTES = 100 * 1024 ** 2

export function checkNode(version: string): Check {
  const name = 'Node.js'
  if (isOlder(version, OLDEST_NODE)) {
    return {
      status: 'failed',
      name,
      message: `${version} is too old; Tandem needs ${OLDEST_NODE.join('.')} or newer.`,
      remedy: 'Install Node.js 24 from https://nodejs.org, or: npm install node@24',
    }
  }
  if (isOlder(version, [RECOMMENDED_NODE])) {
    return {
      status: 'warning',
      name,
      message: `${version} works; 24 is faster and has a newer SQLite.`,
      remedy: 'Install Node.js 24 when you can.',
    }
  }
  return { status: 'ok', name, message: version }
}

export function checkSqlite(version: string | undefined): Check {
  const name = 'SQLite'
  if (version === undefined) {
    return {
      status: 'failed',
      name,
      message: 'This Node.js was built without SQLite.',
      remedy: 'Install Node.js from https://nodejs.org, or set DATABASE_URL to a PostgreSQL database.',
    }
  }
  if (isOlder(version, SAFE_SQLITE)) {
    return {
      status: 'warning',
      name,
      message: `${version} is older than ${SAFE_SQLITE.join('.')}: reads and writes share one connection to stay safe, which is slower.`,
      remedy: 'Use Node.js 24.',
    }
  }
  return { status: 'ok', name, message: version }
}

export function describeListening({ port, host, threads, logLevel }: Settings): Check {
  const message = `port ${port} on ${host}, ${threads} worker thread(s), log level ${logLevel}`
  return { status: 'ok', name: 'settings', message }
}

/** The data folder, or the nearest one above that exists and will hold it. */
export function checkFolder(dataDir: string, shown = dataDir): Check {
  const name = 'data folder'
  if (dataDir === ':memory:')
    return { status: 'warning', name, message: 'Everything is in memory and lost at the end.', remedy: 'Set TANDEM_DATA_DIR to a folder.' }
  let folder = dataDir
  while (!existsSync(folder)) folder = dirname(folder)
  if (!statSync(folder).isDirectory()) {
    return { status: 'failed', name, message: `${folder} is a file.`, remedy: 'Set TANDEM_DATA_DIR to a folder.' }
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch {
    return {
      status: 'failed',
      name,
      message: `${folder} cannot be written by this user.`,
      remedy: `Make it writable (chown or chmod u+w), or set TANDEM_DATA_DIR.`,
    }
  }
  const { bavail, bsize } = statfsSync(folder)
  const freeBytes = bavail * bsize
  const message = `${shown}${folder === dataDir ? '' : ' (made at the first start)'}, ${(freeBytes / GIB).toFixed(1)} GiB free`
  if (freeBytes < NO_SPACE_BYTES) return { status: 'failed', name, message, remedy: 'Free disk space: nothing can be stored.' }
  if (freeBytes < LITTLE_SPACE_BYTES)
    return { status: 'warning', name, message, remedy: 'Free disk space before training on large tables.' }
  return { status: 'ok', name, message }
}

/** A database that is open. `shown`: where it is, as a person would write it. */
export async function checkOpenDatabase(database: Database, shown = database.location): Promise<Check> {
  const name = 'database'
  try {
    const [applied, size] = [await appliedMigrations(database), await database.sizeBytes()]
    const engine = database.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'
    const message = `${engine} ${database.version}, ${shown}, ${(size / 1024 ** 2).toFixed(1)} MiB, ${applied} of ${MIGRATIONS.length} migrations`
    if (applied > MIGRATIONS.length)
      return { status: 'failed', name, message, remedy: 'A newer Tandem made this database. Update: npm install tandem-ml@latest' }
    if (applied < MIGRATIONS.length) return { status: 'ok', name, message: `${message}; the rest is applied at the next start` }
    return { status: 'ok', name, message }
  } catch (error) {
    return { status: 'failed', name, message: error instanceof Error ? error.message : String(error) }
  }
}

/** How many migrations the database has; 0 for an empty one. */
async function appliedMigrations({ db }: Database): Promise<number> {
  const tables = await db.introspection.getTables()
  if (!tables.some(({ name }) => name === 'schema_migrations')) return 0
  const row = await db
    .withTables<{ schema_migrations: { number: number } }>()
    .selectFrom('schema_migrations')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst()
  return Number(row?.count ?? 0)
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
  for (const [at, wanted] of than.entries()) {
    const part = parts[at] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}
