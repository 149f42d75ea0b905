// The checks of `tandem doctor`, in the order in which one depends on another. None of them changes anything: a database
// is opened only where nobody else has it, and is not migrated.
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSettings, type Settings, type TandemConfig } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import { type LockInfo, readLock } from '../../platform/storage/data-lock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { MIGRATIONS } from '../../platform/storage/migrations/all.ts'
import { createClient } from '../client/index.ts'
import { loadConfig } from './load-config.ts'
import { describeHolder, isPortTaken } from './port-holder.ts'
import { shortPath } from './terminal.ts'

export interface Check {
  readonly status: 'ok' | 'warning' | 'failed'
  readonly name: string
  readonly message: string
  readonly remedy?: string
}

const OLDEST_NODE = [22, 18] as const
const RECOMMENDED_NODE = 24
const SAFE_SQLITE = [3, 51, 3] as const
const GIB = 1024 ** 3
const LITTLE_SPACE_BYTES = GIB
const NO_SPACE_BYTES = 100 * 1024 ** 2

/** Every check as soon as it is done. */
export async function* checkMachine(cwd: string, configFile: string | undefined): AsyncGenerator<Check, void, undefined> {
  yield checkNode(process.versions.node)
  const loaded = await attempt(async () => loadConfig(cwd, configFile))
  yield checkConfig(loaded, cwd)
  const config: TandemConfig = loaded.value?.config ?? {}
  const read = await attempt(async (): Promise<Settings> => ({ ...readSettings(), ...config.settings }))
  if (read.value === undefined) {
    yield { status: 'failed', name: 'settings', message: read.message, remedy: 'Change or remove these environment variables.' }
    return
  }
  const settings = read.value
  yield {
    status: 'ok',
    name: 'settings',
    message: `port ${settings.port} on ${settings.host}, ${settings.threads} worker thread(s), log level ${settings.logLevel}`,
  }
  const embedded = settings.databaseUrl === undefined
  if (embedded) yield checkSqlite(process.versions.sqlite)
  yield checkFolder(settings.dataDir, cwd)
  const lock = embedded ? lockOf(settings.dataDir) : undefined
  yield lock === undefined ? await checkDatabase(settings, cwd) : inUse(lock)
  yield await checkPort(settings, lock)
  if (lock?.url !== undefined) yield await checkServer(lock.url)
}

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

function checkConfig(loaded: Attempt<Awaited<ReturnType<typeof loadConfig>>>, cwd: string): Check {
  if (loaded.value === undefined) return { status: 'failed', name: 'config', message: loaded.message }
  const { config, path } = loaded.value
  if (path === undefined) {
    return { status: 'ok', name: 'config', message: 'No tandem.config.ts here; models are defined over HTTP or by `tandem train`.' }
  }
  const models = Object.keys(config.models ?? {})
  return { status: 'ok', name: 'config', message: `${shortPath(cwd, path)}: ${models.length === 0 ? 'no models' : models.join(', ')}` }
}

/** The data folder, or the nearest one above that exists and will hold it. */
function checkFolder(dataDir: string, cwd: string): Check {
  const name = 'data folder'
  if (dataDir === ':memory:')
    return { status: 'warning', name, message: 'Everything is in memory and lost at the end.', remedy: 'Set TANDEM_DATA_DIR to a folder.' }
  const shown = shortPath(cwd, dataDir)
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

async function checkDatabase(settings: Settings, cwd: string): Promise<Check> {
  const name = 'database'
  const file = join(settings.dataDir, 'tandem.db')
  if (settings.databaseUrl === undefined && !existsSync(file)) {
    return { status: 'ok', name, message: `${shortPath(cwd, file)} is made at the first start.` }
  }
  const opened = await attempt(() => openWithoutMigrating(settings))
  if (opened.value === undefined) return { status: 'failed', name, message: opened.message }
  const database = opened.value
  try {
    const [applied, size] = [await appliedMigrations(database), await database.sizeBytes()]
    const message = `${database.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${database.version}, ${database.engine === 'sqlite' ? shortPath(cwd, database.location) : database.location}, ${(size / 1024 ** 2).toFixed(1)} MiB, ${applied} of ${MIGRATIONS.length} migrations`
    if (applied > MIGRATIONS.length)
      return { status: 'failed', name, message, remedy: 'A newer Tandem made this database. Update: npm install tandem-ml@latest' }
    if (applied < MIGRATIONS.length) return { status: 'ok', name, message: `${message}; the rest is applied at the next start` }
    return { status: 'ok', name, message }
  } catch (error) {
    return { status: 'failed', name, message: messageOf(error) }
  } finally {
    await database.close().catch(() => {})
  }
}

async function openWithoutMigrating(settings: Settings): Promise<Database> {
  const options = { dataDir: settings.dataDir, poolSize: 1 }
  if (settings.databaseUrl === undefined) {
    const { openSqlite } = await import('../../platform/storage/sqlite.ts')
    return openSqlite(options)
  }
  const { openPostgres } = await import('../../platform/storage/postgres.ts')
  return openPostgres(settings.databaseUrl, options)
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

function inUse(lock: LockInfo): Check {
  return {
    status: 'ok',
    name: 'database',
    message: `in use by the server of process ${lock.pid} since ${new Date(lock.startedAt).toISOString()}`,
  }
}

async function checkPort({ host, port }: Settings, lock: LockInfo | undefined): Promise<Check> {
  const name = 'port'
  if (port === 0) return { status: 'ok', name, message: 'any free one' }
  if (lock?.url !== undefined && new URL(lock.url).port === String(port))
    return { status: 'ok', name, message: `${port}, taken by this folder's own server` }
  if (!(await isPortTaken(host, port))) return { status: 'ok', name, message: `${port} is free` }
  const holder = (await describeHolder(host, port)) ?? 'another program'
  return {
    status: lock === undefined ? 'failed' : 'warning',
    name,
    message: `${port} is in use by ${holder}.`,
    remedy: `Stop it, or choose another: TANDEM_PORT=${port + 1}`,
  }
}

async function checkServer(url: string): Promise<Check> {
  const name = 'server'
  const health = await attempt(() => createClient({ url, retries: 0, timeoutMs: 5_000 }).health())
  if (health.value === undefined) return { status: 'failed', name, message: health.message }
  const bad = Object.entries(health.value.checks).filter(([, { ok }]) => !ok)
  if (health.value.ready) return { status: 'ok', name, message: `${url} is ready` }
  const reasons = bad.map(([part, { message }]) => `${part}: ${message ?? 'not ok'}`).join('; ')
  return { status: 'failed', name, message: `${url} is not ready. ${reasons}`, remedy: 'See the log of the server.' }
}

interface Attempt<Value> {
  readonly value: Value | undefined
  readonly message: string
}

async function attempt<Value>(work: () => Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await work(), message: '' }
  } catch (error) {
    return { value: undefined, message: messageOf(error) }
  }
}

function lockOf(dataDir: string): LockInfo | undefined {
  return dataDir !== ':memory:' && existsSync(dataDir) ? readLock(dataDir) : undefined
}

function messageOf(error: unknown): string {
  if (TandemError.is(error)) return error.message
  return error instanceof Error ? error.message : String(error)
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0)
  for (const [at, wanted] of than.entries()) {
    const part = parts[at] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}
