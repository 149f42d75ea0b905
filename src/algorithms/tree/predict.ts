// Walks a row down the trees. One row and many rows take the same sums in the same order, so their results agree to the bit.

import { exp, sigmoid } from '../math/exponential.ts'
import { categoryGoesLeft, type TreeEnsemble } from './ensemble.ts'
import { blockWalkerFor } from './predict-blocks.ts'

/** An ensemble laid out for walking: 3 numbers a node in one buffer, so that a step touches one cache line. */
export interface CompiledEnsemble {
  readonly ensemble: TreeEnsemble
  /** feature * 2 + missingLeft or -1; float32 threshold or value; offset of the left child (its number times 3) or of the values. */
  readonly nodes: Int32Array
  readonly floats: Float32Array
  /** Offset of the first node of each tree. */
  readonly roots: Int32Array
  /** Room for the scores of one row. */
  readonly scores: Float64Array
  /** 1 for a categorical feature; absent when there is none. */
  readonly categorical?: Uint8Array
}

const compiled = new WeakMap<TreeEnsemble, CompiledEnsemble>()

/** The walking form of an ensemble, made at the first call and kept as long as the ensemble lives. */
export function compileEnsemble(ensemble: TreeEnsemble): CompiledEnsemble {
  const known = compiled.get(ensemble)
  if (known) return known
  const { feature, threshold, left, missingLeft, leafSize } = ensemble
  const buffer = new ArrayBuffer(feature.length * 12)
  const nodes = new Int32Array(buffer)
  const floats = new Float32Array(buffer)
  for (let i = 0; i < feature.length; i++) {
    const leaf = feature[i]! < 0
    nodes[i * 3] = leaf ? -1 : feature[i]! * 2 + missingLeft[i]!
    floats[i * 3 + 1] = threshold[i]!
    nodes[i * 3 + 2] = left[i]! * (leaf ? leafSize : 3)
  }
  const { categoryStarts } = ensemble
  const categorical =
    categoryStarts && Uint8Array.from({ length: ensemble.nFeatures }, (_, f) => (categoryStarts[f + 1]! > categoryStarts[f]! ? 1 : 0))
  const made: CompiledEnsemble = {
    categorical,
    ensemble,
    nodes,
    floats,
    roots: Int32Array.from(ensemble.roots, (root) => root * 3),
    scores: new Float64Array(ensemble.baseScores.length),
  }
  compiled.set(ensemble, made)
  return made
}

/** Numbers that `predictRow` writes: one probability a class, or 1 value. */
export function outputCount(ensemble: TreeEnsemble): number {
  return ensemble.task === 'regression' ? 1 : ensemble.nClasses
}

/**
 * Predicts the row that begins at `x[offset]`: a probability for each class, or the value. Allocates nothing.
 *
 * @param out  at least `outputCount(ensemble)` long; filled from its start.
 */
export function predictRow(ensemble: TreeEnsemble, x: Float32Array, offset: number, out: Float64Array): void {
  predictInto(compileEnsemble(ensemble), x, offset, out, 0)
}

/** Predicts many rows; the result is row-major, `outputCount(ensemble)` numbers a row. */
export function predictRows(ensemble: TreeEnsemble, x: Float32Array, rows: number): Float64Array {
  const width = outputCount(ensemble)
  const out = new Float64Array(rows * width)
  const walk = blockWalkerFor(ensemble, rows)
  if (walk) {
    const { kind, baseScores } = ensemble
    const count = baseScores.length
    const scores = new Float64Array(rows * count)
    if (kind === 'boosted-trees') for (let i = 0; i < scores.length; i++) scores[i] = baseScores[i % count]!
    walk(x, rows, scores)
    for (let i = 0; i < rows; i++) finishScores(ensemble, scores, i * count, out, i * width)
    return out
  }
  const model = compileEnsemble(ensemble)
  for (let i = 0; i < rows; i++) predictInto(model, x, i * ensemble.nFeatures, out, i * width)
  return out
}

/** As `predictRow` for a compiled ensemble, writing from `out[at]`. */
export function predictInto(model: CompiledEnsemble, x: Float32Array, offset: number, out: Float64Array, at: number): void {
  const { ensemble, scores } = model
  const { kind, nClasses, leafSize, baseScores } = ensemble
  if (leafSize > 1) {
    meanLeaves(model, x, offset, out, at, nClasses)
    return
  }
  if (baseScores.length > 1) sumScores(model, x, offset, scores)
  else if (model.categorical) scores[0] = sumMixedTrees(model, x, offset, kind === 'boosted-trees' ? baseScores[0]! : 0)
  else scores[0] = sumTrees(model, x, offset, kind === 'boosted-trees' ? baseScores[0]! : 0)
  finishScores(ensemble, scores, 0, out, at)
}

