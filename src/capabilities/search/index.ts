// Searching: published as tandem-ml/search.

export type { VectorEngine } from '../../algorithms/vector/kernels.ts'
export { KeySet } from '../../algorithms/vector/key-set.ts'
export type { VectorMetric } from '../../algorithms/vector/vector-memory.ts'
export type { ExactVectorIndex } from './vectors/exact-vector-index.ts'
export { dropVectorIndex, type OpenVectorIndexOptions, openVectorIndex } from './vectors/open-vector-index.ts'
export { ScanThreads, type ScanThreadsOptions } from './vectors/scan-threads.ts'
export type { VectorBatch, VectorHit, VectorIndex, VectorIndexStats, VectorQuery } from './vectors/vector-index.ts'
