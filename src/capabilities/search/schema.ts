// Collections over HTTP: what they hold, what is written to them, and how they are searched.
import { z } from 'zod'
import { endpoint } from '../../endpoint.ts'
import { ScheduleSchema, SourceSchema, SourceViewSchema, SyncStateSchema } from './sync/schema.ts'

export const MOST_DOCUMENTS_PER_CALL = 10_000
export const MOST_HITS = 1_000
export const MOST_QUERY_CHARACTERS = 10_000

export const CollectionName = z.string().regex(/^[a-z][a-zA-Z0-9_-]{0,63}$/)
const DocumentId = z.string().min(1).max(200)

export const LanguageSchema = z.enum(['english', 'none'])

/** What PUT takes and what is stored. */
export const CollectionDefinitionSchema = z
  .strictObject({
    schema: z
      .record(z.string(), z.json())
      .describe('JSON Schema of a document: an object with the property `id`, a string. Further properties are allowed unless it says not'),
    text: z
      .string()
      .min(1)
      .max(10_000)
      .describe(
        'What is searched: a template such as `{{name}}. {{description}}` of properties. A line whose properties are all absent is left out',
      ),
    language: LanguageSchema.optional().describe('How words are compared: by English stems, or as they are. Default english'),
    filterable: z
      .array(z.string().min(1).max(200))
      .max(100)
      .optional()
      .describe(
        'Properties to filter and count by. Default: all that are numbers, booleans, dates, strings or lists of strings, but no texts',
      ),
    embedder: z.string().min(1).max(200).optional().describe('The embedding model. Default: the first that can answer'),
    source: SourceSchema.optional().describe('Where its documents come from; POST .../sync brings them'),
    sync: ScheduleSchema.optional().describe('When the source is read by itself'),
    description: z.string().max(2000).optional(),
  })
  .meta({ id: 'CollectionDefinition' })

export const CollectionSchema = z
  .object({
    name: z.string(),
    definition: CollectionDefinitionSchema.extend({
      text: z.string().describe('Empty where the text is made in code'),
      source: SourceViewSchema.optional().describe('Without user, password and options'),
    }),
    /** `config`: its definition stands in the server's config and cannot be changed over HTTP. */
    origin: z.enum(['config', 'api']),
    state: z.enum(['loading', 'ready']).describe('loading: the index is being read after a start; searches wait for it'),
    documents: z.int(),
    embedded: z.int().describe('Documents whose vector is in the index; the others are found by their words meanwhile'),
    model: z.string().nullable().describe('Who made the vectors; null while there are none'),
    dimensions: z.int().nullable(),
    isRebuilding: z
      .boolean()
      .describe('Whether vectors of another model are being made; those that are there serve until they are complete'),
    fields: z
      .array(z.object({ name: z.string(), kind: z.enum(['number', 'boolean', 'date', 'string']) }))
      .describe('What can be filtered and counted by, and as what it compares; a list of strings by each of them'),
    indexBytes: z.int().describe('Memory of the word index, the columns and the vectors'),
    sync: SyncStateSchema.nullable().describe('Null for a collection that was never synced'),
    createdAt: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: 'Collection' })

export const DocumentSchema = z.record(z.string(), z.json()).meta({ id: 'Document' })

const FailureSchema = z.object({ index: z.int(), error: z.string(), path: z.string().optional() })

export const UpsertAnswerSchema = z
  .object({
    upserted: z.int().describe('New or changed'),
    unchanged: z.int().describe('The same as stored; nothing was done for them'),
    failed: z.array(FailureSchema).describe('By their place in what was sent, the first 100'),
    failedCount: z.int(),
  })
  .meta({ id: 'UpsertAnswer' })

const Value = z.union([z.string(), z.number(), z.boolean()])

export const ConditionSchema = z
  .strictObject({
    eq: Value.optional(),
    ne: Value.optional(),
    in: z.array(Value).max(1000).optional(),
    notIn: z.array(Value).max(1000).optional(),
    gt: Value.optional(),
    gte: Value.optional(),
    lt: Value.optional(),
    lte: Value.optional(),
    exists: z.boolean().optional(),
  })
  .meta({ id: 'FieldCondition' })

