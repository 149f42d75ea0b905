// `tandem-ml/search`: collections of documents found by words and meaning, and the algorithms beneath them.

export { createFieldColumn, type FieldColumn, type FieldKind, type FieldValue } from '../../algorithms/retrieval/field-columns.ts'
export {
  countRows,
  countValues,
  eachRow,
  type FacetCount,
  filterRows,
  type RowBits,
  type RowFilter,
} from '../../algorithms/retrieval/filter-rows.ts'
export {
  type FusionOptions,
  type ReciprocalRankOptions,
  reciprocalRankFusion,
  weightedScoreFusion,
} from '../../algorithms/retrieval/fuse-rankings.ts'
export { type Highlight, type HighlightOptions, highlight } from '../../algorithms/retrieval/highlight.ts'
export {
  createKeywordIndex,
  type KeywordImages,
  type KeywordIndex,
  type KeywordIndexOptions,
  type KeywordQuery,
  type Ranking,
  type TermScore,
} from '../../algorithms/retrieval/keyword-index.ts'
export { maximalMarginalRelevance, type RelevanceOptions } from '../../algorithms/retrieval/maximal-marginal-relevance.ts'
export { createTermReader, type SearchLanguage, type SearchTerm, type TermReader } from '../../algorithms/retrieval/search-terms.ts'
export { stemEnglish } from '../../algorithms/text/stem-english.ts'
export type { VectorEngine } from '../../algorithms/vector/kernels.ts'
export { KeySet } from '../../algorithms/vector/key-set.ts'
export type { VectorMetric } from '../../algorithms/vector/vector-memory.ts'
export type { Collection, CollectionDefinition, Hit, SearchAnswer, SearchInput, SearchMode, UpsertAnswer } from './schema.ts'
export { createSearch, type Search, type SearchOptions } from './search.ts'
export type { SyncReport, SyncStateView } from './sync/schema.ts'
export { SYNC_JOB } from './sync/syncs.ts'
export type { ExactVectorIndex } from './vectors/exact-vector-index.ts'
export { dropVectorIndex, type OpenVectorIndexOptions, openVectorIndex } from './vectors/open-vector-index.ts'
export { type OpenPgvectorIndexOptions, openPgvectorIndex } from './vectors/pgvector-index.ts'
export { type OpenQdrantIndexOptions, openQdrantIndex } from './vectors/qdrant-index.ts'
export { ScanThreads, type ScanThreadsOptions } from './vectors/scan-threads.ts'
export type { VectorBatch, VectorHit, VectorIndex, VectorIndexStats, VectorQuery } from './vectors/vector-index.ts'
