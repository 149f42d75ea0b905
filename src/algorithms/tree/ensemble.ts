// A fitted forest or boosted model as flat typed arrays: plain data that can be cloned between threads and written to a file.
// Node i: feature[i] < 0 is a leaf; otherwise x[feature] <= threshold goes to left[i], a larger x to left[i] + 1,
// NaN to the left when missingLeft[i] is 1. Where the feature is categorical the threshold is the number of a set of bins, and x goes
// left when the set has its bin. Children always stand after their parent, so a walk ends.

import { TandemError } from '../../errors.ts'
import { OTHER_BIN, SET_WORDS } from './category-bins.ts'
import { checkNodes } from './check-nodes.ts'
import { type LeafLines, validateLeafLines } from './leaf-lines.ts'

export interface TreeEnsemble {
  readonly kind: 'random-forest' | 'boosted-trees'
  readonly task: 'classification' | 'regression'
  readonly nFeatures: number
  /** 0 for regression. */
  readonly nClasses: number
  /** Number of trees, `roots.length`. Boosting of K > 2 classes grows K trees a round: tree t adds to score t % K. */
  readonly nTrees: number
  /** Values a leaf: 1 for boosting and regression; nClasses - 1 for a forest that classifies (class 0 takes the rest). */
  readonly leafSize: number
  /** Feature of a node, -1 for a leaf. */
  readonly feature: Int32Array
  /** Threshold of a node; the value of a leaf when `leafSize` is 1. */
  readonly threshold: Float32Array
  /** Left child of a node (the right one follows it); for a leaf of `leafSize` > 1 its number in `leafValues`, else 0. */
  readonly left: Uint32Array
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array
  /** `leafSize` values for each leaf; empty when `leafSize` is 1. */
  readonly leafValues: Float32Array
  /** Weight of the training rows in each node; a node's is the sum of its children's. Absent in files from before it was kept. */
  readonly cover?: Uint32Array
  /** First node of each tree. */
  readonly roots: Uint32Array
  /** What the trees add to: prior log-odds or mean; 1 score, or one a class for boosting of more than 2 classes. */
  readonly baseScores: Float64Array
  /** Impurity importance of each feature; the sum is 1 (all 0 when no tree split). */
  readonly importances: Float64Array
  /** `log`: the sum of the trees is the logarithm of the value. Absent: it is the value. */
  readonly link?: 'log'
  /**
   * The next three are there when features are categorical. Bins of the categories 0, 1, 2... of feature f:
   * `categoryBins[categoryStarts[f] .. categoryStarts[f + 1])`; none when it is a number. Any other category has the bin 254.
   */
  readonly categoryStarts?: Uint32Array
  readonly categoryBins?: Uint8Array
  /** 8 words a set: bit b says that bin b goes left. */
  readonly categorySets?: Uint32Array
  /** 1 a feature whose values within `ZERO_WIDTH` of 0 count as missing; of imported trees. */
  readonly zeroIsMissing?: Uint8Array
  /** Leaves that are lines instead of one value; of imported trees of `leafSize` 1. */
  readonly leafLines?: LeafLines
  /** Accuracy, or R2, of each row judged by the trees that did not draw it; only of a forest just fitted that was asked for it. */
  readonly oobScore?: number
}

/** What LightGBM takes for 0. */
export const ZERO_WIDTH = Math.fround(1e-35)

/** Whether a value goes left at an inner node. */
export function goesLeft(ensemble: TreeEnsemble, node: number, value: number): boolean {
  const { categoryStarts, feature, threshold, zeroIsMissing } = ensemble
  const f = feature[node]!
  if (Number.isNaN(value) || (zeroIsMissing?.[f] === 1 && Math.abs(value) <= ZERO_WIDTH)) return ensemble.missingLeft[node] === 1
  if (!categoryStarts || categoryStarts[f + 1] === categoryStarts[f]) return value <= threshold[node]!
  return categoryGoesLeft(ensemble, f, threshold[node]!, value)
}

