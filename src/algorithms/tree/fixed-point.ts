// Sizes for sums of whole numbers in a float64, which are exact below 2^53.

/** The smallest power of two above a positive number; infinite where none is. */
export function powerOfTwoAbove(value: number): number {
  let power = 1
  while (power <= value && power < Number.POSITIVE_INFINITY) power *= 2
  while (power / 2 > value && power > Number.MIN_VALUE) power /= 2
  return power
}

/** Bits that a whole number needs. */
export function bitsFor(count: number): number {
  let bits = 0
  while (2 ** bits <= count && bits < 1024) bits++
  return bits
}
