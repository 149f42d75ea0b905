// Texts to vectors over HTTP. Vectors travel as base64, a quarter of what their decimal digits take.
import type { z } from 'zod'
import type { Rollout } from '../../capabilities/embeddings/rollout/schema.ts'
import type { EmbeddingStatus, EmbeddingsSchema } from '../../capabilities/embeddings/schema.ts'
import type { Embedding, EmbeddingBatch, EmbeddingsClient, EmbedOptions } from '../../embeddings.ts'
import type { FineTuningClient } from './fine-tuning-client.ts'
import { address, get, post } from './request.ts'
import type { Transport } from './transport.ts'

/** Texts of one request of `embedMany`. */
const BATCH_TEXTS = 256

const FINE_TUNE = '/v1/embeddings/fine-tune'

export function createEmbeddingsClient(transport: Transport, fineTuning: FineTuningClient): EmbeddingsClient {
  const embedBatch = async (input: string | readonly string[], { signal, ...options }: EmbedOptions = {}): Promise<EmbeddingBatch> => {
    const { embeddings, ...answer } = await transport.json<z.infer<typeof EmbeddingsSchema>>({
      method: 'POST',
      path: '/v1/embeddings',
      json: { input, ...options, encoding_format: 'base64' },
      repeatable: true,
      unlimited: true,
      signal,
    })
    return { vectors: embeddings.map((vector) => floatsOf(vector as string)), ...answer }
  }
  return {
    async embed(text, options) {
      const { vectors, model, fingerprint } = await embedBatch(text, options)
      return { vector: vectors[0]!, model, fingerprint }
    },
    embedBatch,
    async *embedMany(texts, options = {}) {
      // The first batch settles who answers; vectors of another model must not follow.
      let chosen = options
      for await (const batch of batchesOf(texts)) {
        const answer = await embedBatch(batch, chosen)
        chosen = { ...options, model: answer.model }
        for (const vector of answer.vectors) yield { vector, model: answer.model, fingerprint: answer.fingerprint } satisfies Embedding
      }
    },
    fineTune: (input, options) => fineTuning.follow(FINE_TUNE, input, options),
    startFineTuning: (input, options) => fineTuning.start(FINE_TUNE, input, options),
    tuned: fineTuning.tuned,
    status: (options) => transport.json<EmbeddingStatus>(get('/v1/embeddings', options)),
    compare: (input, options) => transport.json(post('/v1/embeddings/compare', input, options)),
    rollouts: {
      list: async (options) => (await transport.json<{ items: Rollout[] }>(get('/v1/embeddings/rollouts', options))).items,
      get: (model, options) => transport.json(get(address`/v1/embeddings/rollouts/${model}`, options)),
      start: (input, options) => transport.json(post('/v1/embeddings/rollouts', input, options)),
      abort: (model, options) => transport.json(post(address`/v1/embeddings/rollouts/${model}/abort`, undefined, options)),
    },
  }
}

async function* batchesOf(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = []
  for await (const text of texts) {
    if (batch.push(text) < BATCH_TEXTS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Little-endian 32-bit floats, whatever the machine's own order. */
function floatsOf(base64: string): Float32Array {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(at * 4, true))
}
