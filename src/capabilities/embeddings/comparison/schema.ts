// Two models, or one model in two runtimes, on the same texts.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

export const MOST_COMPARED_TEXTS = 256
export const RUNTIMES = ['node', 'python'] as const

const SideInputSchema = z.strictObject({
  model: z.string().min(1).max(200),
  runtime: z.enum(RUNTIMES).optional().describe('Where it is computed. Default: node, where the model is there'),
  usdPerHour: z.number().min(0).max(1e6).optional().describe('Of the machine that computes it, to price the texts'),
})

export const CompareInputSchema = z
  .strictObject({
    a: SideInputSchema,
    b: SideInputSchema,
    input: z.array(z.string()).min(1).max(MOST_COMPARED_TEXTS).describe('The texts; vectors of at least 4 show whether neighbours agree'),
  })
  .meta({ id: 'CompareEmbeddingsInput' })

const SideSchema = z
  .object({
    model: z.string(),
    runtime: z.enum(RUNTIMES),
    dimensions: z.int(),
    single: z.object({ p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() }).describe('One text a call'),
    textsPerSecond: z.number().describe('All texts in one call; the median of three'),
    rssBytes: z.int().nullable().describe('Of the process that computes: the server, or the workers together'),
    usdPerMillionTexts: z.number().nullable().describe('At full load; null without a price'),
  })
  .meta({ id: 'ComparedEmbeddings' })

export const EmbeddingComparisonSchema = z
  .object({
    texts: z.int(),
    a: SideSchema,
    b: SideSchema,
    cosine: z
      .object({ mean: z.number(), least: z.number(), p05: z.number() })
      .nullable()
      .describe('Of each text in both; null where the widths differ'),
    sameNeighbours: z.number().nullable().describe('Share of nearest texts that both name, 0 to 1; null below 4 texts'),
    neighbours: z.int().describe('How many nearest texts were looked at'),
    parity: z.boolean().describe('Whether the least cosine is above 0.95: their vectors may stand in one index'),
  })
  .meta({ id: 'EmbeddingComparison' })

export type CompareInput = z.infer<typeof CompareInputSchema>
export type ComparedSide = z.infer<typeof SideSchema>
export type EmbeddingComparison = z.infer<typeof EmbeddingComparisonSchema>

export const compareEmbeddings = endpoint({
  method: 'POST',
  path: '/v1/embeddings/compare',
  scope: 'predict',
  summary: 'Compare two embedding models, or one model in two runtimes, on the same texts',
  description:
    'Cosine and neighbours that agree, latency of one text, texts a second, memory. Computed past the cache, in turns, so that neither side has the quieter moment.',
  input: CompareInputSchema,
  output: EmbeddingComparisonSchema,
  errors: ['conflict', 'dependency_missing', 'unavailable', 'timeout'],
  idempotent: false,
})
