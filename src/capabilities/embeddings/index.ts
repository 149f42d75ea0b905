// `tandem-ml/embeddings`: texts to vectors.
export {
  type Embedder,
  type EmbeddingsDefinition,
  hashEmbedder,
  onnxEmbedder,
  openAiEmbedder,
  pythonEmbedder,
  staticEmbedder,
} from '../../definitions.ts'
export type { Embedding, EmbeddingBatch, EmbedOptions } from '../../embeddings.ts'
export { createEmbeddings, type Embeddings, type EmbeddingsParts } from './embeddings.ts'
export type { FineTuneReport } from './fine-tune/fine-tune-job.ts'
export { createFineTuning, FINE_TUNE_JOB, type FineTunedCollections, type FineTuning } from './fine-tune/fine-tuning.ts'
export { createTunedModels, type TunedModels } from './fine-tune/tuned-models.ts'
export { createEmbeddingMetrics, type EmbeddingMetrics } from './metrics.ts'
export type { EmbeddingStatus } from './schema.ts'
export type { EmbeddingStore } from './store.ts'
export { createTokenizer, readTokenizer, type Tokenizer, type TokenizerFile } from './tokenizer.ts'
export { workerModels } from './worker-models.ts'
