// How a command reaches Tandem: the server the environment names, else the one that runs on this data folder, else Tandem
// opened in this process for as long as the command takes. Always the same client on top, so commands are written once.
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { readConnection, readSettings, type Settings } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import { readAdminKey } from '../../platform/auth/admin-access.ts'
import { type LockInfo, readLock } from '../../platform/storage/data-lock.ts'
import type { TypedConfig } from '../../tandem.ts'
import { type Client, createClient } from '../client/index.ts'
import { loadConfig } from './load-config.ts'
import { shortPath, type Terminal } from './terminal.ts'

export interface Connection extends AsyncDisposable {
  readonly client: Client<TypedConfig>
  /** Who answers: a server, or this process. */
  readonly by: 'server' | 'process'
}

export interface ConnectOptions {
  /** The file given with --config. */
  readonly config: string | undefined
  /** Whether Tandem in this process also works on jobs; a command that only asks leaves them alone. */
  readonly runJobs?: boolean
}

/** How long a server that holds the data folder may take until it listens. */
const STARTING_MS = 10_000
/** Nobody else calls it, so nothing is gained by refusing calls on a busy machine. */
const PRIVATE_SERVER = { host: '127.0.0.1', port: 0, maxEventLoopDelayMs: 600_000 }
const CLOSE_DRAIN_MS = 2_000

/** Reaches Tandem; `await using` gives it back. */
export async function connect(terminal: Terminal, options: ConnectOptions): Promise<Connection> {
  const { url, key } = readConnection()
  if (url !== undefined) return ofServer(url, key ?? keyOfOwnServer(url))
  const { config } = await loadConfig(terminal.cwd, options.config)
  const settings: Settings = { ...readSettings(), ...config.settings }
  const server = await findServer(settings)
  if (server !== undefined) {
    const known = key ?? settings.adminKey ?? readAdminKey(settings.dataDir)
    return ofServer(server, known)
  }
  const { createTandem } = await import('../../app.ts')
  const { createLog } = await import('../../platform/telemetry/log.ts')
  const logLevel = settings.logLevel === 'info' ? 'warn' : settings.logLevel
  const log = createLog({ logLevel, pretty: true, destination: { write: (line) => terminal.writeNote(line) } })
  // Without its apps: their sample data belongs to a server that stays.
  const tandem = await createTandem({ ...config, apps: [] }, { settings: { ...PRIVATE_SERVER }, log, runJobs: options.runJobs ?? false })
  const close = (): Promise<void> => tandem.close({ drainMs: CLOSE_DRAIN_MS })
  try {
    const address = await tandem.listen()
    const where = settings.databaseUrl === undefined ? shortPath(terminal.cwd, settings.dataDir) : 'PostgreSQL'
    terminal.note(terminal.noteStyle('dim', `No server runs here; working on the database in ${where} directly.`))
    const adminKey = settings.adminKey ?? address.adminKey ?? readAdminKey(settings.dataDir)
    const client = createClient({ url: address.url, ...(adminKey === undefined ? {} : { key: adminKey }) })
    return { client, by: 'process', [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

function ofServer(url: string, key: string | undefined): Connection {
  const client = createClient({ url, ...(key === undefined ? {} : { key }), retries: 2 })
  return { client, by: 'server', [Symbol.asyncDispose]: async () => {} }
}

/** The key in the data folder goes only to the server that runs on that folder, never to another address. */
function keyOfOwnServer(url: string): string | undefined {
  const { dataDir } = readSettings()
  const lock = lockOf(dataDir)
  return lock?.url !== undefined && new URL(lock.url).origin === originOf(url) ? readAdminKey(dataDir) : undefined
}

/** The address of the server that holds the data folder; undefined when nobody does. */
async function findServer(settings: Settings): Promise<string | undefined> {
  if (settings.databaseUrl !== undefined) return undefined
  const end = Date.now() + STARTING_MS
  for (;;) {
    const lock = lockOf(settings.dataDir)
    if (lock === undefined) return undefined
    if (lock.host !== hostname()) throw elsewhere(settings.dataDir, lock)
    if (lock.url !== undefined) return lock.url
    if (Date.now() > end) throw silent(settings.dataDir, lock)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function lockOf(dataDir: string): LockInfo | undefined {
  return dataDir !== ':memory:' && existsSync(dataDir) ? readLock(dataDir) : undefined
}

function elsewhere(dataDir: string, lock: LockInfo): TandemError {
  return new TandemError(
    'storage_locked',
    `The data folder ${dataDir} is in use by a server on another machine or container (${lock.host}). Set TANDEM_URL and TANDEM_KEY to use that server.`,
  )
}

function silent(dataDir: string, lock: LockInfo): TandemError {
  return new TandemError(
    'storage_locked',
    `The data folder ${dataDir} is in use by process ${lock.pid}, which does not listen. If it is a program that has Tandem in process, stop it or let it listen; else wait until it has started.`,
  )
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}
