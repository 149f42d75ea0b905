// What the language tasks count, in Prometheus names, on the server's registry.
import { Gauge, type Metric, type Registry } from '../../platform/telemetry/prom-client.ts'
import { CounterSeries, HistogramSeries } from '../../platform/telemetry/series.ts'
import type { LanguageTask } from './schema.ts'

export interface LanguageMetrics {
  observe(task: LanguageTask, runtime: string, call: { readonly texts: number; readonly seconds: number }): void
  /** A runtime that should have answered could not, and the next one did. */
  countFallback(task: LanguageTask, reason: string): void
  /** Asked at each scrape. */
  read(waiting: () => number): void
}

/** Seconds; from a short text to a book, or a transformer. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export function createLanguageMetrics(registry: Registry): LanguageMetrics {
  const register = <Made extends CounterSeries | HistogramSeries>(made: Made): Made => {
    registry.registerMetric(made as unknown as Metric)
    return made
  }
  const texts = register(new CounterSeries('tandem_language_texts_total', 'Texts read, by task and by what answered.', ['task', 'runtime']))
  const seconds = register(
    new HistogramSeries(
      'tandem_language_duration_seconds',
      'Time of one call, by task and by what answered.',
      ['task', 'runtime'],
      SECONDS,
    ),
  )
  const fallbacks = register(
    new CounterSeries('tandem_language_fallback_total', 'Calls that a preferred runtime could not answer and the next one did, by why.', [
      'task',
      'reason',
    ]),
  )
  let waiting: (() => number) | undefined
  new Gauge({
    name: 'tandem_language_waiting_calls',
    help: 'Calls that wait for the language thread, or are on it.',
    registers: [registry],
    collect() {
      if (waiting !== undefined) this.set(waiting())
    },
  })
  return {
    observe(task, runtime, call) {
      texts.cell(task, runtime).value += call.texts
      seconds.cell(task, runtime).observe(call.seconds)
    },
    countFallback(task, reason) {
      fallbacks.cell(task, reason).value += 1
    },
    read(given) {
      waiting = given
    },
  }
}
