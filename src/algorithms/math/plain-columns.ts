// Twin of assembly/columns.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'
import { plainHistograms } from './plain-histograms.ts'
import { plainScanAbove } from './plain-scan.ts'

/** Words of an entry of the table of columns; see assembly/columns.ts. */
export const COLUMN_WORDS = 9
/** Which of them are the codes of its bundle. */
export const COLUMN_CODES = 5
/** Doubles that stand for what is found in one of the two nodes. */
export const FOUND_NUMBERS = 16
/** Bytes that a search takes to work in. */
export const SEARCH_SCRATCH_BYTES = 4 * 4096 + 32

export function plainColumns(views: HeapViews): Pick<Kernels, 'searchColumns' | 'keepColumns'> {
  const { u8, u32, f64 } = views
  const { histogram1, histogramAll1, subtract } = plainHistograms(views)
  const scanAbove = plainScanAbove(views)
  const spreadCodes = plainSpreadCodes(views)
  const scanNode = (at: number, hist: number, node: number, rules: number, out: number): number => {
    const count = f64[node + 2]!
    if (count === 0) return 0
    const { [at + 2]: valueBins, [at + 4]: feature } = u32
    const [best, first] = [f64[out >>> 3]!, f64[(out >>> 3) + 8]!]
    const { [rules]: lambda, [rules + 1]: minHessian, [rules + 2]: minRows } = f64
    const floor = best > 0 && feature! < first ? numberBefore(best) : best
    const sums = [f64[node]!, f64[node + 1]!, count] as const
    const { score, metCut } = scanAbove(floor, hist, valueBins!, ...sums, lambda!, minHessian!, minRows!, out)
    if (score > floor) f64[(out >>> 3) + 8] = feature!
    return metCut ? 1 : 0
  }
  return {
    searchColumns(columns, list, first, last, rows, pairs, n, built, sibling, rules, scratch, flags, found) {
      const about = rules >>> 3
      const next = found + FOUND_NUMBERS * 8
      f64[found >>> 3] = -1
      f64[next >>> 3] = -1
      const entryAt = (place: number): number => (columns >>> 2) + u32[(list >>> 2) + place]! * COLUMN_WORDS
      const build = (column: number, hist: number, bins: number): void => {
        u8.fill(0, hist, hist + bins * 16)
        if (rows === 0) histogramAll1(column, hist, pairs, n)
        else histogram1(column, hist, rows, pairs, n)
      }
      let bundle = 0
      for (let place = first; place < last; place++) {
        const at = entryAt(place)
        const { [at]: bins, [at + 1]: offset, [at + 2]: valueBins, [at + 3]: isPlain, [at + COLUMN_CODES]: codes } = u32
        const hist = built + offset!
        if (codes === 0) build(bins!, hist, valueBins! + 1)
        else {
          if (codes !== bundle) build(codes!, scratch, u32[at + 6]!)
          spreadCodes(u32[at + 7]!, scratch, valueBins!, [f64[about]!, f64[about + 1]!, n], hist)
        }
        bundle = codes!
        if (sibling !== 0) subtract(sibling + offset!, hist, valueBins! + 1)
        let may = 3
        if (isPlain !== 0) {
          may = scanNode(at, hist, about, about + 6, found)
          if (sibling !== 0) may |= scanNode(at, sibling + offset!, about + 3, about + 6, next) << 1
        }
        u8[flags + place] = may
      }
    },
    keepColumns(list, count, flags, mask, to) {
      let kept = 0
      for (let i = 0; i < count; i++) if ((u8[flags + i]! & mask) !== 0) u32[(to >>> 2) + kept++] = u32[(list >>> 2) + i]!
      return kept
    },
  }
}

/** See `spreadCodes` in assembly/columns.ts. */
function plainSpreadCodes({ u8, i32 }: HeapViews) {
  const wordAt = (at: number): number => u8[at]! | (u8[at + 1]! << 8)
  return (program: number, codes: number, valueBins: number, total: readonly [number, number, number], hist: number): void => {
    const frequent = wordAt(program)
    const [base, rest] = [hist >>> 2, [...total]]
    let at = program + 2
    for (let bin = 0; bin <= valueBins; bin++) {
      if (bin === frequent) continue
      const to = base + bin * 4
      i32.fill(0, to, to + 4)
      const end = at + 2 + wordAt(at) * 2
      for (at += 2; at < end; at += 2) {
        const from = (codes >>> 2) + wordAt(at) * 4
        for (let k = 0; k < 3; k++) i32[to + k]! += i32[from + k]!
      }
      for (let k = 0; k < 3; k++) rest[k]! -= i32[to + k]!
    }
    i32.set([...rest, 0], base + frequent * 4)
  }
}

const NUMBER = new Float64Array(1)
const BITS = new BigInt64Array(NUMBER.buffer)

/** The largest number below a positive one. */
function numberBefore(value: number): number {
  NUMBER[0] = value
  BITS[0]! -= 1n
  return NUMBER[0]
}
