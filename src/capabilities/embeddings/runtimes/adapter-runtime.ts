// A fine-tuned adapter over another model: that model's vectors, which its caches may know already, and then the adapter on a thread.
import type { EmbeddingBatch } from '../../../embeddings.ts'
import { createThreadPool } from '../../../platform/threads/create-thread-pool.ts'
import type { AdaptVectorsInput } from './encoder-tasks.ts'
import type { TunedChanges } from './open-encoder.ts'
import type { EmbeddingRuntime } from './runtime.ts'
import { ENCODER_PROGRAM } from './thread-runtime.ts'

export interface AdapterRuntimeOptions {
  readonly changes: TunedChanges
  readonly dimensions: number
  readonly idleTimeoutMs: number
  readonly encodeBase: (texts: readonly string[]) => Promise<Pick<EmbeddingBatch, 'vectors' | 'tokens'>>
}

export function createAdapterRuntime({ changes, dimensions, idleTimeoutMs, encodeBase }: AdapterRuntimeOptions): EmbeddingRuntime {
  const pool = createThreadPool({ size: 1, program: ENCODER_PROGRAM, idleTimeoutMs })
  return {
    open: async () => ({ dimensions, fingerprint: changes.sha256.slice(0, 16) }),
    async encode(texts) {
      const { vectors: base, tokens } = await encodeBase(texts)
      const vectors = new Float32Array(texts.length * dimensions)
      for (const [row, vector] of base.entries()) vectors.set(vector, row * dimensions)
      const order: AdaptVectorsInput = { changes, vectors }
      const adapted = await pool.run<Float32Array>('embeddings.adapt', order, { transfer: [vectors.buffer] })
      // The base tells their sum alone.
      return { vectors: adapted, tokens: Int32Array.from(texts, (_, row) => (row === 0 ? tokens : 0)) }
    },
    close: () => pool.close(),
  }
}
