// What the addresses of the model pages remember.
import { numberIn, oneOf, text } from '../../search-params.ts'

export const WINDOWS = ['24h', '7d', '30d'] as const
export type PerformanceWindow = (typeof WINDOWS)[number]
export const DEFAULT_WINDOW: PerformanceWindow = '7d'

export interface ModelsSearch {
  /** Part of a name. */
  readonly q?: string
}

export function modelsSearch(search: Record<string, unknown>): ModelsSearch {
  return { q: text(search, 'q') }
}

export interface SummarySearch {
  readonly window?: PerformanceWindow
}

export function summarySearch(search: Record<string, unknown>): SummarySearch {
  return { window: oneOf(search, 'window', WINDOWS) }
}

export interface VersionsSearch {
  /** Versions compared with the one in service, joined by commas. */
  readonly with?: string
}

export function versionsSearch(search: Record<string, unknown>): VersionsSearch {
  return { with: text(search, 'with') }
}

export interface EvaluationSearch {
  /** Without it the version in service. */
  readonly version?: string
  /** An evaluation on rows that were sent for it, by its id; without it the held-out rows. */
  readonly on?: string
  /** Two classes: where the probability of the second begins to count. */
  readonly threshold?: number
  /** More classes: the one whose curves are shown. */
  readonly class?: string
}

export function evaluationSearch(search: Record<string, unknown>): EvaluationSearch {
  const threshold = numberIn(search, 'threshold')
  return {
    version: text(search, 'version'),
    on: text(search, 'on'),
    threshold: threshold === undefined || threshold < 0 || threshold > 1 ? undefined : threshold,
    class: text(search, 'class'),
  }
}

export interface CardSearch {
  /** Without it the version in service. */
  readonly version?: string
}

export function cardSearch(search: Record<string, unknown>): CardSearch {
  return { version: text(search, 'version') }
}

export interface TrySearch {
  readonly version?: string
  /** The fields as they were filled in, as JSON. */
  readonly row?: string
}

export function trySearch(search: Record<string, unknown>): TrySearch {
  const { row } = search
  // The router reads a JSON text in an address as the object it is.
  return { version: text(search, 'version'), row: typeof row === 'object' && row !== null ? JSON.stringify(row) : text(search, 'row') }
}
