// Fits trees to a table with free texts (text-trees.ts says how they read them). Apart from what predicts: a server that answers needs none
// of the learners.
import { TandemError } from '../../errors.ts'
import { createRng, hashSeed } from '../math/rng.ts'
import { kFold, stratifiedKFold } from '../split/k-fold.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { AdditiveModel } from './additive-model.ts'
import { fitAdditive } from './fit-additive.ts'
import type { TextOptions } from './fit-features.ts'
import type { TabularRows, TabularSet } from './tabular-set.ts'
import { columnRows, foldColumns, scoresFor, scoresOf, type TextTrees, widen } from './text-trees.ts'

export interface TextTreesOptions extends TextOptions {
  readonly randomState?: number
  readonly isCanceled?: () => boolean
}

/** What trees are fitted on: `set` with columns of numbers for its texts. */
export interface WidenedSet {
  readonly x: Float32Array
  readonly y: Float64Array
  readonly rows: number
  readonly features: number
  readonly classes: number
}

const FOLDS = 5

/**
 * Fits trees to a table with texts.
 *
 * @param fitTrees  the learner; gets the features as they stand, then the columns of the texts.
 * @throws   as the learners do; `canceled`.
 */
export function fitTextTrees(set: TabularSet, fitTrees: (widened: WidenedSet) => TreeEnsemble, options: TextTreesOptions = {}): TextTrees {
  const nFeatures = set.kinds.length
  const { rows, y, classes } = set
  const texts = set.kinds.flatMap((kind, feature) => (kind === 'text' ? [feature] : []))
  const unseen = texts.map((feature) => unseenScores(set, feature, options))
  const scorers = texts.map((feature) => ({ feature, model: fitScorer(set, feature, options) }))
  const ensemble = fitTrees({
    x: widen(set, nFeatures, texts, unseen, classes),
    y,
    rows,
    features: nFeatures + texts.length * scoresOf(classes),
    classes,
  })
  const importances = foldColumns(ensemble.importances, { nFeatures, nClasses: classes, scorers })
  return { kind: 'text-trees', nFeatures, nClasses: classes, scorers, ensemble, importances }
}

function fitScorer(set: TabularSet, feature: number, options: TextTreesOptions, picked?: ArrayLike<number>): AdditiveModel {
  const column = columnRows(set, set.kinds.length, feature)
  const rows = picked === undefined ? { ...column, y: set.y } : selected(column, set.y, picked)
  const { classes } = set
  return fitAdditive({ ...rows, classes, kinds: ['text'], codes: [0] }, classes === 0 ? 'ridge' : 'logistic-regression', options)
}

function selected(column: TabularRows, y: Float64Array, rows: ArrayLike<number>): TabularRows & { readonly y: Float64Array } {
  return {
    ...column,
    rows: rows.length,
    x: Float32Array.from({ length: rows.length }, (_, index) => column.x[rows[index]!]!),
    y: Float64Array.from({ length: rows.length }, (_, index) => y[rows[index]!]!),
  }
}

/** What models that have not seen a row say of its text. A fold whose training rows are of one class has nothing to say: missing. */
function unseenScores(set: TabularSet, feature: number, options: TextTreesOptions): Float64Array {
  const width = scoresOf(set.classes)
  const scores = new Float64Array(set.rows * width).fill(Number.NaN)
  const rng = createRng(hashSeed(options.randomState ?? 0, 0x74657874 + feature))
  const folds = Math.min(FOLDS, set.rows)
  const splits = set.classes > 0 ? stratifiedKFold(set.y, { rng, folds }) : kFold(set.rows, { rng, folds })
  const column = columnRows(set, set.kinds.length, feature)
  for (const { train, test } of splits) {
    if (options.isCanceled?.())
      throw new TandemError('canceled', 'The training was canceled before it finished. Start it again to get a model.')
    if (set.classes > 0 && Array.from(train).every((row) => set.y[row] === set.y[train[0]!])) continue
    const said = scoresFor(fitScorer(set, feature, options, train), selected(column, set.y, test))
    for (let index = 0; index < test.length; index++) scores.set(said.subarray(index * width, (index + 1) * width), test[index]! * width)
  }
  return scores
}
