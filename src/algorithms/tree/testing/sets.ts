// Training sets and measurements of models for the tests of the tree learners.

import { createHash } from 'node:crypto'
import { createRng } from '../../math/rng.ts'
import { accuracyScore } from '../../metrics/classification-scores.ts'
import { rocAucScore } from '../../metrics/ranking-scores.ts'
import { r2Score } from '../../metrics/regression-scores.ts'
import type { TreeEnsemble } from '../ensemble.ts'
import { outputCount, predictRows } from '../predict.ts'
import type { TrainingSet } from '../training-set.ts'

/** A set from rows [features..., target]. */
export function setOf(rows: readonly (readonly number[])[], classes: number, weights?: Float64Array): TrainingSet {
  const features = rows[0]!.length - 1
  return {
    x: Float32Array.from(rows.flatMap((row) => row.slice(0, features))),
    y: Float64Array.from(rows, (row) => row[features]!),
    ...{ rows: rows.length, features, classes, weights },
  }
}

/** Random features with some ties and missing values; the target follows the first two. */
export function randomSet(rows: number, features: number, classes: number, seed: number, missing = 0.1): TrainingSet<Float64Array> {
  const rng = createRng(seed)
  const x = new Float32Array(rows * features)
  for (let i = 0; i < x.length; i++) x[i] = rng.next() < missing ? Number.NaN : Math.floor(rng.next() * 100) / 10
  const y = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const signal = (x[i * features]! || 0) + (x[i * features + 1]! || 0) * 0.5 + rng.next() * 3
    y[i] = classes === 0 ? signal : Math.min(classes - 1, Math.floor((signal / 16) * classes))
  }
  return { x, y, rows, features, classes }
}

/**
 * Columns of few values: a one-hot code of 5, one of 12 that some rows miss, 8 bits that do not exclude each other, 6 counts that are
 * mostly 0, and two columns of many values.
 */
export function discreteSet(rows: number, classes: number, seed: number): TrainingSet {
  const rng = createRng(seed)
  const features = 33
  const x = new Float32Array(rows * features)
  const y = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const row = x.subarray(i * features, (i + 1) * features)
    const [a, b] = [rng.below(5), rng.below(12)]
    row[a] = 1
    if (rng.next() < 0.1) row.fill(Number.NaN, 5, 17)
    else row[5 + b] = 1
    for (let f = 17; f < 25; f++) row[f] = rng.next() < (f - 15) / 20 ? 1 : 0
    for (let f = 25; f < 31; f++) row[f] = rng.next() < 0.1 ? 1 + rng.below(6) : 0
    row[31] = rng.next()
    row[32] = rng.below(200)
    const signal = a + (b % 3) + 2 * row[24]! * row[23]! + row[25]! + 6 - row[30]! + 2 * row[31]! + 3 * rng.next()
    y[i] = classes === 0 ? signal : Math.min(classes - 1, Math.floor((signal / 18) * classes))
  }
  return { x, y, rows, features, classes }
}

export function sha256(ensemble: TreeEnsemble): string {
  const hash = createHash('sha256')
  for (const field of Object.values(ensemble)) hash.update(ArrayBuffer.isView(field) ? (field as Uint8Array) : String(field))
  return hash.digest('hex')
}

export function rowsOf(set: TrainingSet, order: readonly number[]): TrainingSet {
  const { x, y, features } = set
  return {
    x: Float32Array.from(order.flatMap((i) => [...x.subarray(i * features, (i + 1) * features)])),
    y: Float64Array.from(order, (i) => y[i]!),
    ...{ rows: order.length, features, classes: set.classes },
  }
}

export function shuffled(count: number, seed: number): number[] {
  const rng = createRng(seed)
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

export function classesOf(model: TreeEnsemble, set: TrainingSet): Float64Array {
  const p = predictRows(model, set.x, set.rows)
  const width = outputCount(model)
  return Float64Array.from({ length: set.rows }, (_, i) => {
    const row = p.subarray(i * width, (i + 1) * width)
    return row.indexOf(Math.max(...row))
  })
}

export function scoresOf(model: TreeEnsemble, test: TrainingSet): Record<string, number> {
  const p = predictRows(model, test.x, test.rows)
  if (test.classes === 0) return { r2: r2Score(test.y, p) }
  const accuracy = accuracyScore(test.y, classesOf(model, test))
  return test.classes === 2
    ? {
        accuracy,
        auc: rocAucScore(
          test.y,
          p.filter((_, i) => i % 2 === 1),
        ),
      }
    : { accuracy }
}

/** Rows of a set in each leaf. */
export function rowsByLeaf(model: TreeEnsemble, set: TrainingSet): Map<number, number> {
  const counts = new Map<number, number>()
  for (const root of model.roots) {
    for (let i = 0; i < set.rows; i++) {
      let node = root
      while (model.feature[node]! >= 0) {
        const value = set.x[i * set.features + model.feature[node]!]!
        const goesLeft = Number.isNaN(value) ? model.missingLeft[node] === 1 : value <= model.threshold[node]!
        node = model.left[node]! + (goesLeft ? 0 : 1)
      }
      counts.set(node, (counts.get(node) ?? 0) + 1)
    }
  }
  return counts
}
