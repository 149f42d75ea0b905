// What the workers count, in Prometheus names, on the server's registry.
import { Gauge, type Metric, type Registry } from '../telemetry/prom-client.ts'
import { CounterSeries } from '../telemetry/series.ts'
import type { PythonRuntime } from './python-runtime.ts'
import { type FallbackReason, RUNTIME_STATES } from './schema.ts'

export interface PythonMetrics {
  countRestart(worker: string, reason: FallbackReason): void
  /** Asked at each scrape. */
  read(runtime: PythonRuntime): void
}

export function createPythonMetrics(registry: Registry): PythonMetrics {
  const restarts = new CounterSeries('tandem_worker_restarts_total', 'Starts of Python workers after they failed, by why they did.', [
    'worker',
    'reason',
  ])
  registry.registerMetric(restarts as unknown as Metric)
  let runtime: PythonRuntime | undefined
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge, runtime: PythonRuntime) => void): void => {
    new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset()
        if (runtime !== undefined) collect(this as unknown as Gauge, runtime)
      },
    })
  }
  gauge('tandem_worker_state', 'State of each Python worker: 1 at the state it is in.', ['worker', 'state'], (made, { view }) => {
    for (const { id, state } of view().workers) {
      for (const known of RUNTIME_STATES) if (known !== 'disabled') made.set({ worker: id, state: known }, known === state ? 1 : 0)
    }
  })
  gauge('tandem_worker_resident_memory_bytes', 'Resident memory of each Python worker.', ['worker'], (made, { view }) => {
    for (const { id, rssBytes } of view().workers) if (rssBytes !== null) made.set({ worker: id }, rssBytes)
  })
  gauge('tandem_worker_in_flight', 'Requests that each Python worker has now.', ['worker'], (made, { view }) => {
    for (const { id, inFlight } of view().workers) made.set({ worker: id }, inFlight)
  })
  gauge('tandem_worker_waiting_requests', 'Requests that wait for a Python worker.', [], (made, { view }) => made.set(view().queue.waiting))
  return {
    countRestart(worker, reason) {
      restarts.cell(worker, reason).value += 1
    },
    read(given) {
      runtime = given
    },
  }
}
