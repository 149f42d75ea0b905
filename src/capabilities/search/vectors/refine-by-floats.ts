// Orders candidates by their float32 rows: the last step of an exact search.

import type { VectorMetric } from '../../../algorithms/vector/vector-memory.ts'
import type { VectorHit } from './vector-index.ts'

/** The hits with exact scores, the nearest first; one without a float32 row keeps its score. */
export function refineByFloats(
  hits: readonly VectorHit[],
  floats: ReadonlyMap<number, Float32Array>,
  query: Float32Array,
  metric: VectorMetric,
): VectorHit[] {
  const length = metric === 'cosine' ? Math.hypot(...query) : 1
  const scored = hits.map(({ key, score }) => {
    const row = floats.get(key)
    return { key, score: row === undefined ? score : scoreOf(row, query, metric) / length }
  })
  return scored.sort((left, right) => right.score - left.score || left.key - right.key)
}

function scoreOf(row: Float32Array, query: Float32Array, metric: VectorMetric): number {
  let dot = 0
  let squares = 0
  let distance = 0
  for (let j = 0; j < query.length; j++) {
    dot += row[j]! * query[j]!
    squares += row[j]! * row[j]!
    distance += (row[j]! - query[j]!) ** 2
  }
  if (metric === 'dot') return dot
  return metric === 'cosine' ? dot / Math.sqrt(squares) : -Math.sqrt(distance)
}
