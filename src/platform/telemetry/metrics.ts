// What Tandem counts, in Prometheus names. A registry of its own per server, so that two servers in one process
// (tests, NestJS) never mix. Label values are bounded: routes are patterns, never addresses.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Gauge, type Metric, Registry } from './prom-client.ts'
import { type CounterCell, CounterSeries, type HistogramCell, HistogramSeries } from './series.ts'
import type { RequestCounts, TrafficCounts } from './traffic-counts.ts'

/** Seconds; from a cached answer to a waiting train call. */
const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]
const PREDICTION_SECONDS = [0.000_01, 0.000_05, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1]
const JOB_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14_400]

export type JobCounts = Readonly<Record<string, number>>

/** Counts the answers of one route; keeps its cells, so that a request costs a few additions. */
export interface RouteMeter {
  observe(status: number, seconds: number): void
}

/**
 * What the history of requests keeps of a route: `timed` all; `untimed` no durations (a stream, an address that is not
 * there); `unseen` nothing (what watches the server would otherwise be most of what it shows).
 */
export type RouteHistory = 'timed' | 'untimed' | 'unseen'

/** Counts the good answers of one version or fallback; keeps its cells too. */
export interface PredictionMeter {
  observe(rows: number, seconds: number): void
}

export interface SocketCounts {
  /** Closed because the client did not read. */
  countTooSlow(): void
  /** Not let in because there are too many. */
  countRefused(): void
}

export interface Metrics {
  readonly registry: Registry
  route(method: string, route: string, history?: RouteHistory): RouteMeter
  /** `reason` says why a fallback answers. */
  predictions(model: string, version: string, source: 'model' | 'fallback', reason?: string): PredictionMeter
  /** Rows that were refused. */
  countRefused(model: string, version: string, rows: number): void
  countPredictionLogDropped(rows: number): void
  /** Another runtime answered than the one that should. */
  countFallback(model: string, reason: string): void
  observeJob(kind: string, status: string, seconds: number): void
  countLoadShed(): void
  countRateLimited(): void
  /** `open` is asked at each scrape. */
  sockets(open: () => number): SocketCounts
  /** Asked at each scrape. */
  jobCounts(read: () => Promise<JobCounts>): void
  /** The exposition text, and the content type to send it with. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>
  close(): void
}

export interface MetricsOptions {
  readonly version: string
  /** Counts what is observed once more, for the history of requests. */
  readonly traffic?: TrafficCounts
}

export function createMetrics({ version, traffic }: MetricsOptions): Metrics {
  const registry = new Registry()
  const series = registerSeries(registry)
  registerBuild(registry, version)
  const stopProcess = registerProcess(registry)
  let readJobs: (() => Promise<JobCounts>) | undefined
  new Gauge({
    name: 'tandem_jobs',
    help: 'Jobs in the queue, by status.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      if (readJobs === undefined) return
      // A database that does not answer must not take the other metrics with it.
      const counts = await readJobs().catch((): JobCounts => ({}))
      this.reset()
      for (const [status, count] of Object.entries(counts)) this.set({ status }, count)
    },
  })
  return {
    registry,
    route: (method, route, history = 'timed') =>
      createRouteMeter(series, method, route, history === 'unseen' ? undefined : traffic?.route(method, route), history === 'timed'),
    predictions: (model, version, source, reason = '') => {
      const count = series.predictions.cell(model, version, source)
      const time = series.predictionSeconds.cell(model)
      const fallback = source === 'fallback' ? series.fallbacks.cell(model, reason) : undefined
      return {
        observe(rows, seconds) {
          count.value += rows
          if (traffic !== undefined) traffic.predictions += rows
          time.observe(seconds)
          if (fallback !== undefined) fallback.value += rows
        },
      }
    },
    countRefused: (model, version, rows) => {
      series.predictions.cell(model, version, 'error').value += rows
    },
    countPredictionLogDropped: (rows) => {
      series.dropped.cell().value += rows
    },
    countFallback: (model, reason) => {
      series.fallbacks.cell(model, reason).value += 1
    },
    observeJob: (kind, status, seconds) => series.jobSeconds.cell(kind, status).observe(seconds),
    countLoadShed: () => {
      series.shed.cell().value += 1
    },
    countRateLimited: () => {
      series.limited.cell().value += 1
    },
    sockets(open) {
      registry.removeSingleMetric('tandem_sockets_open')
      new Gauge({
        name: 'tandem_sockets_open',
        help: 'Open WebSockets.',
        registers: [registry],
        collect() {
          this.set(open())
        },
      })
      const count = (why: string) => () => {
        series.sockets.cell(why).value += 1
      }
      return { countTooSlow: count('too_slow'), countRefused: count('too_many') }
    },
    jobCounts: (read) => {
      readJobs = read
    },
    render: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
    close: stopProcess,
  }
}

