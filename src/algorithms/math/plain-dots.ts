// Twin of assembly/dots.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

const { fround } = Math

export function plainDots({ f32 }: HeapViews): Pick<Kernels, 'floatDots'> {
  return {
    floatDots(a, aStride, n, b, bStride, m, d, out, outStride) {
      for (let i = 0; i < n; i++) {
        const row = (a >>> 2) + i * aStride
        for (let j = 0; j < m; j++) {
          const other = (b >>> 2) + j * bStride
          let [s0, s1, s2, s3] = [0, 0, 0, 0]
          for (let c = 0; c < d; c += 4) {
            s0 = fround(s0 + fround(f32[row + c]! * f32[other + c]!))
            s1 = fround(s1 + fround(f32[row + c + 1]! * f32[other + c + 1]!))
            s2 = fround(s2 + fround(f32[row + c + 2]! * f32[other + c + 2]!))
            s3 = fround(s3 + fround(f32[row + c + 3]! * f32[other + c + 3]!))
          }
          f32[(out >>> 2) + i * outStride + j] = fround(fround(s0 + s2) + fround(s1 + s3))
        }
      }
    },
  }
}
