// What each feature adds to one prediction of trees: exact Shapley values where unknown features are averaged over the training
// rows that reached each node. Lundberg, Erion & Lee 2018, Consistent Individualized Feature Attribution for Tree Ensembles,
// algorithm 2: O(leaves x depth^2) a tree, instead of one walk for each of 2^features subsets.
import { TandemError } from '../../errors.ts'
import { goesLeft, type TreeEnsemble } from '../tree/ensemble.ts'
import { lineAt } from '../tree/leaf-lines.ts'

export interface TreeShap {
  /** The prediction when no feature is known: the mean over the training rows. */
  readonly base: number
  /** One number a feature; base and all of them add up to the prediction. */
  readonly contributions: Float64Array
}

export interface TreeExplainer {
  readonly nTrees: number
  /** Adds one tree's part to `contributions`. */
  addTree(tree: number, x: Float32Array, offset: number, output: number, contributions: Float64Array): void
  /** The prediction of an output when no feature is known. */
  base(output: number): number
}

/**
 * Explains one output of one row.
 *
 * A forest is explained as a probability of class `output`, or as the value; boosted trees as the log-odds of class `output`
 * (of more than two classes: its score before softmax), or as the value (with a log link: its logarithm).
 *
 * @param x       float32 features; NaN is missing.
 * @param output  class 0..nClasses-1; 0 for regression.
 * @throws   `conflict` for trees from before covers were kept, whose leaves are lines, or deeper than 1,000 splits; `invalid_input` for an output that is none.
 * @example
 * const { base, contributions } = treeShap(model, row, 0, 1) // base + sum(contributions) is the probability of class 1
 */
export function treeShap(ensemble: TreeEnsemble, x: Float32Array, offset: number, output: number): TreeShap {
  const explainer = createTreeExplainer(ensemble)
  const contributions = new Float64Array(ensemble.nFeatures)
  for (let tree = 0; tree < ensemble.nTrees; tree++) explainer.addTree(tree, x, offset, output, contributions)
  return { base: explainer.base(output), contributions }
}

/** What `predictRow` would say in the unit of the explanation: probability, value, or log-odds. */
export function explainedScore(ensemble: TreeEnsemble, x: Float32Array, offset: number, output: number): number {
  const place = placeOf(ensemble, output)
  let sum = place.start
  for (let tree = place.first; tree < ensemble.nTrees; tree += place.step) {
    let node = ensemble.roots[tree]!
    while (ensemble.feature[node]! >= 0) node = nextNode(ensemble, node, x, offset)
    const { leafLines } = ensemble
    sum += (leafLines ? lineAt(ensemble, leafLines, node, x, offset) : place.leafValue(node)) * place.scale
  }
  return sum
}

/** The walk calls itself once a split, and its time grows with the square of the depth. */
const MAX_DEPTH = 1000

/** Prepares an ensemble; the trees can then be added one after the other, with other work in between. */
export function createTreeExplainer(ensemble: TreeEnsemble): TreeExplainer {
  const { cover, roots, nFeatures } = ensemble
  if (cover === undefined) {
    throw new TandemError(
      'conflict',
      'The trees cannot explain: they were made before the number of training rows in each node was kept. Train again.',
    )
  }
  if (ensemble.leafLines !== undefined) {
    throw new TandemError('conflict', 'The trees cannot explain: their leaves are lines, which Shapley values of trees do not cover.')
  }
  const depth = depthOf(ensemble)
  if (depth > MAX_DEPTH) {
    throw new TandemError('conflict', `The trees cannot explain: one is ${depth} splits deep, and ${MAX_DEPTH} are possible.`)
  }
  const width = Math.min(depth, nFeatures) + 2
  const paths: Paths = {
    width,
    feature: new Int32Array((depth + 2) * width),
    zero: new Float64Array((depth + 2) * width),
    one: new Float64Array((depth + 2) * width),
    weight: new Float64Array((depth + 2) * width),
  }
  const bases = new Map<number, number>()
  return {
    nTrees: ensemble.nTrees,
    addTree(tree, x, offset, output, contributions) {
      const place = placeOf(ensemble, output)
      if ((tree - place.first) % place.step !== 0) return
      const walk: Walk = { ensemble, cover, x, offset, place, contributions, paths }
      descend(walk, roots[tree]!, 0, 0, 1, 1, -1)
    },
    base(output) {
      const known = bases.get(output)
      if (known !== undefined) return known
      const place = placeOf(ensemble, output)
      let sum = place.start
      for (let tree = place.first; tree < ensemble.nTrees; tree += place.step) {
        sum += meanOfTree(ensemble, cover, roots[tree]!, place) * place.scale
      }
      bases.set(output, sum)
      return sum
    },
  }
}

