// Twin of assembly/gaussians.ts in TypeScript.

import { exp } from './exponential.ts'
import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

const LEAST_EXPONENT = -70
const LEAST_SHARE = 1e-30

export function plainGaussians({ f64 }: HeapViews): Pick<Kernels, 'triangularDistances' | 'diagonalDistances' | 'sharesOf' | 'addScatter'> {
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
    sharesOf(distances, stride, n, offsets, k, largest, sums) {
      for (let row = 0; row < n; row++) {
        const from = (distances >>> 3) + row
        const end = from + k * stride
        let most = Number.NEGATIVE_INFINITY
        for (let at = from, c = offsets >>> 3; at < end; at += stride, c++) {
          f64[at] = f64[c]! - f64[at]! * 0.5
          if (most < f64[at]!) most = f64[at]!
        }
        let sum = 0
        for (let at = from; at < end; at += stride) {
          const exponent = f64[at]! - most
          f64[at] = exponent < LEAST_EXPONENT ? 0 : exp(exponent)
          sum += f64[at]!
        }
        for (let at = from; at < end; at += stride) {
          const share = f64[at]! / sum
          f64[at] = share < LEAST_SHARE ? 0 : share
        }
        f64[(largest >>> 3) + row] = most
        f64[(sums >>> 3) + row] = sum
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
