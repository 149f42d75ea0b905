import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRng } from '../../algorithms/index.ts'
import { createEvents } from '../events/create-events.ts'
import type { Database } from '../storage/database.ts'
import { fileEngine, memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../storage/testing/test-engines.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { createMetrics } from './metrics.ts'
import { createTraffic, type TrafficOptions } from './traffic.ts'
import { TrafficCounts } from './traffic-counts.ts'
import type { TrafficWindow } from './traffic-view.ts'

describe('LatencyHistogram', () => {
  /** Reference: the definition itself, on the sorted durations. */
  const exact = (sorted: readonly number[], fraction: number): number => sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)]!

  const random = createRng(7)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  const SHAPES: Readonly<Record<string, () => number>> = {
    'log-normal': () => Math.exp(1 + 1.2 * normal()),
    'two humps': () => (random.next() < 0.9 ? 0.4 + 0.1 * random.next() : 800 + 400 * random.next()),
    'one value': () => 12.5,
    uniform: () => 0.02 + 599_000 * random.next(),
  }

  test.each(Object.entries(SHAPES))('is within 2.5 %% of the exact quantiles of durations that are %s', (_, draw) => {
    for (const size of [1, 2, 19, 20_000]) {
      const durations = Array.from({ length: size }, draw)
      const histogram = new LatencyHistogram()
      for (const duration of durations) histogram.observe(duration)
      const sorted = durations.toSorted((a, b) => a - b)
      for (const fraction of [0.01, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
        const right = exact(sorted, fraction)
        expect(Math.abs(histogram.quantile(fraction)! - right) / right).toBeLessThan(0.025)
      }
    }
  })

  test('is the same whether durations were counted together or apart and added up', () => {
    const whole = new LatencyHistogram()
    const parts = Array.from({ length: 5 }, () => new LatencyHistogram())
    for (let n = 0; n < 5_000; n++) {
      const duration = Math.exp(2 * normal())
      whole.observe(duration)
      parts[n % 5]!.observe(duration)
    }
    const sum = new LatencyHistogram()
    for (const part of parts) sum.add(part.sparse())
    expect(sum.sparse()).toEqual(whole.sparse())
    expect(sum.total).toBe(5_000)
  })

  test('holds what is shorter or longer than it measures in its first and last bucket', () => {
    const histogram = new LatencyHistogram()
    expect([histogram.quantile(0.5), histogram.sparse()]).toEqual([undefined, []])
    for (const duration of [0, 0.000_1, 0.01]) histogram.observe(duration)
    expect(histogram.quantile(1)).toBe(0.01)
    histogram.observe(10_000_000)
    histogram.observe(Number.POSITIVE_INFINITY)
    expect(histogram.quantile(1)).toBeGreaterThan(590_000)
    expect(histogram.total).toBe(5)
    histogram.clear()
    expect(histogram.quantile(0.5)).toBeUndefined()
  })
})

