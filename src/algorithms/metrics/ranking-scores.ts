// How well a score orders rows: ROC AUC (Hanley & McNeil 1982), average precision, and the two curves behind them.
// All walk the rows once by falling score and treat rows of one score as one step, so ties count half.
import { TandemError } from '../../errors.ts'
import { checkClassCodes, checkRows, type Numbers, type WeightOption } from './input-checks.ts'

export interface RankingOptions extends WeightOption {
  /** Row numbers by falling score (`descendingOrder`), to rank once and judge many times. Two classes only. */
  readonly order?: Uint32Array
}

/** Row numbers by falling score; rows of one score by rising row number. */
export function descendingOrder(scores: Numbers): Uint32Array {
  for (let row = 0; row < scores.length; row++) {
    if (Number.isNaN(scores[row]!)) {
      throw new TandemError('invalid_input', `The score of row ${row} is NaN and cannot be ranked. Score every row.`, { details: { row } })
    }
  }
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row)
  return order.sort((a, b) => scores[b]! - scores[a]! || a - b)
}

/**
 * The probability that a row of the positive class scores above one of the negative class.
 *
 * @param yTrue   class codes; two classes: 1 is positive, everything else negative.
 * @param scores  score of class 1 (length rows), or probabilities, row-major rows x classes, for the mean of one class against the rest.
 * @throws   `shape_mismatch` when lengths differ; `too_few_classes` when a class has no row, or no other class has.
 * @see      scikit-learn roc_auc_score (multi_class="ovr", average="macro"). Cost: O(rows log rows) a class.
 */
export function rocAucScore(yTrue: Numbers, scores: Numbers, options: RankingOptions = {}): number {
  return perClassMean(yTrue, scores, options, areaUnderRoc)
}

/**
 * Sum over thresholds of precision times the gain in recall.
 *
 * @param yTrue   class codes; two classes: 1 is positive.
 * @param scores  as in `rocAucScore`.
 * @throws   as `rocAucScore`, except that rows of the positive class alone suffice.
 * @see      scikit-learn average_precision_score.
 */
export function averagePrecisionScore(yTrue: Numbers, scores: Numbers, options: RankingOptions = {}): number {
  return perClassMean(yTrue, scores, options, averagePrecision)
}

/** Cumulated weights of true and false positives after each distinct score, from the highest score down. */
export interface RankingSteps {
  readonly thresholds: Float64Array
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
}

/** The steps of the walk for one class against the rest. */
export function rankingSteps(
  yTrue: Numbers,
  scores: Numbers,
  { sampleWeight, order = descendingOrder(scores) }: RankingOptions,
  positive = 1,
): RankingSteps {
  const rows = yTrue.length
  const thresholds = new Float64Array(rows)
  const truePositives = new Float64Array(rows)
  const falsePositives = new Float64Array(rows)
  let steps = 0
  let hits = 0
  let misses = 0
  for (let at = 0; at < rows; at++) {
    const row = order[at]!
    const weight = sampleWeight === undefined ? 1 : sampleWeight[row]!
    if (yTrue[row] === positive) hits += weight
    else misses += weight
    if (at + 1 < rows && scores[order[at + 1]!] === scores[row]) continue
    thresholds[steps] = scores[row]!
    truePositives[steps] = hits
    falsePositives[steps] = misses
    steps++
  }
  return {
    thresholds: thresholds.subarray(0, steps),
    truePositives: truePositives.subarray(0, steps),
    falsePositives: falsePositives.subarray(0, steps),
  }
}

function perClassMean(
  yTrue: Numbers,
  scores: Numbers,
  options: RankingOptions,
  judge: (steps: RankingSteps, name: string) => number,
): number {
  const rows = yTrue.length
  const columns = rows === 0 ? 1 : scores.length / rows
  if (!Number.isInteger(columns) || columns <= 2) {
    const single = columns === 2 ? columnOf(scores, rows, 2, 1) : scores
    checkRows('yTrue', yTrue, 'scores', single, options.sampleWeight)
    return judge(rankingSteps(yTrue, single, options), 'class 1')
  }
  checkRows('yTrue', yTrue, 'the rows of scores', { length: rows }, options.sampleWeight)
  checkClassCodes(yTrue, columns)
  let total = 0
  for (let column = 0; column < columns; column++) {
    const single = columnOf(scores, rows, columns, column)
    total += judge(rankingSteps(yTrue, single, { sampleWeight: options.sampleWeight }, column), `class ${column}`)
  }
  return total / columns
}

/** One column of a row-major table. */
export function columnOf(table: Numbers, rows: number, columns: number, column: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => table[row * columns + column]!)
}

function areaUnderRoc({ truePositives, falsePositives }: RankingSteps, name: string): number {
  const positives = truePositives.at(-1)!
  const negatives = falsePositives.at(-1)!
  if (positives === 0 || negatives === 0) {
    throw new TandemError(
      'too_few_classes',
      `ROC AUC compares rows of ${name} (weight ${positives}) with the others (weight ${negatives}), and one side is empty. Judge on rows that hold both.`,
      { details: { positives, negatives } },
    )
  }
  let area = 0
  let hits = 0
  let misses = 0
  for (let step = 0; step < truePositives.length; step++) {
    area += ((falsePositives[step]! - misses) * (truePositives[step]! + hits)) / 2
    hits = truePositives[step]!
    misses = falsePositives[step]!
  }
  return area / (positives * negatives)
}

function averagePrecision({ truePositives, falsePositives }: RankingSteps, name: string): number {
  const positives = truePositives.at(-1)!
  if (positives === 0) {
    throw new TandemError(
      'too_few_classes',
      `Average precision looks for rows of ${name}, but no row is of it. Judge on rows that hold it.`,
    )
  }
  let total = 0
  let hits = 0
  for (let step = 0; step < truePositives.length; step++) {
    const found = truePositives[step]! - hits
    if (found > 0) total += (found * truePositives[step]!) / (truePositives[step]! + falsePositives[step]!)
    hits = truePositives[step]!
  }
  return total / positives
}