/** Where an output comes from: every `step`-th tree from `first`, its leaves times `scale`, added to `start`. */
interface Place {
  readonly start: number
  readonly first: number
  readonly step: number
  readonly scale: number
  readonly leafValue: (node: number) => number
}

function placeOf({ kind, task, nClasses, nTrees, leafSize, threshold, left, leafValues, baseScores }: TreeEnsemble, output: number): Place {
  if (!Number.isInteger(output) || output < 0 || output >= Math.max(1, nClasses)) {
    throw new TandemError('invalid_input', `output is ${output}, but the trees have the outputs 0 to ${Math.max(1, nClasses) - 1}.`)
  }
  const own = (node: number): number => threshold[node]!
  // Two classes have one score, that of class 1.
  const sign = nClasses === 2 && output === 0 ? -1 : 1
  if (kind === 'boosted-trees') {
    const step = baseScores.length
    const score = step > 1 ? output : 0
    return { start: sign * baseScores[score]!, first: score, step, scale: sign, leafValue: own }
  }
  const share = { first: 0, step: 1, scale: sign / nTrees }
  if (task === 'regression') return { start: baseScores[0]!, ...share, leafValue: own }
  if (leafSize === 1) return { start: output === 0 ? 1 : 0, ...share, leafValue: own }
  if (output > 0) return { start: 0, ...share, leafValue: (node) => leafValues[left[node]! * leafSize + output - 1]! }
  // Class 0 takes what the others leave.
  const others = (node: number): number => {
    let sum = 0
    for (let k = 0; k < leafSize; k++) sum += leafValues[left[node]! * leafSize + k]!
    return -sum
  }
  return { start: 1, ...share, leafValue: others }
}

/** One path of features a level of the tree: who is on it, the share of rows that follow without and with it, and the weights of subsets by size. */
interface Paths {
  readonly width: number
  readonly feature: Int32Array
  readonly zero: Float64Array
  readonly one: Float64Array
  readonly weight: Float64Array
}

interface Walk {
  readonly ensemble: TreeEnsemble
  readonly cover: Uint32Array
  readonly x: Float32Array
  readonly offset: number
  readonly place: Place
  readonly contributions: Float64Array
  readonly paths: Paths
}

/** @param length  features on the path of the level above. */
function descend(walk: Walk, node: number, level: number, length: number, zero: number, one: number, feature: number): void {
  const { ensemble, cover, paths, place, contributions } = walk
  const at = level * paths.width
  if (level > 0) copyPath(paths, at - paths.width, at, length)
  extend(paths, at, length, zero, one, feature)
  const last = length
  const split = ensemble.feature[node]!
  if (split < 0) {
    const value = place.leafValue(node) * place.scale
    for (let i = 1; i <= last; i++) {
      const weight = unwoundSum(paths, at, last, i)
      contributions[paths.feature[at + i]!]! += weight * (paths.one[at + i]! - paths.zero[at + i]!) * value
    }
    return
  }
  const hot = nextNode(ensemble, node, walk.x, walk.offset)
  const left = ensemble.left[node]!
  const cold = hot === left ? left + 1 : left
  let kept = last
  let [zeroBefore, oneBefore] = [1, 1]
  // A feature that was asked before counts once: its two answers are joined.
  for (let i = 1; i <= last; i++) {
    if (paths.feature[at + i] !== split) continue
    zeroBefore = paths.zero[at + i]!
    oneBefore = paths.one[at + i]!
    unwind(paths, at, last, i)
    kept = last - 1
    break
  }
  const share = zeroBefore / cover[node]!
  descend(walk, hot, level + 1, kept + 1, share * cover[hot]!, oneBefore, split)
  descend(walk, cold, level + 1, kept + 1, share * cover[cold]!, 0, split)
}

