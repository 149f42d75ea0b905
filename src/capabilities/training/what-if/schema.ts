// How answers move with a feature, and what would have to change for another answer.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

const Scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const Known = z.union([z.string(), z.number(), z.boolean()])
const Version = z.string().max(40).optional().describe('A version or an alias instead of the one in service')

export const PartialDependenceSchema = z
  .object({
    model: z.string(),
    version: z.string(),
    feature: z.string(),
    kind: z.enum(['number', 'boolean', 'category', 'date']),
    /** The class whose probability is followed; empty for numbers. */
    target: z.object({ class: z.string().optional() }),
    output: z.enum(['probability', 'value']),
    /** Training rows that are averaged over. */
    rows: z.int(),
    /** Values that the feature is set to in all rows. */
    grid: z.array(Known),
    /** The mean answer at each. */
    mean: z.array(z.number()),
    /** How the answers of 80 % of the rows lie around it. */
    low: z.array(z.number()),
    high: z.array(z.number()),
    /** Single rows: their own value, and the answer at each value of the grid. */
    rowsShown: z.array(z.object({ value: Scalar, answers: z.array(z.number()) })),
    /** With `with`: the mean answer at each pair of values, by value of `feature`, then of `with`. */
    surface: z.object({ feature: z.string(), grid: z.array(Known), mean: z.array(z.array(z.number())) }).optional(),
  })
  .meta({ id: 'PartialDependence' })

export type PartialDependence = z.infer<typeof PartialDependenceSchema>

export const MOST_GRID = 50

export const getPartialDependence = endpoint({
  method: 'GET',
  path: '/v1/models/:model/partial-dependence',
  scope: 'read',
  summary: 'How answers move with a feature, all else as it is',
  description:
    'The feature is set to each value of a grid in a sample of the training rows, and the answers are averaged (Friedman 2001), with single rows beside (Goldstein et al. 2015). It says what the model does, not what causes what.',
  query: z.strictObject({
    feature: z.string().max(200),
    with: z.string().max(200).optional().describe('A second feature: the mean over both stands in `surface`'),
    class: z
      .string()
      .max(200)
      .optional()
      .describe('Whose probability is followed; the second of two classes, the first of more unless said'),
    version: Version,
    grid: z.int().min(2).max(MOST_GRID).default(20).describe('Values at most; of a number between its 5 % and 95 % quantile'),
    rows: z.int().min(0).max(100).default(30).describe('Single rows to show'),
  }),
  output: PartialDependenceSchema,
  errors: ['model_not_found', 'version_not_found', 'no_version', 'artifact_damaged', 'conflict'],
})

const Goal = z
  .strictObject({
    class: z.string().max(200).optional().describe('The class that shall be answered'),
    probability: z.number().gt(0).lt(1).optional().describe('Its probability at least'),
    low: z.number().optional().describe('The number at least'),
    high: z.number().optional().describe('The number at most'),
  })
  .meta({ id: 'Goal' })

const Limit = z
  .strictObject({
    low: z.number().optional(),
    high: z.number().optional(),
    values: z.array(Known).min(1).max(1000).optional(),
    direction: z.enum(['up', 'down']).optional(),
  })
  .meta({ id: 'ChangeLimit' })

export const CounterfactualsInputSchema = z.strictObject({
  features: z.record(z.string(), Scalar),
  goal: Goal.optional().describe('Of two classes the other one unless said'),
  immutable: z.array(z.string().max(200)).max(1000).optional().describe('Features that cannot change, such as an age'),
  limits: z
    .record(z.string(), Limit)
    .optional()
    .describe('By feature: in which range, to which values or in which direction it may change'),
  maxChanges: z.int().min(1).max(5).optional().describe('Features changed at once; 3 unless said'),
  count: z.int().min(1).max(10).optional().describe('Ways to find, each by other features; 3 unless said'),
  version: Version,
})

export type CounterfactualsInput = z.infer<typeof CounterfactualsInputSchema>

export const CounterfactualsSchema = z
  .object({
    model: z.string(),
    version: z.string(),
    /** What is answered as it is. */
    value: z.union([z.string(), z.number()]),
    /** Probability of the wished class, or the number, as it is. */
    prediction: z.number(),
    goal: Goal,
    /** Fewest changes first, then the nearest. Empty: none was found. */
    counterfactuals: z.array(
      z.object({
        changes: z.array(z.object({ feature: z.string(), from: Scalar, to: Known })),
        /** What the version answers then; each was asked. */
        value: z.union([z.string(), z.number()]),
        prediction: z.number(),
        /** Changes in units of each feature's spread, summed. */
        distance: z.number(),
      }),
    ),
  })
  .meta({ id: 'Counterfactuals' })

export type Counterfactuals = z.infer<typeof CounterfactualsSchema>

export const findCounterfactuals = endpoint({
  method: 'POST',
  path: '/v1/models/:model/counterfactuals',
  scope: 'predict',
  summary: 'What would have to change for another answer',
  description:
    'A few different ways to reach the goal, each with few changes to values that were seen in training, each checked by asking the version. Free texts never change. Nothing is logged. A row that reaches the goal already answers `conflict`.',
  input: CounterfactualsInputSchema,
  output: CounterfactualsSchema,
  idempotent: false,
  errors: ['model_not_found', 'version_not_found', 'no_version', 'artifact_damaged', 'conflict'],
})
