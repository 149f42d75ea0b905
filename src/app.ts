// The only place that wires the parts together: settings -> storage -> platform -> capabilities -> server.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createEmbeddingRuntimes, type EmbeddingRuntimes } from './capabilities/embeddings/embedding-runtimes.ts'
import { fineTuningRoutes } from './capabilities/embeddings/fine-tune/routes.ts'
import {
  createEmbeddingMetrics,
  createFineTuning,
  createTunedModels,
  type FineTuning,
  workerModels,
} from './capabilities/embeddings/index.ts'
import { embeddingRoutes } from './capabilities/embeddings/routes.ts'
import { createRedisEmbeddingStore } from './capabilities/embeddings/store-redis.ts'
import { createEmbeddingStore } from './capabilities/embeddings/store-sql.ts'
import { createModels, type Models } from './capabilities/models/index.ts'
import { modelRoutes } from './capabilities/models/routes.ts'
import { createMonitoring, type Monitoring } from './capabilities/monitoring/index.ts'
import { monitoringRoutes } from './capabilities/monitoring/routes.ts'
import { createPredictions, type Predictions } from './capabilities/predictions/index.ts'
import { predictionRoutes } from './capabilities/predictions/routes.ts'
import { liveSearchSockets } from './capabilities/search/live/live-socket.ts'
import { searchRoutes } from './capabilities/search/routes.ts'
import { createSearch, type Search } from './capabilities/search/search.ts'
import { createTraining, ROWS_PROGRAM, SHORT_ROW_TASKS, TRAINING_PROGRAM, type Training } from './capabilities/training/index.ts'
import { trainingRoutes } from './capabilities/training/routes.ts'
import { type AppHost, explainSettings, readPythonEnvironment, readSettings, type Settings, type TandemConfig } from './config.ts'
import { TandemError } from './errors.ts'
import { createTandemApi } from './interfaces/in-process/tandem-api.ts'
import type { Server } from './interfaces/server/index.ts'
import type { Readiness } from './interfaces/server/readiness.ts'
import { runtimeRoutes } from './interfaces/server/routes/runtimes/routes.ts'
import { type AdminAccess, provideAdminAccess } from './platform/auth/admin-access.ts'
import type { Keys } from './platform/auth/api-keys.ts'
import { createKeys } from './platform/auth/keys.ts'
import { createFailureLimiter } from './platform/auth/rate-limit.ts'
import { createSessions, type Sessions } from './platform/auth/sessions.ts'
import type { Check } from './platform/diagnosis/check.ts'
import { diagnose } from './platform/diagnosis/diagnose.ts'
import { createEvents, type ServerEvents } from './platform/events/create-events.ts'
import type { Jobs } from './platform/jobs/jobs.ts'
import { createJobs } from './platform/jobs/queue.ts'
import { createPython } from './platform/python/create-python.ts'
import type { Runtimes } from './platform/python/runtimes.ts'
import { openShared, type Shared } from './platform/redis/open-shared.ts'
import { createArtifacts } from './platform/storage/artifacts-sql.ts'
import type { Database } from './platform/storage/database.ts'
import { openDatabase } from './platform/storage/open-database.ts'
import { seedApps } from './platform/storage/seed-apps.ts'
import { createLog, type Log } from './platform/telemetry/log.ts'
import { createMetrics, type Metrics } from './platform/telemetry/metrics.ts'
import { createTraffic, type Traffic } from './platform/telemetry/traffic.ts'
import { TrafficCounts } from './platform/telemetry/traffic-counts.ts'
import { createThreadPool } from './platform/threads/create-thread-pool.ts'
import type { ThreadPool } from './platform/threads/pool.ts'
import { createStreamThread, type StreamThread } from './platform/threads/stream-thread.ts'
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

interface Parts extends EmbeddingRuntimes {
  readonly settings: Settings
  readonly log: Log
  readonly metrics: Metrics
  readonly traffic: Traffic
  readonly database: Database
  readonly shared: Shared
  readonly events: ServerEvents
  readonly jobs: Jobs
  readonly pool: ThreadPool
  readonly streams: StreamThread
  readonly keys: Keys
  readonly sessions: Sessions
  readonly models: Models
  readonly training: Training
  readonly predictions: Predictions
  readonly monitoring: Monitoring
  readonly search: Search
  readonly runtimes: Runtimes
  readonly fineTuning: FineTuning
}

