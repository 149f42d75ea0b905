// All metrics of a report at once under given row weights, so that one bootstrap draw judges them together. What does not hang
// on the weights (losses, hits, the order of scores) is computed once; a draw costs one pass a metric and allocates nothing.
import type { Numbers } from './input-checks.ts'
import { logLossPerRow } from './probability-scores.ts'
import { columnOf, descendingOrder } from './ranking-scores.ts'
import { predictedClasses } from './reports.ts'

/** Metrics of fixed rows; `judge` writes one number a name to `out`, NaN where it has no meaning under these weights. */
export interface ResampledMetrics {
  readonly names: readonly string[]
  judge(sampleWeight: Float64Array, out: Float64Array): void
}

/** Bins of the expected calibration error, as in `classificationReport`. */
const ECE_BINS = 15

/** As `classificationReport`: accuracy, precision, recall, f1, rocAuc, logLoss, ece, and brier for two classes. */
export function classificationMetrics(yTrue: Numbers, proba: Numbers, columns: number): ResampledMetrics {
  const rows = yTrue.length
  const yPred = predictedClasses(proba, columns)
  const losses = logLossPerRow(yTrue, proba)
  const totals = classTotals(yTrue, yPred, columns)
  const area = rankingArea(yTrue, proba, columns)
  const calibration = calibrationError(yTrue, yPred, proba, columns)
  const isBinary = columns === 2
  const squares = isBinary ? Float64Array.from({ length: rows }, (_, row) => (proba[row * 2 + 1]! - yTrue[row]!) ** 2) : undefined
  return {
    names: ['accuracy', 'precision', 'recall', 'f1', 'rocAuc', 'logLoss', 'ece', ...(isBinary ? ['brier'] : [])],
    judge(weights, out) {
      totals(weights, out)
      out[4] = area(weights)
      out[5] = weightedMean(losses, weights)
      out[6] = calibration(weights)
      if (squares) out[7] = weightedMean(squares, weights)
    },
  }
}

/** As `regressionReport`: rmse, mae, r2. */
export function regressionMetrics(yTrue: Numbers, yPred: Numbers): ResampledMetrics {
  const rows = yTrue.length
  return {
    names: ['rmse', 'mae', 'r2'],
    judge(weights, out) {
      let total = 0
      let sum = 0
      let squared = 0
      let absolute = 0
      for (let row = 0; row < rows; row++) {
        const w = weights[row]!
        const error = yTrue[row]! - yPred[row]!
        total += w
        sum += w * yTrue[row]!
        squared += w * error * error
        absolute += w * Math.abs(error)
      }
      const mean = sum / total
      let spread = 0
      for (let row = 0; row < rows; row++) spread += weights[row]! * (yTrue[row]! - mean) ** 2
      out[0] = Math.sqrt(squared / total)
      out[1] = absolute / total
      out[2] = rows < 2 || spread === 0 ? Number.NaN : 1 - squared / spread
    },
  }
}

/** The metrics of a challenger minus those of a champion on the same rows. */
export function differenceOf(champion: ResampledMetrics, challenger: ResampledMetrics): ResampledMetrics {
  const theirs = new Float64Array(champion.names.length)
  return {
    names: champion.names,
    judge(weights, out) {
      champion.judge(weights, theirs)
      challenger.judge(weights, out)
      for (let index = 0; index < theirs.length; index++) out[index]! -= theirs[index]!
    },
  }
}

/** The same metrics where each row also counts by a weight of its own. */
export function weightedMetrics(metrics: ResampledMetrics, sampleWeight: Numbers): ResampledMetrics {
  const both = new Float64Array(sampleWeight.length)
  return {
    names: metrics.names,
    judge(weights, out) {
      for (let row = 0; row < both.length; row++) both[row] = weights[row]! * sampleWeight[row]!
      metrics.judge(both, out)
    },
  }
}

