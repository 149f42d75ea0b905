// How long each way through a runtime takes, for the choice of the faster one and for people.
import { LatencyHistogram } from '../telemetry/latency-histogram.ts'
import type { RuntimePath } from './schema.ts'

export interface PathStats {
  /** `items`: such as texts. */
  observe(path: string, model: string, call: { readonly items: number; readonly ms: number; readonly ok: boolean }): void
  /** Milliseconds an item takes; undefined before the first good call. */
  itemMs(path: string, model: string): number | undefined
  list(): RuntimePath[]
}

interface Entry {
  readonly path: string
  readonly model: string
  readonly latency: LatencyHistogram
  calls: number
  items: number
  errors: number
  itemMs: number | undefined
}

/** Names come from configurations, which are not endless; what is asked by hand might be. */
const MOST_ENTRIES = 500
/** Weight of the newest call in the moving average. */
const NEWEST = 0.1

export function createPathStats(): PathStats {
  const entries = new Map<string, Entry>()
  const entryOf = (path: string, model: string): Entry => {
    const key = `${path}\u0000${model}`
    const known = entries.get(key)
    if (known !== undefined) return known
    if (entries.size >= MOST_ENTRIES && model !== 'other') return entryOf(path, 'other')
    const entry: Entry = { path, model, latency: new LatencyHistogram(), calls: 0, items: 0, errors: 0, itemMs: undefined }
    entries.set(key, entry)
    return entry
  }
  return {
    observe(path, model, { items, ms, ok }) {
      const entry = entryOf(path, model)
      entry.calls++
      if (!ok) {
        entry.errors++
        return
      }
      entry.items += items
      entry.latency.observe(ms)
      if (items === 0) return
      const each = ms / items
      entry.itemMs = entry.itemMs === undefined ? each : entry.itemMs * (1 - NEWEST) + each * NEWEST
    },
    itemMs: (path, model) => entries.get(`${path}\u0000${model}`)?.itemMs,
    list: () =>
      [...entries.values()].map(({ latency, itemMs, path, model, calls, items, errors }) => ({
        ...{ path, model, calls, items, errors, itemMs: itemMs ?? null },
        p50Ms: latency.quantile(0.5) ?? null,
        p95Ms: latency.quantile(0.95) ?? null,
        p99Ms: latency.quantile(0.99) ?? null,
      })),
  }
}
