// The port to where collections and their documents are kept.
import type { Queryable } from '../../platform/storage/database.ts'
import type { CollectionDefinition, StoredDocument } from './schema.ts'

export interface StoredCollection {
  readonly name: string
  /** Stands for the collection where its documents are kept: one deleted and made again is another. */
  readonly uid: string
  readonly definition: CollectionDefinition
  readonly origin: 'config' | 'api'
  /** What the stored texts were made by. */
  readonly textKey: string
  /** Of the last change to any document. */
  readonly lastSequence: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** What is known of a document without reading it. */
export interface DocumentKey {
  readonly id: string
  /** The number that stands for the document in every index. */
  readonly row: number
  readonly hash: string
  readonly textHash: string
}

export interface DocumentChange extends DocumentKey {
  readonly content: string
  readonly text: string
}

/** A document as an index reads it; content and text are null for one that was deleted. */
export interface ChangedDocument {
  readonly row: number
  readonly id: string
  readonly sequence: number
  readonly content: string | null
  readonly text: string | null
  readonly textHash: string
  /** Fingerprint of the model that made its vector; null while it has none. */
  readonly embedded: string | null
}

export interface TextRow {
  readonly row: number
  readonly sequence: number
  readonly text: string
}

/** A model whose vectors a collection has. */
export interface VectorSource {
  readonly model: string
  readonly fingerprint: string
  readonly dimensions: number
}

export interface VectorState {
  /** Searched. */
  readonly serving?: VectorSource
  /** Being made to take its place; `after`: the last row that has its vector. */
  readonly building?: VectorSource & { readonly after: number }
}

export interface SearchStore {
  list(on?: Queryable): Promise<StoredCollection[]>
  find(name: string, on?: Queryable): Promise<StoredCollection | undefined>
  /** The text key counts for a new collection only: the stored texts of another one are still those of its old key. */
  save(collection: Pick<StoredCollection, 'name' | 'definition' | 'origin' | 'textKey'>, now: number): Promise<StoredCollection>
  /** Takes the collection's name away at once, then deletes its documents in steps. */
  delete(name: string): Promise<void>
  /** Ends deletions that a crash has cut off. */
  sweep(): Promise<void>

  // From here on a collection is meant by its uid.

  setTextKey(uid: string, textKey: string): Promise<void>

  /** Keys of those ids that are there. */
  keys(uid: string, ids: readonly string[], on?: Queryable): Promise<DocumentKey[]>
  /**
   * Writes changed documents and gives new ones their rows; all or none. Returns the sequence after them.
   * Writers of one collection take turns, so that no reader can see a later sequence before an earlier one.
   */
  write(uid: string, changes: readonly Omit<DocumentChange, 'row'>[], now: number): Promise<number>
  /** Marks documents as deleted; returns the ids that were there and the sequence after them. */
  remove(uid: string, ids: readonly string[], now: number): Promise<{ readonly removed: readonly string[]; readonly sequence: number }>
  /** Notes that the vectors of these documents are in the index, unless one was changed since it was read. */
  markEmbedded(uid: string, documents: readonly Pick<TextRow, 'row' | 'sequence'>[], fingerprint: string): Promise<void>
  /** Those of some documents that were changed or deleted since they were read, as they are now; the text of a deleted one is null. */
  changedAmong(
    uid: string,
    documents: readonly Pick<TextRow, 'row' | 'sequence'>[],
  ): Promise<{ readonly row: number; readonly sequence: number; readonly text: string | null }[]>
  /** Notes that every vector there is comes from another model now. */
  markAll(uid: string, fingerprint: string): Promise<void>
  /** Documents without a vector, by their row. */
  unembedded(uid: string, limit: number): Promise<TextRow[]>
  /** Documents with a row above one. */
  textsAfter(uid: string, row: number, limit: number): Promise<TextRow[]>
  vectors(uid: string): Promise<VectorState>
  setVectors(uid: string, state: VectorState): Promise<void>

  /** Documents changed after a sequence, in its order. */
  changedAfter(uid: string, sequence: number, limit: number): Promise<ChangedDocument[]>
  /** Documents by their rows, in any order. */
  byRows(
    uid: string,
    rows: readonly number[],
  ): Promise<{ readonly row: number; readonly document: StoredDocument; readonly text: string }[]>
  /** Documents by their rows as they are stored, in any order. */
  contents(uid: string, rows: readonly number[]): Promise<{ readonly row: number; readonly content: string }[]>
  byId(uid: string, id: string): Promise<{ readonly row: number; readonly document: StoredDocument; readonly text: string } | undefined>
  page(uid: string, after: string, limit: number): Promise<StoredDocument[]>
  /** Ids in their order, after one. */
  idsAfter(uid: string, after: string, limit: number): Promise<string[]>
  count(uid: string): Promise<number>
}
