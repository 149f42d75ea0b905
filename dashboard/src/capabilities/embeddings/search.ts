import { text } from '../../search-params.ts'

export interface FineTuneSearch {
  /** The version that is shown; absent: the newest. */
  readonly version?: string
}

export function fineTuneSearch(search: Record<string, unknown>): FineTuneSearch {
  return { version: text(search, 'version') }
}
