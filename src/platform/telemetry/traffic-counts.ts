// Requests by route and rows predicted in one step of time: added up over steps and servers, and written as one row.
import { LatencyHistogram, type SparseCounts } from './latency-histogram.ts'

export interface TrafficSums {
  readonly requests: number
  readonly clientErrors: number
  readonly serverErrors: number
  readonly p50Ms: number | null
  readonly p95Ms: number | null
  readonly p99Ms: number | null
}

/** As stored: [method, path, requests, client errors, server errors, latencies]. */
export type StoredRoute = readonly [string, string, number, number, number, SparseCounts]

/** As stored: `p` rows predicted, `r` by route. */
export interface StoredTraffic {
  readonly p: number
  readonly r: readonly StoredRoute[]
}

/** Requests of one route, or of many together. */
export class RequestCounts {
  requests = 0
  clientErrors = 0
  serverErrors = 0
  readonly latency = new LatencyHistogram()

  /** `ms` is undefined where a duration says nothing: a stream, an address that is not there. */
  observe(status: number, ms: number | undefined): void {
    this.requests += 1
    if (status >= 500) this.serverErrors += 1
    else if (status >= 400) this.clientErrors += 1
    if (ms !== undefined) this.latency.observe(ms)
  }

  add([, , requests, clientErrors, serverErrors, latency]: StoredRoute): void {
    this.requests += requests
    this.clientErrors += clientErrors
    this.serverErrors += serverErrors
    this.latency.add(latency)
  }

  sums(): TrafficSums {
    const quantile = (fraction: number): number | null => {
      const ms = this.latency.quantile(fraction)
      return ms === undefined ? null : Number(ms.toPrecision(4))
    }
    const { requests, clientErrors, serverErrors } = this
    return { requests, clientErrors, serverErrors, p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99) }
  }

  clear(): void {
    this.requests = 0
    this.clientErrors = 0
    this.serverErrors = 0
    this.latency.clear()
  }
}

export interface RouteCounts {
  readonly method: string
  readonly path: string
  readonly counts: RequestCounts
}

export class TrafficCounts {
  readonly #routes = new Map<string, RouteCounts>()
  predictions = 0

  /** Made where there is none; keep it where the call is hot. */
  route(method: string, path: string): RequestCounts {
    const key = `${method} ${path}`
    const known = this.#routes.get(key)
    if (known !== undefined) return known.counts
    const counts = new RequestCounts()
    this.#routes.set(key, { method, path, counts })
    return counts
  }

  /** Those with a request. */
  routes(): RouteCounts[] {
    return [...this.#routes.values()].filter(({ counts }) => counts.requests > 0)
  }

  stored(): StoredTraffic {
    const r = this.routes().map(({ method, path, counts: { requests, clientErrors, serverErrors, latency } }): StoredRoute => {
      return [method, path, requests, clientErrors, serverErrors, latency.sparse()]
    })
    return { p: this.predictions, r }
  }

  add({ p, r }: StoredTraffic): void {
    this.predictions += p
    for (const route of r) this.route(route[0], route[1]).add(route)
  }

  /** Begins again at nothing; the routes stay, because their meters hold them. */
  clear(): void {
    this.predictions = 0
    for (const { counts } of this.#routes.values()) counts.clear()
  }
}
