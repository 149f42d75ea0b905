// Twin of assembly/histograms.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

type Histograms = Pick<
  Kernels,
  'histogram1' | 'histogram4' | 'histogramAll1' | 'histogramAll4' | 'histogramPacked1' | 'histogramPacked4' | 'subtract'
>

export function plainHistograms({ u8, i32, u32 }: HeapViews): Histograms {
  const histogram1: Kernels['histogram1'] = (c0, h0, idx, pairs, n) => {
    const [base, rows, values] = [h0 >>> 2, idx >>> 2, pairs >>> 2]
    for (let i = 0; i < n; i++) {
      const at = base + (u8[c0 + u32[rows + i]!]! << 2)
      i32[at]! += i32[values + 2 * i]!
      i32[at + 1]! += i32[values + 2 * i + 1]!
      i32[at + 2]!++
    }
  }
  const histogramAll1: Kernels['histogramAll1'] = (c0, h0, pairs, n) => {
    const [base, values] = [h0 >>> 2, pairs >>> 2]
    for (let i = 0; i < n; i++) {
      const at = base + (u8[c0 + i]! << 2)
      i32[at]! += i32[values + 2 * i]!
      i32[at + 1]! += i32[values + 2 * i + 1]!
      i32[at + 2]!++
    }
  }
  const histogramPacked1: Kernels['histogramPacked1'] = (c0, h0, entries, codes, n) => {
    const [base, rows, values] = [h0 >>> 2, entries >>> 2, codes >>> 2]
    for (let i = 0; i < n; i++) {
      const entry = u32[rows + i]!
      const at = base + (u8[c0 + (entry >>> 6)]! << 2)
      const code = values + ((entry & 63) << 2)
      i32[at]! += i32[code]!
      i32[at + 1]! += i32[code + 1]!
      i32[at + 2]! += i32[code + 2]!
    }
  }
  return {
    histogram1,
    histogramAll1,
    histogramPacked1,
    histogram4(c0, c1, c2, c3, h0, h1, h2, h3, idx, pairs, n) {
      histogram1(c0, h0, idx, pairs, n)
      histogram1(c1, h1, idx, pairs, n)
      histogram1(c2, h2, idx, pairs, n)
      histogram1(c3, h3, idx, pairs, n)
    },
    histogramAll4(c0, c1, c2, c3, h0, h1, h2, h3, pairs, n) {
      histogramAll1(c0, h0, pairs, n)
      histogramAll1(c1, h1, pairs, n)
      histogramAll1(c2, h2, pairs, n)
      histogramAll1(c3, h3, pairs, n)
    },
    histogramPacked4(c0, c1, c2, c3, h0, h1, h2, h3, entries, codes, n) {
      histogramPacked1(c0, h0, entries, codes, n)
      histogramPacked1(c1, h1, entries, codes, n)
      histogramPacked1(c2, h2, entries, codes, n)
      histogramPacked1(c3, h3, entries, codes, n)
    },
    subtract(hist, other, bins) {
      const [to, from] = [hist >>> 2, other >>> 2]
      for (let i = 0; i < bins * 4; i++) i32[to + i]! -= i32[from + i]!
    },
  }
}
