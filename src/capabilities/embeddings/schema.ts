// Embeddings over HTTP: what is asked and answered, and nothing else.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'

export const MOST_TEXTS = 2_048
export const MOST_CHARACTERS = 1_000_000
const MOST_DIMENSIONS = 8_192

export const EmbedInputSchema = z
  .strictObject({
    input: z
      .union([z.string(), z.array(z.string())])
      .describe(`A text or up to ${MOST_TEXTS}, each of up to ${MOST_CHARACTERS} characters and not empty`),
    model: z.string().min(1).max(200).optional().describe('Default: the first of the default models that can answer'),
    dimensions: z
      .int()
      .min(1)
      .max(MOST_DIMENSIONS)
      .optional()
      .describe('Keeps the first ones and brings the vector to length 1 again; at most those of the model'),
    encoding_format: z.enum(['float', 'base64']).optional().describe('base64: each vector as little-endian 32-bit floats. Default float'),
    user: z.string().max(200).optional().describe("Taken for OpenAI's clients; not used"),
  })
  .meta({ id: 'EmbedInput' })

export const EmbeddingsSchema = z
  .object({
    embeddings: z.array(z.union([z.array(z.number()), z.string()])).describe('In the order of the input, each of length 1'),
    model: z.string().describe('The one that answered; vectors of different models must not be compared'),
    fingerprint: z.string().describe('Changes when the model behind the name does'),
    dimensions: z.int(),
    cacheHits: z.int().describe('Texts whose vectors were known'),
    tokens: z.int().describe('Read by the model for the others'),
    processingTimeMs: z.number(),
  })
  .meta({ id: 'Embeddings' })

export const EmbeddingModelSchema = z
  .object({
    name: z.string(),
    base: z.string().nullable().describe('What a fine-tuned version was made from; null for the others'),
    kind: z.enum(['onnx', 'static', 'hash', 'openai-compatible', 'python']),
    runtime: z.enum(['node', 'python', 'remote']).describe('Where it is computed now'),
    state: z.enum(['ready', 'idle', 'absent', 'failed']).describe('idle: not asked yet; absent: its files are not there'),
    dimensions: z.int().nullable().describe('Null until it was opened'),
    fingerprint: z.string().nullable(),
    error: z.string().nullable().describe('Why it failed; it is tried again'),
    texts: z.int().describe('Computed since the start'),
    cacheHits: z.int(),
    busySeconds: z.number(),
  })
  .meta({ id: 'EmbeddingModel' })

export const EmbeddingStatusSchema = z
  .object({
    models: z.array(EmbeddingModelSchema),
    default: z.array(z.string()).describe('Who answers when no model is named: the first that can'),
    cache: z.object({
      entries: z.int(),
      bytes: z.int(),
      limitBytes: z.int(),
      hits: z.int().describe('Since the start, in memory'),
      storedHits: z.int().describe('Since the start, in the database'),
      misses: z.int(),
      evictions: z.int(),
      dropped: z.int().describe('Not written to the database because too many waited'),
    }),
    waiting: z.int().describe('Texts that wait for a model'),
  })
  .meta({ id: 'EmbeddingStatus' })

export type EmbedInput = z.infer<typeof EmbedInputSchema>
export type EmbeddingStatus = z.infer<typeof EmbeddingStatusSchema>
export type EmbeddingModelStatus = z.infer<typeof EmbeddingModelSchema>

export const createEmbeddings = endpoint({
  method: 'POST',
  path: '/v1/embeddings',
  scope: 'predict',
  summary: 'Turns texts into vectors whose cosine tells how near they are in meaning',
  description:
    'Texts that arrive at the same time are computed together; the same text is computed once and then remembered. Longer texts than a model reads are cut at its limit.',
  input: EmbedInputSchema,
  output: EmbeddingsSchema,
  // A thousand vectors are megabytes of digits, which other requests must not wait for.
  kind: 'stream',
  errors: ['invalid_config', 'dependency_missing', 'unavailable', 'overloaded'],
  // Nothing is created, and the answer to the same input is the same.
  idempotent: false,
  bodyLimitBytes: 16 * 1024 * 1024,
  examples: { 'two texts': { input: ['summer sale for running shoes', 'winter jackets at half price'] } },
})

export const getEmbeddings = endpoint({
  method: 'GET',
  path: '/v1/embeddings',
  scope: 'read',
  summary: 'The embedding models, who answers by default, and what the cache does',
  output: EmbeddingStatusSchema,
})
