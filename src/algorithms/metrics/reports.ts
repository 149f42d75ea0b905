// The metrics a trained version shows: one plain object that survives JSON (null where a metric has no meaning).
import { TandemError } from '../../errors.ts'
import { type Average, accuracyScore, precisionRecallF1 } from './classification-scores.ts'
import { checkClassCodes, checkColumns, checkRows, type Numbers, type WeightOption } from './input-checks.ts'
import { brierLoss, expectedCalibrationError, logLoss } from './probability-scores.ts'
import { columnOf, rankingSteps, rocAucScore } from './ranking-scores.ts'
import { meanAbsoluteError, r2Score, rootMeanSquaredError } from './regression-scores.ts'

export interface ClassificationReport {
  readonly accuracy: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Mean over the classes that can be ranked; null when the rows hold one class only. */
  readonly rocAuc: number | null
  readonly logLoss: number
  /** Two classes only. */
  readonly brier?: number
  /** Expected calibration error of the predicted class's probability, 15 bins. */
  readonly ece: number
}

export interface RegressionReport {
  readonly rmse: number
  readonly mae: number
  /** null for fewer than two rows. */
  readonly r2: number | null
}

export interface ClassificationReportOptions extends WeightOption {
  /** How precision, recall and F1 join the classes; `binary` for two (class 1 is positive), else `macro`. */
  readonly average?: Average
}

/**
 * Judges probabilities on held-out rows.
 *
 * @param yTrue    class codes: positions in `classes`, length rows.
 * @param proba    row-major, rows x classes.
 * @param classes  the labels in column order, or their number.
 * @throws   `shape_mismatch` when lengths differ or a code has no column; `too_few_rows` without rows; `invalid_input` for values outside 0..1.
 */
export function classificationReport(
  yTrue: Numbers,
  proba: Numbers,
  classes: number | readonly unknown[],
  { average, sampleWeight }: ClassificationReportOptions = {},
): ClassificationReport {
  const expected = typeof classes === 'number' ? classes : classes.length
  const rows = checkRows('yTrue', yTrue, 'the rows of proba', { length: Math.round(proba.length / expected) }, sampleWeight)
  const columns = checkColumns(rows, proba)
  if (columns !== expected) {
    throw new TandemError('shape_mismatch', `proba has ${columns} columns for ${expected} classes. Pass one column a class.`)
  }
  checkClassCodes(yTrue, columns)
  const yPred = predictedClasses(proba, columns)
  const scores = precisionRecallF1(yTrue, yPred, {
    average: average ?? (columns === 2 ? 'binary' : 'macro'),
    labels: Array.from({ length: columns }, (_, code) => code),
    sampleWeight,
  })
  const hit = Uint8Array.from({ length: rows }, (_, row) => (yPred[row] === yTrue[row] ? 1 : 0))
  const confidence = Float64Array.from({ length: rows }, (_, row) => proba[row * columns + yPred[row]!]!)
  const loss = logLoss(yTrue, proba, { sampleWeight })
  return {
    accuracy: accuracyScore(yTrue, yPred, { sampleWeight }),
    ...scores,
    rocAuc: meanRocAuc(yTrue, proba, columns, sampleWeight),
    logLoss: loss,
    ...(columns === 2 ? { brier: brierLoss(yTrue, columnOf(proba, rows, 2, 1), { sampleWeight }) } : {}),
    ece: expectedCalibrationError(hit, confidence, { sampleWeight }),
  }
}

/**
 * Judges predicted numbers on held-out rows.
 *
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for a value that is not finite.
 */
export function regressionReport(yTrue: Numbers, yPred: Numbers, options: WeightOption = {}): RegressionReport {
  const r2 = r2Score(yTrue, yPred, options)
  return {
    rmse: rootMeanSquaredError(yTrue, yPred, options),
    mae: meanAbsoluteError(yTrue, yPred, options),
    r2: Number.isNaN(r2) ? null : r2,
  }
}

/** The most probable class of each row; of equals the first. */
export function predictedClasses(proba: Numbers, columns: number): Int32Array {
  const classes = new Int32Array(proba.length / columns)
  for (let row = 0; row < classes.length; row++) {
    let best = 0
    for (let column = 1; column < columns; column++) {
      if (proba[row * columns + column]! > proba[row * columns + best]!) best = column
    }
    classes[row] = best
  }
  return classes
}

/** A rare class may be absent from the held-out rows; the report then means over the others instead of failing. */
function meanRocAuc(yTrue: Numbers, proba: Numbers, columns: number, sampleWeight: Numbers | undefined): number | null {
  let total = 0
  let counted = 0
  for (let column = columns === 2 ? 1 : 0; column < columns; column++) {
    const scores = columnOf(proba, yTrue.length, columns, column)
    const isClass = Uint8Array.from({ length: yTrue.length }, (_, row) => (yTrue[row] === column ? 1 : 0))
    const steps = rankingSteps(isClass, scores, { sampleWeight })
    if (steps.truePositives.at(-1) === 0 || steps.falsePositives.at(-1) === 0) continue
    total += rocAucScore(isClass, scores, { sampleWeight })
    counted++
  }
  return counted === 0 ? null : total / counted
}
