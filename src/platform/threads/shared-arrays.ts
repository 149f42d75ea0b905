// Typed arrays on SharedArrayBuffer: every thread reads them where they are, none is sent a copy.

import type { TrainingSet } from '../../algorithms/tree/training-set.ts'

type SharedConstructor = new (buffer: SharedArrayBuffer) => ArrayBufferView & { set(from: ArrayLike<number>): void }

/** A copy of a typed array on shared memory; the array itself when it is there already. Costs one copy: build large sets shared at once. */
export function shareArray<A extends ArrayBufferView>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array
  const shared = new (array.constructor as SharedConstructor)(new SharedArrayBuffer(array.byteLength))
  shared.set(array as unknown as ArrayLike<number>)
  return shared as unknown as A
}

/** The same object with each typed array among its fields on shared memory. */
export function shareFields<T extends object>(value: T): T {
  const entries = Object.entries(value).map(([name, field]) => [
    name,
    ArrayBuffer.isView(field) && !(field instanceof DataView) ? shareArray(field) : field,
  ])
  return Object.fromEntries(entries) as T
}

/** An empty training set on shared memory, to be filled row by row and sent to threads without a copy. */
export function createSharedTrainingSet(rows: number, features: number, classes: number, weighted = false): TrainingSet<Float64Array> {
  const doubles = (): Float64Array => new Float64Array(new SharedArrayBuffer(rows * 8))
  const x = new Float32Array(new SharedArrayBuffer(rows * features * 4))
  return { x, rows, features, y: doubles(), weights: weighted ? doubles().fill(1) : undefined, classes }
}
