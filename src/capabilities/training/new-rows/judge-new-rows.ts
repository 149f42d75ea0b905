// Runs in a thread: judges a version on rows it was not trained with, by the same measures as its training did on the held-out ones.
import type { ConformalCalibration } from '../../../algorithms/conformal/conformal-calibration.ts'
import { type CategoryTables, type Feature, type FittedModel, type NewRowsEvaluation, predictFitted } from '../../models/index.ts'
import { measureCoverage } from '../coverage.ts'
import { type Documents, documentReader } from '../documents.ts'
import { evaluate, type Measured } from '../evaluate.ts'
import { type Permutation, type PermutationControl, permutations } from '../permutations.ts'
import { report } from '../report.ts'
import { rowsOf } from '../rows-of.ts'
import { weakSpots } from '../weak-spots.ts'

export interface JudgeNewRowsInput {
  readonly fitted: FittedModel
  /** Row-major, as the version reads them. */
  readonly x: Float32Array
  /** Codes of its classes, or numbers. */
  readonly y: Float64Array
  /** How much each row counts; absent: all alike. */
  readonly weights?: Float64Array | undefined
  /** Those that judge. */
  readonly rows: Int32Array
  readonly documents: readonly Documents[]
  /** Empty for regression. */
  readonly labels: readonly string[]
  readonly features: readonly Feature[]
  readonly categories: CategoryTables
  readonly conformal: ConformalCalibration | null
  readonly intervalCoverage: number
  readonly seed: number
  /** Whether to measure what the version leans on. */
  readonly importances: boolean
}

export interface JudgedNewRows {
  readonly evaluation: Measured
  readonly weakSpots: NewRowsEvaluation['weakSpots']
  readonly permutation?: Permutation
}

/** Of a category that the training did not know. */
const UNSEEN = '(another value)'

export function judgeNewRows(input: JudgeNewRowsInput, control: PermutationControl): JudgedNewRows {
  const { fitted, documents, labels, features, categories, conformal, intervalCoverage, seed } = input
  const rows = input.rows.length
  const whole = { x: input.x, y: input.y, weights: input.weights }
  const { x, y, weights } = rows === input.y.length ? whole : rowsOf({ ...whole, features: features.length }, input.rows)
  const predictions = predictFitted(fitted, x, rows, documentReader(documents))
  const metrics = report(y, predictions, labels.length, weights)
  const coverage = conformal && measureCoverage(conformal, y, predictions, labels)
  const table = { x, y, features: features.length, classes: labels.length, documents }
  const { examined, slices } = weakSpots({
    ...{ table, predictions, features },
    heldOut: Int32Array.from(y.keys()),
    categories: categories.map((texts) => texts && [...texts, UNSEEN]),
    importances: Float64Array.from(fitted.importances),
  })
  return {
    evaluation: evaluate({ yTrue: y, predictions, labels, metrics, coverage, intervalCoverage, seed, sampleWeight: weights }),
    weakSpots: { examined, slices: [...slices] },
    ...(input.importances ? { permutation: permutations(table, fitted, { x, y, weights }, seed, control) } : {}),
  }
}
