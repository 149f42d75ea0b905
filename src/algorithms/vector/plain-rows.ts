// The kernels of rows and slots in TypeScript, step by step as in assembly/vector/rows.ts, quantise.ts and slots.ts.

import type { VectorKernels } from './kernels.ts'
import { push, threshold } from './plain-heap.ts'
import type { VectorViews } from './vector-memory.ts'

const { fround } = Math

export function plainRows(
  views: () => VectorViews,
): Pick<VectorKernels, 'quantiseRow' | 'scanRows' | 'scanListedRows' | 'rescore' | 'slotsOfKeys' | 'listBits'> {
  const score = ({ i8, u8, f32, i32 }: VectorViews, query: number, row: number, aux: number, stride: number): number => {
    let sum = 0
    for (let j = 0; j < stride; j++) sum += i8[row + j]! * u8[query + j]!
    return fround(fround(sum - i32[(aux >> 2) + 1]!) * f32[aux >> 2]!)
  }
  return {
    quantiseRow(x, stride, row, aux, factor) {
      const { f32, i8, i32 } = views()
      const from = x >>> 2
      let most = 0
      for (let j = 0; j < stride; j++) most = Math.max(most, Math.abs(f32[from + j]!))
      const inverse = most > 0 ? fround(127 / most) : 0
      let sum = 0
      for (let j = 0; j < stride; j++) {
        const value = Math.max(-128, Math.min(127, nearestEven(fround(f32[from + j]! * inverse))))
        i8[row + j] = value
        sum += value
      }
      f32[aux >>> 2] = fround(fround(most / 127) * fround(factor))
      i32[(aux >>> 2) + 1] = sum << 6
    },
    scanRows(query, rows, aux, norms, weight, n, slot, stride, allowed, scores, slots, size, count) {
      const all = views()
      let kept = count
      for (let i = 0; i < n; i++) {
        if (((all.u32[(allowed >>> 2) + (i >> 5)]! >>> (i & 31)) & 1) === 0) continue
        let found = score(all, query, rows + i * stride, aux + i * 8, stride)
        if (norms !== 0) found = fround(found - fround(all.f32[(norms >>> 2) + i]! * fround(weight)))
        if (found > threshold(all.f32, scores, size, kept)) kept = push(all, scores, slots, size, kept, found, slot + i)
      }
      return kept
    },
    scanListedRows(query, rows, aux, norms, weight, list, n, slot, stride, scores, slots, size, count) {
      const all = views()
      let kept = count
      for (let i = 0; i < n; i++) {
        const place = all.i32[(list >>> 2) + i]!
        let found = score(all, query, rows + place * stride, aux + place * 8, stride)
        if (norms !== 0) found = fround(found - fround(all.f32[(norms >>> 2) + place]! * fround(weight)))
        if (found > threshold(all.f32, scores, size, kept)) kept = push(all, scores, slots, size, kept, found, slot + place)
      }
      return kept
    },
    rescore(query, blocks, candidates, n, stride, weight, scores, slots, size) {
      const all = views()
      const { i8, i16, i32, u32, f32 } = all
      let kept = 0
      for (let i = 0; i < n; i++) {
        const slot = i32[(candidates >>> 2) + i]!
        const block = (blocks >>> 2) + (slot >> 12) * 3
        const place = slot & 4095
        const row = u32[block]! + place * stride
        let sum = 0
        for (let j = 0; j < stride; j++) sum += i8[row + j]! * i16[(query >>> 1) + j]!
        let found = fround(fround(sum) * f32[(u32[block + 1]! >>> 2) + place * 2]!)
        const norms = u32[block + 2]!
        if (norms !== 0) found = fround(found - fround(f32[(norms >>> 2) + place]! * fround(weight)))
        if (found > threshold(f32, scores, size, kept)) kept = push(all, scores, slots, size, kept, found, slot)
      }
      return kept
    },
    slotsOfKeys(keys, words, directory, slots) {
      const { u32 } = views()
      let found = 0
      for (let word = 0; word < words; word++) {
        let bits = u32[(keys >>> 2) + word]!
        const page = u32[(directory >>> 2) + (word >> 9)]!
        if (page === 0) continue
        const first = (page >>> 2) + ((word & 511) << 5)
        while (bits !== 0) {
          const entry = u32[first + lowestBit(bits)]!
          bits = (bits & (bits - 1)) >>> 0
          if (entry === 0) continue
          const slot = entry - 1
          u32[(slots >>> 2) + (slot >>> 5)]! |= 1 << (slot & 31)
          found++
        }
      }
      return found
    },
    listBits(bitmap, words, out) {
      const { u32, i32 } = views()
      let found = 0
      for (let word = 0; word < words; word++) {
        let bits = u32[(bitmap >>> 2) + word]!
        while (bits !== 0) {
          i32[(out >>> 2) + found++] = word * 32 + lowestBit(bits)
          bits = (bits & (bits - 1)) >>> 0
        }
      }
      return found
    },
  }
}

function nearestEven(x: number): number {
  const low = Math.floor(x)
  const above = x - low
  if (above !== 0.5) return above < 0.5 ? low : low + 1
  return low % 2 === 0 ? low : low + 1
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}