/** The package's own version, for metrics, metadata and the API reference. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version

/** Where the build puts the dashboard; the same from source and from the package. */
const DASHBOARD_DIR = fileURLToPath(new URL('../dist/dashboard', import.meta.url))

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
      parts.training.tables.start()
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

async function assemble(config: TandemConfig, settings: Settings, log: Log, maxPageCount: number | undefined): Promise<Parts> {
  const clock = Date.now
  const onWarning = (message: string, details: Record<string, unknown>): void => log.warn(details, message)
  const counts = new TrafficCounts()
  const metrics = createMetrics({ version: VERSION, traffic: counts })
  const shared = await openShared({ settings, registry: metrics.registry, clock, log })
  const database = await openDatabase({
    url: settings.databaseUrl,
    dataDir: settings.dataDir,
    poolSize: settings.databasePoolSize,
    ...(maxPageCount === undefined ? {} : { maxPageCount }),
    onWarning,
  }).catch(async (error: unknown) => {
    await shared.close()
    throw error
  })
  const events = await createEvents({ database: shared.notifications === undefined ? database : shared, onWarning })
  const traffic = createTraffic({
    database,
    counts,
    events,
    log,
    clock,
    minutesKeptMs: settings.trafficMinutesDays * 86_400_000,
    hoursKeptMs: settings.trafficHoursDays * 86_400_000,
  })
  const artifacts = createArtifacts({ db: database.db })
  const jobs = createJobs({
    database,
    events,
    clock,
    log,
    owner: randomUUID(),
    leaseMs: settings.jobLeaseMs,
    dispatch: shared.dispatch,
    onFinished: metrics.observeJob,
  })
  metrics.jobCounts(() => jobs.counts())
  const pool = createThreadPool({
    size: settings.threads,
    program: TRAINING_PROGRAM,
    onError: (error) => log.error({ error: String(error) }, 'a worker thread died'),
  })
  const streams = createStreamThread({ program: ROWS_PROGRAM, tasks: SHORT_ROW_TASKS })
  const keys = createKeys({ database, events, clock, onWarning: (message, error) => log.warn({ error: String(error) }, message) })
  const sessions = createSessions({
    database,
    events,
    clock,
    sessionMs: settings.sessionHours * 3_600_000,
    sliding: settings.sessionSliding,
  })
  const models = createModels({ database, artifacts, events, clock, log, definitions: config.models })
  const computable = (): Readonly<Record<string, string>> =>
    workerModels(config.embeddings ?? {}, settings.modelsDir, config.python?.models)
  const runtimes = createPython({
    ...{ definition: config.python, settings, version: VERSION, clock, log, events, metrics, models: computable },
    environment: readPythonEnvironment(),
  })
  const training = createTraining({
    python: { runtime: runtimes.python, timeoutMs: settings.pythonTrainTimeoutMs },
    models,
    database,
    artifacts,
    jobs,
    pool,
    streams,
    events,
    clock,
    log,
    settings,
    libraryVersion: VERSION,
  })
  const predictions = createPredictions({
    models,
    database,
    clock,
    log,
    metrics,
    settings,
    onOutcomes: training.onOutcomes,
    events,
  })
  const monitoring = createMonitoring({ models, database, clock })
  const tuned = createTunedModels({
    ...{ database, events, clock, collectionsOf: (target: string) => search.servedBy(target) },
  })
  const compared = createEmbeddingRuntimes({
    ...{ runtimes, computable: new Set(Object.keys(computable())), database, events },
    tuned,
    definition: config.embeddings,
    modelsDir: settings.modelsDir,
    store: shared.redis === undefined ? createEmbeddingStore(database) : createRedisEmbeddingStore(shared.redis),
    clock,
    log,
    metrics: createEmbeddingMetrics(metrics.registry),
    cacheBytes: settings.embeddingCacheBytes,
    cacheRows: settings.embeddingCacheRows,
  })
  const { embeddings } = compared
  const search = createSearch({
    ...{ database, events, jobs, clock, log, definitions: config.collections, embeddings, tuned },
    sources: { hosts: settings.sourceHosts, folder: settings.sourcesDir },
    cache: shared.cache,
    cacheTtlMs: settings.searchCacheSeconds * 1000,
    snapshotDir: settings.dataDir === ':memory:' ? undefined : join(settings.dataDir, 'indexes'),
  })
  const fineTuning = createFineTuning({ ...{ embeddings, tuned, database, jobs, clock }, collections: search.fineTuned })
  return {
    settings,
    log,
    metrics,
    traffic,
    database,
    shared,
    events,
    jobs,
    pool,
    streams,
    keys,
    sessions,
    models,
    training,
    predictions,
    monitoring,
    search,
    ...compared,
    runtimes,
    fineTuning,
  }
}

