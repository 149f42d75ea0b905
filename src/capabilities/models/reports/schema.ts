// What was measured and seen when a version was trained: its evaluation on the held-out rows and the profile of its training rows.
import { z } from 'zod'
import { endpoint } from '../../../endpoint.ts'

export const Interval = z.object({ value: z.number(), low: z.number(), high: z.number() })

const CurvesSchema = z
  .object({
    class: z.string(),
    /** At most 200 points; the first threshold is null: nothing counts as the class. */
    roc: z.array(z.object({ threshold: z.number().nullable(), falsePositiveRate: z.number(), truePositiveRate: z.number() })),
    precisionRecall: z.array(z.object({ threshold: z.number().nullable(), recall: z.number(), precision: z.number() })),
    /** Areas of all points, not of the thinned ones. */
    auc: z.number(),
    averagePrecision: z.number(),
    /** Share of rows of the class: the precision of guessing. */
    baseRate: z.number(),
  })
  .meta({ id: 'ClassCurves' })

export const ClassificationEvaluationSchema = z
  .object({
    /** Labels of the rows and columns of `confusion`. */
    classes: z.array(z.string()),
    /** Of more than 50 classes the rarest stand together in the last row and column; how many these are. */
    mergedClasses: z.int(),
    /** Held-out rows of each class. */
    labels: z.record(z.string(), z.int()),
    /** Rows by true class, then by predicted class. */
    confusion: z.array(z.array(z.int())),
    /** Two classes: the second. More: each against the rest, the 20 most common. */
    curves: z.array(CurvesSchema),
    /** Two classes: probability of the second. More: probability of the predicted class, and how often it is right. Bins of as many rows. */
    calibration: z.object({
      error: z.number(),
      bins: z.array(z.object({ meanPredicted: z.number(), observed: z.number(), count: z.int(), low: z.number(), high: z.number() })),
    }),
    /** Histogram of the same probability by true class. */
    scores: z.object({ edges: z.array(z.number()), counts: z.record(z.string(), z.array(z.int())) }),
    /** Two classes: what happens when a probability above `threshold` counts as the second class. */
    thresholds: z.array(z.object({ threshold: z.number(), confusion: z.array(z.array(z.int())) })).optional(),
  })
  .meta({ id: 'ClassificationEvaluation' })

export const RegressionEvaluationSchema = z
  .object({
    /** Histogram of truth minus prediction. */
    residuals: z.object({ edges: z.array(z.number()), counts: z.array(z.int()) }),
    /** Rows in bins of their prediction, with the 95 % interval of the mean truth. */
    predictedVsActual: z.array(
      z.object({ predicted: z.number(), meanActual: z.number(), low: z.number(), high: z.number(), count: z.int() }),
    ),
    absoluteError: z.object({ p50: z.number(), p90: z.number(), p95: z.number() }),
    /** Share of rows inside the version's interval; null when it has none. */
    intervalCoverage: z.object({ nominal: z.number(), measured: z.number(), low: z.number(), high: z.number() }).nullable(),
  })
  .meta({ id: 'RegressionEvaluation' })

const Share = { value: z.number(), low: z.number(), high: z.number() }

export const CoverageSchema = z
  .object({
    /** `lac`: sets of classes by their probability. `split`: intervals by the errors of rows with predictions like it. */
    method: z.enum(['lac', 'split']),
    /** Rows the promise was learned from, each predicted by a model that had not seen it. */
    calibrationRows: z.int(),
    /** Largest coverage that can be asked for. */
    highest: z.number(),
    /** How often the truth was inside, with its 95 % interval, at each coverage; the held-out rows say so. */
    levels: z.array(
      z.object({
        coverage: z.number(),
        ...Share,
        /** Mean number of classes, or mean width. */
        size: z.number(),
        /** Of sets: share of rows with one class alone. */
        single: z.number().optional(),
      }),
    ),
    /** The same at 0.9 of each class, or of each range of predictions. */
    parts: z.array(z.object({ part: z.string(), rows: z.int(), ...Share, size: z.number() })),
  })
  .meta({ id: 'Coverage' })

export type Coverage = z.infer<typeof CoverageSchema>

export const EvaluationSchema = z
  .object({
    model: z.string(),
    version: z.string(),
    task: z.enum(['classification', 'regression']),
    /** Held-out rows. */
    rows: z.int(),
    /** Confidence of every interval here. */
    level: z.number(),
    /** Column of the weights of rows: metrics, intervals and curves count each row by it; all that is called a count, and the coverage, counts rows. */
    weight: z.string().optional(),
    /** Metrics on the held-out rows with their intervals: bootstrap, Wilson's for accuracy. */
    intervals: z.record(z.string(), Interval),
    classification: ClassificationEvaluationSchema.optional(),
    regression: RegressionEvaluationSchema.optional(),
    /** What the version can promise, and how often it kept it; null when too few rows told, absent before it was measured. */
    coverage: CoverageSchema.nullable().optional(),
    /** What the training said, in order. */
    log: z.array(z.object({ at: z.iso.datetime(), progress: z.number(), message: z.string() })),
  })
  .meta({ id: 'Evaluation' })

