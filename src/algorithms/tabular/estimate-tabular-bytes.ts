// The memory that fitting a table takes beside its matrix and the bytes of its texts, so that a server can refuse what would not fit.
// Sizes of arrays are counted; what a vocabulary takes is measured (a test of training compares with the peak of a process).
import type { TextOptions } from '../columns/default-specs.ts'
import type { AdditiveAlgorithm, AdditiveOptions } from './fit-additive.ts'

export interface TabularShape {
  readonly rows: number
  /** Features that are no texts. */
  readonly features: number
  /** Features that are texts, and the UTF-8 bytes of all of them. */
  readonly texts: number
  readonly textBytes: number
  /** 0 for regression. */
  readonly classes: number
}

/** Of one entry of a sparse matrix: column and value; lists double when full and are cut to size in the end. */
const ENTRY_BYTES = 12
const GROWN = 3
/** Bytes of a text for each of its words, at least: short ones and the space behind them. */
const WORD_BYTES = 4
/** What a term costs in the table that finds it: the string, its place in a hash table, and the lists that are sorted. */
const TERM_BYTES = 160
/** A string in memory, beside its characters. */
const STRING_BYTES = 40
/** Columns of a feature that is no text: most numbers have one, with gaps two. */
const COLUMNS = 2
/** Vectors as long as the weights that a search keeps: steps and gradients of L-BFGS, the present and the next ones. */
const SEARCH_VECTORS = 26
/** Of naive Bayes: sums, tables and their turned copies. */
const BAYES_VECTORS = 6
/** Numbers a row and score that a search keeps. */
const ROW_VECTORS = 6

/** Bytes of reading the texts into a sparse matrix of their terms. */
export function estimateTextBytes({ rows, texts, textBytes }: TabularShape, options: TextOptions = {}): number {
  if (texts === 0) return 0
  const entries = textEntries(textBytes, options)
  return textBytes * 2 + rows * texts * STRING_BYTES + entries * ENTRY_BYTES * GROWN + entries * 0.5 * TERM_BYTES
}

/** Bytes of `fitAdditive`. */
export function estimateAdditiveBytes(shape: TabularShape, algorithm: AdditiveAlgorithm, options: AdditiveOptions = {}): number {
  const { rows, features, texts, textBytes, classes } = shape
  const plain = rows * features * COLUMNS
  const entries = plain + textEntries(textBytes, options)
  const terms = Math.min(texts * (options.maxTerms ?? 100_000), textEntries(textBytes, options))
  const scores = classes > 2 ? classes : 1
  const columns = features * COLUMNS + terms
  // Filled ones are read in full, 8 bytes a cell; those with texts stay sparse.
  const matrix = entries * ENTRY_BYTES * GROWN + (texts === 0 ? plain * 8 : 0)
  // Folds of a linear SVM hold copies of their rows.
  const copies = algorithm === 'linear-svm' ? entries * ENTRY_BYTES + (texts === 0 ? plain * 8 : 0) : 0
  const vectors = algorithm === 'naive-bayes' ? BAYES_VECTORS * Math.max(2, classes) : SEARCH_VECTORS * scores
  return estimateTextBytes(shape, options) + matrix + copies + columns * vectors * 8 + rows * Math.max(1, scores) * ROW_VECTORS * 8
}

/** Bytes of `fitPreparedTrees` beside those of its trees, whose rows have `widenedFeatures` numbers. */
export function estimatePreparedTreesBytes(shape: TabularShape, options: TextOptions = {}): number {
  const { rows, classes, texts } = shape
  const wide = rows * widenedFeatures(shape) * 4
  if (texts === 0) return wide
  const one = { ...shape, features: 0, texts: 1 }
  const scorer = estimateAdditiveBytes(one, classes === 0 ? 'ridge' : 'logistic-regression', options)
  // One a fold, whose leavings are still there when the next begins.
  return 2 * scorer + wide + rows * texts * Math.max(1, classes) * 16
}

/** Numbers of a row when its texts have become numbers, as `fitPreparedTrees` makes them. */
export function widenedFeatures({ features, texts, classes }: Pick<TabularShape, 'features' | 'texts' | 'classes'>): number {
  return features + texts * (1 + (classes > 2 ? classes : 1))
}

function textEntries(textBytes: number, { maxNgram = 2 }: TextOptions): number {
  return (textBytes / WORD_BYTES) * maxNgram
}
