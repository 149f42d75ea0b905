// Twin of assembly/classes.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

type Classes = Pick<Kernels, 'histogramClasses1' | 'histogramClasses4' | 'countRows' | 'sumClasses' | 'gatherCodes' | 'scanClasses'>

export function plainClasses({ u8, i32, u32, f64 }: HeapViews): Classes {
  const histogramClasses1: Kernels['histogramClasses1'] = (c0, h0, entries, shift, codes, n, stride, classBits, weightMask) => {
    const [hist, width, rows, given] = [h0 >>> 2, stride >>> 2, entries >>> 2, codes >>> 2]
    const classMask = (1 << classBits) - 1
    for (let i = 0; i < n; i++) {
      const code = u32[given + i]!
      i32[hist + u8[c0 + (u32[rows + i]! >>> shift)]! * width + (code & classMask)]! += (code >>> classBits) & weightMask
    }
  }
  return {
    histogramClasses1,
    histogramClasses4(c0, c1, c2, c3, h0, h1, h2, h3, ...codes) {
      histogramClasses1(c0, h0, ...codes)
      histogramClasses1(c1, h1, ...codes)
      histogramClasses1(c2, h2, ...codes)
      histogramClasses1(c3, h3, ...codes)
    },
    countRows(c0, counts, entries, shift, n) {
      for (let i = 0; i < n; i++) i32[(counts >>> 2) + u8[c0 + (u32[(entries >>> 2) + i]! >>> shift)]!]!++
    },
    sumClasses(codes, n, stride, classBits, weightMask, totals) {
      const to = totals >>> 2
      i32.fill(0, to, to + (stride >>> 2))
      for (let i = 0; i < n; i++) {
        const code = u32[(codes >>> 2) + i]!
        i32[to + (code & ((1 << classBits) - 1))]! += (code >>> classBits) & weightMask
      }
    },
    gatherCodes(codes, entries, n, to) {
      for (let i = 0; i < n; i++) u32[(to >>> 2) + i] = u32[(codes >>> 2) + u32[(entries >>> 2) + i]!]!
    },
    scanClasses(hist, stride, mask, valueBins, totals, left, counts, rows, minRows, out) {
      const [at, width, to] = [hist >>> 2, stride >>> 2, out >>> 3]
      const missing = at + valueBins * width
      const own = left >>> 2
      const weight = weightOf(i32, totals >>> 2, width)
      const missingWeight = weightOf(i32, missing, width)
      const missingRows = counts === 0 ? 0 : i32[(counts >>> 2) + valueBins]!
      f64[to] = -1
      f64[to + 4] = missingWeight === 0 ? 0 : 1
      f64[to + 8] = 0
      const given = {
        at,
        width,
        mask: mask >>> 2,
        valueBins,
        totals: totals >>> 2,
        left: own,
        counts: counts >>> 2,
        rows,
        minRows,
        to,
        weight,
      }
      i32.fill(0, own, own + width)
      scanFrom(i32, f64, given, 0, 0, 0)
      if (missingWeight === 0) return
      i32.copyWithin(own, missing, missing + width)
      scanFrom(i32, f64, given, 1, missingWeight, missingRows)
    },
  }
}

function weightOf(i32: Int32Array, at: number, width: number): number {
  let sum = 0
  for (let k = 0; k < width; k++) sum += i32[at + k]!
  return sum
}

/** Places count words, not bytes. */
interface Given {
  readonly at: number
  readonly width: number
  readonly mask: number
  readonly valueBins: number
  readonly totals: number
  readonly left: number
  readonly counts: number
  readonly rows: number
  readonly minRows: number
  readonly to: number
  readonly weight: number
}

function scanFrom(i32: Int32Array, f64: Float64Array, given: Given, missingLeft: number, startWeight: number, startRows: number): void {
  const { at, width, mask, valueBins, totals, left, counts, rows, minRows, to, weight } = given
  let [best, bestBin, bestWeight] = [f64[to]!, -1, 0]
  let [leftWeight, leftRows, first] = [startWeight, startRows, true]
  for (let bin = 0; bin < valueBins; bin++) {
    if (((i32[mask + (bin >>> 5)]! >>> (bin & 31)) & 1) === 0) continue
    // Even and odd classes are added up apart, as the lanes of a vector are.
    let [evenLeft, oddLeft, evenRight, oddRight, own] = [0, 0, 0, 0, 0]
    for (let k = 0; k < width; k += 2) {
      const [c0, c1] = [i32[at + bin * width + k]!, i32[at + bin * width + k + 1]!]
      own += c0 + c1
      i32[left + k]! += c0
      i32[left + k + 1]! += c1
      const [l0, l1] = [i32[left + k]!, i32[left + k + 1]!]
      const [r0, r1] = [i32[totals + k]! - l0, i32[totals + k + 1]! - l1]
      evenLeft += l0 * l0
      oddLeft += l1 * l1
      evenRight += r0 * r0
      oddRight += r1 * r1
    }
    if (own === 0) continue
    if (first && own !== weight) f64[to + 8] = 1
    first = false
    leftWeight += own
    if (leftWeight === weight) break
    if (counts !== 0) {
      leftRows += i32[counts + bin]!
      if (leftRows < minRows) continue
      if (rows - leftRows < minRows) break
    }
    const score = (evenLeft + oddLeft) / leftWeight + (evenRight + oddRight) / (weight - leftWeight)
    if (score > best) {
      best = score
      bestBin = bin
      bestWeight = leftWeight
    }
  }
  if (bestBin < 0) return
  let nextBin = bestBin + 1
  while (nextBin < valueBins && weightOf(i32, at + nextBin * width, width) === 0) nextBin++
  f64.set([best, nextBin === valueBins ? valueBins - 1 : bestBin, nextBin, missingLeft], to)
  f64[to + 5] = 0
  f64[to + 6] = bestWeight
}