const ENGINES: readonly (readonly [string, () => Promise<TestEngine | undefined>])[] = [
  ['SQLite in memory', async () => memoryEngine()],
  ['SQLite in a file', fileEngine],
  ['PostgreSQL', () => postgresEngine('traffic')],
]
const START = Date.UTC(2026, 10, 26, 10, 0, 0)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe.each(ENGINES)('the history of requests on %s', (_, make) => {
  let engine: TestEngine | undefined
  let database: Database
  let now = START
  beforeEach(async () => {
    now = START
    engine = await make()
    if (engine !== undefined) database = await engine.open()
  })
  afterEach(async () => {
    if (engine === undefined) return
    await database.close()
    await engine.dispose()
  })

  async function server(options: Partial<TrafficOptions> = {}) {
    const counts = new TrafficCounts()
    const metrics = createMetrics({ version: '1', traffic: counts })
    metrics.close()
    const warnings: string[] = []
    const events = await createEvents({ database: { notifications: undefined } })
    const log = { warn: (_details: object, message: string) => void warnings.push(message) }
    const traffic = createTraffic({ database, counts, events, log, clock: () => now, ...options })
    const predict = metrics.route('POST', '/v1/models/:model/predict')
    const serve = (status = 200, ms = 10): void => predict.observe(status, ms / 1000)
    /** Ends the minute, and goes on to the next. */
    const next = async (): Promise<void> => {
      now = Math.floor(now / MINUTE + 1) * MINUTE
      await traffic.flush()
    }
    const totals = async (window: TrafficWindow = '1h') => (await traffic.read(window)).totals
    return { traffic, metrics, events, warnings, serve, next, totals }
  }

  function check(title: string, work: () => Promise<void>): void {
    test(title, async (context) => {
      if (engine === undefined) return context.skip(POSTGRES_ABSENT)
      await work()
    })
  }

  check('shows each minute with its errors, latencies and predictions, and the empty ones between', async () => {
    const { traffic, metrics, serve, next } = await server()
    for (let n = 0; n < 98; n++) serve(200, 10)
    serve(400, 10)
    serve(503, 500)
    metrics.predictions('m', 'v', 'model').observe(7, 0.001)
    metrics.countRefused('m', 'v', 100)
    await next()
    now += 2 * MINUTE
    await traffic.flush()
    serve(200, 100)
    const view = await traffic.read('1h')
    expect(view).toMatchObject({ stepMs: MINUTE, from: '2026-11-26T09:04:00.000Z', to: '2026-11-26T10:04:00.000Z' })
    expect(view.points).toHaveLength(60)
    const [first, ...later] = view.points.slice(-4)
    expect(first).toMatchObject({ at: '2026-11-26T10:00:00.000Z', requests: 100, clientErrors: 1, serverErrors: 1, predictions: 7 })
    expect(first!.p50Ms! / 10).toBeCloseTo(1, 1)
    expect(later.map(({ requests, p50Ms }) => [requests, p50Ms === null])).toEqual([
      [0, true],
      [0, true],
      [1, false],
    ])
    expect(view.totals).toMatchObject({ requests: 101, predictions: 7 })
    expect(view.routes).toEqual([expect.objectContaining({ method: 'POST', path: '/v1/models/:model/predict', requests: 101 })])
    await traffic.close()
  })

  check('leaves out who watches the server, and the durations of streams', async () => {
    const { traffic, metrics, totals } = await server()
    metrics.route('GET', '/health/live', 'unseen').observe(200, 0.001)
    metrics.route('GET', '/v1/events', 'untimed').observe(200, 3600)
    expect(await totals()).toMatchObject({ requests: 1, p99Ms: null })
    await traffic.close()
  })

  check('survives a restart whole, and a kill up to the minute it was in', async () => {
    const one = await server()
    one.serve()
    await one.next()
    one.serve()
    one.serve()
    // Killed: nothing is closed. In a file the next one has to wait for nobody, because this process still holds the lock.
    const two = await server()
    expect(await two.totals()).toMatchObject({ requests: 1 })
    two.serve()
    await two.traffic.close()
    const three = await server()
    three.serve()
    await three.traffic.close()
    const four = await server()
    expect(await four.totals()).toMatchObject({ requests: 3 })
    expect((await four.traffic.read('1h')).points.at(-1)).toMatchObject({ requests: 2 })
  })

  check('is summed over servers, quantiles included', async () => {
    const servers = [await server(), await server(), await server()]
    for (const [index, { serve }] of servers.entries()) for (let n = 0; n < 100; n++) serve(200, [1, 10, 100][index])
    now += MINUTE
    for (const { traffic } of servers) await traffic.flush()
    const sums = await (await server()).totals()
    expect(sums.requests).toBe(300)
    expect(sums.p50Ms! / 10).toBeCloseTo(1, 1)
    expect(sums.p95Ms! / 100).toBeCloseTo(1, 1)
  })

  check('becomes hours, loses none of it, and is bounded', async () => {
    const options = { minutesKeptMs: 6 * HOUR, hoursKeptMs: 48 * HOUR }
    const { traffic, serve, next, totals } = await server(options)
    const other = await server(options)
    for (let minute = 0; minute < 180; minute++) {
      serve(minute % 10 === 0 ? 500 : 200, 1 + minute)
      other.serve()
      now = Math.floor(now / MINUTE + 1) * MINUTE
      await Promise.all([traffic.flush(), other.traffic.flush()])
    }
    const before = await traffic.read('7d')
    now += 2 * MINUTE
    await traffic.rollUp()
    await other.traffic.rollUp()
    const after = await traffic.read('7d')
    expect(after).toEqual(before)
    expect(after.totals).toMatchObject({ requests: 360, serverErrors: 18 })
    expect(after.points.slice(-4).map(({ requests }) => requests)).toEqual([120, 120, 120, 0])
    const rows = async (stepMs: number) =>
      (await database.db.selectFrom('traffic').select('at').where('step_ms', '=', stepMs).execute()).length
    expect([await rows(MINUTE), await rows(HOUR)]).toEqual([360, 6])
    now += 6 * HOUR
    await traffic.rollUp()
    expect([await rows(MINUTE), await rows(HOUR)]).toEqual([0, 6])
    expect((await traffic.read('7d')).totals.requests).toBe(360)
    expect((await totals('30d')).requests).toBe(360)
    now += 48 * HOUR
    await traffic.rollUp()
    expect(await rows(HOUR)).toBe(0)
    await next()
  })

  check('takes a minute that comes late into the hour that was made without it', async () => {
    const { traffic, serve, next, totals } = await server()
    serve()
    await next()
    // The machine sleeps in the middle of a minute; another server makes the hour meanwhile.
    serve()
    now += 2 * HOUR
    await (await server()).traffic.rollUp()
    expect((await (await server()).totals('7d')).requests).toBe(1)
    await traffic.flush()
    expect((await totals('7d')).requests).toBe(2)
    await traffic.rollUp()
    const hours = await database.db.selectFrom('traffic').select('content').where('step_ms', '=', HOUR).execute()
    expect(hours).toHaveLength(1)
    expect((await totals('7d')).requests).toBe(2)
    await traffic.close()
  })

  check('keeps what cannot be written, says so, and writes it when it can', async () => {
    const { traffic, serve, totals } = await server({ database: await refusing(database, 2) })
    serve()
    now += MINUTE
    await expect(traffic.flush()).rejects.toThrow('away')
    serve()
    now += MINUTE
    await expect(traffic.flush()).rejects.toThrow('away')
    serve()
    expect((await totals()).requests).toBe(3)
    now += MINUTE
    await traffic.flush()
    expect((await (await server()).totals()).requests).toBe(3)
  })

  check('tells the minute so far while somebody asks', async () => {
    const { traffic, events, serve } = await server({ tellEveryMs: 10 })
    serve()
    const heard: { requests: number; at: string }[] = []
    events.on('traffic.updated', ({ point }) => heard.push(point))
    traffic.start()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(heard).toEqual([])
    const release = events.want('traffic.updated')
    await expect.poll(() => heard.at(-1)).toMatchObject({ requests: 1, at: '2026-11-26T10:00:00.000Z' })
    release()
    await traffic.close()
  })
})

/** The database, whose first inserts fail. */
async function refusing(database: Database, times: number): Promise<Database> {
  let left = times
  const db = new Proxy(database.db, {
    get(target, name) {
      if (name === 'insertInto' && left-- > 0) throw new Error('the database is away')
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...database, db, dialect: database.dialect }
}
