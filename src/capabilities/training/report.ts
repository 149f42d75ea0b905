// The metrics of predictions whose truth is known, and what each of them costs.
import { logLossPerRow } from '../../algorithms/metrics/probability-scores.ts'
import { classificationReport, regressionReport } from '../../algorithms/metrics/reports.ts'

/** @param classes  0 for regression. */
export function report(y: Float64Array, predictions: Float64Array, classes: number): Record<string, number> {
  const metrics = classes > 0 ? classificationReport(y, predictions, classes) : regressionReport(y, predictions)
  // A metric that has no meaning on these rows is left out.
  return Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1])))
}

/** Of what each row costs by the main metric: log loss, or squared error. */
export interface LossSums {
  readonly rows: number
  readonly sum: number
  readonly squares: number
}

/** @param classes  0 for regression. */
export function lossesOf(y: Float64Array, predictions: Float64Array, classes: number): LossSums {
  const losses = classes > 0 ? logLossPerRow(y, predictions) : y.map((value, row) => (value - predictions[row]!) ** 2)
  let [sum, squares] = [0, 0]
  for (const loss of losses) {
    sum += loss
    squares += loss * loss
  }
  return { rows: losses.length, sum, squares }
}
