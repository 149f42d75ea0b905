// Fits any linear model or naive Bayes to a table as it is: features become columns (columns/), a learner finds the weights.
// A linear SVM has no probabilities of its own: a sigmoid is fitted to its scores of rows it has not seen (Platt 1999), in three folds.
import { TandemError } from '../../errors.ts'
import { fitSigmoidCalibration } from '../calibrate/sigmoid-calibration.ts'
import { type Preparation, specsOfSums, type TextOptions } from '../columns/default-specs.ts'
import { learnColumns, sparseTrainingRows } from '../columns/fit-columns.ts'
import type { TabularSet } from '../columns/table.ts'
import type { FeatureMatrix } from '../linear/feature-matrix.ts'
import { type ElasticNetOptions, fitElasticNet } from '../linear/fit-elastic-net.ts'
import { fitLinearRegression, fitRidge } from '../linear/fit-linear-regression.ts'
import { fitLinearSvm } from '../linear/fit-linear-svm.ts'
import { fitLogisticRegression } from '../linear/fit-logistic-regression.ts'
import { decisionFunction, type LinearModel } from '../linear/linear-model.ts'
import { fitNaiveBayes, type NaiveBayesModel, type NaiveBayesOptions, naiveBayesScores } from '../linear/naive-bayes.ts'
import { preferredForm } from '../linear/preferred-form.ts'
import type { ClassWeight } from '../linear/training-targets.ts'
import { createRng, hashSeed } from '../math/rng.ts'
import { worthOfWeight } from '../metrics/worth-of-weight.ts'
import { type CsrMatrix, selectCsrRows } from '../sparse/csr-matrix.ts'
import { stratifiedKFold } from '../split/k-fold.ts'
import { type AdditiveModel, addColumn, type Link } from './additive-model.ts'

export type AdditiveAlgorithm = 'logistic-regression' | 'linear-svm' | 'naive-bayes' | 'linear-regression' | 'ridge' | 'elastic-net'

/** Each learner's own options under its own names; those it does not know are not read. */
export interface AdditiveOptions extends TextOptions {
  /** What single features become instead of what they usually do. */
  readonly preparation?: Preparation
  readonly C?: number
  /** Of an elastic net for a target scaled to deviation 1; default 0.01. */
  readonly alpha?: number
  readonly l1Ratio?: number
  readonly variant?: NaiveBayesOptions['variant']
  readonly varSmoothing?: number
  readonly classWeight?: ClassWeight
  readonly tolerance?: number
  readonly maxIterations?: number
  readonly randomState?: number
  readonly isCanceled?: () => boolean
}

/**
 * Fits a table of numbers, categories and texts, with gaps.
 *
 * Everything, also medians, scales, categories and vocabularies, is learned from these rows alone.
 * Cost: that of the learner on the columns; see `specsOfSums` for what features become.
 *
 * @throws   `too_few_classes`, `too_few_rows`, `invalid_input` as the learner and `learnColumns` do; `canceled`.
 * @example
 * const model = fitAdditive({ x, y, rows, features, kinds: ['number', 'text'], codes: [0, 0], readDocument, classes: 2 }, 'logistic-regression')
 * predictAdditive(model, { x, rows, readDocument })
 */
export function fitAdditive(set: TabularSet, algorithm: AdditiveAlgorithm, options: AdditiveOptions = {}): AdditiveModel {
  const variant = options.variant ?? (set.kinds.includes('text') ? 'multinomial' : 'gaussian')
  const counts = algorithm === 'naive-bayes' && (variant === 'multinomial' || variant === 'complement')
  const onStep = (): void => {
    if (options.isCanceled?.())
      throw new TandemError('canceled', 'The training was canceled before it finished. Start it again to get a model.')
  }
  const specs = specsOfSums(set, counts ? 'min-max' : 'standard', { ...options, rows: set.rows })
  const { y, weights, classes } = set
  const learnt = learnColumns(set, specs, {
    y,
    weights,
    classes,
    randomState: options.randomState ?? 0,
    lenient: true,
    clamped: counts,
    onStep,
  })
  const sparse = sparseTrainingRows(learnt, set, onStep)
  const x = preferredForm(sparse)
  const fields = { kind: 'additive', nFeatures: set.kinds.length, nClasses: set.classes, columns: learnt.columns } as const
  const model =
    algorithm === 'naive-bayes'
      ? fromNaiveBayes(
          fitNaiveBayes({ x, y: set.y, classes: set.classes, weights: set.weights }, { ...bayesOptions(options, variant), onStep }),
          fields,
        )
      : fromLinear(algorithm, x, set, { ...options, onStep }, fields)
  return { ...model, ...spreadOf(model, sparse) }
}

/** With what ends the fit when it is canceled. */
type Watched = AdditiveOptions & { readonly onStep: () => void }

type Fields = Pick<AdditiveModel, 'kind' | 'nFeatures' | 'nClasses' | 'columns'>
type Unmeasured = Omit<AdditiveModel, 'means' | 'importances'>

