// Twins of assembly/rows.ts and assembly/bins.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

type Rows = Pick<
  Kernels,
  'sortFloats' | 'binColumn' | 'splitRows' | 'numberRows' | 'gather' | 'gatherBytes' | 'addToScores' | 'clear' | 'copy'
>

export function plainRows({ u8, u32, f32, f64 }: HeapViews): Rows {
  return {
    sortFloats(keys, _, n) {
      f32.subarray(keys >>> 2, (keys >>> 2) + n).sort()
    },
    binColumn(x, features, n, edges, missingBin, bins) {
      const [first, table] = [x >>> 2, edges >>> 2]
      let missing = 0
      for (let i = 0; i < n; i++) {
        const value = f32[first + i * features]!
        let bin = 0
        for (let step = 128; step > 0; step >>= 1) if (f32[table + bin + step - 1]! < value) bin += step
        if (Number.isNaN(value)) {
          bin = missingBin
          missing = 1
        }
        u8[bins + i] = bin
      }
      return missing
    },
    splitRows(column, idx, n, shift, goesLeft, left, right) {
      const from = idx >>> 2
      let [l, r] = [left >>> 2, right >>> 2]
      for (let i = 0; i < n; i++) {
        const entry = u32[from + i]!
        const goes = u8[goesLeft + u8[column + (entry >>> shift)]!]!
        u32[l] = entry
        u32[r] = entry
        l += goes
        r += 1 - goes
      }
      return l - (left >>> 2)
    },
    numberRows(idx, n) {
      for (let i = 0; i < n; i++) u32[(idx >>> 2) + i] = i
    },
    gather(pairs, idx, n, to) {
      const [from, rows, target] = [pairs >>> 2, idx >>> 2, to >>> 2]
      for (let i = 0; i < n; i++) {
        const at = from + 2 * u32[rows + i]!
        u32[target + 2 * i] = u32[at]!
        u32[target + 2 * i + 1] = u32[at + 1]!
      }
    },
    gatherBytes(bytes, idx, n, to) {
      for (let i = 0; i < n; i++) u8[to + i] = u8[bytes + u32[(idx >>> 2) + i]!]!
    },
    addToScores(scores, stride, idx, n, value) {
      const [first, rows, step] = [scores >>> 3, idx >>> 2, stride >>> 3]
      for (let i = 0; i < n; i++) f64[first + u32[rows + i]! * step]! += value
    },
    clear(at, bytes) {
      u8.fill(0, at, at + bytes)
    },
    copy(to, from, bytes) {
      u8.copyWithin(to, from, from + bytes)
    },
  }
}
