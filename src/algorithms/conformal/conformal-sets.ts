// Sets of classes that hold the true one with a stated probability, around any classifier with probabilities.
// `lac`: 1 - p of the true class (Sadinle, Lei & Wasserman 2019), the smallest sets on average.
// `aps`: the probability of all classes at least as likely (Romano, Sesia & Candes 2020), larger sets where the row is hard.
// `raps`: aps with a price for each class beyond `rankFree` (Angelopoulos et al. 2021), without long tails of unlikely classes.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'
import { checkClassCodes, checkColumns, checkRows, type Numbers } from '../metrics/input-checks.ts'
import { checkCoverage, conformalQuantile, orNull, quantilesByGroup } from './conformal-quantile.ts'

export type ConformalMethod = 'lac' | 'aps' | 'raps'

/** Plain data: stands in a model's header as it is. */
export interface ConformalSets {
  readonly kind: 'conformal-sets'
  readonly method: ConformalMethod
  readonly coverage: number
  readonly nClasses: number
  /** A class is in the set when its score is at most this: one for all, or one a class; null: always in. */
  readonly thresholds: readonly (number | null)[]
  /** Of `raps`: price of each rank beyond `rankFree`. */
  readonly penalty: number
  readonly rankFree: number
}

export interface ConformalSetsOptions {
  readonly method?: ConformalMethod
  /** Share of new rows whose true class is in their set, between 0 and 1. */
  readonly coverage?: number
  /** Mondrian: the coverage holds for the rows of each class, at the price of needing enough rows of each. */
  readonly byClass?: boolean
  /**
   * `aps` and `raps` take the row's own class at a random part, which makes coverage exact instead of at least as stated. Pass one here
   * and to `conformalSet`. Without it the class counts whole, and equal rows get equal sets.
   */
  readonly rng?: Pick<Rng, 'next'>
  readonly penalty?: number
  readonly rankFree?: number
}

/**
 * Learns the threshold. Coverage is at least as stated, on average over calibration sets.
 *
 * Cost: O(rows x classes log classes).
 *
 * @param yTrue  class codes of rows the model did not learn from.
 * @param proba  its probabilities, row-major, rows x classes.
 * @throws   `shape_mismatch` when lengths differ or a code has no column; `too_few_rows` without rows; `invalid_input` for a coverage
 *           outside 0..1, a probability outside 0..1 or a negative penalty.
 * @example
 * const conformal = fitConformalSets([0, 1, 1, 0], [0.9, 0.1, 0.2, 0.8, 0.4, 0.6, 0.7, 0.3], { coverage: 0.75 })
 * conformalSet(conformal, [0.55, 0.45]) // [0]
 */
export function fitConformalSets(yTrue: Numbers, proba: Numbers, options: ConformalSetsOptions = {}): ConformalSets {
  const { method = 'aps', coverage = 0.9, byClass = false, rng, penalty = 0.01, rankFree = 1 } = options
  checkCoverage(coverage)
  if (!(penalty >= 0 && penalty < Number.POSITIVE_INFINITY) || !Number.isInteger(rankFree) || rankFree < 0) {
    throw new TandemError(
      'invalid_input',
      `penalty is ${penalty} and rankFree ${rankFree}. Both are 0 or more, rankFree is whole. Correct them.`,
    )
  }
  const rule = { method, penalty: method === 'raps' ? penalty : 0, rankFree }
  const { scores, nClasses } = classScores(yTrue, proba, rule, rng)
  const thresholds = byClass ? quantilesByGroup(scores, yTrue, nClasses, coverage) : [orNull(conformalQuantile(scores, coverage))]
  return { kind: 'conformal-sets', coverage, nClasses, thresholds, ...rule }
}

/** How strange the true class of each row is; by `lac` unless a rule is given. @throws as `fitConformalSets`. */
export function classScores(
  yTrue: Numbers,
  proba: Numbers,
  rule: Rule = { method: 'lac', penalty: 0, rankFree: 1 },
  rng?: Pick<Rng, 'next'>,
): { readonly scores: Float64Array; readonly nClasses: number } {
  const rows = checkRows('yTrue', yTrue, 'the rows of proba', { length: proba.length === 0 ? 0 : yTrue.length })
  const columns = checkColumns(rows, proba)
  checkClassCodes(yTrue, columns)
  const row = new Float64Array(columns)
  const scores = Float64Array.from({ length: rows }, (_, at) => {
    for (let code = 0; code < columns; code++) row[code] = proba[at * columns + code]!
    return scoresOf(rule, row, rng?.next() ?? 1)[yTrue[at]!]!
  })
  return { scores, nClasses: columns }
}

/**
 * The classes that may be the true one, most likely first; never none: the most likely class is in every set.
 *
 * @param proba  probabilities of one row.
 * @throws   `shape_mismatch` for another number of classes; `invalid_input` for a probability outside 0..1.
 */
export function conformalSet(conformal: ConformalSets, proba: Numbers, rng?: Pick<Rng, 'next'>): number[] {
  const { nClasses, thresholds } = conformal
  if (proba.length !== nClasses) {
    throw new TandemError('shape_mismatch', `The row has ${proba.length} probabilities, but the calibration had ${nClasses} classes.`)
  }
  const scores = scoresOf(conformal, proba, rng?.next() ?? 1)
  const order = byProbability(proba)
  const chosen = order.filter((code) => {
    const threshold = thresholds.length === 1 ? thresholds[0]! : thresholds[code]!
    // A sum of probabilities carries rounding; a class exactly at the threshold belongs to the set.
    return threshold === null || scores[code]! <= threshold + 1e-12
  })
  return chosen.includes(order[0]!) ? chosen : [order[0]!, ...chosen]
}

type Rule = Pick<ConformalSets, 'method' | 'penalty' | 'rankFree'>

/** How strange each class would be for a row. */
function scoresOf({ method, penalty, rankFree }: Rule, proba: Numbers, part: number): Float64Array {
  const scores = new Float64Array(proba.length)
  let before = 0
  for (const [rank, code] of byProbability(proba).entries()) {
    const p = proba[code]!
    if (!(p >= 0 && p <= 1)) {
      throw new TandemError('invalid_input', `The probability of class ${code} is ${p}. It must lie in 0..1. Calibrate the scores first.`)
    }
    scores[code] = method === 'lac' ? 1 - p : before + part * p + penalty * Math.max(0, rank + 1 - rankFree)
    before += p
  }
  return scores
}

/** Class codes, most likely first; of equals the lower code. */
function byProbability(proba: Numbers): number[] {
  return Array.from({ length: proba.length }, (_, code) => code).sort((a, b) => proba[b]! - proba[a]! || a - b)
}
