// Predictions of an additive model, and what each feature adds to them.

import { type ColumnReader, type RowTerms, readerOf } from '../columns/column-reader.ts'
import type { ReadDocument, TabularRows } from '../columns/table.ts'
import { softmaxInPlace } from '../linear/linear-model.ts'
import { sigmoid } from '../math/exponential.ts'
import { type AdditiveModel, addColumn, additiveOutputs } from './additive-model.ts'

export interface AdditivePredictor {
  /** Writes the number or the probabilities of the row at `offset` of x to `out[at ..]`; allocates nothing without texts. */
  predictInto(x: Float32Array, offset: number, readDocument: ReadDocument | undefined, out: Float64Array, at: number): void
}

/** What makes an answer: `base` and all `parts` add up to `prediction`. */
export interface AdditiveExplanation {
  readonly base: number
  readonly prediction: number
  /** One a feature. */
  readonly parts: Float64Array
  /** Of each text feature what its terms add, the largest first; before the average of the feature is taken off. */
  readonly terms: readonly (readonly { readonly term: string; readonly contribution: number }[] | undefined)[]
}

/** @returns  shape (rows, outputs): numbers, or probabilities that sum to 1. */
export function predictAdditive(model: AdditiveModel, rows: TabularRows): Float64Array {
  const outputs = additiveOutputs(model)
  const out = new Float64Array(rows.rows * outputs)
  const reader = readerOf(model.columns)
  const texts = reader.readTexts(rows)
  const score = scorer(model, reader)
  for (let row = 0; row < rows.rows; row++) finish(model, score(rows.x, row * model.nFeatures, texts, row), out, row * outputs)
  return out
}

export function createAdditivePredictor(model: AdditiveModel): AdditivePredictor {
  const reader = readerOf(model.columns)
  const score = scorer(model, reader)
  const { nFeatures } = model
  return {
    predictInto(x, offset, readDocument, out, at) {
      const texts = reader.readTexts(
        readDocument === undefined ? { x, rows: 0 } : { x: x.subarray(offset, offset + nFeatures), rows: 1, readDocument },
      )
      finish(model, score(x, offset, texts, 0), out, at)
    },
  }
}

/**
 * What each feature adds to the score of class `output` (or to the number): its part less its average over the training rows. These are
 * the exact Shapley values of a sum. Classes are explained in log-odds; of more than two by softmax, in scores before it.
 */
export function explainAdditive(
  model: AdditiveModel,
  x: TabularRows['x'],
  readDocument: ReadDocument | undefined,
  output: number,
): AdditiveExplanation {
  const { nFeatures, nScores, columns, means, base } = model
  const reader = readerOf(model.columns)
  const texts = reader.readTexts({ x, rows: 1, ...(readDocument === undefined ? {} : { readDocument }) })
  const parts = new Float64Array(nFeatures)
  const terms: { term: string; contribution: number }[][] = []
  let [start, prediction] = [towards(model, base, 0, output), towards(model, base, 0, output)]
  const scores = new Float64Array(nScores)
  for (let feature = 0; feature < nFeatures; feature++) {
    const { kind, first } = columns.features[feature]!
    const found: { term: string; contribution: number }[] = []
    let sum = 0
    reader.readFeature(feature, x, 0, texts, 0, (column, value) => {
      scores.fill(0)
      addColumn(model, column, value, scores, 0)
      const contribution = towards(model, scores, 0, output)
      sum += contribution
      if (kind === 'text') found.push({ term: vocabularyOf(model, feature)[column - first]!, contribution })
    })
    const mean = towards(model, means, feature * nScores, output)
    parts[feature] = sum - mean
    start += mean
    prediction += sum
    if (kind === 'text')
      terms[feature] = found.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || (a.term < b.term ? -1 : 1))
  }
  return { base: start, prediction, parts, terms }
}

function vocabularyOf({ columns }: AdditiveModel, feature: number): readonly string[] {
  const of = columns.features[feature]!
  return of.kind === 'text' ? of.vocabulary : []
}

/** Of scores at `from` the one that speaks for class `output`; the order of two classes is told by their difference. */
function towards({ link, nScores }: AdditiveModel, scores: Float64Array, from: number, output: number): number {
  if (link === 'identity') return scores[from]!
  if (link === 'sigmoid') return output === 1 ? scores[from]! : -scores[from]!
  if (link === 'softmax' && nScores === 2) return scores[from + output]! - scores[from + 1 - output]!
  return scores[from + output]!
}

type Score = (x: TabularRows['x'], offset: number, texts: RowTerms, row: number) => Float64Array

/** Scores of a row, in one array that the next row overwrites. */
function scorer(model: AdditiveModel, reader: ColumnReader): Score {
  const { nFeatures, base } = model
  const scores = new Float64Array(base.length)
  const take = (column: number, value: number): void => addColumn(model, column, value, scores, 0)
  return (x, offset, texts, row) => {
    scores.set(base)
    for (let feature = 0; feature < nFeatures; feature++) reader.readFeature(feature, x, offset, texts, row, take)
    return scores
  }
}

/** From scores to the number or the probabilities at `out[at]`. */
function finish({ link, nScores }: AdditiveModel, scores: Float64Array, out: Float64Array, at: number): void {
  if (link === 'identity') out[at] = scores[0]!
  else if (link === 'sigmoid') {
    const positive = sigmoid(scores[0]!)
    out[at] = 1 - positive
    out[at + 1] = positive
  } else if (link === 'softmax') {
    for (let k = 0; k < nScores; k++) out[at + k] = scores[k]!
    softmaxInPlace(out, at, nScores)
  } else {
    let sum = 0
    for (let k = 0; k < nScores; k++) {
      out[at + k] = sigmoid(scores[k]!)
      sum += out[at + k]!
    }
    for (let k = 0; k < nScores; k++) out[at + k] = sum > 0 ? out[at + k]! / sum : 1 / nScores
  }
}
