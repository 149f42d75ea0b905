import { oneOf, text } from '../../search-params.ts'

export const WINDOWS = ['1h', '24h', '7d', '30d'] as const
export const SOURCES = ['model', 'fallback'] as const
export const OUTCOMES = ['known', 'none', 'right', 'wrong'] as const
export const CONFIDENCES = ['low', 'middle', 'high'] as const

/** What the address holds: the filter, and the prediction that is open beside the table. */
export interface PredictionsSearch {
  readonly model?: string
  readonly version?: string
  readonly source?: (typeof SOURCES)[number]
  readonly outcome?: (typeof OUTCOMES)[number]
  readonly confidence?: (typeof CONFIDENCES)[number]
  readonly value?: string
  /** Absent: of all time. */
  readonly window?: (typeof WINDOWS)[number]
  readonly open?: string
}

export function predictionsSearch(search: Record<string, unknown>): PredictionsSearch {
  return {
    model: text(search, 'model'),
    version: text(search, 'version'),
    source: oneOf(search, 'source', SOURCES),
    outcome: oneOf(search, 'outcome', OUTCOMES),
    confidence: oneOf(search, 'confidence', CONFIDENCES),
    value: text(search, 'value'),
    window: oneOf(search, 'window', WINDOWS),
    open: text(search, 'open'),
  }
}

export function isFiltered({ open: _, ...filter }: PredictionsSearch): boolean {
  return Object.values(filter).some((value) => value !== undefined)
}
