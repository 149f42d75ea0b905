// A server of real parts for tests: SQLite in memory, the real queue, keys and events, and a few endpoints of its own.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { endpoint, implement, type Route, respond, type Scope } from '../../../endpoint.ts'
import { TandemError } from '../../../errors.ts'
import type { Keys } from '../../../platform/auth/api-keys.ts'
import { createKeys } from '../../../platform/auth/keys.ts'
import { createFailureLimiter, createRateLimiter } from '../../../platform/auth/rate-limit.ts'
import { createSessions, type Sessions } from '../../../platform/auth/sessions.ts'
import { createEvents, type ServerEvents } from '../../../platform/events/create-events.ts'
import type { Jobs } from '../../../platform/jobs/jobs.ts'
import { createJobs } from '../../../platform/jobs/queue.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../../platform/telemetry/metrics.ts'
import { createTraffic } from '../../../platform/telemetry/traffic.ts'
import { TrafficCounts } from '../../../platform/telemetry/traffic-counts.ts'
import { createIdempotencyStore } from '../idempotency-sql.ts'
import { createServer } from '../server.ts'
import type { Server, ServerParts, ServerSettings } from '../server-parts.ts'

export interface TestServer extends AsyncDisposable {
  readonly server: Server
  readonly url: string
  readonly port: number
  readonly keys: Keys
  readonly sessions: Sessions
  readonly jobs: Jobs
  readonly events: ServerEvents
  readonly metrics: Metrics
  readonly database: Database
  readonly adminKey: string
  readonly adminKeyId: string
  /** Lines of the log. */
  readonly logged: string[]
  /** Makes a key with these scopes. */
  keyFor(...scopes: Scope[]): Promise<string>
  /** `fetch` with the admin key unless another header says who calls. */
  fetch(path: string, init?: RequestInit): Promise<globalThis.Response>
  /** A JSON request of the admin. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<globalThis.Response>
}

export interface TestServerOptions {
  readonly settings?: Partial<ServerSettings>
  readonly routes?: readonly Route[]
  readonly parts?: Partial<ServerParts>
}

export const TEST_SETTINGS: ServerSettings = {
  host: '127.0.0.1',
  port: 0,
  bodyLimitBytes: 64 * 1024,
  uploadLimitBytes: 1024 * 1024,
  requestTimeoutMs: 30_000,
  allowLoopbackWithoutKey: false,
  corsOrigins: [],
  rateLimitPerMinute: 1_000_000,
  maxEventLoopDelayMs: 10_000,
  maxInFlight: 1_000,
  metricsPublic: false,
  heartbeatMs: 15_000,
  checkAnswers: true,
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const database = await openDatabase({ dataDir: ':memory:' })
  const events = await createEvents({ database })
  const jobs = createJobs({ database, events, pollMinMs: 10, pollMaxMs: 50 })
  const keys = createKeys({ database, events })
  const sessions = createSessions({ database, events })
  const counts = new TrafficCounts()
  const metrics = createMetrics({ version: 'test', traffic: counts })
  const logged: string[] = []
  const log = createLog({ logLevel: 'info', destination: { write: (line) => void logged.push(line) } })
  const traffic = createTraffic({ database, counts, events, log })
  const settings = { ...TEST_SETTINGS, ...options.settings }
  const server = createServer({
    routes: options.routes ?? testRoutes(),
    keys,
    sessions,
    rateLimiter: createRateLimiter(),
    failureLimiter: createFailureLimiter(createRateLimiter()),
    jobs,
    events,
    log,
    metrics,
    traffic,
    operations: {
      diagnose: async () => [{ status: 'warning', name: 'disk', message: 'nearly full', remedy: 'Free some.' }],
      settings: () => [],
      database,
    },
    settings,
    readiness: async () => ({ ready: true, checks: { storage: { ok: true } } }),
    idempotency: createIdempotencyStore(database),
    about: { version: 'test' },
    ...options.parts,
  })
  const { url, port } = await server.listen()
  const { key: adminKey, record } = await keys.create({ name: 'test admin', scopes: ['admin'] })
  const call = (path: string, init: RequestInit = {}): Promise<globalThis.Response> => {
    const headers = new Headers(init.headers)
    if (!headers.has('authorization') && !headers.has('x-api-key') && !headers.has('cookie'))
      headers.set('authorization', `Bearer ${adminKey}`)
    if (headers.get('authorization') === 'none') headers.delete('authorization')
    return fetch(url + path, { redirect: 'manual', ...init, headers })
  }
  return {
    server,
    url,
    port,
    keys,
    sessions,
    jobs,
    events,
    metrics,
    database,
    adminKey,
    adminKeyId: record.id,
    logged,
    keyFor: async (...scopes) => (await keys.create({ name: scopes.join(' '), scopes })).key,
    fetch: call,
    post: (path, body, headers = {}) =>
      call(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }),
    async [Symbol.asyncDispose]() {
      await server.close({ drainMs: 200 })
      await jobs.stop({ drainMs: 0 })
      await keys.close()
      await events.close()
      await database.close()
    },
  }
}

const Echo = z.strictObject({
  rate: z.number().min(0).max(1),
  name: z.string().max(20).optional(),
  tags: z.array(z.string()).max(3).optional(),
  deep: z.json().optional(),
})

/** Requests that `/v1/slow` and `/v1/count` have in hand: what a test waits for instead of a time. */
export const underWay = { requests: 0 }

/** Endpoints that do one thing each. `counter` counts how often `POST /v1/count` ran. */
export function testRoutes(counter: { count: number } = { count: 0 }): Route[] {
  const Answer = z.object({ rate: z.number(), name: z.string().optional() }).meta({ id: 'EchoAnswer' })
  return [
    implement(
      endpoint({
        method: 'POST',
        path: '/v1/echo',
        scope: 'predict',
        summary: 'Echo',
        query: z.strictObject({ twice: z.boolean().default(false), limit: z.int().min(1).max(10).optional() }),
        input: Echo,
        output: Answer,
        idempotent: false,
      }),
    )(({ input, query }) => ({ ...input, rate: query.twice ? 2 * input.rate : input.rate })),
    implement(
      endpoint({ method: 'GET', path: '/v1/things/:thing', scope: 'read', summary: 'A thing', output: z.object({ thing: z.string() }) }),
    )(({ params }) => ({ thing: params.thing })),
    implement(
      endpoint({
        method: 'PUT',
        path: '/v1/things/:thing',
        scope: 'write',
        summary: 'Put a thing',
        output: z.object({ thing: z.string() }),
      }),
    )(({ params }) => ({ thing: params.thing })),
    implement(
      endpoint({
        method: 'POST',
        path: '/v1/count',
        scope: 'write',
        summary: 'Count',
        input: z.strictObject({
          by: z.int().default(1),
          waitMs: z.int().default(0),
          fail: z.enum(['internal', 'conflict', 'no_version', 'none']).default('none'),
        }),
        output: z.object({ count: z.int() }),
        status: 201,
        errors: ['conflict', 'no_version'],
      }),
    )(async ({ input }) => {
      counter.count += input.by
      underWay.requests += 1
      await sleep(input.waitMs)
      underWay.requests -= 1
      if (input.fail === 'internal') throw new Error('a secret detail of the inside')
      if (input.fail === 'conflict') throw new TandemError('conflict', 'It is so.')
      if (input.fail === 'no_version') throw new TandemError('version_not_found', 'There is none.')
      return respond(201, { count: counter.count }, { location: `/v1/count/${counter.count}` })
    }),
    implement(
      endpoint({
        method: 'POST',
        path: '/v1/upload',
        scope: 'train',
        summary: 'Upload',
        input: z.strictObject({ rows: z.array(z.json()).max(5) }),
        streams: ['text/csv', 'application/x-ndjson'],
        output: z.object({ bytes: z.int(), kind: z.string() }),
      }),
    )(async ({ stream, input }) => {
      if (stream === undefined) return { bytes: input.rows.length, kind: 'json' }
      let bytes = 0
      for await (const chunk of stream.bytes) bytes += chunk.length
      return { bytes, kind: stream.contentType }
    }),
    implement(
      endpoint({ method: 'GET', path: '/v1/broken/:how', scope: 'public', summary: 'Breaks', output: z.object({ value: z.number() }) }),
    )(({ params }) => {
      if (params.how === 'nan') return { value: Number.NaN }
      if (params.how === 'infinity') return { value: Number.POSITIVE_INFINITY }
      if (params.how === 'throws') throw new Error('a secret detail of the inside')
      return { value: 1, leak: 'never sent' } as { value: number }
    }),
    implement(
      endpoint({
        method: 'GET',
        path: '/v1/slow/:ms',
        scope: 'public',
        summary: 'Slow',
        output: z.object({ waited: z.number(), aborted: z.boolean() }),
      }),
    )(async ({ params, signal }) => {
      underWay.requests += 1
      await sleep(Number(params.ms), undefined, { signal }).catch(() => {})
      underWay.requests -= 1
      return { waited: Number(params.ms), aborted: signal.aborted }
    }),
    implement(
      endpoint({
        method: 'GET',
        path: '/v1/ticks/:count',
        scope: 'public',
        summary: 'Ticks',
        output: z.object({ tick: z.int() }),
        kind: 'events',
        contentType: 'text/event-stream',
      }),
    )(async function* ({ params, signal }) {
      if (params.count === 'none') throw new TandemError('job_not_found', 'There is none.')
      for (let tick = 0; tick < Number(params.count) && !signal.aborted; tick += 1) {
        if (tick > 0) await sleep(20)
        yield { tick }
      }
      if (params.count === '2') throw new TandemError('conflict', 'It broke in the middle.')
    }),
  ]
}
