// Twin of assembly/gradients.ts in TypeScript: every step for two classes is rounded to float32, as the vectors of the kernel are.

import { exp } from './exponential.ts'
import type { HeapViews } from './heap.ts'
import type { Kernels } from './kernels.ts'

const { fround } = Math

const LOG2E = fround(Math.LOG2E)
const LN2_HIGH = fround(0.693359375)
const LN2_LOW = fround(-2.1219444e-4)
const P0 = fround(1.98756915e-4)
const P1 = fround(1.3981999507e-3)
const P2 = fround(8.3334519073e-3)
const P3 = fround(4.1665795894e-2)
const P4 = fround(1.6666665459e-1)
const P5 = fround(5.0000001201e-1)
const SMALLEST_HESSIAN = fround(1e-16)
/** Adding and taking away 1.5 * 2^23 rounds a float32 below 2^22 to even. */
const ROUND_FLOAT = 12_582_912
/** The same for doubles below 2^51. */
const ROUND_DOUBLE = 6_755_399_441_055_744

export function plainGradients({
  u8,
  i32,
  f32,
  f64,
}: HeapViews): Pick<Kernels, 'logisticGradients' | 'classProbabilities' | 'classGradients' | 'quantise'> {
  const u16 = new Uint16Array(u8.buffer)
  return {
    logisticGradients(scores, y, weights, n, pairs, sums) {
      const [score, weight, to, sum] = [scores >>> 3, weights >>> 3, pairs >>> 2, sums >>> 3]
      for (let i = 0; i < n; i++) {
        const p = fround(1 / fround(1 + expFloat(-fround(f64[score + i]!))))
        let g = fround(p - u8[y + i]!)
        let h = Math.max(fround(p * fround(1 - p)), SMALLEST_HESSIAN)
        if (weights !== 0) {
          const w = fround(f64[weight + i]!)
          g = fround(g * w)
          h = fround(h * w)
        }
        f32[to + 2 * i] = g
        f32[to + 2 * i + 1] = h
        f64[sum + (i & 1)]! += Math.abs(g)
        f64[sum + 2 + (i & 1)]! += h
      }
    },
    classProbabilities(scores, classes, n, probabilities) {
      const exponentials = new Float64Array(classes)
      for (let i = 0; i < n; i++) {
        const from = (scores >>> 3) + i * classes
        let largest = Number.NEGATIVE_INFINITY
        for (let k = 0; k < classes; k++) largest = Math.max(largest, f64[from + k]!)
        let sum = 0
        for (let k = 0; k < classes; k++) {
          const e = exp(f64[from + k]! - largest)
          exponentials[k] = e
          sum += e
        }
        const to = (probabilities >>> 2) + i * classes
        for (let k = 0; k < classes; k++) f32[to + k] = exponentials[k]! / sum
      }
    },
    classGradients(probabilities, classes, k, y, weights, n, pairs, sums) {
      const [from, target, weight, to, sum] = [(probabilities >>> 2) + k, y >>> 1, weights >>> 3, pairs >>> 2, sums >>> 3]
      const factor = classes / (classes - 1)
      for (let i = 0; i < n; i++) {
        const p = f32[from + i * classes]!
        const w = weights === 0 ? 1 : f64[weight + i]!
        const at = to + 2 * i
        f32[at] = (p - (u16[target + i] === k ? 1 : 0)) * w
        f32[at + 1] = factor * p * (1 - p) * w
        f64[sum + (i & 1)]! += Math.abs(f32[at]!)
        f64[sum + 2 + (i & 1)]! += f32[at + 1]!
      }
    },
    quantise(pairs, n, scaleG, scaleH, sums) {
      const from = pairs >>> 2
      let [sumG, sumH] = [0, 0]
      for (let i = 0; i < n; i++) {
        const g = f32[from + 2 * i]! * scaleG + ROUND_DOUBLE - ROUND_DOUBLE
        const h = f32[from + 2 * i + 1]! * scaleH + ROUND_DOUBLE - ROUND_DOUBLE
        i32[from + 2 * i] = g
        i32[from + 2 * i + 1] = h
        sumG += g
        sumH += h
      }
      f64[sums >>> 3] = sumG
      f64[(sums >>> 3) + 1] = sumH
    },
  }
}

function expFloat(given: number): number {
  const x = Math.min(Math.max(given, -80), 80)
  const z = fround(fround(fround(x * LOG2E) + ROUND_FLOAT) - ROUND_FLOAT)
  let r = fround(x - fround(z * LN2_HIGH))
  r = fround(r - fround(z * LN2_LOW))
  let p = P0
  p = fround(fround(p * r) + P1)
  p = fround(fround(p * r) + P2)
  p = fround(fround(p * r) + P3)
  p = fround(fround(p * r) + P4)
  p = fround(fround(p * r) + P5)
  p = fround(fround(fround(p * fround(r * r)) + r) + 1)
  return fround(p * POWERS[z + 127]!)
}

/** 2^k for k = -127..127; the smallest is never asked for. */
const POWERS = Float32Array.from({ length: 255 }, (_, i) => 2 ** (i - 127))
