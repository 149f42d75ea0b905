// Twin of assembly/nodes in TypeScript.

import type { CheckNodes } from './check-nodes.ts'

const INFINITE = 0x7f800000

export function plainCheckNodes(buffer: ArrayBuffer): CheckNodes {
  const [u8, i32] = [new Uint8Array(buffer), new Int32Array(buffer)]
  return (feature, left, threshold, missing, n, first, nodes, features, places) => {
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
  }
}
