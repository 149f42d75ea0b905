// Twin of assembly/products.ts and assembly/gram.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

export function plainProducts({
  i32,
  u32,
  f64,
}: HeapViews): Pick<Kernels, 'sparseTimes' | 'denseTimes' | 'addTransposedTimes' | 'packPanels' | 'addGram'> {
  return {
    sparseTimes(starts, indices, values, from, to, v, p, out) {
      const [begin, columns, entries, block] = [starts >>> 2, indices >>> 2, values >>> 3, v >>> 3]
      for (let row = from, target = out >>> 3; row < to; row++, target += p) {
        f64.fill(0, target, target + p)
        for (let at = i32[begin + row]!; at < i32[begin + row + 1]!; at++) {
          const value = f64[entries + at]!
          const line = block + u32[columns + at]! * p
          for (let j = 0; j < p; j++) f64[target + j]! += value * f64[line + j]!
        }
      }
    },
    denseTimes(a, stride, n, columns, v, p, upper, out) {
      for (let row = 0, target = out >>> 3, from = a >>> 3; row < n; row++, target += p, from += stride) {
        f64.fill(0, target, target + p)
        for (let c = 0, line = v >>> 3; c < columns; c++, line += p) {
          const value = f64[from + c]!
          for (let j = upper ? c & ~3 : 0; j < p; j++) f64[target + j]! += value * f64[line + j]!
        }
      }
    },
    addTransposedTimes(a, stride, columns, n, u, p, out) {
      const sums = new Float64Array(p)
      for (let c = 0, target = out >>> 3; c < columns; c++, target += p) {
        sums.fill(0)
        for (let row = 0, from = (a >>> 3) + c, right = u >>> 3; row < n; row++, from += stride, right += p) {
          const value = f64[from]!
          for (let j = 0; j < p; j++) sums[j]! += value * f64[right + j]!
        }
        for (let j = 0; j < p; j++) f64[target + j]! += sums[j]!
      }
    },
    packPanels(rows, columns, n, shift, panels, sums) {
      for (let column = 0; column < Math.ceil(columns / 4) * 4; column++) {
        let to = (panels >>> 3) + (column & ~3) * n + (column & 3)
        for (let row = 0, at = (rows >>> 3) + column; row < n; row++, at += columns, to += 4) {
          const value = column < columns ? f64[at]! - f64[(shift >>> 3) + column]! : 0
          f64[to] = value
          if (column < columns) f64[(sums >>> 3) + column]! += value
        }
      }
    },
    addGram(panels, stride, n, out) {
      for (let left = 0; left < stride; left++) {
        const a = (panels >>> 3) + (left & ~3) * n + (left & 3)
        for (let right = 0; right <= (left | 3); right++) {
          const b = (panels >>> 3) + (right & ~3) * n + (right & 3)
          let sum = 0
          for (let at = 0; at < 4 * n; at += 4) sum += f64[a + at]! * f64[b + at]!
          f64[(out >>> 3) + left * stride + right]! += sum
        }
      }
    },
  }
}
