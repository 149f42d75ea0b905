// The metrics of predictions whose truth is known.
import { classificationReport, regressionReport } from '../../algorithms/metrics/reports.ts'

/** @param classes  0 for regression. */
export function report(y: Float64Array, predictions: Float64Array, classes: number): Record<string, number> {
  const metrics = classes > 0 ? classificationReport(y, predictions, classes) : regressionReport(y, predictions)
  // A metric that has no meaning on these rows is left out.
  return Object.fromEntries(Object.entries(metrics).filter((entry): entry is [string, number] => Number.isFinite(entry[1])))
}
