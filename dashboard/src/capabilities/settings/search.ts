import { flag, text } from '../../search-params.ts'

export interface SettingsSearch {
  readonly q?: string
  readonly changed?: boolean
}

export function settingsSearch(search: Record<string, unknown>): SettingsSearch {
  return { q: text(search, 'q'), changed: flag(search, 'changed') }
}
