import { flag, numberIn, oneOf, text } from '../../search-params.ts'

export const MODES = ['semantic', 'keyword', 'hybrid'] as const
export type Mode = (typeof MODES)[number]

/** As the server takes it: fields by name, each a value or `{ gte, lte }`. */
export type Filter = Readonly<Record<string, unknown>>

export interface CollectionsSearch {
  /** Whether the form of a new one is open. */
  readonly create?: true
}

export interface DocumentsSearch {
  readonly filter?: Filter
  readonly open?: string
}

export interface PlaygroundSearch extends DocumentsSearch {
  readonly q?: string
  /** Absent: all three side by side. */
  readonly show?: Mode
  /** Absent: by places. */
  readonly fusion?: 'score'
  /** Weight of meaning, 0 to 1; absent: by the model. */
  readonly meaning?: number
  readonly diversity?: number
  readonly limit?: number
  /** Takes the last word as it is; absent: as the beginning of one. */
  readonly whole?: true
  /** The document to find others like. */
  readonly like?: string
}

export const LIMITS = [10, 20, 50] as const

export function collectionsSearch(search: Record<string, unknown>): CollectionsSearch {
  return { create: flag(search, 'create') === true ? true : undefined }
}

export function documentsSearch(search: Record<string, unknown>): DocumentsSearch {
  return { filter: filterIn(search), open: text(search, 'open') }
}

export function playgroundSearch(search: Record<string, unknown>): PlaygroundSearch {
  const limit = numberIn(search, 'limit')
  return {
    ...documentsSearch(search),
    q: text(search, 'q'),
    show: oneOf(search, 'show', MODES),
    fusion: oneOf(search, 'fusion', ['score']),
    meaning: share(search, 'meaning'),
    diversity: share(search, 'diversity') || undefined,
    limit: LIMITS.find((known) => known === limit && known !== LIMITS[0]),
    whole: flag(search, 'whole') === true ? true : undefined,
    like: text(search, 'like'),
  }
}

function share(search: Record<string, unknown>, name: string): number | undefined {
  const value = numberIn(search, name)
  return value === undefined || value < 0 || value > 1 ? undefined : value
}

function filterIn({ filter }: Record<string, unknown>): Filter | undefined {
  const isFilter = typeof filter === 'object' && filter !== null && !Array.isArray(filter) && Object.keys(filter).length > 0
  return isFilter ? (filter as Filter) : undefined
}

export interface MapSearch {
  readonly color?: string
}

export function mapSearch(search: Record<string, unknown>): MapSearch {
  return { color: text(search, 'color') }
}