async function openServer(config: TandemConfig, parts: Parts, host: AppHost, given: Partial<Settings>): Promise<Server> {
  const { settings, log, metrics, traffic, database, events, jobs, keys, sessions, models, training, predictions } = parts
  // Loaded only here: a program that uses Tandem in process does not pay for the web framework.
  const { createIdempotencyStore, createServer } = await import('./interfaces/server/index.ts')
  const rateLimiter = parts.shared.createRateLimiter()
  const configured = Object.keys(config.models ?? {})
  const look = (): Promise<Check[]> =>
    diagnose({ settings, database, configured, readiness: () => readinessOf(parts), redis: parts.shared.redis })
  return createServer({
    routes: [
      ...modelRoutes(models),
      ...trainingRoutes(training),
      ...predictionRoutes(predictions),
      ...searchRoutes(parts.search),
      ...monitoringRoutes(parts.monitoring, { ...parts, diagnose: look, dataDir: settings.dataDir, clock: Date.now }),
      ...embeddingRoutes(parts),
      ...runtimeRoutes(parts.runtimes),
      ...fineTuningRoutes(parts.fineTuning),
      ...(config.apps ?? []).flatMap((app) => app.routes(host)),
    ],
    sockets: [...liveSearchSockets(parts.search), ...(config.apps ?? []).flatMap((app) => app.sockets?.(host) ?? [])],
    keys,
    sessions,
    rateLimiter,
    failureLimiter: createFailureLimiter(parts.shared.createRateLimiter()),
    jobs,
    events,
    log,
    metrics,
    traffic,
    operations: { diagnose: look, settings: () => explainSettings(settings, given), database },
    settings,
    readiness: () => readinessOf(parts),
    idempotency: createIdempotencyStore(database),
    about: { version: VERSION },
    inference: { models, predictions },
    dashboardDir: DASHBOARD_DIR,
  })
}

async function readinessOf({ database, models }: Parts): Promise<Readiness> {
  const storage = await database.db
    .selectFrom('settings')
    .select('name')
    .limit(1)
    .execute()
    .then(
      () => ({ ok: true }),
      (error: unknown) => ({ ok: false, message: error instanceof Error ? error.message : String(error) }),
    )
  const { ready, models: answers } = models.readiness()
  const checks = Object.fromEntries(
    answers.map(({ model, source, reason }) => [
      `model:${model}`,
      { ok: source !== 'none', message: reason === null ? `answered by its ${source}` : `answered by its ${source}: ${reason}` },
    ]),
  )
  return { ready: ready && storage.ok, checks: { storage, ...checks } }
}

async function closeParts(parts: Parts, drainMs = 0): Promise<void> {
  await parts.jobs.stop({ drainMs })
  await parts.predictions.close()
  await parts.search.close()
  await parts.fineTuning.close()
  await parts.rollouts.close()
  await parts.embeddings.close()
  await parts.runtimes.close()
  parts.training.tables.close()
  await parts.streams.close()
  await parts.traffic.close()
  await parts.pool.close()
  parts.models.close()
  await parts.keys.close()
  await parts.events.close()
  await parts.shared.close()
  parts.metrics.close()
  await parts.database.close()
}
