// What the embeddings count, in Prometheus names, on the server's registry.
import { Gauge, type Metric, type Registry } from '../../platform/telemetry/prom-client.ts'
import { CounterSeries, HistogramSeries } from '../../platform/telemetry/series.ts'
import type { EmbeddingStatus } from './schema.ts'

export interface EmbeddingMetrics {
  observe(model: string, call: { readonly computed: number; readonly hits: number; readonly seconds: number }): void
  /** The model could not answer and the next one was asked. */
  countFallback(model: string): void
  /** Asked at each scrape. */
  read(status: () => EmbeddingStatus): void
}

/** Seconds; from a text that is known to a thousand long ones. */
const SECONDS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

export function createEmbeddingMetrics(registry: Registry): EmbeddingMetrics {
  const register = <Made extends CounterSeries | HistogramSeries>(made: Made): Made => {
    registry.registerMetric(made as unknown as Metric)
    return made
  }
  const texts = register(
    new CounterSeries('tandem_embedding_texts_total', 'Texts embedded, by model and by where the vector came from.', ['model', 'source']),
  )
  const seconds = register(new HistogramSeries('tandem_embedding_duration_seconds', 'Time to embed one call.', ['model'], SECONDS))
  const fallbacks = register(
    new CounterSeries('tandem_embedding_fallback_total', 'Calls that a model could not answer and the next one did.', ['model']),
  )
  let status: (() => EmbeddingStatus) | undefined
  const gauge = (name: string, help: string, value: (status: EmbeddingStatus) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        if (status !== undefined) this.set(value(status()))
      },
    })
  }
  gauge('tandem_embedding_cache_bytes', 'Memory of the vectors that are remembered.', ({ cache }) => cache.bytes)
  gauge('tandem_embedding_cache_entries', 'Vectors that are remembered.', ({ cache }) => cache.entries)
  gauge('tandem_embedding_cache_evictions', 'Vectors that were forgotten for others since the start.', ({ cache }) => cache.evictions)
  gauge('tandem_embedding_cache_dropped', 'Vectors not written to the database since the start.', ({ cache }) => cache.dropped)
  gauge('tandem_embedding_waiting_texts', 'Texts that wait for a model.', ({ waiting }) => waiting)
  return {
    observe(model, { computed, hits, seconds: elapsed }) {
      if (computed > 0) texts.cell(model, 'model').value += computed
      if (hits > 0) texts.cell(model, 'cache').value += hits
      seconds.cell(model).observe(elapsed)
    },
    countFallback: (model) => {
      fallbacks.cell(model).value += 1
    },
    read: (given) => {
      status = given
    },
  }
}