/** From the sums of the trees at `scores[from]` to probabilities or the value at `out[at]`. */
function finishScores(ensemble: TreeEnsemble, scores: Float64Array, from: number, out: Float64Array, at: number): void {
  const { kind, task, baseScores, nTrees } = ensemble
  const count = baseScores.length
  const sum = scores[from]!
  if (kind === 'random-forest') {
    if (task === 'regression') out[at] = baseScores[0]! + sum / nTrees
    else setBinary(out, at, sum / nTrees)
  } else if (count > 1) {
    for (let k = 0; k < count; k++) out[at + k] = scores[from + k]!
    softmax(out, at, count)
  } else if (task === 'regression') out[at] = ensemble.link === 'log' ? exp(sum) : sum
  else setBinary(out, at, sigmoid(sum))
}

function setBinary(out: Float64Array, at: number, p: number): void {
  out[at] = 1 - p
  out[at + 1] = p
}

/** Adds the values of all trees to `sum`. The walk is written out here and not called: a call for each tree costs a third of the time. */
function sumTrees({ nodes, floats, roots }: CompiledEnsemble, x: Float32Array, offset: number, start: number): number {
  let sum = start
  for (let t = 0; t < roots.length; t++) {
    let node = roots[t]!
    let f = nodes[node]!
    while (f >= 0) {
      const value = x[offset + (f >> 1)]!
      const edge = floats[node + 1]!
      const child = nodes[node + 2]!
      // NaN fails both comparisons.
      if (value <= edge) node = child
      else if (value > edge) node = child + 3
      else node = (f & 1) === 1 ? child : child + 3
      f = nodes[node]!
    }
    sum += floats[node + 1]!
  }
  return sum
}

/** As `sumTrees` where some features are categorical. */
function sumMixedTrees(model: CompiledEnsemble, x: Float32Array, offset: number, start: number): number {
  const { floats, roots } = model
  let sum = start
  for (let t = 0; t < roots.length; t++) sum += floats[walk(model, roots[t]!, x, offset) + 1]!
  return sum
}

/** The leaf of one tree. */
function walk({ nodes, floats, categorical, ensemble }: CompiledEnsemble, root: number, x: Float32Array, offset: number): number {
  let node = root
  let f = nodes[node]!
  while (f >= 0) {
    const value = x[offset + (f >> 1)]!
    const edge = floats[node + 1]!
    const child = nodes[node + 2]!
    if (categorical && categorical[f >> 1] === 1 && !Number.isNaN(value)) {
      node = categoryGoesLeft(ensemble, f >> 1, edge, value) ? child : child + 3
    } else if (value <= edge) node = child
    else if (value > edge) node = child + 3
    else node = (f & 1) === 1 ? child : child + 3
    f = nodes[node]!
  }
  return node
}

function meanLeaves(model: CompiledEnsemble, x: Float32Array, offset: number, out: Float64Array, at: number, classes: number): void {
  const { nodes, roots, ensemble } = model
  const { leafValues } = ensemble
  for (let k = 0; k < classes; k++) out[at + k] = 0
  for (let t = 0; t < roots.length; t++) {
    const first = nodes[walk(model, roots[t]!, x, offset) + 2]!
    for (let k = 1; k < classes; k++) out[at + k]! += leafValues[first + k - 1]!
  }
  let rest = 1
  for (let k = 1; k < classes; k++) {
    out[at + k]! /= roots.length
    rest -= out[at + k]!
  }
  // Rounding may leave -1e-8 for a class without rows.
  out[at] = rest > 0 ? rest : 0
}

/** One score a class; trees take turns. */
function sumScores(model: CompiledEnsemble, x: Float32Array, offset: number, scores: Float64Array): void {
  const { floats, roots, ensemble } = model
  const { baseScores } = ensemble
  const classes = baseScores.length
  for (let k = 0; k < classes; k++) scores[k] = baseScores[k]!
  for (let t = 0; t < roots.length; t += classes) {
    for (let k = 0; k < classes; k++) scores[k]! += floats[walk(model, roots[t + k]!, x, offset) + 1]!
  }
}

/** Turns scores into probabilities in place. */
export function softmax(scores: Float64Array, at: number, classes: number): void {
  let largest = scores[at]!
  for (let k = 1; k < classes; k++) if (scores[at + k]! > largest) largest = scores[at + k]!
  let sum = 0
  for (let k = 0; k < classes; k++) {
    const e = exp(scores[at + k]! - largest)
    scores[at + k] = e
    sum += e
  }
  for (let k = 0; k < classes; k++) scores[at + k]! /= sum
}
