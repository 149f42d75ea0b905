// The endpoints of embeddings, bound to the capability.
import { implement, type Route } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { Embeddings } from './embeddings.ts'
import * as endpoints from './schema.ts'

export function embeddingRoutes(embeddings: Embeddings): Route[] {
  return [
    implement(endpoints.createEmbeddings)(async ({ input, signal }) => {
      const { input: given, model, dimensions, encoding_format: format } = input
      const texts = typeof given === 'string' ? [given] : given
      checkCount(texts.length)
      const { vectors, ...answer } = await embeddings.embedBatch(texts, { model, dimensions, signal })
      return { embeddings: vectors.map((vector) => (format === 'base64' ? base64Of(vector) : Array.from(vector))), ...answer }
    }),
    implement(endpoints.getEmbeddings)(() => embeddings.status()),
  ]
}

function checkCount(count: number): void {
  if (count > 0 && count <= endpoints.MOST_TEXTS) return
  const message = `input has ${count} texts; 1 to ${endpoints.MOST_TEXTS} are possible in one request.`
  throw new TandemError('invalid_input', message, { errors: [{ path: '/input', message }] })
}

function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}
