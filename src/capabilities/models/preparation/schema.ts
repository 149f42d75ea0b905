// What single features become before they are learned from, as a definition says it. The same specs as the column transformers of
// tandem-ml/learn; what is left out is as the algorithm usually does it.
import { z } from 'zod'

const Treatment = {
  impute: z
    .enum(['mean', 'median', 'mode', 'constant', 'none'])
    .optional()
    .describe('What stands in for a missing value. Default: median for linear models and naive Bayes, none for trees'),
  fill: z.number().min(-1e38).max(1e38).optional().describe('Of impute `constant`; default 0'),
  indicator: z
    .union([z.boolean(), z.literal('auto')])
    .optional()
    .describe('A column that says where the value was missing; `auto`: when one was missing in training'),
  scale: z
    .enum(['standard', 'min-max', 'robust', 'none'])
    .optional()
    .describe('Default: standard for linear models, min-max for naive Bayes of counts, none for trees'),
}

const Kind = <const Name extends string>(name: Name) => z.literal(name)

export const NumberPreparationSchema = z.strictObject({ kind: Kind('number'), ...Treatment }).meta({ id: 'NumberPreparation' })

export const OneHotPreparationSchema = z
  .strictObject({
    kind: Kind('one-hot'),
    minCount: z.int().min(1).max(1_000_000).optional().describe('Categories with fewer rows share one column. Default 5'),
    maxCategories: z.int().min(1).max(10_000).optional().describe('Columns at most. Default 256'),
    missing: z.enum(['column', 'none']).optional().describe('Whether a missing value has a column. Default column'),
  })
  .meta({ id: 'OneHotPreparation' })

export const OrdinalPreparationSchema = z
  .strictObject({
    kind: Kind('ordinal'),
    categories: z.array(z.string().max(1000)).min(2).max(10_000).optional().describe('Their order; else that of the enum, or by text'),
    unseen: z
      .union([z.number().min(-1e38).max(1e38), z.literal('missing')])
      .optional()
      .describe('What another category is. Default missing'),
    ...Treatment,
  })
  .meta({ id: 'OrdinalPreparation' })

export const TargetPreparationSchema = z
  .strictObject({
    kind: Kind('target'),
    smooth: z.number().min(0).max(1e6).optional().describe("Rows of the overall mean mixed into each category's. Default 10"),
    folds: z.int().min(2).max(20).optional().describe('A training row gets means of the other parts. Default 5'),
    scale: Treatment.scale,
  })
  .meta({ id: 'TargetPreparation' })

export const DatePreparationSchema = z
  .strictObject({
    kind: Kind('date'),
    parts: z
      .array(z.enum(['year', 'month', 'day', 'weekday', 'hour', 'dayOfYear', 'days']))
      .min(1)
      .max(7)
      .optional()
      .describe('In UTC; weekday is 0 on Monday, days counts from 1970. Default year, month, day, weekday, and hour of a date-time'),
    ...Treatment,
  })
  .meta({ id: 'DatePreparation' })

export const TextPreparationSchema = z
  .strictObject({
    kind: Kind('text'),
    options: z
      .strictObject({
        analyzer: z.enum(['word', 'char', 'char-wb']).optional(),
        ngramRange: z.tuple([z.int().min(1).max(10), z.int().min(1).max(10)]).optional(),
        lowercase: z.boolean().optional(),
        stripAccents: z.enum(['unicode', 'ascii']).optional(),
        stopWords: z.literal('english').optional(),
        minDf: z.int().min(1).max(1_000_000).optional().describe('Terms of fewer texts are left out'),
        maxFeatures: z.int().min(1).max(1_000_000).optional().describe('Most terms; the most frequent stay'),
        sublinearTf: z.boolean().optional(),
      })
      .optional(),
  })
  .meta({ id: 'TextPreparation' })

export const ColumnPreparationSchema = z.discriminatedUnion('kind', [
  NumberPreparationSchema,
  OneHotPreparationSchema,
  OrdinalPreparationSchema,
  TargetPreparationSchema,
  DatePreparationSchema,
  TextPreparationSchema,
])

export type ColumnPreparation = z.infer<typeof ColumnPreparationSchema>

export const PreparationSchema = z
  .record(z.string().max(200), ColumnPreparationSchema)
  .describe('By feature; features that are not named become what they usually do')