/** Whether the category `value` of feature f is in a set. */
export function categoryGoesLeft(
  { categoryStarts, categoryBins, categorySets }: TreeEnsemble,
  f: number,
  set: number,
  value: number,
): boolean {
  const first = categoryStarts![f]!
  const known = value >= 0 && value < categoryStarts![f + 1]! - first && Number.isInteger(value)
  const bin = known ? categoryBins![first + value]! : OTHER_BIN
  return ((categorySets![set * SET_WORDS + (bin >>> 5)]! >>> (bin & 31)) & 1) === 1
}

/**
 * Checks that every index stays inside the arrays and that every walk ends, so that a damaged file cannot hang or crash a server.
 *
 * @returns the number of leaves
 * @throws  `artifact_damaged` with the first place that is wrong.
 */
export function validateEnsemble(ensemble: TreeEnsemble): number {
  validateHeader(ensemble)
  validateLengths(ensemble)
  return validateNodes(ensemble)
}

function validateHeader({ kind, task, nFeatures, nClasses, nTrees, leafSize }: TreeEnsemble): void {
  if (kind !== 'random-forest' && kind !== 'boosted-trees') damaged(`kind is "${kind}"`)
  if (task !== 'classification' && task !== 'regression') damaged(`task is "${task}"`)
  if (!Number.isInteger(nFeatures) || nFeatures < 1) damaged(`nFeatures is ${nFeatures}`)
  if (!Number.isInteger(nClasses) || (task === 'regression' ? nClasses !== 0 : nClasses < 2)) damaged(`nClasses is ${nClasses} for ${task}`)
  if (!Number.isInteger(nTrees) || nTrees < 1) damaged(`nTrees is ${nTrees}`)
  const expected = expectedLeafSize(kind, nClasses)
  if (leafSize !== expected) damaged(`leafSize is ${leafSize}, expected ${expected}`)
}

function validateLengths(e: TreeEnsemble): void {
  const nodes = e.feature.length
  same('threshold', e.threshold.length, nodes)
  same('left', e.left.length, nodes)
  same('missingLeft', e.missingLeft.length, nodes)
  if (e.cover) same('cover', e.cover.length, nodes)
  same('roots', e.roots.length, e.nTrees)
  same('importances', e.importances.length, e.nFeatures)
  same('baseScores', e.baseScores.length, scoreCount(e.kind, e.nClasses))
  if (e.kind === 'boosted-trees' && e.nTrees % e.baseScores.length !== 0)
    damaged(`${e.nTrees} trees are not a multiple of ${e.baseScores.length} classes`)
  if (e.leafSize === 1 ? e.leafValues.length !== 0 : e.leafValues.length % e.leafSize !== 0) {
    damaged(`leafValues has ${e.leafValues.length} values for leafSize ${e.leafSize}`)
  }
  for (const value of e.baseScores) if (!Number.isFinite(value)) damaged(`a base score is ${value}`)
  if (e.link !== undefined && (e.link !== 'log' || e.task !== 'regression')) damaged(`link is "${e.link}" for ${e.task}`)
  validateCategories(e)
  if (e.zeroIsMissing) same('zeroIsMissing', e.zeroIsMissing.length, e.nFeatures)
  if (e.leafLines) validateLeafLines(e, e.leafLines, damaged)
}

function validateCategories({ categoryStarts, categoryBins, categorySets, nFeatures }: TreeEnsemble): void {
  if (!categoryStarts && !categoryBins && !categorySets) return
  if (!categoryStarts || !categoryBins || !categorySets) throw damaged('not all arrays of categories are there')
  same('categoryStarts', categoryStarts.length, nFeatures + 1)
  for (let f = 0; f < nFeatures; f++) {
    if (categoryStarts[f + 1]! < categoryStarts[f]!) damaged(`categories of feature ${f} end before they start`)
  }
  if (categoryStarts[0] !== 0) damaged(`categories start at ${categoryStarts[0]}`)
  same('categoryBins', categoryBins.length, categoryStarts[nFeatures]!)
  for (const bin of categoryBins) if (bin > OTHER_BIN) damaged(`a category has the bin ${bin}`)
  if (categorySets.length % SET_WORDS !== 0) damaged(`categorySets has ${categorySets.length} words`)
}

