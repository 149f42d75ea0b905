// assembly/vector/codes.ts in TypeScript, on words of 32 bits.

import type { VectorKernels } from './kernels.ts'
import type { VectorViews } from './vector-memory.ts'

const { fround } = Math
/** Places in the state of a scan, in words. */
const LIMIT = 0
const TAKEN = 1
const KEPT = 2
const ACCEPT = 3
const WANTED = 4
const CAPACITY = 5
const HISTOGRAM = 16

export function plainCodes(views: () => VectorViews): Pick<VectorKernels, 'encodeRows' | 'scanCodes' | 'scanListedCodes'> {
  return {
    encodeRows(rows, aux, mean, n, stride, words, out) {
      const { i8, f32, u32 } = views()
      for (let i = 0; i < n; i++) {
        const scale = f32[(aux >>> 2) + 2 * i]!
        const inverse = scale > 0 ? fround(1 / scale) : 0
        const code = (out >>> 2) + i * words * 2
        u32.fill(0, code, code + words * 2)
        for (let j = 0; j < stride; j++) {
          const bound = Math.floor(fround(f32[(mean >>> 2) + j]! * inverse))
          if (i8[rows + i * stride + j]! > Math.max(-128, Math.min(127, bound))) u32[code + (j >> 5)]! |= 1 << (j & 31)
        }
      }
    },
    scanCodes(query, codes, n, slot, words, allowed, list, state) {
      const all = views()
      for (let i = 0; i < n; i++) {
        const bits = difference(all.u32, query, codes + i * words * 8, words * 2)
        if (bits >= all.i32[(state >>> 2) + ACCEPT]!) continue
        if (((all.u32[(allowed >>> 2) + (i >> 5)]! >>> (i & 31)) & 1) === 1) accept(all, slot + i, bits, list, state)
      }
    },
    scanListedCodes(query, codes, places, n, slot, words, list, state) {
      const all = views()
      for (let i = 0; i < n; i++) {
        const place = all.i32[(places >>> 2) + i]!
        const bits = difference(all.u32, query, codes + place * words * 8, words * 2)
        if (bits < all.i32[(state >>> 2) + ACCEPT]!) accept(all, slot + place, bits, list, state)
      }
    },
  }
}

function difference(u32: Uint32Array, query: number, code: number, words: number): number {
  let bits = 0
  for (let j = 0; j < words; j++) bits += popcount(u32[(query >>> 2) + j]! ^ u32[(code >>> 2) + j]!)
  return bits
}

export function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555)
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333)
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

function accept({ i32 }: VectorViews, slot: number, bits: number, list: number, state: number): void {
  const at = state >>> 2
  const entries = list >>> 2
  const capacity = i32[at + CAPACITY]!
  if (i32[at + TAKEN] === capacity) {
    const taken = compact(i32, entries, capacity, i32[at + LIMIT]!)
    if (taken > capacity >> 1 && i32[at + ACCEPT] === i32[at + LIMIT]) i32[at + ACCEPT]!--
    i32[at + TAKEN] = taken
    if (taken === capacity || bits >= i32[at + ACCEPT]!) return
  }
  const taken = i32[at + TAKEN]!++
  i32[entries + taken * 2] = slot
  i32[entries + taken * 2 + 1] = bits
  i32[at + HISTOGRAM + bits]!++
  let kept = i32[at + KEPT]! + 1
  let limit = i32[at + LIMIT]!
  while (limit > 0) {
    const last = i32[at + HISTOGRAM + limit - 1]!
    if (kept - last < i32[at + WANTED]!) break
    kept -= last
    limit--
  }
  i32[at + KEPT] = kept
  i32[at + LIMIT] = limit
  if (limit < i32[at + ACCEPT]!) i32[at + ACCEPT] = limit
}

function compact(i32: Int32Array, entries: number, taken: number, limit: number): number {
  let to = 0
  for (let i = 0; i < taken; i++) {
    if (i32[entries + i * 2 + 1]! >= limit) continue
    i32[entries + to * 2] = i32[entries + i * 2]!
    i32[entries + to * 2 + 1] = i32[entries + i * 2 + 1]!
    to++
  }
  return to
}
