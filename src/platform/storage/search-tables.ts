// The tables of search: collections, their documents, vectors, and the texts that were embedded.

export interface VectorIndexesTable {
  name: string
  dimensions: number
  metric: 'cosine' | 'dot' | 'euclidean'
  /** 1 when `vector_floats` holds the rows as they came. */
  float32: number
  /** Float32 numbers that the sign codes are relative to; null before codes were made. */
  mean: Uint8Array | null
  code_candidates: number
  code_recall: number
  /** Rows when the codes were measured. */
  code_rows: number
  last_segment: number
  /** Tells it from one of the same name that was dropped before; empty: given when it is next opened. */
  token: string
}

/** The log of a vector index (capabilities/search/vectors/segment.ts). Primary key (index_name, number). */
export interface VectorSegmentsTable {
  index_name: string
  number: number
  rows: number
  bytes: number
  content: Uint8Array
}

/** Primary key (index_name, key). */
export interface VectorFloatsTable {
  index_name: string
  key: number
  content: Uint8Array
}

export interface CollectionsTable {
  name: string
  /** What `documents.collection` holds. */
  uid: string
  /** JSON (capabilities/search/schema.ts). */
  definition: string
  origin: 'config' | 'api'
  /** What the stored texts were made by: the template, or the function. */
  text_key: string
  /** JSON: whose vectors serve, and whose are being made (capabilities/search/store.ts). */
  vectors: string | null
  /** Of the last change to a document. */
  last_sequence: number
  /** The first row that was never used. */
  next_row: number
  /** 1 while its documents are being deleted. */
  deleted: number
  created_at: number
  updated_at: number
}

/** Primary key (collection, row). */
export interface DocumentsTable {
  collection: string
  /** Stands for the document in every index; used again some time after a deletion. */
  row: number
  id: string
  /** Rises with every change in the collection. */
  sequence: number
  /** JSON; null when it was deleted. */
  content: string | null
  /** What is searched. */
  text: string | null
  /** Of the content and of the text. */
  hash: string
  text_hash: string
  /** Fingerprint of the model that made its vector; null while it has none. */
  embedded: string | null
  updated_at: number
}

/** A vector by the model that made it and the SHA-256 of its text. Primary key (fingerprint, text_hash). */
export interface EmbeddingCacheTable {
  fingerprint: string
  text_hash: string
  /** 32-bit floats, little-endian. */
  vector: Uint8Array
  created_at: number
}

/** Primary key (collection). */
export interface CollectionSyncsTable {
  collection: string
  /** JSON (capabilities/search/sync). */
  state: string
  updated_at: number
}

/** A fine-tuned embedding model. Primary key (name). */
export interface EmbeddingModelsTable {
  name: string
  /** The model that it was made from. */
  base: string
  /** The collection whose vectors it makes while a version is in service. */
  collection: string | null
  /** The version in service; null: the base serves. */
  active: string | null
  /** JSON: the last activations, oldest first (capabilities/embeddings/fine-tune/store.ts). */
  history: string
  created_at: number
  updated_at: number
}

/** Primary key (model, version). */
export interface EmbeddingVersionsTable {
  model: string
  /** `YYYYMMDD_HHMMSS`, with a suffix `_2`, `_3` ... when several are made in one second. */
  version: string
  created_at: number
  /** Of the content. */
  sha256: string
  size_bytes: number
  /** A .tdm file (capabilities/embeddings/fine-tune/tuned-file.ts). */
  content: Uint8Array
  /** Everything else the API shows of a version, JSON. */
  metadata: string
}

/** What a fine-tuning that waits or runs learns from. Primary key (id). */
export interface EmbeddingExamplesTable {
  /** SHA-256 of the content. */
  id: string
  /** JSON. */
  content: Uint8Array
  created_at: number
}

export interface SavedQueriesTable {
  id: string
  /** The uid of the collection. */
  collection: string
  name: string
  /** JSON: what is asked, and from which score on a document matches (capabilities/search/saved/schema.ts). */
  search: string
  /** The sequence of the last change that was looked at. */
  matched_until: number
  /** Documents that came to match since it was made. */
  matches: number
  last_match_at: number | null
  created_by: string | null
  created_at: number
}

/** Primary key (query, document). */
export interface SavedQueryMatchesTable {
  query: string
  document: string
  /** Null where only a filter was asked. */
  score: number | null
  matched_at: number
}

/** Primary key (model). */
export interface RuntimeRolloutsTable {
  model: string
  /** JSON (capabilities/embeddings/rollout). */
  state: string
  /** Grows by one with each change. */
  revision: number
  updated_at: number
}
