// Twin of assembly/walk.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

export function plainWalk({ u32, f32, f64 }: HeapViews): Pick<Kernels, 'walkKnown' | 'walkMissing'> {
  const walk: Kernels['walkKnown'] = (nodes, values, root, depth, x, stride, n, out, outStride) => {
    for (let i = 0; i < n; i++) {
      const row = x + i * stride
      let node = root
      for (let d = 0; d < depth; d++) {
        const at = (nodes + node) >>> 2
        const value = f32[(row + u32[at]!) >>> 2]!
        const right = Number.isNaN(value) ? u32[at + 3] === 0 : value > f32[at + 1]!
        node = u32[at + 2]! + (right ? 16 : 0)
      }
      f64[(out + i * outStride) >>> 3]! += f64[(values + (node >>> 1)) >>> 3]!
    }
  }
  return { walkKnown: walk, walkMissing: walk }
}
