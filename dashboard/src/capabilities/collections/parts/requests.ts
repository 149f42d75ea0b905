// The request to the server that the address of the playground stands for.
import type { AnyDocument, SearchRequest } from '../../../../../src/collections.ts'
import { LIMITS, MODES, type Mode, type PlaygroundSearch } from '../search.ts'

/** What is asked in one mode; absent options are the server's defaults. */
export function requestOf(search: PlaygroundSearch, mode: Mode): SearchRequest<AnyDocument> {
  const { q, like, whole, filter, fusion, meaning, diversity, limit = LIMITS[0] } = search
  const joined = mode === 'hybrid' && like === undefined
  return {
    ...(like === undefined ? { query: q ?? '', mode, prefix: whole !== true } : { like }),
    ...(filter === undefined ? {} : { filter: filter as NonNullable<SearchRequest<AnyDocument>['filter']> }),
    limit,
    ...(joined && fusion !== undefined ? { fusion } : {}),
    ...(joined && meaning !== undefined ? { weights: { semantic: meaning, keyword: Math.round((1 - meaning) * 100) / 100 } } : {}),
    ...(diversity === undefined ? {} : { diversity }),
    highlight: true,
    explain: true,
  }
}

/** The columns that are shown. */
export function modesOf({ show, like }: PlaygroundSearch): readonly Mode[] {
  if (like !== undefined) return ['semantic']
  return show === undefined ? MODES : [show]
}
