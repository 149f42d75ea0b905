// The metrics of predictions whose truth is known, and what each of them costs.
import { logLossPerRow } from '../../algorithms/metrics/probability-scores.ts'
import { classificationReport, regressionReport } from '../../algorithms/metrics/reports.ts'
import { worthOfWeight } from '../../algorithms/metrics/worth-of-weight.ts'

/** @param classes  0 for regression. */
export function report(y: Float64Array, predictions: Float64Array, classes: number, sampleWeight?: Float64Array): Record<string, number> {
  const metrics =
    classes > 0 ? classificationReport(y, predictions, classes, { sampleWeight }) : regressionReport(y, predictions, { sampleWeight })
  // A metric that has no meaning on these rows is left out.
  return Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1])))
}

/** Of what each row costs by the main metric: log loss, or squared error. Weighted rows count as many as they are worth together. */
export interface LossSums {
  readonly rows: number
  readonly sum: number
  readonly squares: number
}

/** @param classes  0 for regression. */
export function lossesOf(y: Float64Array, predictions: Float64Array, classes: number, weights?: Float64Array): LossSums {
  const losses = classes > 0 ? logLossPerRow(y, predictions) : y.map((value, row) => (value - predictions[row]!) ** 2)
  const worth = weights === undefined ? 1 : worthOfWeight(weights)
  let [rows, sum, squares] = [0, 0, 0]
  for (const [row, loss] of losses.entries()) {
    const weight = weights === undefined ? 1 : weights[row]! * worth
    rows += weight
    sum += weight * loss
    squares += weight * loss * loss
  }
  return { rows, sum, squares }
}
