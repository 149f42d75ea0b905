// Learns what the words of a text say of the target. For the rows that a model of trees learns from, the numbers come from models that
// have not seen the row (out of fold, Wolpert 1992, Stacked Generalization): else they would repeat the target, and the trees trust nothing
// else. Apart from what reads: a server that answers needs none of the learners.
import { TandemError } from '../../errors.ts'
import { fitRidge } from '../linear/fit-linear-regression.ts'
import { fitLogisticRegression } from '../linear/fit-logistic-regression.ts'
import type { LinearModel } from '../linear/linear-model.ts'
import { preferredForm } from '../linear/preferred-form.ts'
import { kFold, stratifiedKFold } from '../split/k-fold.ts'
import type { TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import { type LearnContext, type LearntColumn, type RawColumn, targetWidth } from './column-learner.ts'
import type { FittedTextScore, TextScoreSpec } from './column-spec.ts'
import { learnTerms, termReader } from './text-column.ts'
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
  const texts = column.documents()
  const width = targetWidth(classes)
  // A fold whose training rows are of one class has nothing to say: missing.
  const training = new Float64Array(rows * (1 + width)).fill(Number.NaN)
  for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row])) training[row * (1 + width)] = 0
  const splits = rows < 2 ? [] : splitsOf(y, classes, Math.min(folds, rows), rng)
  for (const { train, test } of splits) {
    onStep?.()
    if (classes > 0 && train.every((row) => y[row] === y[train[0]!])) continue
    const scorer = fitScorer(picked(texts, train), picked(y, train), options, context)
    const score = createTextScorer(scorer)
    const terms = termReader(scorer)?.transform(picked(texts, test))
    for (const [index, row] of test.entries()) training.set(score(terms, index), row * (1 + width) + 1)
  }
  return { fitted: fitScorer(texts, y, options, context), training }
}

function splitsOf(y: Float64Array, classes: number, folds: number, rng: NonNullable<LearnContext['rng']>) {
  return classes > 0 ? stratifiedKFold(y, { rng, folds }) : kFold(y.length, { rng, folds })
}

function picked<Value>(values: ArrayLike<Value>, rows: Int32Array): Value[] {
  return Array.from(rows, (row) => values[row]!)
}

function fitScorer(
  texts: readonly string[],
  y: ArrayLike<number>,
  options: TfidfVectorizerOptions,
  context: LearnContext,
): FittedTextScore {
  const { classes, onStep } = context
  const { terms, matrix } = learnTerms(texts, options, { lenient: true, ...(onStep === undefined ? {} : { onStep }) })
  const rows = texts.length
  // A learner needs a column, also where no text says anything.
  const x = matrix ?? { rows, columns: 1, starts: new Int32Array(rows + 1), indices: new Int32Array(), values: new Float64Array() }
  const set = { x: preferredForm(x), y: Float64Array.from(y) }
  const control = onStep === undefined ? {} : { onIteration: onStep }
  const model =
    classes === 0 ? fitRidge(set, { tolerance: TOLERANCE, ...control }) : fitLogisticRegression({ ...set, classes }, { ...control })
  return {
    ...{ kind: 'text-score', ...terms, base: Array.from(model.intercepts), weights: byTerm(model, terms.vocabulary.length) },
    link: classes === 0 ? 'identity' : model.intercepts.length === 1 ? 'sigmoid' : 'softmax',
  }
}

function byTerm({ coefficients, intercepts, nFeatures }: LinearModel, terms: number): number[] {
  const scores = intercepts.length
  return Array.from({ length: terms * scores }, (_, at) => coefficients[(at % scores) * nFeatures + Math.floor(at / scores)]!)
}
