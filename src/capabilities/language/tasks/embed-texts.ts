// Vectors for a task of language, and its own words for a model that is not there.
import { TandemError } from '../../../errors.ts'
import type { Embeddings } from '../../embeddings/index.ts'

export interface EmbedTextsOptions {
  readonly embedder: string | undefined
  readonly signal: AbortSignal | undefined
  readonly remember?: boolean
}

export interface TextVectors {
  /** Shape (texts, dimensions). */
  readonly values: Float32Array
  readonly dimensions: number
  readonly model: string
}

export async function embedTexts(
  embeddings: Pick<Embeddings, 'embedBatch'>,
  texts: readonly string[],
  { embedder, signal, remember = true }: EmbedTextsOptions,
): Promise<TextVectors> {
  try {
    const { vectors, model, dimensions } = await embeddings.embedBatch(texts, { model: embedder, signal, remember })
    const values = new Float32Array(vectors.length * dimensions)
    for (const [at, row] of vectors.entries()) values.set(row, at * dimensions)
    return { values, dimensions, model }
  } catch (error) {
    // The texts were checked: what is left is the name of the model.
    if (!TandemError.is(error) || error.code !== 'invalid_input') throw error
    throw new TandemError('invalid_input', error.message, { errors: [{ path: '/embedder', message: error.message }], cause: error })
  }
}
