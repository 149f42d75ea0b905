import { describe, expect, test } from 'vitest'
import { exp, log, sigmoid } from './exponential.ts'
import { createRng, hashSeed } from './rng.ts'

describe('exponential', () => {
  test('log equals Math.log at the edges of every power of two, subnormal ones too', () => {
    for (let power = -1074; power < 1024; power++) {
      for (const mantissa of [1, Math.SQRT1_2, Math.SQRT2, 1.9999999999999998]) {
        const x = mantissa * 2 ** power
        if (x === 0 || x === Number.POSITIVE_INFINITY) continue
        expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(x))))
      }
    }
  })

  test('equals Math.exp and Math.log within 4 units in the last place', () => {
    const rng = createRng(1)
    for (let i = 0; i < 50_000; i++) {
      const x = (rng.next() - 0.5) * 1400
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-15)
      const y = Math.exp(x)
      expect(Math.abs(log(y) - Math.log(y))).toBeLessThanOrEqual(1e-15 * Math.max(1, Math.abs(Math.log(y))))
    }
  })

  test('keeps the ends and the exact points', () => {
    expect([exp(0), exp(-800), exp(800), exp(Number.NEGATIVE_INFINITY)]).toEqual([1, 0, Number.POSITIVE_INFINITY, 0])
    expect(exp(Number.NaN)).toBeNaN()
    expect(exp(709.78)).toBeLessThan(Number.POSITIVE_INFINITY)
    expect(exp(-745)).toBeGreaterThan(0)
    expect([log(1), sigmoid(0), sigmoid(1000), sigmoid(-1000)]).toEqual([0, 0.5, 1, 0])
  })
})

describe('createRng', () => {
  test('repeats its stream for a seed and differs for another', () => {
    const draw = (seed: number): number[] => {
      const rng = createRng(seed)
      return Array.from({ length: 5 }, () => rng.uint32())
    }
    expect(draw(7)).toEqual(draw(7))
    expect(new Set([draw(7), draw(8), draw(-7), draw(7 + 2 ** 32), draw(0)].map(String)).size).toBe(5)
  })

  test('is uniform: mean, 16 cells by chi-square, neighbours uncorrelated', () => {
    const rng = createRng(3)
    const cells = new Float64Array(16)
    const n = 160_000
    let sum = 0
    let product = 0
    let last = rng.next()
    for (let i = 0; i < n; i++) {
      const value = rng.next()
      sum += value
      product += (value - 0.5) * (last - 0.5)
      cells[rng.below(16)]!++
      last = value
    }
    // 5 standard errors; 15 degrees of freedom pass 44 once in 10,000.
    expect(Math.abs(sum / n - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n))
    expect(Math.abs(product / n)).toBeLessThan(5 / 12 / Math.sqrt(n))
    expect(cells.reduce((chi, count) => chi + (count - n / 16) ** 2 / (n / 16), 0)).toBeLessThan(44)
  })

  test('seeds of parts do not collide for neighbouring seeds', () => {
    const seeds = new Set<number>()
    for (let seed = 0; seed < 100; seed++) for (let tree = 0; tree < 100; tree++) seeds.add(hashSeed(seed, tree))
    // 10,000 draws of 2^32 collide 0.01 times on average.
    expect(seeds.size).toBeGreaterThan(9997)
  })
})
