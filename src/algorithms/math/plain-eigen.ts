// Twin of assembly/eigen.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

export function plainEigen({ f64 }: HeapViews): Pick<Kernels, 'updateTimes' | 'reflectRows'> {
  /** Sums of the even and of the odd entries, added up. */
  const updateRow = (row: number, i: number, v: number, w: number, x: number, block: number): number => {
    const [vi, wi] = [f64[v + i]!, f64[w + i]!]
    let [even, odd] = [0, 0]
    for (let j = 0; j < block; j += 2) {
      const one = f64[row + j]! - vi * f64[w + j]! - wi * f64[v + j]!
      const two = f64[row + j + 1]! - vi * f64[w + j + 1]! - wi * f64[v + j + 1]!
      f64[row + j] = one
      f64[row + j + 1] = two
      even += one * f64[x + j]!
      odd += two * f64[x + j + 1]!
    }
    return even + odd
  }
  const dot = (v: number, z: number, end: number): number => {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let j = 0; j < end; j += 4) {
      a += f64[v + j]! * f64[z + j]!
      b += f64[v + j + 1]! * f64[z + j + 1]!
      c += f64[v + j + 2]! * f64[z + j + 2]!
      d += f64[v + j + 3]! * f64[z + j + 3]!
    }
    return a + c + (b + d)
  }
  return {
    updateTimes(a, stride, m, vBytes, wBytes, xBytes, yBytes) {
      const [v, w, x, y] = [vBytes >>> 3, wBytes >>> 3, xBytes >>> 3, yBytes >>> 3]
      const end = (m + 1) & ~1
      f64.fill(0, y, y + end)
      for (let i = 0, r0 = a >>> 3; i < end; i += 2, r0 += 2 * stride) {
        const r1 = r0 + stride
        const sums = [updateRow(r0, i, v, w, x, i), updateRow(r1, i + 1, v, w, x, i)] as const
        const [x0, x1] = [f64[x + i]!, f64[x + i + 1]!]
        for (let j = 0; j < i; j++) f64[y + j] = f64[y + j]! + f64[r0 + j]! * x0 + f64[r1 + j]! * x1
        const [v0, v1, w0, w1] = [f64[v + i]!, f64[v + i + 1]!, f64[w + i]!, f64[w + i + 1]!]
        const a00 = f64[r0 + i]! - v0 * w0 - w0 * v0
        const a10 = f64[r1 + i]! - v1 * w0 - w1 * v0
        const a11 = f64[r1 + i + 1]! - v1 * w1 - w1 * v1
        f64[r0 + i] = a00
        f64[r1 + i] = a10
        f64[r1 + i + 1] = a11
        f64[y + i] = sums[0] + a00 * x0 + a10 * x1
        f64[y + i + 1] = sums[1] + a10 * x0 + a11 * x1
      }
    },
    reflectRows(rows, stride, count, reflectors, factors, first, n) {
      for (let row = 0, z = rows >>> 3; row < count; row++, z += stride) {
        for (let i = first; i < n; i++) {
          const factor = f64[(factors >>> 3) + i]!
          if (factor === 0) continue
          const v = (reflectors >>> 3) + i * stride
          const end = (i + 3) & ~3
          const share = factor * dot(v, z, end)
          for (let j = 0; j < end; j++) f64[z + j]! -= share * f64[v + j]!
        }
      }
    },
  }
}
