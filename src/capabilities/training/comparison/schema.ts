// Versions beside each other on the same held-out rows.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

/** Versions that one comparison may hold. */
export const MAX_COMPARED = 10

export const ComparisonSchema = z
  .object({
    model: z.string(),
    /** What the others are compared with: the version in service when it is among them, else the first. */
    reference: z.string(),
    /** Rows that were held out for every version here; all are judged on these alone. */
    rows: z.int(),
    /** Confidence of the intervals. */
    level: z.number(),
    metrics: z.array(
      z.object({
        metric: z.string(),
        higherIsBetter: z.boolean(),
        versions: z.array(
          z.object({
            version: z.string(),
            value: z.number(),
            /** Own value minus the reference's, with the interval of a paired bootstrap. */
            difference: z.number(),
            low: z.number(),
            high: z.number(),
            /** `undecided` while the interval holds 0. */
            decided: z.enum(['better', 'worse', 'undecided']),
            /** Further held-out rows that would decide a difference of this size in 8 of 10 cases; null when it is decided, 0, or so small that the rows at hand cannot say. */
            moreRowsNeeded: z.int().nullable(),
          }),
        ),
      }),
    ),
    incomparable: z.array(z.object({ version: z.string(), reason: z.string() })),
  })
  .meta({ id: 'Comparison' })

export type Comparison = z.infer<typeof ComparisonSchema>

export const compareVersions = endpoint({
  method: 'GET',
  path: '/v1/models/:model/comparison',
  scope: 'read',
  summary: 'Compare versions on the same held-out rows',
  description:
    'Metrics, their differences from the version in service with 95 % intervals of a paired bootstrap, and whether these decide anything.',
  query: z.strictObject({
    versions: z
      .string()
      .max(500)
      .optional()
      .describe(`Versions or aliases, joined by commas, at most ${MAX_COMPARED}; the newest five and the one in service unless said`),
  }),
  output: ComparisonSchema,
  errors: ['model_not_found', 'version_not_found', 'no_version'],
})
