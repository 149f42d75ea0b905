// Seeded random numbers: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021),
// seeded by splitmix32, i.e. Weyl steps through the finaliser of MurmurHash3 (Appleby).
// Integer arithmetic only, so the stream is the same on every machine.

export interface Rng {
  /** The next 32 random bits as a whole number 0..2^32-1. */
  uint32(): number
  /** The next number in [0, 1), a multiple of 2^-32. */
  next(): number
  /** A whole number 0..n-1, n <= 2^32; the bias is below n / 2^32. */
  below(n: number): number
}

/** A generator whose whole stream follows from `seed` (any finite number; the fraction is dropped). */
export function createRng(seed: number): Rng {
  let state = hashSeed(seed, 0)
  const step = (): number => {
    state = (state + 0x9e3779b9) | 0
    return mix(state)
  }
  let s0 = step()
  let s1 = step()
  let s2 = step()
  // The state must not be all zero.
  let s3 = step() | 1
  const uint32 = (): number => {
    const product = Math.imul(s1, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const t = s1 << 9
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << 11) | (s3 >>> 21)
    return result >>> 0
  }
  return {
    uint32,
    next: () => uint32() * 2 ** -32,
    below: (n) => Math.floor(uint32() * 2 ** -32 * n),
  }
}

/** A 32-bit seed for part `index` of work seeded with `seed`, such as tree 17 of a forest: parts can then run in any order. */
export function hashSeed(seed: number, index: number): number {
  const low = seed | 0
  // Seeds beyond 32 bits (a timestamp) keep their high half.
  const high = Math.floor(seed / 2 ** 32) | 0
  let h = mix(low ^ 0x5bd1e995)
  h = mix(h ^ Math.imul(high, 0x85ebca6b))
  return mix((h + Math.imul(index + 1, 0x9e3779b9)) | 0) >>> 0
}

/** Finaliser of MurmurHash3 (32 bits). */
function mix(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
