// Predicts by trees. One row and many rows take the same sums in the same order, so their results agree to the bit.

import { TandemError } from '../../errors.ts'
import { exp, sigmoid } from '../math/exponential.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { lineAt } from './leaf-lines.ts'
import { blockWalkerFor } from './predict-blocks.ts'
import { createRowWalker, type RowWalker } from './walk-row.ts'

/** An ensemble laid out for walking one row at a time. */
export interface CompiledEnsemble {
  readonly ensemble: TreeEnsemble
  readonly walker: RowWalker
  /** Room for the scores of one row. */
  readonly scores: Float64Array
}

const compiled = new WeakMap<TreeEnsemble, CompiledEnsemble>()

/** The walking form of an ensemble, made at the first call and kept as long as the ensemble lives. */
export function compileEnsemble(ensemble: TreeEnsemble): CompiledEnsemble {
  const known = compiled.get(ensemble)
  if (known) return known
  const made = { ensemble, walker: createRowWalker(ensemble), scores: new Float64Array(ensemble.baseScores.length) }
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

/**
 * Predicts many rows; the result is row-major, `outputCount(ensemble)` numbers a row.
 *
 * @throws   `shape_mismatch` when x holds fewer rows: what is not there would be taken for missing.
 */
export function predictRows(ensemble: TreeEnsemble, x: Float32Array, rows: number): Float64Array {
  if (!(x.length >= rows * ensemble.nFeatures)) {
    throw new TandemError(
      'shape_mismatch',
      `x has ${x.length} values, but ${rows} rows of ${ensemble.nFeatures} features need ${rows * ensemble.nFeatures}.`,
    )
  }
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
  const { ensemble, walker, scores } = model
  const { kind, nClasses, leafSize, baseScores, threshold } = ensemble
  const { leaves } = walker
  walker.walk(x, offset)
  if (leafSize > 1) {
    meanLeaves(ensemble, leaves, out, at, nClasses)
    return
  }
  const count = baseScores.length
  if (ensemble.leafLines) sumLines(model, x, offset)
  else if (count === 1) {
    let sum = kind === 'boosted-trees' ? baseScores[0]! : 0
    for (let t = 0; t < leaves.length; t++) sum += threshold[leaves[t]!]!
    scores[0] = sum
  } else {
    // One score a class; trees take turns.
    for (let k = 0; k < count; k++) scores[k] = baseScores[k]!
    for (let t = 0; t < leaves.length; t += count) for (let k = 0; k < count; k++) scores[k]! += threshold[leaves[t + k]!]!
  }
  finishScores(ensemble, scores, 0, out, at)
}

function sumLines({ ensemble, walker, scores }: CompiledEnsemble, x: Float32Array, offset: number): void {
  const { kind, baseScores, leafLines } = ensemble
  const { leaves } = walker
  for (let k = 0; k < scores.length; k++) scores[k] = kind === 'boosted-trees' ? baseScores[k]! : 0
  for (let t = 0; t < leaves.length; t++) scores[t % scores.length]! += lineAt(ensemble, leafLines!, leaves[t]!, x, offset)
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

/** Mean shares of the classes in the leaves. */
function meanLeaves(
  { left, leafSize, leafValues }: TreeEnsemble,
  leaves: Uint32Array,
  out: Float64Array,
  at: number,
  classes: number,
): void {
  for (let k = 0; k < classes; k++) out[at + k] = 0
  for (let t = 0; t < leaves.length; t++) {
    const first = left[leaves[t]!]! * leafSize
    for (let k = 1; k < classes; k++) out[at + k]! += leafValues[first + k - 1]!
  }
  let rest = 1
  for (let k = 1; k < classes; k++) {
    out[at + k]! /= leaves.length
    rest -= out[at + k]!
  }
  // Rounding may leave -1e-8 for a class without rows.
  out[at] = rest > 0 ? rest : 0
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
