// e^x, ln x and the logistic function from additions and multiplications alone. Math.exp and Math.log may differ in the last bit
// between engines and processors; these cannot, so a model trained anywhere has the same bytes. Within 1 unit in the last place.
// Source: range reduction and polynomial of FreeBSD msun e_exp.c (Sun Microsystems, 1993); ln by the series of atanh.

/** Kernels take e^x of anything below as that of this number: what is so far off weighs nothing. */
export const LEAST_EXPONENT = -708

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const P1 = 0.16666666666666602
const P2 = -0.0027777777777015593
const P3 = 6.613756321437934e-5
const P4 = -1.6533902205465252e-6
const P5 = 4.1381367970572385e-8
const SMALLEST_POWER = -1074

const SMALLEST_NORMAL = 2 ** -1022
const BITS = new DataView(new ArrayBuffer(8))

/** 2^k for k = -1074..1023, made by exact doubling. */
const POWERS = makePowers()

/** e^x; 0 below -745.2 and Infinity above 709.8. */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return x > 0 ? Number.POSITIVE_INFINITY : Number.NaN
  if (x < -745.1332191019411) return 0
  const k = Math.floor(x * Math.LOG2E + 0.5)
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
  const y = 1 + ((r * c) / (2 - c) - low + high)
  // 2^1024 and 2^-1075 are not numbers, so the largest and smallest results take two steps.
  if (k === 1024) return y * 2 * POWERS[1023 - SMALLEST_POWER]!
  if (k < -1022) return y * POWERS[k + 100 - SMALLEST_POWER]! * POWERS[-100 - SMALLEST_POWER]!
  return y * POWERS[k - SMALLEST_POWER]!
}

/** ln x for a finite x > 0. */
export function log(x: number): number {
  // The exponent from the bits: halving until 1 is reached costs 800 steps for 1e250.
  const subnormal = x < SMALLEST_NORMAL
  BITS.setFloat64(0, subnormal ? x * 2 ** 54 : x)
  const high = BITS.getUint32(0)
  let k = (high >>> 20) - 1023 - (subnormal ? 54 : 0)
  BITS.setUint32(0, (high & 0xfffff) | 0x3ff00000)
  let mantissa = BITS.getFloat64(0)
  // Between the square roots of 1/2 and 2; of the two ends that are the same number the one nearer to x.
  if (mantissa > Math.SQRT2 || (x < 1 && mantissa === Math.SQRT2)) {
    mantissa /= 2
    k++
  }
  const s = (mantissa - 1) / (mantissa + 1)
  const square = s * s
  let series = 0
  // s^2 <= 0.0295, so 12 terms reach 1e-18.
  for (let at = 11; at >= 1; at--) series = (series + ODD_RECIPROCALS[at]!) * square
  return k * LN2_HIGH + (2 * s + (2 * s * series + k * LN2_LOW))
}

/** ln(1 + x) for x in [0, 1], without loss for a small x; the series of atanh on x / (2 + x) <= 1/3. */
export function log1p(x: number): number {
  const s = x / (2 + x)
  const square = s * s
  // s^2 <= 1/9, so 16 terms reach 1e-17. Written out by Horner: no division in the loop of a training.
  let series = ODD_RECIPROCALS[ODD_RECIPROCALS.length - 1]!
  for (let at = ODD_RECIPROCALS.length - 2; at >= 0; at--) series = series * square + ODD_RECIPROCALS[at]!
  return 2 * s * series
}

/** 1, 1/3, 1/5 ... */
const ODD_RECIPROCALS = Float64Array.from({ length: 17 }, (_, at) => 1 / (2 * at + 1))

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x))
}

function makePowers(): Float64Array {
  const powers = new Float64Array(1024 - SMALLEST_POWER)
  powers[-SMALLEST_POWER] = 1
  for (let k = 1; k < 1024; k++) powers[k - SMALLEST_POWER] = powers[k - 1 - SMALLEST_POWER]! * 2
  for (let k = -1; k >= SMALLEST_POWER; k--) powers[k - SMALLEST_POWER] = powers[k + 1 - SMALLEST_POWER]! / 2
  return powers
}
