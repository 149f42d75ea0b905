// Twin of assembly/nodes.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

const INFINITE = 0x7f800000

export function plainNodes({ u8, i32 }: HeapViews): Pick<Kernels, 'checkNodes'> {
  return {
    checkNodes(feature, left, threshold, missing, n, first, nodes, features, places) {
      const hasPlaces = places < 0 ? 0 : -1
      let leaves = 0
      let wrong = 0
      for (let i = 0; i < n; i++) {
        const f = i32[(feature >>> 2) + i]!
        const l = i32[(left >>> 2) + i]!
        const leaf = f >> 31
        leaves -= leaf
        wrong |= (f + 1) | (features - 1 - f) | (1 - u8[missing + i]!)
        wrong |= ~leaf & (l | (l - (first + i + 1)) | (nodes - 2 - l))
        wrong |= leaf & hasPlaces & (l | (places - 1 - l))
        wrong |= ~(leaf & hasPlaces) & (INFINITE + leaf - (i32[(threshold >>> 2) + i]! & 0x7fffffff))
      }
      return wrong < 0 ? -1 : leaves
    },
  }
}
