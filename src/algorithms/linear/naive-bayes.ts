// Naive Bayes: features counted or measured one by one, multiplied as if they were independent. One pass over the rows.
// Manning, Raghavan and Schuetze 2008, chapter 13; complement: Rennie et al. 2003. Values equal scikit-learn's.
import { TandemError } from '../../errors.ts'
import { log } from '../math/exponential.ts'
import { type FeatureMatrix, isSparse, multiply } from './feature-matrix.ts'
import { softmaxInPlace } from './linear-model.ts'
import { type ClassWeight, checkedWeights, type LinearTrainingSet } from './training-targets.ts'

export interface NaiveBayesOptions {
  /** `multinomial` for counts and TF-IDF, `complement` for unequal classes, `bernoulli` for there or not, `gaussian` for measures. */
  readonly variant?: 'multinomial' | 'complement' | 'bernoulli' | 'gaussian'
  /** Count added to every feature, > 0; not for gaussian. Default 1. */
  readonly alpha?: number
  /** Bernoulli: values above this are there. Default 0. */
  readonly binarize?: number
  /** Gaussian: share of the largest variance that is added to all. Default 1e-9. */
  readonly varSmoothing?: number
  /** Whether the shares of the classes count; else all are equally likely. Default true. */
  readonly fitPrior?: boolean
  readonly classWeight?: ClassWeight
  /** Called every thousand rows; what it throws ends the fit. */
  readonly onStep?: () => void
}

export interface NaiveBayesModel {
  readonly kind: 'naive-bayes'
  readonly variant: Required<NaiveBayesOptions>['variant']
  readonly nFeatures: number
  readonly nClasses: number
  readonly binarize: number
  /** ln of the share of each class. */
  readonly logPriors: Float64Array
  /** Shape (classes, features): ln of a feature's probability (weight for complement); the mean for gaussian. */
  readonly table: Float64Array
  /** Shape (classes, features), bernoulli: ln of the probability that a feature is absent; gaussian: the variance. */
  readonly second: Float64Array
}

/**
 * Naive Bayes classifier.
 *
 * Cost: one pass over the entries; 16 bytes a class and feature.
 *
 * @throws   `too_few_classes`, `shape_mismatch`; `invalid_input`, for negative values too where they are counts.
 * @example
 * const { vectorizer, matrix } = fitCountVectorizer(mails)
 * const model = fitNaiveBayes({ x: matrix, y: isSpam, classes: 2 })
 * predictNaiveBayesProba(model, vectorizer.transform(['win a prize']))
 */
export function fitNaiveBayes(set: LinearTrainingSet, options: NaiveBayesOptions = {}): NaiveBayesModel {
  const { variant = 'multinomial', alpha = 1, binarize = 0, varSmoothing = 1e-9, fitPrior = true, classWeight, onStep } = options
  if (!(alpha > 0 && Number.isFinite(alpha)) || !(varSmoothing >= 0)) {
    throw new TandemError(
      'invalid_input',
      `alpha is ${alpha} and varSmoothing ${varSmoothing}. alpha is a finite number above 0, varSmoothing not negative.`,
    )
  }
  if (!(Number.isInteger(set.classes) && set.classes >= 2)) {
    throw new TandemError('too_few_classes', `classes is ${set.classes}; a classifier needs at least 2.`)
  }
  const weights = checkedWeights(set, classWeight)
  if (variant === 'multinomial' || variant === 'complement') refuseNegative(set.x, variant)
  const { classes } = set
  const nFeatures = set.x.columns
  const perClass = new Float64Array(classes)
  for (let row = 0; row < weights.length; row++) perClass[set.y[row]!]! += weights[row]!
  const total = perClass.reduce((sum, value) => sum + value, 0)
  // A class without rows is never predicted: ln 0, written as the lowest double so that no difference becomes NaN.
  const logPriors = perClass.map((weight) => (fitPrior ? (weight > 0 ? log(weight / total) : -Number.MAX_VALUE) : -log(classes)))
  const shape = { kind: 'naive-bayes', variant, nFeatures, nClasses: classes, binarize, logPriors } as const
  if (variant === 'gaussian') return { ...shape, ...gaussianTables(set, weights, perClass, varSmoothing, onStep) }
  const counts = new Float64Array(classes * nFeatures)
  forEntries(
    set.x,
    (row, column, value) => {
      counts[set.y[row]! * nFeatures + column]! += weights[row]! * (variant === 'bernoulli' ? (value > binarize ? 1 : 0) : value)
    },
    onStep,
  )
  if (variant === 'bernoulli') return { ...shape, ...bernoulliTables(counts, perClass, nFeatures, alpha) }
  return {
    ...shape,
    table: variant === 'multinomial' ? shareLogs(counts, classes, alpha) : complementWeights(counts, classes, alpha),
    second: new Float64Array(),
  }
}