function validateNodes(e: TreeEnsemble): number {
  const leaves = checkNodes(e)
  if (e.categoryStarts || leaves < 0) findWrongNode(e)
  if (e.cover) validateCovers(e.feature, e.left, e.cover)
  for (const root of e.roots) if (root >= e.feature.length) damaged(`a tree starts at node ${root} of ${e.feature.length} nodes`)
  for (const value of e.leafValues) if (!Number.isFinite(value)) damaged(`a leaf has the value ${value}`)
  return leaves
}

function findWrongNode(e: TreeEnsemble): void {
  const { feature, left, threshold, missingLeft, leafSize, nFeatures, categoryStarts } = e
  const sets = (e.categorySets?.length ?? 0) / SET_WORDS
  const nodes = feature.length
  const leaves = e.leafValues.length / leafSize
  for (let i = 0; i < nodes; i++) {
    const f = feature[i]!
    // The walk adds this to twice the feature: 2 would ask for the next feature.
    if (missingLeft[i]! > 1) damaged(`node ${i} has the missing-value direction ${missingLeft[i]}, expected 0 or 1`)
    if (f >= nFeatures || f < -1) damaged(`node ${i} asks for feature ${f} of ${nFeatures}`)
    if (f >= 0) {
      // NaN would send every value to the right; the writer never makes one.
      if (Number.isNaN(threshold[i]!)) damaged(`node ${i} has no threshold`)
      if (
        categoryStarts &&
        categoryStarts[f + 1]! > categoryStarts[f]! &&
        !(Number.isInteger(threshold[i]) && threshold[i]! >= 0 && threshold[i]! < sets)
      ) {
        damaged(`node ${i} asks for set ${threshold[i]} of ${sets}`)
      }
      if (left[i]! <= i || left[i]! + 1 >= nodes) damaged(`node ${i} has children ${left[i]} and ${left[i]! + 1} of ${nodes} nodes`)
    } else if (leafSize === 1) {
      if (!Number.isFinite(threshold[i]!)) damaged(`leaf ${i} has the value ${threshold[i]}`)
    } else if (left[i]! >= leaves) {
      damaged(`leaf ${i} points at values ${left[i]} of ${leaves}`)
    }
  }
}

function validateCovers(feature: Int32Array, left: Uint32Array, cover: Uint32Array): void {
  for (let i = 0; i < cover.length; i++) {
    if (cover[i] === 0) damaged(`node ${i} covers no rows`)
    if (feature[i]! < 0) continue
    const sum = cover[left[i]!]! + cover[left[i]! + 1]!
    if (cover[i] !== sum) damaged(`node ${i} covers ${cover[i]} rows, its children ${sum}`)
  }
}

/** Fills in the covers of the inner nodes from those of the leaves, in place: children stand after their parent. */
export function sumCovers(feature: Int32Array, left: Uint32Array, cover: Uint32Array): void {
  for (let i = cover.length - 1; i >= 0; i--) if (feature[i]! >= 0) cover[i] = cover[left[i]!]! + cover[left[i]! + 1]!
}

/** Values a leaf holds. */
export function expectedLeafSize(kind: TreeEnsemble['kind'], nClasses: number): number {
  return kind === 'random-forest' && nClasses > 2 ? nClasses - 1 : 1
}

/** Scores that the trees of a model add to. */
export function scoreCount(kind: TreeEnsemble['kind'], nClasses: number): number {
  return kind === 'boosted-trees' && nClasses > 2 ? nClasses : 1
}

function same(name: string, actual: number, expected: number): void {
  if (actual !== expected) damaged(`${name} has ${actual} entries, expected ${expected}`)
}

function damaged(what: string): never {
  throw new TandemError('artifact_damaged', `The trees are damaged: ${what}. Restore the file from a copy or train the model again.`)
}
