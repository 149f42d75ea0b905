// What the server and its search thread tell each other.

import type { RowFilter } from '../../algorithms/retrieval/filter-rows.ts'
import type { SearchLanguage } from '../../algorithms/retrieval/search-terms.ts'
import type { FilterField } from './collection-definition.ts'

export interface OpenShelf {
  readonly shelf: number
  readonly language: SearchLanguage
  readonly fields: readonly FilterField[]
}

/** A document to index; text null: it was deleted. */
export interface ShelfRow {
  readonly row: number
  readonly text: string | null
  /** JSON. */
  readonly content: string | null
}

export interface FindRequest {
  readonly shelf: number
  /** Absent: rows that pass the filter, ascending. */
  readonly query: string | undefined
  readonly k: number
  readonly filter: RowFilter | undefined
  readonly prefix: boolean
  readonly facets: readonly string[]
  /** Whether the rows that pass are wanted, for another index to look at. */
  readonly wantsBits: boolean
}

export interface Found {
  readonly rows: Int32Array
  readonly scores: Float64Array
  readonly bits: Uint32Array | undefined
  readonly facets: Readonly<Record<string, readonly { readonly value: string | number | boolean; readonly count: number }[]>>
}

export interface ExplainRequest {
  readonly shelf: number
  readonly query: string
  readonly rows: readonly number[]
}

export type TermScores = readonly (readonly { readonly term: string; readonly score: number }[])[]

/** Where a shelf is kept, and what it has to fit to be used again. */
export interface ShelfSnapshot {
  readonly path: string
  /** Stands for the collection and all that decides how its documents are read. */
  readonly key: string
}

export interface ShelfState {
  readonly bytes: number
  readonly documents: number
}

export interface ShelfTasks {
  open(given: OpenShelf): void
  close(shelf: number): void
  /** Opens the shelf from its snapshot; null when there is none that fits. `sequence`: of the last change that is in it. */
  load(given: OpenShelf & ShelfSnapshot): Promise<(ShelfState & { readonly sequence: number }) | null>
  /** Writes the snapshot; searches go on meanwhile, changes wait. */
  save(given: { readonly shelf: number; readonly sequence: number } & ShelfSnapshot): Promise<void>
  apply(given: { readonly shelf: number; readonly rows: readonly ShelfRow[] }): ShelfState
  find(given: FindRequest): Found
  count(given: { readonly shelf: number; readonly filter: RowFilter }): number
  explain(given: ExplainRequest): TermScores
}

export interface ShelfCall {
  readonly id: number
  readonly task: keyof ShelfTasks
  readonly given: unknown
}

export interface ShelfAnswer {
  readonly id: number
  readonly result?: unknown
  readonly failure?: unknown
}
