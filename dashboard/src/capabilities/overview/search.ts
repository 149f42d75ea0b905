import { oneOf } from '../../search-params.ts'

export const WINDOWS = ['1h', '24h', '7d', '30d'] as const
export type Window = (typeof WINDOWS)[number]

export interface OverviewSearch {
  readonly window?: Window
}

export function overviewSearch(search: Record<string, unknown>): OverviewSearch {
  return { window: oneOf(search, 'window', WINDOWS) }
}
