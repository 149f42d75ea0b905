// The port to where saved queries and their matches are kept. A collection is meant by its uid.
import type { NewSavedQuery } from './schema.ts'

export interface StoredQuery {
  readonly id: string
  readonly collection: string
  readonly name: string
  readonly search: Omit<NewSavedQuery, 'name'>
  /** The sequence of the last change that was looked at. */
  readonly matchedUntil: number
  readonly matches: number
  readonly lastMatchAt: number | null
  readonly createdBy: string | null
  readonly createdAt: number
}

export interface Match {
  readonly document: string
  readonly score: number | null
}

export interface SavedQueryStore {
  list(collection: string): Promise<StoredQuery[]>
  /** Of collections that have one. */
  collections(): Promise<string[]>
  find(collection: string, id: string): Promise<StoredQuery | undefined>
  insert(query: StoredQuery): Promise<void>
  /** With its matches. Whether it was there. */
  delete(collection: string, id: string): Promise<boolean>
  deleteAll(collection: string): Promise<void>
  /**
   * Keeps new matches and notes how far the changes were looked at, together. Returns those that had not matched before: of servers
   * that look at the same changes, each match is new to one.
   */
  record(query: string, matches: readonly Match[], matchedUntil: number, now: number): Promise<Match[]>
  matches(
    query: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ readonly items: (Match & { readonly at: number })[]; readonly nextCursor?: string }>
}
