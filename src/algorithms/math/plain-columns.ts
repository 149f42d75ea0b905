// Twin of assembly/columns.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'
import { plainHistograms } from './plain-histograms.ts'
import { plainScanAbove } from './plain-scan.ts'

/** Words of an entry of the table of columns; see assembly/columns.ts. */
export const COLUMN_WORDS = 5
/** Doubles that stand for what is found in a column in one of the two nodes. */
export const FOUND_NUMBERS = 16

export function plainColumns(views: HeapViews): Pick<Kernels, 'searchColumns'> {
  const { u8, u32, f64 } = views
  const { histogram1, histogramAll1, subtract } = plainHistograms(views)
  const scanAbove = plainScanAbove(views)
  const scanNode = (best: number, hist: number, valueBins: number, node: number, rules: number, out: number): number => {
    const count = f64[node + 2]!
    if (count !== 0) {
      const { [rules]: lambda, [rules + 1]: minHessian, [rules + 2]: minRows } = f64
      return scanAbove(best, hist, valueBins, f64[node]!, f64[node + 1]!, count, lambda!, minHessian!, minRows!, out)
    }
    f64[out >>> 3] = -1
    return best
  }
  return {
    searchColumns(columns, first, last, rows, pairs, n, built, sibling, rules, found) {
      const about = rules >>> 3
      let [builtBest, siblingBest] = [-1, -1]
      for (let j = first; j < last; j++) {
        const at = (columns >>> 2) + j * COLUMN_WORDS
        const { [at]: bins, [at + 1]: offset, [at + 2]: valueBins, [at + 3]: isPlain } = u32
        const hist = built + offset!
        u8.fill(0, hist, hist + (valueBins! + 1) * 16)
        if (rows === 0) histogramAll1(bins!, hist, pairs, n)
        else histogram1(bins!, hist, rows, pairs, n)
        if (sibling !== 0) subtract(sibling + offset!, hist, valueBins! + 1)
        if (isPlain === 0) continue
        const out = found + j * 2 * FOUND_NUMBERS * 8
        builtBest = scanNode(builtBest, hist, valueBins!, about, about + 6, out)
        if (sibling !== 0) siblingBest = scanNode(siblingBest, sibling + offset!, valueBins!, about + 3, about + 6, out + FOUND_NUMBERS * 8)
      }
    },
  }
}
