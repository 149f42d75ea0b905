// The API of campaign search: shapes that existing clients of such a service already speak. Fields may be added, never renamed.
import { endpoint, socketEndpoint } from 'tandem-ml'
import { z } from 'zod'
import { Campaign } from './records.ts'

const Points = z.array(
  z.object({
    id: z.string(),
    score: z.number().describe('Cosine of the vectors; of other modes the score of that mode'),
    payload: Campaign.partial().loose(),
  }),
)

export const searchCampaigns = endpoint({
  method: 'POST',
  path: '/campaigns/api/search-campaigns',
  scope: 'read',
  summary: 'Campaigns nearest in meaning to a text',
  input: z.strictObject({
    query: z.string().min(1).max(10_000),
    limit: z.int().min(1).max(100).default(10),
    mode: z.enum(['semantic', 'keyword', 'hybrid']).default('semantic'),
  }),
  output: Points,
  idempotent: false,
  errors: ['unavailable'],
  examples: { 'by meaning': { query: 'shoes for people who run marathons', limit: 5 } },
})

/** A message is a query as plain text; the answer to it is the list that the route above gives. */
export const searchWhileTyping = socketEndpoint({
  path: '/campaigns/ws/search',
  scope: 'read',
  summary: 'Campaigns nearest in meaning to each text that is sent',
  // Clients of such a service know no other messages than lists of campaigns.
  greets: false,
})

export const recommendCampaigns = endpoint({
  method: 'GET',
  path: '/campaigns/api/recommendations/:campaignId',
  scope: 'read',
  summary: 'The five campaigns nearest in meaning to one of them',
  output: Points,
  errors: ['document_not_found', 'unavailable'],
})

const Texts = z.array(z.string().min(1).max(100_000)).min(1).max(1_000)

export const generateEmbeddings = endpoint({
  method: 'POST',
  path: '/campaigns/generate-embeddings',
  scope: 'predict',
  summary: 'Vectors of texts',
  description: 'Takes the texts under `texts`, or as a bare array.',
  input: z.union([z.strictObject({ texts: Texts }), Texts]),
  output: z.object({ embeddings: z.array(z.array(z.number())), model: z.string(), dimensions: z.int() }),
  idempotent: false,
  errors: ['unavailable'],
  bodyLimitBytes: 16 * 1024 * 1024,
})

export const trainModel = endpoint({
  method: 'POST',
  path: '/campaigns/train-model',
  scope: 'train',
  summary: 'Fine-tunes the embedding model on which campaigns are of one industry',
  description:
    'With `data` the campaigns are written first. The job is the `task_id` (`GET /v1/jobs/:job`), and its result says whether the new version serves; who is connected to `/campaigns/ws/search` is then told `{ "type": "model_updated", "model", "version" }`. While one is under way, it is the one that is answered.',
  input: z.strictObject({ data: z.array(Campaign).max(10_000).optional() }).optional(),
  output: z.object({
    task_id: z.string(),
    status: z.enum(['queued', 'running']),
    message: z.string(),
    documents: z.int(),
    embedded: z.int(),
    model: z.string().nullable().describe('Whose vectors are searched now'),
  }),
  errors: ['conflict', 'unavailable'],
  bodyLimitBytes: 32 * 1024 * 1024,
})
