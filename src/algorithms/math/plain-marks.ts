// Twin of assembly/marks.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'
import { plainScan } from './plain-scan.ts'

export function plainMarks(views: HeapViews): Pick<Kernels, 'markBins' | 'clearMarked' | 'scanMarked'> {
  const { u8, u32 } = views
  const { scan } = plainScan(views)
  return {
    markBins(column, entries, n, shift, _, mask) {
      u8.fill(0, mask, mask + 32)
      for (let i = 0; i < n; i++) {
        const bin = u8[column + (u32[(entries >>> 2) + i]! >>> shift)]!
        u8[mask + (bin >>> 3)]! |= 1 << (bin & 7)
      }
    },
    clearMarked(hist, stride, mask) {
      for (let bin = 0; bin < 256; bin++) {
        if (((u8[mask + (bin >>> 3)]! >>> (bin & 7)) & 1) === 1) u8.fill(0, hist + bin * stride, hist + (bin + 1) * stride)
      }
    },
    scanMarked(hist, _, valueBins, g, h, count, minRows, out) {
      scan(hist, valueBins, g, h, count, 0, 0, minRows, out)
    },
  }
}
