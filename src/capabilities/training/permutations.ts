// Runs in a thread: what a version leans on, measured on rows that judge it.
import { permutationImportance } from '../../algorithms/explain/permutation-importance.ts'
import { classificationReport, regressionReport } from '../../algorithms/metrics/reports.ts'
import { type FittedModel, predictFitted, stepsOf } from '../models/index.ts'
import { documentReader } from './documents.ts'
import type { Table } from './tasks.ts'

/** By feature. */
export interface Permutation {
  readonly mean: Float64Array
  readonly std: Float64Array
}

export interface PermutationControl {
  readonly isCanceled: () => boolean
  readonly onProgress: (fraction: number) => void
}

/** Steps, such as trees, that permutation importance may take in all. */
const PERMUTATION_STEPS = 4e7
const PERMUTATION_ROWS = 2000
const PERMUTATION_REPEATS = 3

/**
 * How much worse a version judges rows when one feature is shuffled between them, in log loss or root mean squared error, by feature.
 * Of large tables and slow models the first rows alone.
 */
export function permutations(
  { features, classes, documents }: Pick<Table, 'features' | 'classes' | 'documents'>,
  fitted: FittedModel,
  { x, y, weights }: { x: Float32Array; y: Float64Array; weights?: Float64Array | undefined },
  seed: number,
  control: PermutationControl,
): Permutation {
  const affordable = Math.floor(PERMUTATION_STEPS / (features * PERMUTATION_REPEATS * stepsOf(fitted)))
  const readDocument = documentReader(documents)
  const rows = Math.min(y.length, PERMUTATION_ROWS, Math.max(100, affordable))
  if (rows < 2) return { mean: new Float64Array(features), std: new Float64Array(features) }
  const sampleX = x.slice(0, rows * features)
  const sampleY = y.subarray(0, rows)
  const sampleWeight = weights?.subarray(0, rows)
  const { mean, std } = permutationImportance(
    {
      x: sampleX,
      rows,
      features,
      predict: (matrix, count) => predictFitted(fitted, matrix as Float32Array, count, readDocument),
      score: (predictions) =>
        -(classes > 0
          ? classificationReport(sampleY, predictions, classes, { sampleWeight }).logLoss
          : regressionReport(sampleY, predictions, { sampleWeight }).rmse),
    },
    { nRepeats: PERMUTATION_REPEATS, randomState: seed, ...control },
  )
  return { mean, std }
}
