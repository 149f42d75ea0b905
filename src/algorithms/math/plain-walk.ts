// Twin of assembly/walk.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

type Walks = Pick<Kernels, 'walkKnown' | 'walkMissing' | 'walkRowKnown' | 'walkRowMissing'>

export function plainWalk({ u32, f32, f64 }: HeapViews): Walks {
  /** Offset of the node that a row stands at after so many steps. */
  const down = (nodes: number, root: number, depth: number, row: number): number => {
    let node = root
    for (let d = 0; d < depth; d++) {
      const at = (nodes + node) >>> 2
      const value = f32[(row + u32[at]!) >>> 2]!
      const right = Number.isNaN(value) ? u32[at + 3] === 0 : value > f32[at + 1]!
      node = u32[at + 2]! + (right ? 16 : 0)
    }
    return node
  }
  const walk: Kernels['walkKnown'] = (nodes, values, root, depth, x, stride, n, out, outStride) => {
    for (let i = 0; i < n; i++) f64[(out + i * outStride) >>> 3]! += f64[(values + (down(nodes, root, depth, x + i * stride) >>> 1)) >>> 3]!
  }
  const walkRow: Kernels['walkRowKnown'] = (nodes, roots, depths, trees, row, leaves) => {
    for (let t = 0; t < trees; t++) {
      u32[(leaves >>> 2) + t] = down(nodes, u32[(roots >>> 2) + t]!, u32[(depths >>> 2) + (t >>> 3)]!, row) >>> 4
    }
  }
  return { walkKnown: walk, walkMissing: walk, walkRowKnown: walkRow, walkRowMissing: walkRow }
}
