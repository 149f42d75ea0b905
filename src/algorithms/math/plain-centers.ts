// Twin of assembly/centers.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

type Centers = Pick<Kernels, 'nearestCenters' | 'unsettledRows' | 'settleRows' | 'labelInertia' | 'tryCenters'>

export function plainCenters({ i32, u32, f64 }: HeapViews): Centers {
  /** Squared distance of the row at `row` to center `c` of groups of four; both places count doubles. */
  const distance = (row: number, centers: number, c: number, stride: number): number => {
    let sum = 0
    for (let at = row, to = centers + (c & ~3) * stride + (c & 3); at < row + stride; at++, to += 4) {
      const d = f64[at]! - f64[to]!
      sum += d * d
    }
    return sum
  }
  return {
    nearestCenters(x, stride, list, n, centers, k, _block, found, nearest, second) {
      for (let i = 0; i < n; i++) {
        const row = (x >>> 3) + u32[(list >>> 2) + i]! * stride
        let [best, next, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0]
        for (let c = 0; c < k; c++) {
          const d = distance(row, centers >>> 3, c, stride)
          if (d < best) {
            next = best
            best = d
            number = c
          } else if (d < next) next = d
        }
        i32[(found >>> 2) + i] = number
        f64[(nearest >>> 3) + i] = best
        f64[(second >>> 3) + i] = next
      }
    },
    unsettledRows(labels, bounds, paths, from, to, list) {
      let n = 0
      for (let row = from; row < to; row++) {
        if (f64[(paths >>> 3) + i32[(labels >>> 2) + row]!]! < f64[(bounds >>> 3) + row]!) continue
        u32[(list >>> 2) + n++] = row
      }
      return n
    },
    settleRows(x, stride, list, n, labels, bounds, paths, found, nearest, second, sums, counts) {
      let changed = 0
      for (let i = 0; i < n; i++) {
        const row = u32[(list >>> 2) + i]!
        const label = i32[(found >>> 2) + i]!
        const far = Math.sqrt(f64[(second >>> 3) + i]!) * 0.999999999999
        const near = Math.sqrt(f64[(nearest >>> 3) + i]!) * 1.000000000001
        f64[(bounds >>> 3) + row] = far - near + f64[(paths >>> 3) + label]!
        const before = i32[(labels >>> 2) + row]!
        if (before === label) continue
        changed++
        i32[(labels >>> 2) + row] = label
        const from = (x >>> 3) + row * stride
        const to = (sums >>> 3) + label * stride
        for (let column = 0; column < stride; column++) f64[to + column]! += f64[from + column]!
        f64[(counts >>> 3) + label]!++
        if (before < 0) continue
        const old = (sums >>> 3) + before * stride
        for (let column = 0; column < stride; column++) f64[old + column]! -= f64[from + column]!
        f64[(counts >>> 3) + before]!--
      }
      return changed
    },
    labelInertia(x, stride, from, to, labels, centers) {
      let [even, odd] = [0, 0]
      for (let row = from; row < to; row++) {
        const at = (x >>> 3) + row * stride
        const center = (centers >>> 3) + i32[(labels >>> 2) + row]! * stride
        for (let column = 0; column < stride; column += 2) {
          const d = f64[at + column]! - f64[center + column]!
          const e = f64[at + column + 1]! - f64[center + column + 1]!
          even += d * d
          odd += e * e
        }
      }
      return even + odd
    },
    tryCenters(x, stride, list, n, centers, trials, _block, potential, tried, trialBytes, sums) {
      f64.fill(0, sums >>> 3, (sums >>> 3) + 2 * trials)
      for (let row = 0; row < n; row++) {
        const at = (x >>> 3) + u32[(list >>> 2) + row]! * stride
        const before = f64[(potential >>> 3) + row]!
        for (let trial = 0; trial < trials; trial++) {
          const d = distance(at, centers >>> 3, trial, stride)
          const least = d < before ? d : before
          f64[((tried + trial * trialBytes) >>> 3) + row] = least
          f64[(sums >>> 3) + 2 * trial + (row & 1)]! += least
        }
      }
    },
  }
}