const CALIBRATION_FOLDS = 3
/** Strength of an elastic net of a target of deviation 1: at 1 nothing would be left of any weight. */
const ELASTIC_ALPHA = 0.01
/** Rows from which averages and spreads of contributions are taken. */
const MEASURED_ROWS = 20_000

function bayesOptions(
  { alpha, varSmoothing = 0.01, classWeight }: AdditiveOptions,
  variant: NaiveBayesOptions['variant'],
): NaiveBayesOptions {
  // Columns are scaled to variance 1, and a category may have no spread within a class: 1e-9 would let one row of it decide.
  return { variant, varSmoothing, ...(alpha === undefined ? {} : { alpha }), ...(classWeight === undefined ? {} : { classWeight }) }
}

function fromNaiveBayes(model: NaiveBayesModel, fields: Fields): Unmeasured {
  const { variant, nClasses, nFeatures: columns, table, second } = model
  const zeros: CsrMatrix = { rows: 1, columns, starts: Int32Array.of(0, 0), indices: new Int32Array(), values: new Float64Array() }
  const turned = (values: Float64Array): Float64Array => byColumn(values, nClasses, columns)
  const term = variant === 'gaussian' || variant === 'bernoulli' ? variant : 'linear'
  return {
    ...fields,
    nScores: nClasses,
    term,
    link: 'softmax',
    base: naiveBayesScores(model, zeros),
    first: turned(variant === 'bernoulli' ? table.map((value, at) => value - second[at]!) : table),
    second: variant === 'gaussian' ? turned(second) : new Float64Array(),
  }
}

function fromLinear(
  algorithm: Exclude<AdditiveAlgorithm, 'naive-bayes'>,
  x: FeatureMatrix,
  set: TabularSet,
  options: Watched,
  fields: Fields,
): Unmeasured {
  const model = fitLinear(algorithm, x, set, options)
  const scores = model.intercepts.length
  const { coefficients, intercepts } = algorithm === 'linear-svm' ? calibrated(model, x, set, options) : model
  const link: Link = set.classes === 0 ? 'identity' : scores === 1 ? 'sigmoid' : algorithm === 'linear-svm' ? 'one-vs-rest' : 'softmax'
  const first = byColumn(coefficients, scores, x.columns)
  return { ...fields, nScores: scores, term: 'linear', link, base: intercepts.slice(), first, second: new Float64Array() }
}

function fitLinear(
  algorithm: Exclude<AdditiveAlgorithm, 'naive-bayes'>,
  x: FeatureMatrix,
  { y, classes, weights }: Pick<TabularSet, 'y' | 'classes' | 'weights'>,
  { C, alpha, l1Ratio, classWeight, tolerance, maxIterations, onStep: onIteration }: Watched,
): LinearModel {
  const search = { ...given({ C, classWeight, tolerance, maxIterations }), onIteration }
  if (algorithm === 'logistic-regression') return fitLogisticRegression({ x, y, classes, weights }, { ...search, ...given({ l1Ratio }) })
  if (algorithm === 'linear-svm') return fitLinearSvm({ x, y, classes, weights }, search)
  // Tighter than where `fitRidge` stops for its own sake: explanations add up what single weights say.
  if (algorithm === 'ridge') return fitRidge({ x, y, weights }, { ...given({ alpha }), tolerance: 1e-7, onIteration })
  if (algorithm === 'linear-regression') return fitLinearRegression({ x, y, weights }, { onIteration })
  return unitElasticNet({ x, y, weights }, { ...given({ alpha, l1Ratio, tolerance, maxIterations }), onIteration })
}

/** On a target of deviation 1, so that a strength means the same in metres and in millimetres. */
function unitElasticNet(
  { x, y, weights }: Pick<TabularSet, 'y' | 'weights'> & { readonly x: FeatureMatrix },
  options: ElasticNetOptions,
): LinearModel {
  const weightOf = (row: number): number => (weights === undefined ? 1 : weights[row]!)
  const total = weights === undefined ? y.length : weights.reduce((sum, weight) => sum + weight, 0)
  const mean = y.reduce((sum, value, row) => sum + weightOf(row) * value, 0) / total
  const deviation = Math.sqrt(y.reduce((sum, value, row) => sum + weightOf(row) * (value - mean) ** 2, 0) / total)
  const unit = deviation > 0 ? deviation : 1
  const model = fitElasticNet({ x, y: y.map((value) => (value - mean) / unit), weights }, { alpha: ELASTIC_ALPHA, ...options })
  return {
    ...model,
    coefficients: model.coefficients.map((value) => value * unit),
    intercepts: model.intercepts.map((value) => value * unit + mean),
  }
}