/** Writes accuracy, precision, recall and F1: of class 1 for two classes, else the mean over classes. */
function classTotals(yTrue: Numbers, yPred: Int32Array, columns: number): (weights: Float64Array, out: Float64Array) => void {
  const hits = new Float64Array(columns)
  const predicted = new Float64Array(columns)
  const actual = new Float64Array(columns)
  const first = columns === 2 ? 1 : 0
  return (weights, out) => {
    hits.fill(0)
    predicted.fill(0)
    actual.fill(0)
    let total = 0
    let right = 0
    for (let row = 0; row < weights.length; row++) {
      const w = weights[row]!
      const truth = yTrue[row]!
      const said = yPred[row]!
      total += w
      actual[truth]! += w
      predicted[said]! += w
      if (truth !== said) continue
      right += w
      hits[truth]! += w
    }
    out[0] = right / total
    out.fill(0, 1, 4)
    for (let k = first; k < columns; k++) {
      out[1]! += predicted[k] === 0 ? 0 : hits[k]! / predicted[k]! / (columns - first)
      out[2]! += actual[k] === 0 ? 0 : hits[k]! / actual[k]! / (columns - first)
      out[3]! += actual[k] === 0 && predicted[k] === 0 ? 0 : (2 * hits[k]!) / (predicted[k]! + actual[k]!) / (columns - first)
    }
  }
}

/** ROC AUC: of class 1 for two classes, else the mean over the classes that can be ranked. */
function rankingArea(yTrue: Numbers, proba: Numbers, columns: number): (weights: Float64Array) => number {
  const rows = yTrue.length
  const first = columns === 2 ? 1 : 0
  const rankings = Array.from({ length: columns - first }, (_, index) => {
    const scores = columnOf(proba, rows, columns, index + first)
    const order = descendingOrder(scores)
    // 1 where the next row in the order has another score.
    const ends = Uint8Array.from(order, (row, at) => (at + 1 < rows && scores[order[at + 1]!] === scores[row] ? 0 : 1))
    return { order, ends, isClass: Uint8Array.from(order, (row) => (yTrue[row] === index + first ? 1 : 0)) }
  })
  return (weights) => {
    let sum = 0
    let counted = 0
    for (const { order, ends, isClass } of rankings) {
      let area = 0
      let hits = 0
      let misses = 0
      let [hitsBefore, missesBefore] = [0, 0]
      for (let at = 0; at < rows; at++) {
        const w = weights[order[at]!]!
        if (isClass[at] === 1) hits += w
        else misses += w
        if (ends[at] === 0) continue
        area += ((misses - missesBefore) * (hits + hitsBefore)) / 2
        hitsBefore = hits
        missesBefore = misses
      }
      if (hits === 0 || misses === 0) continue
      sum += area / (hits * misses)
      counted++
    }
    return counted === 0 ? Number.NaN : sum / counted
  }
}

function calibrationError(yTrue: Numbers, yPred: Int32Array, proba: Numbers, columns: number): (weights: Float64Array) => number {
  const rows = yTrue.length
  const confidence = Float64Array.from({ length: rows }, (_, row) => proba[row * columns + yPred[row]!]!)
  // A score on an edge belongs to the lower bin.
  const bins = Uint8Array.from(confidence, (p) => Math.min(ECE_BINS - 1, Math.max(0, Math.ceil(p * ECE_BINS) - 1)))
  const hit = Uint8Array.from({ length: rows }, (_, row) => (yPred[row] === yTrue[row] ? 1 : 0))
  const gap = new Float64Array(ECE_BINS)
  return (weights) => {
    gap.fill(0)
    let total = 0
    for (let row = 0; row < rows; row++) {
      total += weights[row]!
      gap[bins[row]!]! += weights[row]! * (confidence[row]! - hit[row]!)
    }
    let error = 0
    for (const each of gap) error += Math.abs(each)
    return error / total
  }
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  let total = 0
  let sum = 0
  for (let row = 0; row < values.length; row++) {
    total += weights[row]!
    sum += weights[row]! * values[row]!
  }
  return sum / total
}