function registerSeries(registry: Registry) {
  const counter = (name: string, help: string, labels: readonly string[] = []): CounterSeries => {
    const made = new CounterSeries(name, help, labels)
    if (labels.length === 0) made.cell()
    registry.registerMetric(made as unknown as Metric)
    return made
  }
  const histogram = (name: string, help: string, labels: readonly string[], bounds: readonly number[]): HistogramSeries => {
    const made = new HistogramSeries(name, help, labels, bounds)
    registry.registerMetric(made as unknown as Metric)
    return made
  }
  const labels = ['method', 'route', 'status']
  return {
    requests: counter('tandem_http_requests_total', 'HTTP requests answered.', labels),
    requestSeconds: histogram('tandem_http_request_duration_seconds', 'Time to answer a request.', labels, REQUEST_SECONDS),
    predictions: counter('tandem_predictions_total', 'Rows predicted.', ['model', 'version', 'outcome']),
    predictionSeconds: histogram('tandem_prediction_duration_seconds', 'Time to predict one call.', ['model'], PREDICTION_SECONDS),
    dropped: counter('tandem_prediction_log_dropped_total', 'Predictions not written because the log was full.'),
    fallbacks: counter('tandem_fallback_total', 'Rows answered by the fallback, and calls that another runtime answered.', [
      'model',
      'reason',
    ]),
    jobSeconds: histogram('tandem_job_duration_seconds', 'Time a job ran.', ['kind', 'status'], JOB_SECONDS),
    shed: counter('tandem_load_shed_total', 'Requests answered 503 to keep the event loop on time.'),
    sockets: counter('tandem_sockets_refused_total', 'WebSockets that were closed or not opened, by why.', ['reason']),
    limited: counter('tandem_rate_limited_total', 'Requests answered 429.'),
  }
}

function createRouteMeter(
  { requests, requestSeconds: seconds }: { readonly requests: CounterSeries; readonly requestSeconds: HistogramSeries },
  method: string,
  route: string,
  traffic: RequestCounts | undefined,
  timed: boolean,
): RouteMeter {
  const cells: ({ readonly count: CounterCell; readonly time: HistogramCell } | undefined)[] = []
  return {
    observe(status, elapsed) {
      let cell = cells[status]
      if (cell === undefined) {
        cell = { count: requests.cell(method, route, String(status)), time: seconds.cell(method, route, String(status)) }
        cells[status] = cell
      }
      cell.count.value += 1
      cell.time.observe(elapsed)
      traffic?.observe(status, timed ? elapsed * 1000 : undefined)
    },
  }
}

function registerBuild(registry: Registry, version: string): void {
  new Gauge({
    name: 'tandem_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.version }, 1)
}

/** Process and event loop, read at each scrape. prom-client's own defaults leave a GC observer behind after close. */
function registerProcess(registry: Registry): () => void {
  const startedAt = Date.now() / 1000 - process.uptime()
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('tandem_process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('tandem_process_heap_used_bytes', 'Memory of the JavaScript heap in use.', () => process.memoryUsage().heapUsed)
  gauge('tandem_process_external_memory_bytes', 'Memory of buffers outside the heap.', () => process.memoryUsage().external)
  gauge('tandem_process_cpu_seconds_total', 'Processor time used.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('tandem_process_start_time_seconds', 'When the process started, in seconds since 1970.', () => startedAt)
  const resolution = 20
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  // What is recorded is the time between two ticks, not how late one came.
  const seconds = (nanoseconds: number): number => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - resolution / 1000) : 0)
  gauge('tandem_event_loop_delay_p50_seconds', 'Median delay of the event loop since the last scrape.', () => seconds(delay.percentile(50)))
  gauge('tandem_event_loop_delay_p99_seconds', '99th percentile of the delay of the event loop since the last scrape.', () => {
    const value = seconds(delay.percentile(99))
    delay.reset()
    return value
  })
  return () => {
    delay.disable()
  }
}