export const FeatureProfileSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['number', 'integer', 'boolean', 'category', 'text', 'date']),
    required: z.boolean(),
    nullable: z.boolean(),
    /** Median of a number, most frequent value of the others; null when every row lacks it, and of free texts. Of a date the middle one. */
    typical: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    /** Share of training rows without it. */
    missing: z.number(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    earliest: z.string().optional().describe('Of a date'),
    latest: z.string().optional(),
    mean: z.number().optional(),
    quantiles: z.object({ p5: z.number(), p25: z.number(), p50: z.number(), p75: z.number(), p95: z.number() }).optional(),
    /** Most frequent first, at most 100; booleans as texts. */
    categories: z.array(z.object({ value: z.string(), count: z.int() })).optional(),
    /** Different values, also those that are not listed. */
    distinct: z.int().optional(),
  })
  .meta({ id: 'FeatureProfile' })

export const ProfileSchema = z
  .object({
    model: z.string(),
    version: z.string(),
    /** Training rows the profile was taken from. */
    rows: z.int(),
    features: z.array(FeatureProfileSchema),
  })
  .meta({ id: 'Profile' })

const Spread = z.record(z.string(), z.number())

/** Kinds of rows with a larger loss than all others, beyond chance after correction for looking at many. */
export const WeakSpotsSchema = z.object({
  examined: z.int(),
  slices: z.array(z.object({ name: z.string(), rows: z.int(), meanLoss: z.number(), otherLoss: z.number(), atLeast: z.number() })),
})

export const CardSchema = z
  .object({
    model: z.string(),
    version: z.string(),
    createdAt: z.iso.datetime(),
    name: z.string(),
    algorithm: z.string(),
    task: z.enum(['classification', 'regression']),
    description: z.string().optional(),
    target: z.string().optional(),
    imported: z.string().optional().describe('The format of the file it was taken over from; rows that were sent for it judged it'),
    data: z.object({
      trainingRows: z.int(),
      judgedRows: z.int(),
      /** Rows that were left out because they did not fit. */
      skippedRows: z.int().optional(),
      fingerprint: z.string().optional(),
      heldOut: z.string().optional().describe('Which rows were held out, in words; absent: at random'),
      weight: z.string().optional().describe('Column of the weights of rows, by which metrics count them'),
      features: z.array(z.string()),
      /** Of the judged rows. */
      classes: z.array(z.object({ label: z.string(), rows: z.int() })),
      columns: z
        .array(
          z.object({
            name: z.string(),
            kind: z.string(),
            /** Share of training rows without it. */
            missing: z.number(),
            values: z.string(),
            /** Loss of the main metric when it is shuffled. */
            importance: z.number(),
          }),
        )
        .optional(),
    }),
    metrics: z.record(z.string(), Interval),
    crossValidation: z.object({ folds: z.int(), mean: Spread, std: Spread }).optional(),
    coverage: CoverageSchema.nullable().optional(),
    weakSpots: WeakSpotsSchema,
    /** What rows that were sent after the training said of it, newest first. */
    newRows: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          createdAt: z.iso.datetime(),
          rows: z.int(),
          knownRows: z.int().nullable(),
          weight: z.string().optional(),
          metrics: z.record(z.string(), Interval),
        }),
      )
      .optional(),
    limits: z.array(z.string()),
    trained: z
      .object({ parameters: z.record(z.string(), z.json()), seed: z.int(), libraryVersion: z.string(), durationMs: z.number() })
      .optional(),
  })
  .meta({ id: 'ModelCard' })

export type Card = z.infer<typeof CardSchema>

export const getCard = endpoint({
  method: 'GET',
  path: '/v1/models/:model/versions/:version/card',
  scope: 'read',
  summary: 'The model card of a version',
  description:
    'What a reader must know before trusting it: data, metrics with intervals, promises, weak spots, limits, how it was trained. JSON, or Markdown where `Accept: text/markdown` asks for it.',
  output: CardSchema,
  alternatives: ['text/markdown'],
  errors: ['model_not_found', 'version_not_found', 'not_found'],
})

export type Evaluation = z.infer<typeof EvaluationSchema>
export type FeatureProfile = z.infer<typeof FeatureProfileSchema>
export type Profile = z.infer<typeof ProfileSchema>

export const getEvaluation = endpoint({
  method: 'GET',
  path: '/v1/models/:model/versions/:version/evaluation',
  scope: 'read',
  summary: 'How good a version is on the held-out rows',
  description: 'Intervals, curves, confusion, calibration and histograms, measured when the version was trained.',
  output: EvaluationSchema,
  errors: ['model_not_found', 'version_not_found', 'not_found'],
})

export const getProfile = endpoint({
  method: 'GET',
  path: '/v1/models/:model/versions/:version/profile',
  scope: 'read',
  summary: 'Typical values, ranges and missing shares of the training rows',
  output: ProfileSchema,
  errors: ['model_not_found', 'version_not_found', 'not_found'],
})
