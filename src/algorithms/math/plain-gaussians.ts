// Twin of assembly/gaussians.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

export function plainGaussians({ f64 }: HeapViews): Pick<Kernels, 'triangularDistances' | 'diagonalDistances' | 'addScatter'> {
  return {
    triangularDistances(x, stride, n, mean, factor, scratch, out) {
      const [from, center, f, d] = [x >>> 3, mean >>> 3, factor >>> 3, scratch >>> 3]
      for (let row = 0; row < n; row++) {
        for (let c = 0; c < stride; c++) f64[d + c] = f64[from + row * stride + c]! - f64[center + c]!
        let total = 0
        for (let j = 0; j < stride; j++) {
          let sum = 0
          const group = f + (j & ~3) * stride + (j & 3)
          for (let c = 0; c <= j; c++) sum += f64[d + c]! * f64[group + c * 4]!
          total += sum * sum
        }
        f64[(out >>> 3) + row] = total
      }
    },
    diagonalDistances(x, stride, n, mean, factor, out) {
      const [center, f] = [mean >>> 3, factor >>> 3]
      for (let row = 0; row < n; row++) {
        const from = (x >>> 3) + row * stride
        let [even, odd] = [0, 0]
        for (let c = 0; c < stride; c += 2) {
          const d = (f64[from + c]! - f64[center + c]!) * f64[f + c]!
          const e = (f64[from + c + 1]! - f64[center + c + 1]!) * f64[f + c + 1]!
          even += d * d
          odd += e * e
        }
        f64[(out >>> 3) + row] = even + odd
      }
    },
    addScatter(x, stride, n, mean, weights, diagonal, scratch, sums, scatter) {
      const [center, d, to] = [mean >>> 3, scratch >>> 3, scatter >>> 3]
      for (let row = 0; row < n; row++) {
        const w = f64[(weights >>> 3) + row]!
        if (w === 0) continue
        const from = (x >>> 3) + row * stride
        for (let c = 0; c < stride; c++) {
          const difference = f64[from + c]! - f64[center + c]!
          f64[d + c] = difference
          f64[(sums >>> 3) + c]! += w * difference
          if (diagonal) f64[to + c]! += w * difference * difference
        }
        if (diagonal) continue
        for (let i = 0; i < stride; i++) {
          const weighted = w * f64[d + i]!
          for (let c = 0; c <= (i | 1); c++) f64[to + i * stride + c]! += weighted * f64[d + c]!
        }
      }
    },
  }
}