/** Without what is undefined, so that defaults hold. */
function given<Options extends object>(options: Options): { [Name in keyof Options]?: Exclude<Options[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

/** The same scores as log-odds: a sigmoid of a score is a logistic function of the columns. */
function calibrated(
  model: LinearModel,
  x: FeatureMatrix,
  set: TabularSet,
  options: Watched,
): Pick<LinearModel, 'coefficients' | 'intercepts'> {
  const outputs = model.intercepts.length
  const unseen = unseenScores(model, x, set, options)
  const coefficients = model.coefficients.slice()
  const intercepts = model.intercepts.slice()
  // Platt's smoothing counts rows: weights are turned into as many as they are worth.
  const worth = set.weights === undefined ? 1 : worthOfWeight(set.weights)
  const sampleWeight = set.weights?.map((weight) => weight * worth)
  for (let output = 0; output < outputs; output++) {
    const positive = outputs === 1 ? 1 : output
    const scores = Float64Array.from({ length: set.rows }, (_, row) => unseen[row * outputs + output]!)
    const { a, b } = fitSigmoidCalibration(
      scores,
      Uint8Array.from(set.y, (label) => (label === positive ? 1 : 0)),
      { input: 'score', sampleWeight },
    )
    for (let at = output * x.columns; at < (output + 1) * x.columns; at++) coefficients[at]! *= -a
    intercepts[output] = -a * intercepts[output]! - b
  }
  return { coefficients, intercepts }
}

/** Scores of every row by a model that has not seen it; its own scores where a class is too rare for folds. */
function unseenScores(model: LinearModel, x: FeatureMatrix, set: TabularSet, options: Watched): Float64Array {
  const counts = new Uint32Array(set.classes)
  for (const label of set.y) counts[label]!++
  const folds = Math.min(CALIBRATION_FOLDS, [...counts].sort((a, b) => a - b).at(-2)!)
  if (folds < 2) return decisionFunction(model, x)
  const outputs = model.intercepts.length
  const unseen = new Float64Array(set.rows * outputs)
  const rng = createRng(hashSeed(options.randomState ?? 0, 0x706c6174))
  for (const { train, test } of stratifiedKFold(set.y, { rng, folds })) {
    const y = Float64Array.from(train, (row) => set.y[row]!)
    const weights = set.weights === undefined ? undefined : Float64Array.from(train, (row) => set.weights![row]!)
    const learned = fitLinear('linear-svm', selected(x, train), { y, classes: set.classes, weights }, options)
    const scores = decisionFunction(learned, selected(x, test))
    for (const [index, row] of test.entries()) unseen.set(scores.subarray(index * outputs, (index + 1) * outputs), row * outputs)
  }
  return unseen
}

function selected(x: FeatureMatrix, rows: ArrayLike<number>): FeatureMatrix {
  if ('starts' in x) return selectCsrRows(x, Int32Array.from(rows))
  const values = new Float64Array(rows.length * x.columns)
  for (let index = 0; index < rows.length; index++) {
    values.set(x.values.subarray(rows[index]! * x.columns, (rows[index]! + 1) * x.columns), index * x.columns)
  }
  return { rows: rows.length, columns: x.columns, values }
}

function byColumn(values: Float64Array, scores: number, columns: number): Float64Array {
  const turned = new Float64Array(values.length)
  for (let score = 0; score < scores; score++) {
    for (let column = 0; column < columns; column++) turned[column * scores + score] = values[score * columns + column]!
  }
  return turned
}

/** Average and spread of what each feature adds, over evenly drawn training rows. */
function spreadOf(model: Unmeasured, { rows, starts, indices, values }: CsrMatrix): Pick<AdditiveModel, 'means' | 'importances'> {
  const { nFeatures, nScores, columns } = model
  const featureOf = new Int32Array(columns.nColumns)
  for (const [feature, { first }] of columns.features.entries()) featureOf.fill(feature, first)
  const drawn = Math.min(rows, MEASURED_ROWS)
  const means = new Float64Array(nFeatures * nScores)
  const squares = new Float64Array(nFeatures * nScores)
  const parts = new Float64Array(nFeatures * nScores)
  const whole: AdditiveModel = { ...model, means, importances: new Float64Array() }
  for (let index = 0; index < drawn; index++) {
    const row = Math.floor((index * rows) / drawn)
    parts.fill(0)
    for (let at = starts[row]!; at < starts[row + 1]!; at++)
      addColumn(whole, indices[at]!, values[at]!, parts, featureOf[indices[at]!]! * nScores)
    // Welford's update: the sums of large parts would lose their last digits.
    for (let at = 0; at < parts.length; at++) {
      const difference = parts[at]! - means[at]!
      means[at]! += difference / (index + 1)
      squares[at]! += difference * (parts[at]! - means[at]!)
    }
  }
  const spread = Float64Array.from({ length: nFeatures }, (_, feature) => {
    let sum = 0
    for (let at = feature * nScores; at < (feature + 1) * nScores; at++) sum += Math.sqrt(squares[at]! / drawn)
    return sum
  })
  const total = spread.reduce((sum, value) => sum + value, 0)
  return { means, importances: total > 0 ? spread.map((value) => value / total) : spread }
}
