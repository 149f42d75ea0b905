// What a reader must know before trusting a model (Mitchell et al. 2019, Model Cards for Model Reporting), as plain data.
// `render-model-card.ts` writes it as Markdown.
import type { Rng } from '../math/rng.ts'
import type { BootstrapInterval } from '../metrics/bootstrap.ts'
import { bootstrapMetrics } from '../metrics/bootstrap-metrics.ts'
import { checkClassCodes, checkColumns, checkRows, type Numbers } from '../metrics/input-checks.ts'
import { logLossPerRow } from '../metrics/probability-scores.ts'
import { classificationMetrics, regressionMetrics } from '../metrics/resampled-metrics.ts'
import { type SliceColumn, type SliceOptions, type SliceReport, worstSlices } from './worst-slices.ts'

export interface ModelCardInput {
  readonly name: string
  readonly algorithm: string
  /** Labels in the order of the class codes; absent for regression. */
  readonly classes?: readonly string[]
  readonly trainingRows: number
  readonly features: readonly string[]
  /** Truths of rows the model did not learn from: class codes, or numbers. */
  readonly yTrue: Numbers
  /** Its probabilities of them, row-major, or values. */
  readonly predictions: Numbers
  /** Columns by which those rows are parted in search of weak spots. */
  readonly columns?: Readonly<Record<string, SliceColumn>>
  /** Known limits in the words of whoever trained. */
  readonly limits?: readonly string[]
}

export interface ModelCardOptions extends SliceOptions {
  /** Draws the resamples of the intervals. */
  readonly rng: Pick<Rng, 'next'>
  /** Default 500. */
  readonly resamples?: number
}

/** Plain data. What `createModelCard` cannot know from rows and predictions alone is optional. */
export interface ModelCard {
  readonly name: string
  readonly algorithm: string
  readonly task: 'classification' | 'regression'
  /** What it is for, in the words of whoever defined it. */
  readonly description?: string
  readonly target?: string
  readonly trained?: CardTraining
  /** The format of the file that it was taken over from: its training rows are not known. */
  readonly imported?: string
  /** What rows that came after its training say. */
  readonly newRows?: readonly CardNewRows[]
  readonly data: {
    readonly trainingRows: number
    readonly judgedRows: number
    readonly features: readonly string[]
    /** Of the judged rows. */
    readonly classes: readonly ClassShare[]
    readonly columns?: readonly CardColumn[]
    /** Rows that were left out because they did not fit. */
    readonly skippedRows?: number
    /** Which rows were held out, in words; absent: at random. */
    readonly heldOut?: string
    /** Column of the weights of rows, by which metrics count them. */
    readonly weight?: string
    /** Names the rows by their content. */
    readonly fingerprint?: string
  }
  readonly metrics: Readonly<Record<string, Pick<BootstrapInterval, 'value' | 'low' | 'high'>>>
  readonly crossValidation?: {
    readonly folds: number
    readonly mean: Readonly<Record<string, number>>
    readonly std: Readonly<Record<string, number>>
  }
  /** What is promised with each prediction, and how often the judged rows kept it. */
  readonly coverage?: {
    readonly calibrationRows: number
    readonly highest: number
    readonly levels: readonly {
      readonly coverage: number
      readonly value: number
      readonly low: number
      readonly high: number
      readonly size: number
    }[]
  } | null
  readonly weakSpots: SliceReport
  readonly limits: readonly string[]
}

export interface CardTraining {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly seed: number
  readonly libraryVersion: string
  readonly durationMs: number
}

export interface CardNewRows {
  readonly name: string
  /** ISO. */
  readonly createdAt: string
  readonly rows: number
  /** How many of them the training had; null: not known. */
  readonly knownRows: number | null
  /** Column of the weights of these rows, by which metrics count them; absent: all count alike. */
  readonly weight?: string
  readonly metrics: ModelCard['metrics']
}

export interface CardColumn {
  readonly name: string
  readonly kind: string
  /** Share of training rows without it. */
  readonly missing: number
  /** What is in it: `0 to 20`, `free, pro, gold`. */
  readonly values: string
  /** Loss when it is shuffled; of the main metric. */
  readonly importance: number
}

export interface ClassShare {
  readonly label: string
  readonly rows: number
}

/** Judged on fewer rows, intervals are wide. */
const FEW_ROWS = 200

/**
 * Judges a model on held-out rows and says where it is weak. The same seed gives the same card.
 *
 * Cost: `resamples` passes over the rows a metric.
 *
 * @throws   `shape_mismatch` for lengths that differ or a class code without a column; `too_few_rows` for fewer than 2 rows;
 *           `invalid_input` for values that are not finite.
 * @example
 * renderModelCard(createModelCard({ name: 'churn', algorithm: 'random forest', classes: ['no', 'yes'], trainingRows: 900,
 *   features: ['age'], yTrue, predictions, columns: { city } }, { rng: createRng(7) }))
 */
export function createModelCard(input: ModelCardInput, options: ModelCardOptions): ModelCard {
  const { classes, yTrue, predictions, columns = {}, limits = [] } = input
  const width = classes?.length ?? 1
  const rows = checkRows('yTrue', yTrue, 'the rows of predictions', { length: predictions.length / width })
  if (classes !== undefined) {
    checkColumns(rows, predictions)
    checkClassCodes(yTrue, width)
  }
  const metrics = classes === undefined ? regressionMetrics(yTrue, predictions) : classificationMetrics(yTrue, predictions, width)
  const losses =
    classes === undefined
      ? Float64Array.from({ length: rows }, (_, row) => Math.abs(yTrue[row]! - predictions[row]!))
      : logLossPerRow(yTrue, predictions)
  const shares = (classes ?? []).map((label, code) => ({ label, rows: Array.from(yTrue).filter((each) => each === code).length }))
  return {
    name: input.name,
    algorithm: input.algorithm,
    task: classes === undefined ? 'regression' : 'classification',
    data: { trainingRows: input.trainingRows, judgedRows: rows, features: input.features, classes: shares },
    metrics: bootstrapMetrics(rows, metrics, { rng: options.rng, resamples: options.resamples ?? 500 }),
    weakSpots: worstSlices(losses, columns, options),
    limits: [...limits, ...observedLimits(rows, shares)],
  }
}

/** What the numbers of judged rows alone forbid to conclude. */
export function observedLimits(rows: number, shares: readonly ClassShare[]): string[] {
  const few = rows < FEW_ROWS ? [`Judged on ${rows} rows only: the intervals are wide.`] : []
  return [
    ...few,
    ...shares
      .filter(({ rows: own }) => own < 30)
      .map((share) => `Class "${share.label}" has ${share.rows} judged rows: little is known about it.`),
  ]
}
