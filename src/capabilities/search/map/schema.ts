// A collection as points of a plane: what is near in meaning stands near.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

export const MOST_POINTS = 5_000

export const CollectionMapSchema = z
  .object({
    model: z.string().describe('Whose vectors were projected'),
    fingerprint: z.string(),
    documents: z.int().describe('In the collection; of more than the limit every so many-th is shown, by their ids'),
    explained: z.number().describe('Share of the differences between the vectors that the plane shows, 0 to 1'),
    color: z.string().nullable().describe('The property whose value each point carries'),
    points: z.array(
      z.object({
        id: z.string(),
        x: z.number().describe('First principal component'),
        y: z.number().describe('Second principal component'),
        label: z.string().describe('The beginning of the text'),
        value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
      }),
    ),
  })
  .meta({ id: 'CollectionMap' })

export type CollectionMap = z.infer<typeof CollectionMapSchema>

export const mapCollection = endpoint({
  method: 'GET',
  path: '/v1/collections/:collection/map',
  scope: 'read',
  summary: 'The documents of a collection in a plane, by what their vectors differ in most',
  query: z.strictObject({
    color: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('A property whose value each point carries. Default: the one that parts them into the fewest groups, of 2 to 20'),
    limit: z.int().min(3).max(MOST_POINTS).default(2_000),
  }),
  output: CollectionMapSchema,
  errors: ['collection_not_found', 'conflict', 'unavailable'],
})
