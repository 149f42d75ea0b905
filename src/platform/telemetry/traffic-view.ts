// Traffic over a window of time, as charts show it: equal bins cut in UTC, empty ones included, sums, and sums by route.
import { RequestCounts, type StoredTraffic, TrafficCounts, type TrafficSums } from './traffic-counts.ts'
import { HOUR_MS, MINUTE_MS } from './traffic-store.ts'

/** Bins of each window; every size divides the day, so that bins begin at the same times each day. */
export const WINDOWS = {
  '1h': { stepMs: MINUTE_MS, bins: 60 },
  '24h': { stepMs: 5 * MINUTE_MS, bins: 288 },
  '7d': { stepMs: HOUR_MS, bins: 168 },
  '30d': { stepMs: 6 * HOUR_MS, bins: 120 },
} as const

export type TrafficWindow = keyof typeof WINDOWS

export interface TrafficPoint extends TrafficSums {
  /** Start of the bin, ISO 8601. */
  readonly at: string
  readonly predictions: number
}

export interface TrafficView {
  readonly window: TrafficWindow
  readonly from: string
  readonly to: string
  readonly stepMs: number
  readonly points: readonly TrafficPoint[]
  readonly totals: TrafficSums & { readonly predictions: number }
  /** Most requests first. */
  readonly routes: readonly (TrafficSums & { readonly method: string; readonly path: string })[]
}

/** The window that ends with the bin of `now`. */
export class TrafficBins {
  readonly from: number
  readonly #window: TrafficWindow
  readonly #bins: readonly { readonly counts: RequestCounts; predictions: number }[]
  readonly #byRoute = new TrafficCounts()
  readonly #all = new RequestCounts()

  constructor(window: TrafficWindow, now: number) {
    const { stepMs, bins } = WINDOWS[window]
    this.#window = window
    this.from = (Math.floor(now / stepMs) - bins + 1) * stepMs
    this.#bins = Array.from({ length: bins }, () => ({ counts: new RequestCounts(), predictions: 0 }))
  }

  /** What lies outside of the window is left out. */
  add(at: number, traffic: StoredTraffic): void {
    const bin = this.#bins[Math.floor((at - this.from) / WINDOWS[this.#window].stepMs)]
    if (bin === undefined) return
    bin.predictions += traffic.p
    this.#byRoute.add(traffic)
    for (const route of traffic.r) {
      bin.counts.add(route)
      this.#all.add(route)
    }
  }

  view(): TrafficView {
    const { stepMs, bins } = WINDOWS[this.#window]
    const time = (bin: number): string => new Date(this.from + bin * stepMs).toISOString()
    return {
      window: this.#window,
      from: time(0),
      to: time(bins),
      stepMs,
      points: this.#bins.map(({ counts, predictions }, bin) => ({ at: time(bin), predictions, ...counts.sums() })),
      totals: { predictions: this.#byRoute.predictions, ...this.#all.sums() },
      routes: this.#byRoute
        .routes()
        .map(({ method, path, counts }) => ({ method, path, ...counts.sums() }))
        .sort((a, b) => b.requests - a.requests || (a.path < b.path ? -1 : 1)),
    }
  }
}
