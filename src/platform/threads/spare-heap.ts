// Keeps the memory of the last training for the next one. A shared memory is given back only when the garbage collectors of all threads
// that saw it have run, and none of them counts its size: without this each fit of a million rows adds its 60 MB to those before.

import { createHeap, type Engine, type Heap } from '../../algorithms/math/heap.ts'

/** As long as idle threads are kept. */
const KEPT_MS = 30_000
/** A spare one is taken when at most this many times too large. */
const LOOSENESS = 1.25

let spare: { readonly heap: Heap; readonly timer: NodeJS.Timeout } | undefined

export interface TakenHeap {
  readonly heap: Heap
  /** Whether it holds what an earlier training left, so that it must be cleared. */
  readonly isUsed: boolean
}

/** @throws `memory_limit` as `createHeap`. */
export function takeHeap(bytes: number, engine: Engine = 'auto'): TakenHeap {
  const last = spare
  if (last === undefined || engine !== 'auto') return { heap: createHeap(bytes, engine), isUsed: false }
  // One that does not fit is let go: both together may be too much.
  clearTimeout(last.timer)
  spare = undefined
  const has = last.heap.buffer.byteLength
  return has >= bytes && has <= bytes * LOOSENESS ? { heap: last.heap, isUsed: true } : { heap: createHeap(bytes, engine), isUsed: false }
}

/** Keeps a heap on which no thread works any more. */
export function keepHeap(heap: Heap): void {
  if (heap.memory === undefined) return
  clearTimeout(spare?.timer)
  const timer = setTimeout(() => {
    spare = undefined
  }, KEPT_MS)
  timer.unref()
  spare = { heap, timer }
}
