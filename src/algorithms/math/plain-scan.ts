// Twin of assembly/scan.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

/**
 * As the kernel `scan`, without the last number, and writes only what scores above `floor`; returns the best score, or `floor`, and whether
 * a cut leaves both sides enough rows and hessian.
 */
export type ScanAbove = (floor: number, ...given: Parameters<Kernels['scan']>) => Scanned

export interface Scanned {
  readonly score: number
  readonly metCut: boolean
}

export function plainScan(views: HeapViews): Pick<Kernels, 'scan'> {
  const { i32, f64 } = views
  const scanAbove = plainScanAbove(views)
  const varies = (first: number, valueBins: number, count: number): boolean => {
    for (let at = first + 2; at < first + valueBins * 4; at += 4) if (i32[at] !== 0) return i32[at] !== count
    return false
  }
  return {
    scan(...given) {
      const [hist, valueBins, , , count, , , , out] = given
      f64[(out >>> 3) + 8] = varies(hist >>> 2, valueBins, count) ? 1 : 0
      f64[out >>> 3] = -1
      scanAbove(-1, ...given)
    },
  }
}

export function plainScanAbove({ i32, f64 }: HeapViews): ScanAbove {
  return (floor, hist, valueBins, g, h, count, lambda, minHessian, minRows, out) => {
    const first = hist >>> 2
    const to = out >>> 3
    const missing = first + valueBins * 4
    const hasMissing = i32[missing + 2] !== 0
    const rules = { first, valueBins, g, h, count, lambda, minHessian, minRows, to, hasMissing }
    const without = scanFrom(i32, f64, rules, floor, 0, 0, 0, false)
    if (!hasMissing) return without
    const { score, metCut } = scanFrom(i32, f64, rules, without.score, i32[missing]!, i32[missing + 1]!, i32[missing + 2]!, true)
    return { score, metCut: metCut || without.metCut }
  }
}

interface Rules {
  readonly first: number
  readonly valueBins: number
  readonly g: number
  readonly h: number
  readonly count: number
  readonly lambda: number
  readonly minHessian: number
  readonly minRows: number
  readonly to: number
  readonly hasMissing: boolean
}

function scanFrom(
  i32: Int32Array,
  f64: Float64Array,
  { first, valueBins, g, h, count, lambda, minHessian, minRows, to, hasMissing }: Rules,
  floor: number,
  startG: number,
  startH: number,
  startCount: number,
  missingLeft: boolean,
): Scanned {
  let [leftG, leftH, leftCount] = [startG, startH, startCount]
  let [bestG, bestH, bestCount, bestBin] = [0, 0, 0, -1]
  let best = floor
  let metCut = false
  for (let bin = 0; bin < valueBins; bin++) {
    const at = first + bin * 4
    leftG += i32[at]!
    leftH += i32[at + 1]!
    leftCount += i32[at + 2]!
    if (leftCount < minRows) continue
    if (count - leftCount < minRows) break
    const rightG = g - leftG
    const rightH = h - leftH
    if (leftH < minHessian || rightH < minHessian) continue
    metCut = true
    const score = (leftG * leftG) / (leftH + lambda) + (rightG * rightG) / (rightH + lambda)
    if (score > best) {
      best = score
      bestBin = bin
      bestG = leftG
      bestH = leftH
      bestCount = leftCount
    }
  }
  if (bestBin < 0) return { score: best, metCut }
  let nextBin = bestBin + 1
  while (nextBin < valueBins && i32[first + nextBin * 4 + 2] === 0) nextBin++
  if (nextBin === valueBins) bestBin = valueBins - 1
  f64[to] = best
  f64[to + 1] = bestBin
  f64[to + 2] = nextBin
  f64[to + 3] = missingLeft ? 1 : 0
  f64[to + 4] = hasMissing ? 1 : 0
  f64[to + 5] = bestG
  f64[to + 6] = bestH
  f64[to + 7] = bestCount
  return { score: best, metCut }
}
