// Runs in a thread: what a version leans on, measured on rows that judge it.
import { permutationImportance } from '../../algorithms/explain/permutation-importance.ts'
import { createRng, hashSeed } from '../../algorithms/math/rng.ts'
import { classificationReport, regressionReport } from '../../algorithms/metrics/reports.ts'
import { type FittedModel, predictFitted, stepsOf } from '../models/index.ts'
import { documentReader } from './documents.ts'
import { rowsOf } from './rows-of.ts'
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
 * Of large tables and slow models of some rows, drawn evenly: tables often stand in the order of their classes or of time.
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
  // A copy: columns are shuffled in place.
  const sample = rowsOf({ x, y, weights, features }, drawEvenly(y.length, rows, seed))
  const { y: sampleY, weights: sampleWeight } = sample
  const { mean, std } = permutationImportance(
    {
      x: sample.x,
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

/** One row of each of `count` equal stretches of all rows, rising. */
function drawEvenly(rows: number, count: number, seed: number): Int32Array {
  const rng = createRng(hashSeed(seed, 0x7065726d))
  const stretch = rows / count
  return Int32Array.from({ length: count }, (_, at) => (stretch === 1 ? at : Math.min(rows - 1, Math.floor((at + rng.next()) * stretch))))
}
