// Saved queries over HTTP: what new documents are compared with, and which of them matched.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'
import { MOST_QUERY_CHARACTERS, SearchInputSchema } from '../schema.ts'

export const MOST_SAVED_QUERIES = 100

export const NewSavedQuerySchema = z
  .strictObject({
    name: z.string().max(200).regex(/\S/, 'must not be blank').describe('For people; need not be unique'),
    query: z.string().max(MOST_QUERY_CHARACTERS).optional().describe('Absent: every new document that passes the filter'),
    mode: z
      .enum(['semantic', 'keyword'])
      .optional()
      .describe('How a document is compared with the query: by the cosine of their vectors (the default), or by its words'),
    filter: SearchInputSchema.shape.filter,
    threshold: z
      .number()
      .min(-1)
      .max(1000)
      .optional()
      .describe('Least score of a match. Semantic: a cosine, default 0.5. Keyword: BM25, default 0; every word of the query must be there'),
  })
  .meta({ id: 'NewSavedQuery' })

export const SavedQuerySchema = NewSavedQuerySchema.extend({
  id: z.string(),
  collection: z.string(),
  matches: z.int().describe('Documents that came to match since it was made'),
  lastMatchAt: z.iso.datetime().nullable(),
  createdBy: z.string().nullable(),
  createdAt: z.iso.datetime(),
}).meta({ id: 'SavedQuery' })

export const SavedQueryMatchSchema = z
  .object({ id: z.string().describe('Of the document'), score: z.number().nullable(), at: z.iso.datetime() })
  .meta({ id: 'SavedQueryMatch' })

export type NewSavedQuery = z.infer<typeof NewSavedQuerySchema>
export type SavedQuery = z.infer<typeof SavedQuerySchema>
export type SavedQueryMatch = z.infer<typeof SavedQueryMatchSchema>

export const listSavedQueries = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection/saved-queries',
  scope: 'read',
  summary: 'The saved queries of a collection, oldest first',
  output: z.object({ items: z.array(SavedQuerySchema) }),
  errors: ['collection_not_found'],
})

export const createSavedQuery = endpoint({
  method: 'POST',
  path: '/v1/collections/:collection/saved-queries',
  scope: 'write',
  summary: 'Saves a query that new documents are compared with',
  description:
    'Documents that are written or changed from now on are compared with it when they are in the indexes. Each document matches once; the event `collection.matched` tells. A collection has at most 100.',
  input: NewSavedQuerySchema,
  output: SavedQuerySchema,
  status: 201,
  errors: ['collection_not_found', 'conflict', 'unavailable'],
  examples: { 'new campaigns like this': { name: 'Runners', query: 'shoes for runners', filter: { industry: 'sports' }, threshold: 0.5 } },
})

export const deleteSavedQuery = endpoint({
  method: 'DELETE',
  path: '/v1/collections/:collection/saved-queries/:query',
  scope: 'write',
  summary: 'Deletes a saved query and what matched it',
  output: z.object({ deleted: z.string() }),
  errors: ['collection_not_found', 'saved_query_not_found'],
})

export const listSavedQueryMatches = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection/saved-queries/:query/matches',
  scope: 'read',
  summary: 'Documents that matched, newest first; the last 1,000 are kept',
  query: z.strictObject({ limit: z.int().min(1).max(1000).optional(), cursor: z.string().max(500).optional() }),
  output: z.object({ items: z.array(SavedQueryMatchSchema), nextCursor: z.string().optional() }),
  errors: ['collection_not_found', 'saved_query_not_found'],
})