/**
 * ln of the joint probability of each row and class, up to a constant a row.
 *
 * @returns  shape (rows, classes), row-major.
 * @throws   `shape_mismatch` when x has other columns than the model.
 */
export function naiveBayesScores(model: NaiveBayesModel, x: FeatureMatrix): Float64Array {
  const { variant, nFeatures, nClasses, logPriors, table, second, binarize } = model
  if (x.columns !== nFeatures)
    throw new TandemError('shape_mismatch', `x has ${x.columns} columns, but the model was fitted on ${nFeatures}.`)
  const scores = new Float64Array(x.rows * nClasses)
  for (let label = 0; label < nClasses; label++) {
    // The complement rule knows no priors.
    const prior = variant === 'complement' ? 0 : logPriors[label]!
    if (variant === 'multinomial' || variant === 'complement') multiply(x, table, label * nFeatures, prior, scores, label, nClasses)
    else {
      const empty = emptyRowScore(model, label, squareOfZeros(x))
      for (let row = 0; row < x.rows; row++) scores[row * nClasses + label] = prior + empty
    }
  }
  if (variant === 'bernoulli') {
    forEntries(x, (row, column, value) => {
      if (!(value > binarize)) return
      for (let label = 0; label < nClasses; label++) {
        const at = label * nFeatures + column
        scores[row * nClasses + label]! += table[at]! - second[at]!
      }
    })
  } else if (variant === 'gaussian') {
    const zeroSquare = squareOfZeros(x)
    forEntries(x, (row, column, value) => {
      for (let label = 0; label < nClasses; label++) {
        const at = label * nFeatures + column
        scores[row * nClasses + label]! -= (0.5 * ((value - table[at]!) ** 2 - zeroSquare(table[at]!))) / second[at]!
      }
    })
  }
  return scores
}

/** Shape (rows, classes), row-major; rows sum to 1. Naive Bayes is overconfident: calibrate before these are taken for chances. */
export function predictNaiveBayesProba(model: NaiveBayesModel, x: FeatureMatrix): Float64Array {
  const scores = naiveBayesScores(model, x)
  for (let row = 0; row < x.rows; row++) softmaxInPlace(scores, row * model.nClasses, model.nClasses)
  return scores
}

/** What a row of zeros adds to a class: all features absent, or the squares of the means. */
function emptyRowScore(
  { variant, nFeatures, table, second }: NaiveBayesModel,
  label: number,
  zeroSquare: (mean: number) => number,
): number {
  let sum = 0
  for (let at = label * nFeatures; at < (label + 1) * nFeatures; at++) {
    sum += variant === 'bernoulli' ? second[at]! : -0.5 * (log(2 * Math.PI * second[at]!) + zeroSquare(table[at]!) / second[at]!)
  }
  return sum
}

function shareLogs(counts: Float64Array, classes: number, alpha: number): Float64Array {
  const features = counts.length / classes
  const logs = new Float64Array(counts.length)
  for (let label = 0; label < classes; label++) {
    let sum = 0
    for (let at = label * features; at < (label + 1) * features; at++) sum += counts[at]! + alpha
    const logSum = log(sum)
    for (let at = label * features; at < (label + 1) * features; at++) logs[at] = log(counts[at]! + alpha) - logSum
  }
  return logs
}

function complementWeights(counts: Float64Array, classes: number, alpha: number): Float64Array {
  const features = counts.length / classes
  const all = new Float64Array(features)
  for (let at = 0; at < counts.length; at++) all[at % features]! += counts[at]!
  const others = counts.map((count, at) => all[at % features]! - count)
  return shareLogs(others, classes, alpha).map((value) => -value)
}

