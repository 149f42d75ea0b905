// Runs in a thread: judges a version on rows it was not trained with, by the same measures as its training did on the held-out ones.
import type { ConformalCalibration } from '../../../algorithms/conformal/conformal-calibration.ts'
import { type CategoryTables, type Feature, type FittedModel, type NewRowsEvaluation, predictFitted } from '../../models/index.ts'
import { measureCoverage } from '../coverage.ts'
import { type Documents, documentReader } from '../documents.ts'
import { evaluate, type Measured } from '../evaluate.ts'
import { report } from '../report.ts'
import { weakSpots } from '../weak-spots.ts'

export interface JudgeNewRowsInput {
  readonly fitted: FittedModel
  /** Row-major, as the version reads them. */
  readonly x: Float32Array
  /** Codes of its classes, or numbers. */
  readonly y: Float64Array
  readonly documents: readonly Documents[]
  /** Empty for regression. */
  readonly labels: readonly string[]
  readonly features: readonly Feature[]
  readonly categories: CategoryTables
  readonly conformal: ConformalCalibration | null
  readonly intervalCoverage: number
  readonly seed: number
}

export interface JudgedNewRows {
  readonly evaluation: Measured
  readonly weakSpots: NewRowsEvaluation['weakSpots']
}

/** Of a category that the training did not know. */
const UNSEEN = '(another value)'

export function judgeNewRows(input: JudgeNewRowsInput): JudgedNewRows {
  const { fitted, x, y, documents, labels, features, categories, conformal, intervalCoverage, seed } = input
  const rows = y.length
  const predictions = predictFitted(fitted, x, rows, documentReader(documents))
  const metrics = report(y, predictions, labels.length)
  const coverage = conformal && measureCoverage(conformal, y, predictions, labels)
  const table = { x, y, features: features.length, classes: labels.length }
  const { examined, slices } = weakSpots({
    ...{ table, predictions, features },
    heldOut: Int32Array.from(y.keys()),
    categories: categories.map((texts) => texts && [...texts, UNSEEN]),
    importances: Float64Array.from(fitted.importances),
  })
  return {
    evaluation: evaluate({ yTrue: y, predictions, labels, metrics, coverage, intervalCoverage, seed }),
    weakSpots: { examined, slices: [...slices] },
  }
}
