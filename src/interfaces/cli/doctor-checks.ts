// The checks of `tandem doctor`, in the order in which one depends on another. None of them changes anything: a database
// is opened only where nobody else has it, and is not migrated.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readSettings, type Settings, type TandemConfig } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import type { Check } from '../../platform/diagnosis/check.ts'
import { checkFolder, checkNode, checkOpenDatabase, checkSqlite, describeListening } from '../../platform/diagnosis/machine-checks.ts'
import { type LockInfo, readLock } from '../../platform/storage/data-lock.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createClient } from '../client/index.ts'
import { loadConfig } from './load-config.ts'
import { describeHolder, isPortTaken } from './port-holder.ts'
import { shortPath } from './terminal.ts'

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
  yield describeListening(settings)
  const embedded = settings.databaseUrl === undefined
  if (embedded) yield checkSqlite(process.versions.sqlite)
  yield checkFolder(settings.dataDir, shortPath(cwd, settings.dataDir))
  const lock = embedded ? lockOf(settings.dataDir) : undefined
  yield lock === undefined ? await checkDatabase(settings, cwd) : inUse(lock)
  yield await checkPort(settings, lock)
  if (lock?.url !== undefined) yield await checkServer(lock.url)
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
    return await checkOpenDatabase(database, database.engine === 'sqlite' ? shortPath(cwd, database.location) : database.location)
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
