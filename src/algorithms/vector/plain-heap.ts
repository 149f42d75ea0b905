// assembly/vector/heap.ts in TypeScript: the same moves, so that rows of equal score leave in the same order.

import type { VectorViews } from './vector-memory.ts'

export function threshold(f32: Float32Array, scores: number, size: number, count: number): number {
  return count < size ? Number.NEGATIVE_INFINITY : f32[scores >>> 2]!
}

/** Offsets are of bytes. */
export function push(
  { f32, i32 }: VectorViews,
  scores: number,
  slots: number,
  size: number,
  count: number,
  score: number,
  slot: number,
): number {
  const s = scores >>> 2
  const t = slots >>> 2
  const move = (from: number, to: number): void => {
    f32[s + to] = f32[s + from]!
    i32[t + to] = i32[t + from]!
  }
  let at = count < size ? count : 0
  if (count < size) {
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (f32[s + parent]! <= score) break
      move(parent, at)
      at = parent
    }
  } else {
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && f32[s + child + 1]! < f32[s + child]!) child++
      if (f32[s + child]! >= score) break
      move(child, at)
      at = child
    }
  }
  f32[s + at] = score
  i32[t + at] = slot
  return count < size ? count + 1 : count
}