function bernoulliTables(
  counts: Float64Array,
  perClass: Float64Array,
  features: number,
  alpha: number,
): Pick<NaiveBayesModel, 'table' | 'second'> {
  const present = counts.map((count, at) => log(count + alpha) - log(perClass[Math.floor(at / features)]! + 2 * alpha))
  const absent = counts.map((count, at) => {
    const rows = perClass[Math.floor(at / features)]!
    return log(Math.max(rows - count, 0) + alpha) - log(rows + 2 * alpha)
  })
  return { table: present, second: absent }
}

function gaussianTables(
  { x, y, classes }: LinearTrainingSet,
  weights: Float64Array,
  perClass: Float64Array,
  varSmoothing: number,
  onStep: NaiveBayesOptions['onStep'],
): Pick<NaiveBayesModel, 'table' | 'second'> {
  const { columns } = x
  const means = new Float64Array(classes * columns)
  const variances = new Float64Array(classes * columns)
  forEntries(
    x,
    (row, column, value) => {
      means[y[row]! * columns + column]! += (weights[row]! / perClass[y[row]!]!) * value
    },
    onStep,
  )
  const zeroSquare = squareOfZeros(x)
  for (let at = 0; at < means.length; at++) variances[at] = zeroSquare(means[at]!)
  forEntries(
    x,
    (row, column, value) => {
      const at = y[row]! * columns + column
      variances[at]! += (weights[row]! / perClass[y[row]!]!) * ((value - means[at]!) ** 2 - zeroSquare(means[at]!))
    },
    onStep,
  )
  const smoothing = varSmoothing * largestVariance(x)
  return {
    table: means,
    second: variances.map((variance) => Math.max(variance, 0) + (smoothing > 0 ? smoothing : Number.MIN_VALUE ** 0.25)),
  }
}

/** Largest variance of a column over all rows, without weights. */
function largestVariance(x: FeatureMatrix): number {
  const means = new Float64Array(x.columns)
  const squares = new Float64Array(x.columns)
  forEntries(x, (_, column, value) => {
    means[column]! += value / x.rows
  })
  const zeroSquare = squareOfZeros(x)
  for (let column = 0; column < x.columns; column++) squares[column] = zeroSquare(means[column]!)
  forEntries(x, (_, column, value) => {
    squares[column]! += ((value - means[column]!) ** 2 - zeroSquare(means[column]!)) / x.rows
  })
  return squares.reduce((most, value) => Math.max(most, value), 0)
}

function refuseNegative(x: FeatureMatrix, variant: string): void {
  forEntries(x, (row, column, value) => {
    if (value >= 0) return
    throw new TandemError(
      'invalid_input',
      `Row ${row}, column ${column} is ${value}; ${variant} naive Bayes counts, and counts are not negative. Use gaussian.`,
      {
        details: { row, column },
      },
    )
  })
}

/**
 * What a sum of squares around a mean holds for an entry that is not visited. The zeros of a sparse row are values too: they are
 * counted beforehand, and taken back where an entry is found. A dense matrix has no such entries and keeps its last digits.
 */
function squareOfZeros(x: FeatureMatrix): (mean: number) => number {
  return isSparse(x) ? (mean) => mean * mean : () => 0
}

const ROWS_PER_STEP = 1024

/** Every entry of a dense matrix, the stored ones of a sparse one. */
function forEntries(x: FeatureMatrix, visit: (row: number, column: number, value: number) => void, onStep?: () => void): void {
  if (isSparse(x)) {
    for (let row = 0; row < x.rows; row++) {
      if (row % ROWS_PER_STEP === 0) onStep?.()
      for (let at = x.starts[row]!; at < x.starts[row + 1]!; at++) visit(row, x.indices[at]!, x.values[at]!)
    }
    return
  }
  for (let row = 0, at = 0; row < x.rows; row++) {
    if (row % ROWS_PER_STEP === 0) onStep?.()
    for (let column = 0; column < x.columns; column++, at++) visit(row, column, x.values[at]!)
  }
}
