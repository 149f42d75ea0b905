// Trees on a table with free texts. A tree cannot split a text, so each text becomes numbers first: what a linear model of its words
// alone says of the target (one number, or one a class). For the rows that the trees learn from these numbers come from models that have
// not seen the row (out of fold, Wolpert 1992, Stacked Generalization): else they would repeat the target, and the trees trust nothing
// else. Rows that are predicted are read by a model of all training rows.
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { compileEnsemble, outputCount, predictInto, predictRows } from '../tree/predict.ts'
import type { AdditiveModel } from './additive-model.ts'
import { predictAdditive } from './predict-additive.ts'
import type { ReadDocument, TabularRows } from './tabular-set.ts'

export interface TextScorer {
  /** The feature whose texts it reads. */
  readonly feature: number
  readonly model: AdditiveModel
}

/** Plain data. The trees see all features (a text as 0, or missing) and behind them the numbers of each scorer. */
export interface TextTrees {
  readonly kind: 'text-trees'
  readonly nFeatures: number
  readonly nClasses: number
  readonly scorers: readonly TextScorer[]
  readonly ensemble: TreeEnsemble
  /** Those of the trees, of a text together with its numbers; they sum to 1. */
  readonly importances: Float64Array
}

/** Numbers that a text becomes: one for a number or two classes, else one a class. */
export const scoresOf = (classes: number): number => (classes > 2 ? classes : 1)

/** Sums what was measured of the trees' columns to the features that they belong to. */
export function foldColumns(
  values: Float64Array,
  { nFeatures, nClasses, scorers }: Pick<TextTrees, 'nFeatures' | 'nClasses' | 'scorers'>,
): Float64Array {
  const folded = values.slice(0, nFeatures)
  const width = scoresOf(nClasses)
  for (const [index, { feature }] of scorers.entries()) {
    for (let k = 0; k < width; k++) folded[feature]! += values[nFeatures + index * width + k]!
  }
  return folded
}

/** The rows as the trees see them, row-major. */
export function widenRows({ nFeatures, nClasses, scorers }: TextTrees, rows: TabularRows): Float32Array {
  const scores = scorers.map(({ feature, model }) => scoresFor(model, columnRows(rows, nFeatures, feature)))
  return widen(
    rows,
    nFeatures,
    scorers.map(({ feature }) => feature),
    scores,
    nClasses,
  )
}

/** @returns  shape (rows, outputs), row-major. */
export function predictTextTrees(model: TextTrees, rows: TabularRows): Float64Array {
  return predictRows(model.ensemble, widenRows(model, rows), rows.rows)
}

export const textTreesOutputs = ({ ensemble }: TextTrees): number => outputCount(ensemble)

export function createTextTreesPredictor(model: TextTrees) {
  const compiled = compileEnsemble(model.ensemble)
  return {
    predictInto(x: Float32Array, offset: number, readDocument: ReadDocument, out: Float64Array, at: number): void {
      const row = { x: x.subarray(offset, offset + model.nFeatures), rows: 1, readDocument }
      predictInto(compiled, widenRows(model, row), 0, out, at)
    },
  }
}

/** One feature as a table of its own; `readDocument` still knows it by its number. */
export function columnRows({ x, rows, readDocument }: TabularRows, nFeatures: number, feature: number): TabularRows {
  const column = Float32Array.from({ length: rows }, (_, row) => x[row * nFeatures + feature]!)
  return { x: column, rows, readDocument: (_, code) => readDocument!(feature, code) }
}

/** The number, the probability of class 1 of two, or that of each class. */
export function scoresFor(model: AdditiveModel, rows: TabularRows): Float64Array {
  const said = predictAdditive(model, rows)
  return model.nClasses === 2 ? Float64Array.from({ length: rows.rows }, (_, row) => said[row * 2 + 1]!) : said
}

export function widen(
  { x, rows }: TabularRows,
  nFeatures: number,
  texts: readonly number[],
  scores: readonly Float64Array[],
  classes: number,
): Float32Array {
  const width = scoresOf(classes)
  const total = nFeatures + texts.length * width
  const wide = new Float32Array(rows * total)
  for (let row = 0; row < rows; row++) {
    wide.set(x.subarray(row * nFeatures, (row + 1) * nFeatures), row * total)
    for (const [index, feature] of texts.entries()) {
      // Which text it is means nothing; whether there is one may.
      const at = row * total + feature
      if (!Number.isNaN(wide[at])) wide[at] = 0
      for (let k = 0; k < width; k++) wide[row * total + nFeatures + index * width + k] = scores[index]![row * width + k]!
    }
  }
  return wide
}