export const SearchInputSchema = z
  .strictObject({
    query: z.string().max(MOST_QUERY_CHARACTERS).optional().describe('Words or a sentence. Absent: every document that passes the filter'),
    vector: z.array(z.number()).max(8192).optional().describe('Instead of a query: the vector to be near to'),
    like: DocumentId.optional().describe('Instead of a query: the document to be similar to; it is left out of the hits'),
    mode: z.enum(['semantic', 'keyword', 'hybrid']).optional().describe('Default hybrid; of `vector` and `like` semantic'),
    filter: z
      .record(z.string(), z.json())
      .optional()
      .describe(
        'Properties by name, each a value or `{ eq, ne, in, notIn, gt, gte, lt, lte, exists }`; and `and`, `or`, `not` of further filters',
      ),
    limit: z.int().min(1).max(MOST_HITS).optional().describe('Default 10'),
    cursor: z.string().max(500).optional(),
    facets: z.array(z.string()).max(20).optional().describe('Properties whose values are counted among the documents that pass the filter'),
    diversity: z.number().min(0).max(1).optional().describe('Above 0, near copies move down: 1 looks at difference alone. Default 0'),
    weights: z
      .strictObject({ semantic: z.number().min(0).max(100), keyword: z.number().min(0).max(100) })
      .optional()
      .describe('Of a hybrid search; by default they follow from the model'),
    fusion: z
      .enum(['rank', 'score'])
      .optional()
      .describe('How a hybrid search joins its two rankings: by places (reciprocal rank, the default) or by scores'),
    prefix: z.boolean().optional().describe('Takes the last word as the beginning of one, for a search while typing'),
    highlight: z.boolean().optional().describe('Shows the part of the text that was found'),
    explain: z.boolean().optional().describe('Shows what each part adds to the score'),
  })
  .meta({ id: 'SearchInput' })

export const HitSchema = z
  .object({
    id: z.string(),
    score: z.number().describe('Of keyword BM25; of semantic the cosine; of hybrid the fused score, which compares within one answer only'),
    document: DocumentSchema,
    scores: z.object({ semantic: z.number().nullable(), keyword: z.number().nullable() }).optional(),
    terms: z
      .array(z.object({ term: z.string(), score: z.number() }))
      .optional()
      .describe('What each word adds to the keyword score'),
    highlight: z
      .object({
        text: z.string(),
        marks: z.array(z.array(z.int())).describe('[start, end) of found words in UTF-16 units'),
        cutStart: z.boolean(),
        cutEnd: z.boolean(),
      })
      .optional(),
  })
  .meta({ id: 'Hit' })

export const SearchAnswerSchema = z
  .object({
    hits: z.array(HitSchema),
    nextCursor: z.string().optional(),
    facets: z.record(z.string(), z.array(z.object({ value: Value, count: z.int() }))).optional(),
    mode: z.enum(['semantic', 'keyword', 'hybrid']),
    model: z.string().nullable().describe('Whose vectors were compared; null for keyword, and where none could answer'),
    /** Why a hybrid search had to do with words alone. */
    degraded: z.string().optional(),
    cached: z.boolean(),
    tookMs: z.number(),
  })
  .meta({ id: 'SearchAnswer' })

export type CollectionDefinition = z.infer<typeof CollectionDefinitionSchema>
export type Collection = z.infer<typeof CollectionSchema>
export type StoredDocument = z.infer<typeof DocumentSchema>
export type UpsertAnswer = z.infer<typeof UpsertAnswerSchema>
export type SearchInput = z.infer<typeof SearchInputSchema>
export type SearchAnswer = z.infer<typeof SearchAnswerSchema>
export type Hit = z.infer<typeof HitSchema>
export type SearchMode = NonNullable<SearchInput['mode']>

const Page = z.strictObject({ limit: z.int().min(1).max(1000).optional(), cursor: z.string().max(500).optional() })

export const listCollections = endpoint({
  method: 'GET',
  path: '/v1/collections',
  scope: 'read',
  summary: 'All collections',
  output: z.object({ items: z.array(CollectionSchema) }),
})

export const getCollection = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection',
  scope: 'read',
  summary: 'One collection: its definition, its size and the state of its index',
  output: CollectionSchema,
  errors: ['collection_not_found'],
})

