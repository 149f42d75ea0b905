import { fileURLToPath } from 'node:url'
import { type Parts, VERSION } from './assemble.ts'
import { fineTuningRoutes } from './capabilities/embeddings/fine-tune/routes.ts'
import { embeddingRoutes } from './capabilities/embeddings/routes.ts'
import { languageRoutes } from './capabilities/language/routes.ts'
import { modelRoutes } from './capabilities/models/routes.ts'
import { monitoringRoutes } from './capabilities/monitoring/routes.ts'
import { predictionRoutes } from './capabilities/predictions/routes.ts'
import { liveSearchSockets } from './capabilities/search/live/live-socket.ts'
import { searchRoutes } from './capabilities/search/routes.ts'
import { trainingRoutes } from './capabilities/training/routes.ts'
import { type AppHost, explainSettings, type Settings, type TandemConfig } from './config.ts'
import type { Server } from './interfaces/server/index.ts'
import type { Readiness } from './interfaces/server/readiness.ts'
import { runtimeRoutes } from './interfaces/server/routes/runtimes/routes.ts'
import { createFailureLimiter } from './platform/auth/rate-limit.ts'
import type { Check } from './platform/diagnosis/check.ts'
import { diagnose } from './platform/diagnosis/diagnose.ts'

/** Where the build puts the dashboard; the same from source and from the package. */
const DASHBOARD_DIR = fileURLToPath(new URL('../dist/dashboard', import.meta.url))

/** The HTTP side of the parts, not listening yet. */
export async function openServer(config: TandemConfig, parts: Parts, host: AppHost, given: Partial<Settings>): Promise<Server> {
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
      ...predictionRoutes(predictions, parts.compareAnswers),
      ...searchRoutes(parts.search),
      ...monitoringRoutes(parts.monitoring, { ...parts, diagnose: look, dataDir: settings.dataDir, clock: Date.now }),
      ...embeddingRoutes(parts),
      ...runtimeRoutes(parts.runtimes),
      ...fineTuningRoutes(parts.fineTuning),
      ...languageRoutes(parts.language),
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

/** Whether storage and every model in service answer. */
export async function readinessOf({ database, models }: Parts): Promise<Readiness> {
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
