// Learns what the words of a text say of the target. For the rows that a model of trees learns from, the numbers come from models that
// have not seen the row (out of fold, Wolpert 1992, Stacked Generalization): else they would repeat the target, and the trees trust nothing
// else. The texts are read once; each model learns its terms, their weights and what they say from the rows of its part alone. Apart from
// what reads: a server that answers needs none of the learners.
import { TandemError } from '../../errors.ts'
import { fitRidge } from '../linear/fit-linear-regression.ts'
import { fitLogisticRegression } from '../linear/fit-logistic-regression.ts'
import type { LinearModel } from '../linear/linear-model.ts'
import { preferredForm } from '../linear/preferred-form.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { kFold, stratifiedKFold } from '../split/k-fold.ts'
import { type CountedDocuments, countDocuments, learnPart, type PartTerms, weighRows } from '../text/counted-documents.ts'
import type { TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import { type LearnContext, type LearntColumn, type RawColumn, targetWidth } from './column-learner.ts'
import type { FittedTextScore, TextScoreSpec } from './column-spec.ts'
import { forReading } from './text-column.ts'
import { createTextScorer } from './text-score-column.ts'

const FOLDS = 5
/** Tighter than where `fitRidge` stops for its own sake. */
const TOLERANCE = 1e-7

/** @throws `invalid_input` without a target. */
export function fitTextScore(column: RawColumn, spec: TextScoreSpec, context: LearnContext): LearntColumn<FittedTextScore> {
  const { options = {}, folds = FOLDS } = spec
  const { classes, rng, onStep } = context
  const { name, values } = column
  if (context.y === undefined || rng === undefined) {
    throw new TandemError('invalid_input', `Column "${name}" is scored by the target, but y or rng is absent. Pass both.`, {
      details: { column: name },
    })
  }
  const y = Float64Array.from(context.y)
  const rows = values.length
  const { counts, terms } = countTexts(column.documents(), options, context)
  const width = targetWidth(classes)
  const scores = new Float64Array(rows * width).fill(Number.NaN)
  const splits = rows < 2 ? [] : splitsOf(y, classes, Math.min(folds, rows), rng)
  const weights = context.weights === undefined ? {} : { weights: context.weights }
  const about: TextPartInput = { counts, y, ...weights, classes, options, ...(onStep === undefined ? {} : { onStep }) }
  for (const { train, test } of splits) {
    onStep?.()
    // A fold whose training rows are of one class has nothing to say: missing.
    const scorer = fitTextPart(about, train)
    if (scorer !== undefined) scoreTexts(scorer, about, test, (index, said) => scores.set(said, test[index]! * width))
  }
  const whole = fitTextPart(
    about,
    Int32Array.from({ length: rows }, (_, row) => row),
    true,
  )!
  return { fitted: namedScorer(whole, terms, options), training: besidePresence(values, scores, width) }
}

/** What the rows of a text column are to trees: 0 where there is one and missing where not, then its scores. */
export function besidePresence(values: Float64Array, scores: ArrayLike<number>, width: number): Float64Array {
  const training = new Float64Array(values.length * (1 + width))
  for (let row = 0; row < values.length; row++) {
    const at = row * (1 + width)
    training[at] = Number.isNaN(values[row]) ? Number.NaN : 0
    for (let k = 0; k < width; k++) training[at + 1 + k] = scores[row * width + k]!
  }
  return training
}

/** Reads texts once for all parts; no terms where there are none and that is no error. */
export function countTexts(
  documents: readonly string[],
  options: TfidfVectorizerOptions,
  { lenient, onStep }: Pick<LearnContext, 'lenient' | 'onStep'>,
): CountedDocuments {
  try {
    return countDocuments(documents, options, onStep)
  } catch (error) {
    // Empty documents are no fault of the table: such a feature says nothing, and the others still do.
    if (!(lenient && TandemError.is(error) && error.code === 'invalid_input')) throw error
    const rows = documents.length
    const counts = { rows, columns: 0, starts: new Int32Array(rows + 1), indices: new Int32Array(), values: new Float64Array() }
    return { counts, terms: [] }
  }
}

export interface TextPartInput {
  readonly counts: CsrMatrix
  /** Of all rows. */
  readonly y: Float64Array
  /** Of all rows: how much each says of the target; its words are learnt from each once. Absent: all alike. */
  readonly weights?: ArrayLike<number> | undefined
  /** 0 for regression. */
  readonly classes: number
  readonly options: TfidfVectorizerOptions
  readonly onStep?: () => void
}

/** What the words of a part of the rows say, by columns of all terms. Plain data. */
export interface TextPart extends PartTerms {
  readonly link: FittedTextScore['link']
  readonly base: Float64Array
  /** Shape (columns, scores). */
  readonly weights: Float64Array
}

/**
 * Learns from `rows` alone.
 *
 * @param always  also from rows of a single class, of which no other says anything.
 * @returns  undefined for rows of a single class.
 */
export function fitTextPart(
  { counts, y, weights, classes, options, onStep }: TextPartInput,
  given: Int32Array,
  always = false,
): TextPart | undefined {
  // Rows of weight 0 are as if they were not there.
  const rows = weights === undefined ? given : given.filter((row) => weights[row]! > 0)
  if (!always && rows.length === 0) return undefined
  if (!always && classes > 0 && rows.every((row) => y[row] === y[rows[0]!])) return undefined
  const learnt = learnPart(counts, rows, options)
  const count = rows.length
  // A learner needs a column, also where no text says anything.
  const nothing = { rows: count, columns: 1, starts: new Int32Array(count + 1), indices: new Int32Array(), values: new Float64Array() }
  const set = {
    x: preferredForm(learnt?.matrix ?? nothing),
    y: Float64Array.from(rows, (row) => y[row]!),
    ...(weights === undefined ? {} : { weights: Float64Array.from(rows, (row) => weights[row]!) }),
  }
  const control = onStep === undefined ? {} : { onIteration: onStep }
  const model =
    classes === 0 ? fitRidge(set, { tolerance: TOLERANCE, ...control }) : fitLogisticRegression({ ...set, classes }, { ...control })
  const { columns, idf } = learnt?.part ?? { columns: new Int32Array(), idf: new Float64Array() }
  return {
    ...{ columns, idf, base: model.intercepts.slice(), weights: byTerm(model, columns.length) },
    link: classes === 0 ? 'identity' : model.intercepts.length === 1 ? 'sigmoid' : 'softmax',
  }
}

/** Tells what a part says of rows that it has not seen; the array is the same for each row. */
export function scoreTexts(
  part: TextPart,
  { counts, options }: Pick<TextPartInput, 'counts' | 'options'>,
  rows: Int32Array,
  take: (index: number, said: Float64Array) => void,
): void {
  const terms = part.columns.length === 0 ? undefined : weighRows(counts, rows, part, options)
  const score = createTextScorer(part)
  for (let index = 0; index < rows.length; index++) take(index, score(terms, index))
}

/** A part by the texts of its terms, which are those of all columns. */
export function namedScorer(
  { columns, idf, link, base, weights }: TextPart,
  terms: readonly string[],
  options: TfidfVectorizerOptions,
): FittedTextScore {
  const vocabulary = Array.from(columns, (column) => terms[column]!)
  const read = forReading(options, vocabulary)
  return { kind: 'text-score', options: read, vocabulary, idf: Array.from(idf), link, base: Array.from(base), weights: Array.from(weights) }
}

function splitsOf(y: Float64Array, classes: number, folds: number, rng: NonNullable<LearnContext['rng']>) {
  return classes > 0 ? stratifiedKFold(y, { rng, folds }) : kFold(y.length, { rng, folds })
}

function byTerm({ coefficients, intercepts, nFeatures }: LinearModel, terms: number): Float64Array {
  const scores = intercepts.length
  return Float64Array.from({ length: terms * scores }, (_, at) => coefficients[(at % scores) * nFeatures + Math.floor(at / scores)]!)
}
