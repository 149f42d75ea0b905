// Starts Tandem in this process; assemble.ts wires the parts, open-server.ts gives them HTTP.
import { assemble, closeParts } from './assemble.ts'
import { type AppHost, readSettings, type Settings, type TandemConfig } from './config.ts'
import { TandemError } from './errors.ts'
import { createTandemApi } from './interfaces/in-process/tandem-api.ts'
import type { Server } from './interfaces/server/index.ts'
import type { Readiness } from './interfaces/server/readiness.ts'
import { openServer, readinessOf } from './open-server.ts'
import { type AdminAccess, provideAdminAccess } from './platform/auth/admin-access.ts'
import type { Keys } from './platform/auth/api-keys.ts'
import type { Runtimes } from './platform/python/runtimes.ts'
import { seedApps } from './platform/storage/seed-apps.ts'
import { createLog, type Log } from './platform/telemetry/log.ts'
import type { TandemApi } from './tandem.ts'

/** Where a listening server is reached, and with what. */
export interface ServerAddress extends AdminAccess {
  readonly url: string
  readonly port: number
  /** Opens the pages signed in; good once, for ten minutes. */
  readonly signInLink: string
}

/** Tandem in this process: the models, and a server when asked. */
export interface Tandem<Config extends TandemConfig = TandemConfig> extends TandemApi<Config>, AsyncDisposable {
  readonly settings: Settings
  /** Where models are computed: this process and its Python workers. */
  readonly runtimes: Omit<Runtimes, 'close'>
  /** API keys of the server. */
  readonly keys: Pick<Keys, 'create' | 'list' | 'get' | 'revoke'>
  /** Serves HTTP on `settings.host` and `settings.port`. Throws `invalid_config` when the port is taken. */
  listen(): Promise<ServerAddress>
  /** Whether storage answers and every model in service answered its canary prediction. */
  readiness(): Promise<Readiness>
  /** Finishes open requests, gives running jobs back, writes what waits, closes the database. Repeating it does nothing. */
  close(options?: { readonly drainMs?: number }): Promise<void>
  /** As `close`, at the end of the block of `await using tandem = await createTandem(config)`. */
  [Symbol.asyncDispose](): Promise<void>
}

export interface CreateTandemOptions {
  /** Overrides the config's settings and the environment. */
  readonly settings?: Partial<Settings>
  readonly log?: Log
  /** Whether this process runs jobs. Default true; false for a process that only asks. */
  readonly runJobs?: boolean
  /** Embedded database only: most pages of 4 KiB, to try what happens when the disk is full. */
  readonly maxPageCount?: number
}

/**
 * Starts Tandem in this process: opens the database, loads the versions in service, takes up jobs.
 *
 * @throws `storage_locked` when another server has the same embedded database; `invalid_config` for wrong settings.
 * @example
 * const tandem = await createTandem(config)
 * const { value } = await tandem.models.match.predict({ nicheAlignment: 0.9 })
 */
export async function createTandem<const Config extends TandemConfig>(
  config: Config,
  options: CreateTandemOptions = {},
): Promise<Tandem<Config>> {
  const given = { ...config.settings, ...options.settings }
  const settings: Settings = { ...readSettings(), ...given }
  const log = options.log ?? createLog({ logLevel: settings.logLevel, pretty: process.stdout.isTTY === true })
  const parts = await assemble(config, settings, log, options.maxPageCount)
  try {
    await parts.models.start()
    await parts.fineTuning.open()
    await parts.search.start()
    await parts.rollouts.start()
    if (options.runJobs !== false) {
      await parts.jobs.start()
      parts.training.begin()
      parts.traffic.start()
      parts.models.sweep().catch((error: unknown) => log.warn({ error: String(error) }, 'unused files could not be looked for'))
    }
  } catch (error) {
    await closeParts(parts)
    throw error
  }
  const api = createTandemApi<Config>(parts)
  const onEmbeddingActivated: AppHost['onEmbeddingActivated'] = (listener) => parts.events.on('embedding.activated', listener)
  const host: AppHost = { ...(api as unknown as TandemApi<Record<never, never>>), log, onEmbeddingActivated }
  let server: Server | undefined
  let closing: Promise<void> | undefined
  const close: Tandem['close'] = ({ drainMs = settings.drainTimeoutMs } = {}) => {
    closing ??= (async () => {
      await server?.close({ drainMs })
      await closeParts(parts, drainMs)
    })()
    return closing
  }
  return {
    ...api,
    settings,
    keys: parts.keys,
    runtimes: parts.runtimes,
    readiness: () => readinessOf(parts),
    async listen() {
      if (server !== undefined) throw new TandemError('conflict', 'This Tandem is listening already.')
      const admin = await provideAdminAccess({ keys: parts.keys, dataDir: settings.dataDir, adminKey: settings.adminKey })
      server = await openServer(config, parts, host, given)
      const { url, port } = await server.listen()
      parts.database.announce({ url })
      const { token } = await parts.sessions.createLink(admin.keyId)
      seedApps(config, parts, host)
      return { ...admin, url, port, signInLink: `${url}/?token=${token}` }
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
