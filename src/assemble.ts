// Wires the parts together: settings -> storage -> platform -> capabilities.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmbeddingRuntimes, type EmbeddingRuntimes } from './capabilities/embeddings/embedding-runtimes.ts'
import {
  createEmbeddingMetrics,
  createFineTuning,
  createTunedModels,
  type FineTuning,
  workerModels,
} from './capabilities/embeddings/index.ts'
import { createRedisEmbeddingStore } from './capabilities/embeddings/store-redis.ts'
import { createEmbeddingStore } from './capabilities/embeddings/store-sql.ts'
import { createLanguage, type Language } from './capabilities/language/language.ts'
import { createLanguageMetrics } from './capabilities/language/metrics.ts'
import { createModels, type Models } from './capabilities/models/index.ts'
import { createMonitoring, type Monitoring } from './capabilities/monitoring/index.ts'
import { type CompareAnswers, createAnswerComparison, createPredictions, type Predictions } from './capabilities/predictions/index.ts'
import { createSearch, type Search } from './capabilities/search/search.ts'
import { createTraining, ROWS_PROGRAM, SHORT_ROW_TASKS, TRAINING_PROGRAM, type Training } from './capabilities/training/index.ts'
import { readPythonEnvironment, type Settings, type TandemConfig } from './config.ts'
import type { Keys } from './platform/auth/api-keys.ts'
import { createKeys } from './platform/auth/keys.ts'
import { createSessions, type Sessions } from './platform/auth/sessions.ts'
import { createEvents, type ServerEvents } from './platform/events/create-events.ts'
import type { Jobs } from './platform/jobs/jobs.ts'
import { createJobs } from './platform/jobs/queue.ts'
import { createPython } from './platform/python/create-python.ts'
import type { Runtimes } from './platform/python/runtimes.ts'
import { openShared, type Shared } from './platform/redis/open-shared.ts'
import { createArtifacts } from './platform/storage/artifacts-sql.ts'
import type { Database } from './platform/storage/database.ts'
import { openDatabase } from './platform/storage/open-database.ts'
import type { Log } from './platform/telemetry/log.ts'
import { createMetrics, type Metrics } from './platform/telemetry/metrics.ts'
import { createTraffic, type Traffic } from './platform/telemetry/traffic.ts'
import { TrafficCounts } from './platform/telemetry/traffic-counts.ts'
import { createThreadPool } from './platform/threads/create-thread-pool.ts'
import type { ThreadPool } from './platform/threads/pool.ts'
import { createStreamThread, type StreamThread } from './platform/threads/stream-thread.ts'

/** Every part of a running Tandem. */
export interface Parts extends EmbeddingRuntimes {
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
  readonly language: Language
  readonly compareAnswers: CompareAnswers
}

/** The package's own version, for metrics, metadata and the API reference. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version

/** Opens the storage and makes every part; nothing runs yet. */
export async function assemble(config: TandemConfig, settings: Settings, log: Log, maxPageCount: number | undefined): Promise<Parts> {
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
  const compareAnswers = createAnswerComparison(models, {
    predict: (model, rows) => runtimes.predict('python', model, rows),
    rssBytes: (runtime) => runtimes.get(runtime).rssBytes,
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
  const language = createLanguage({
    ...{ definition: config.language, use: runtimes.use(), embeddings, models, predictions, log },
    metrics: createLanguageMetrics(metrics.registry),
  })
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
    language,
    compareAnswers,
  }
}

/** Closes them, users before what they use. */
export async function closeParts(parts: Parts, drainMs = 0): Promise<void> {
  await parts.jobs.stop({ drainMs })
  await parts.predictions.close()
  await parts.search.close()
  await parts.fineTuning.close()
  await parts.rollouts.close()
  await parts.language.close()
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