export const putCollection = endpoint({
  method: 'PUT',
  path: '/v1/collections/:collection',
  scope: 'write',
  summary: 'Creates a collection or changes its definition',
  description:
    'Where the text, the language or the filterable properties change, the documents are read into the index again in the background. A schema that stored documents do not fit is taken: it counts for what is written from then on.',
  input: CollectionDefinitionSchema,
  output: CollectionSchema,
  alsoStatus: [201],
  errors: ['conflict'],
  examples: {
    campaigns: {
      schema: {
        type: 'object',
        properties: { id: { type: 'string' }, name: { type: 'string' }, industry: { type: 'string' }, budget: { type: 'number' } },
        required: ['id', 'name'],
      },
      text: '{{name}}\nIndustry: {{industry}}',
    },
  },
})

export const deleteCollection = endpoint({
  method: 'DELETE',
  path: '/v1/collections/:collection',
  scope: 'write',
  summary: 'Deletes a collection with its documents',
  output: z.object({ deleted: z.string() }),
  errors: ['collection_not_found', 'conflict'],
})

export const upsertDocuments = endpoint({
  method: 'POST',
  path: '/v1/collections/:collection/documents',
  scope: 'write',
  summary: 'Writes documents by their ids: new ones are added, known ones replaced',
  description:
    'JSON, or NDJSON with a document a line, streamed. What was acknowledged is durable and found by the next search. A document that does not fit the schema is left out and named; the others are written. Of an id that comes twice the last one counts.',
  input: z.strictObject({ documents: z.array(DocumentSchema).min(1).max(MOST_DOCUMENTS_PER_CALL) }),
  streams: ['application/x-ndjson'],
  output: UpsertAnswerSchema,
  errors: ['collection_not_found', 'malformed_body', 'payload_too_large', 'storage_full'],
  bodyLimitBytes: 32 * 1024 * 1024,
  // The same documents again are unchanged.
  idempotent: false,
  examples: { 'one document': { documents: [{ id: 'c1', name: 'Spring sale of running shoes', industry: 'retail', budget: 12_000 }] } },
})

export const listDocuments = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection/documents',
  scope: 'read',
  summary: 'The documents, ascending by id',
  query: Page,
  output: z.object({ items: z.array(DocumentSchema), nextCursor: z.string().optional() }),
  errors: ['collection_not_found'],
})

export const getDocument = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection/documents/:id',
  scope: 'read',
  summary: 'One document',
  output: DocumentSchema,
  errors: ['collection_not_found', 'document_not_found'],
})

export const deleteDocument = endpoint({
  method: 'DELETE',
  path: '/v1/collections/:collection/documents/:id',
  scope: 'write',
  summary: 'Deletes a document',
  output: z.object({ deleted: z.string() }),
  errors: ['collection_not_found', 'document_not_found'],
})

export const countDocuments = endpoint({
  method: 'POST',
  path: '/v1/collections/:collection/count',
  scope: 'read',
  summary: 'How many documents pass a filter',
  input: SearchInputSchema.pick({ filter: true }),
  output: z.object({ count: z.int() }),
  errors: ['collection_not_found'],
  idempotent: false,
})

export const searchCollection = endpoint({
  method: 'POST',
  path: '/v1/collections/:collection/search',
  scope: 'read',
  summary: 'Finds documents by meaning, by words, or by both',
  input: SearchInputSchema,
  output: SearchAnswerSchema,
  errors: ['collection_not_found', 'document_not_found', 'shape_mismatch', 'unavailable'],
  idempotent: false,
  examples: {
    'by words and meaning': {
      query: 'shoes for runners',
      filter: { budget: { gte: 1000 } },
      limit: 5,
      facets: ['industry'],
      highlight: true,
    },
  },
})

export const similarDocuments = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection/documents/:id/similar',
  scope: 'read',
  summary: 'Documents nearest in meaning to one of them',
  query: z.strictObject({ limit: z.int().min(1).max(MOST_HITS).optional() }),
  output: SearchAnswerSchema,
  errors: ['collection_not_found', 'document_not_found', 'unavailable'],
})