function copyPath({ feature, zero, one, weight }: Paths, from: number, to: number, length: number): void {
  for (let i = 0; i < length; i++) {
    feature[to + i] = feature[from + i]!
    zero[to + i] = zero[from + i]!
    one[to + i] = one[from + i]!
    weight[to + i] = weight[from + i]!
  }
}

/** Puts a feature at the end of a path of `length` entries and spreads the weights to subsets with and without it. */
function extend({ feature, zero, one, weight }: Paths, at: number, length: number, zeroShare: number, oneShare: number, of: number): void {
  const end = at + length
  feature[end] = of
  zero[end] = zeroShare
  one[end] = oneShare
  weight[end] = length === 0 ? 1 : 0
  for (let i = length - 1; i >= 0; i--) {
    weight[at + i + 1]! += (oneShare * weight[at + i]! * (i + 1)) / (length + 1)
    weight[at + i] = (zeroShare * weight[at + i]! * (length - i)) / (length + 1)
  }
}

/** Takes entry `index` out of a path whose last entry is `last`. */
function unwind({ feature, zero, one, weight }: Paths, at: number, last: number, index: number): void {
  const oneShare = one[at + index]!
  const zeroShare = zero[at + index]!
  let next = weight[at + last]!
  for (let i = last - 1; i >= 0; i--) {
    if (oneShare !== 0) {
      const before = weight[at + i]!
      weight[at + i] = (next * (last + 1)) / ((i + 1) * oneShare)
      next = before - (weight[at + i]! * zeroShare * (last - i)) / (last + 1)
    } else weight[at + i] = (weight[at + i]! * (last + 1)) / (zeroShare * (last - i))
  }
  for (let i = index; i < last; i++) {
    feature[at + i] = feature[at + i + 1]!
    zero[at + i] = zero[at + i + 1]!
    one[at + i] = one[at + i + 1]!
  }
}

/** The sum of the weights that `unwind` would leave. */
function unwoundSum({ zero, one, weight }: Paths, at: number, last: number, index: number): number {
  const oneShare = one[at + index]!
  const zeroShare = zero[at + index]!
  let next = weight[at + last]!
  let sum = 0
  for (let i = last - 1; i >= 0; i--) {
    if (oneShare !== 0) {
      const own = (next * (last + 1)) / ((i + 1) * oneShare)
      sum += own
      next = weight[at + i]! - (own * zeroShare * (last - i)) / (last + 1)
    } else sum += (weight[at + i]! * (last + 1)) / (zeroShare * (last - i))
  }
  return sum
}

function nextNode(ensemble: TreeEnsemble, node: number, x: Float32Array, offset: number): number {
  return ensemble.left[node]! + (goesLeft(ensemble, node, x[offset + ensemble.feature[node]!]!) ? 0 : 1)
}

/** The mean of the leaves by the rows in them. */
function meanOfTree({ feature, left }: TreeEnsemble, cover: Uint32Array, root: number, place: Place): number {
  let sum = 0
  const stack = [root]
  while (stack.length > 0) {
    const node = stack.pop()!
    if (feature[node]! < 0) sum += cover[node]! * place.leafValue(node)
    else stack.push(left[node]! + 1, left[node]!)
  }
  return sum / cover[root]!
}

/** Splits on the longest way down. */
function depthOf({ feature, left }: TreeEnsemble): number {
  const depth = new Uint32Array(feature.length)
  let deepest = 0
  // Children stand after their parent.
  for (let node = 0; node < feature.length; node++) {
    if (feature[node]! < 0) continue
    const below = depth[node]! + 1
    depth[left[node]!] = below
    depth[left[node]! + 1] = below
    if (below > deepest) deepest = below
  }
  return deepest
}
