// Twin of assembly/short-rows.ts in TypeScript.

import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

type ShortRows = Pick<
  Kernels,
  'shortenRows' | 'nearShortCenters' | 'shortTrials' | 'lessenValues' | 'pairSums' | 'addRows' | 'addShortRows'
>

const WHOLE = 6755399441055744
const NOTHING = 1e-280
const NEARLY_NOTHING = 1e-139
const SLACK = 1e-10

export function plainShortRows({ u8, i32, u32, f64 }: HeapViews): ShortRows {
  const i16 = new Int16Array(u8.buffer)

  /** Places count numbers of 16 bits. */
  const product = (row: number, center: number, words: number): number => {
    let sum = 0
    for (let word = 0; word < words; word++) sum += i16[row + word]! * i16[center + word]!
    return sum
  }
  /** `about` counts doubles, here and below. */
  const lossOf = (about: number, rounding: number): number => {
    const [length, lost] = [f64[about + 2]!, f64[about + 3]!]
    return 2 * ((length + lost) * rounding + lost) + 2 * SLACK * length
  }
  const least = (products: number, inverse: number, loss: number, center: number): number =>
    f64[center + 1]! - products * inverse * f64[center]! - loss * f64[center + 2]!

  return {
    shortenRows(x, stride, n, mean, limit, words, out, about) {
      const center = mean >>> 3
      for (let row = 0; row < n; row++) {
        const from = (x >>> 3) + row * stride
        const to = (out >>> 1) + row * words
        const own = (about >>> 3) + row * 4
        const parts = [0, 0]
        const most = [0, 0]
        for (let c = 0; c < stride; c++) {
          const d = f64[from + c]! - f64[center + c]!
          parts[c & 1]! += d * d
          if (most[c & 1]! < Math.abs(d)) most[c & 1] = Math.abs(d)
        }
        const squares = parts[0]! + parts[1]!
        const length = Math.sqrt(squares)
        f64[own + 1] = squares
        f64[own + 2] = length
        i16.fill(0, to, to + words)
        if (squares < NOTHING) {
          f64[own] = 0
          f64[own + 3] = NEARLY_NOTHING
          continue
        }
        const scale = Math.min(limit / length, 32767 / Math.max(most[0]!, most[1]!))
        const inverse = 1 / scale
        const lost = [0, 0]
        for (let c = 0; c < stride; c++) {
          const d = f64[from + c]! - f64[center + c]!
          const whole = d * scale + WHOLE - WHOLE
          const rest = d - whole * inverse
          lost[c & 1]! += rest * rest
          i16[to + c] = whole
        }
        f64[own] = inverse
        f64[own + 3] = Math.sqrt(lost[0]! + lost[1]!) * 1.000001 + length * 1e-14
      }
    },
    nearShortCenters(x, words, list, n, about, centers, k, aboutCenters, rounding, _out, found, nearest, second, open) {
      let filled = 0
      for (let i = 0; i < n; i++) {
        const row = u32[(list >>> 2) + i]!
        const own = (about >>> 3) + row * 4
        const loss = lossOf(own, rounding)
        let [best, next, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0]
        for (let c = 0; c < k; c++) {
          const products = product((x >>> 1) + row * words, (centers >>> 1) + c * words, words)
          const d = least(products, f64[own]!, loss, (aboutCenters >>> 3) + c * 4)
          if (d < best) {
            next = best
            best = d
            number = c
          } else if (d < next) next = d
        }
        const reach = f64[(aboutCenters >>> 3) + number * 4 + 2]!
        const off = 2 * (loss * reach + SLACK * reach * reach)
        const squares = f64[own + 1]!
        const most = Math.max(0, best + off + squares * (1 + SLACK)) + NOTHING
        const fewest = Math.max(0, next + squares * (1 - SLACK) - NOTHING)
        i32[(found >>> 2) + i] = number
        f64[(nearest >>> 3) + i] = most
        f64[(second >>> 3) + i] = fewest
        if (!(fewest > most)) u32[(open >>> 2) + filled++] = i
      }
      return filled
    },
    shortTrials(x, words, n, about, centers, trials, aboutCenters, rounding, potential, _out, lists, listBytes, counts) {
      i32.fill(0, counts >>> 2, (counts >>> 2) + trials)
      for (let row = 0; row < n; row++) {
        const own = (about >>> 3) + row * 4
        const loss = lossOf(own, rounding)
        const limit = f64[(potential >>> 3) + row]! - f64[own + 1]! * (1 - SLACK) + NOTHING
        for (let c = 0; c < trials; c++) {
          const products = product((x >>> 1) + row * words, (centers >>> 1) + c * words, words)
          if (least(products, f64[own]!, loss, (aboutCenters >>> 3) + c * 4) >= limit) continue
          u32[((lists + c * listBytes) >>> 2) + i32[(counts >>> 2) + c]!++] = row
        }
      }
    },
    lessenValues(x, stride, list, n, center, values) {
      for (let i = 0; i < n; i++) {
        const row = u32[(list >>> 2) + i]!
        const from = (x >>> 3) + row * stride
        let sum = 0
        for (let c = 0; c < stride; c++) {
          const d = f64[from + c]! - f64[(center >>> 3) + c]!
          sum += d * d
        }
        if (sum < f64[(values >>> 3) + row]!) f64[(values >>> 3) + row] = sum
      }
    },
    pairSums(values, n, out) {
      const sums = [0, 0]
      for (let at = 0; at < n; at++) sums[at & 1]! += f64[(values >>> 3) + at]!
      f64.set(sums, out >>> 3)
    },
    addRows(x, stride, list, n, found, sums, counts) {
      for (let i = 0; i < n; i++) {
        const label = i32[(found >>> 2) + i]!
        const from = (x >>> 3) + u32[(list >>> 2) + i]! * stride
        for (let c = 0; c < stride; c++) f64[(sums >>> 3) + label * stride + c]! += f64[from + c]!
        f64[(counts >>> 3) + label]!++
      }
    },
    addShortRows(x, words, about, list, n, found, sums, counts) {
      for (let i = 0; i < n; i++) {
        const label = i32[(found >>> 2) + i]!
        const row = u32[(list >>> 2) + i]!
        const factor = f64[(about >>> 3) + row * 4]!
        const from = (x >>> 1) + row * words
        for (let c = 0; c < words; c++) f64[(sums >>> 3) + label * words + c]! += i16[from + c]! * factor
        f64[(counts >>> 3) + label]!++
      }
    },
  }
}
