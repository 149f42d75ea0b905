import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { scoreSeries } from './score-series.ts'

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (TandemError.is(error)) return error.code
    throw error
  }
  return 'none'
}

/** Four weeks of hours with a day, a week and noise of standard deviation 1 (a sum of 12 uniforms). */
function hours(seed: number): number[] {
  const rng = createRng(seed)
  const noise = (): number => Array.from({ length: 12 }, () => rng.next()).reduce((sum, value) => sum + value, -6)
  return Array.from(
    { length: 672 },
    (_, at) => 100 + 0.01 * at + 10 * Math.sin((Math.PI * at) / 12) + 5 * Math.cos((Math.PI * at) / 84) + noise(),
  )
}

describe('scoreSeries', () => {
  test('finds what was put in, up and down, at the ends too, and little else', () => {
    let others = 0
    for (let seed = 1; seed <= 5; seed++) {
      const y = hours(seed)
      const places = [0, 100, 101, 350, 671]
      for (const [index, at] of places.entries()) y[at]! += index % 2 === 0 ? 12 : -12
      const { scores, unusual } = scoreSeries(y, { seasonLengths: [24, 168] })
      expect(unusual).toEqual(expect.arrayContaining(places))
      expect(places.map((at) => Math.sign(scores[at]!))).toEqual([1, -1, 1, -1, 1])
      others += unusual.length - places.length
    }
    // Of 3335 others, fewer than 1 in 100: a spike pulls the season of its place a little.
    expect(others).toBeLessThan(33)
  })

  test('scores are robust standard deviations: the noise has about 1', () => {
    const { scores, deviation, expected } = scoreSeries(hours(9), { seasonLengths: [24, 168] })
    expect(deviation).toBeGreaterThan(0.6)
    expect(deviation).toBeLessThan(1.1)
    const y = hours(9)
    expect(scores[42]).toBeCloseTo((y[42]! - expected[42]!) / deviation, 12)
  })

  test('finds a spike and a level in a series without a season', () => {
    const y = Array.from({ length: 60 }, (_, at) => 50 + 0.3 * at + ((at * 7) % 5) / 5)
    y[30] = 90
    y[59] = 20
    expect(scoreSeries(y).unusual).toEqual([30, 59])
  })

  test('finds nothing where nothing moves, and the one that does', () => {
    const flat = Array<number>(30).fill(7)
    expect(scoreSeries(flat)).toMatchObject({ unusual: [], deviation: 0 })
    flat[12] = 8
    expect(scoreSeries(flat).unusual).toEqual([12])
    const season = Array.from({ length: 84 }, (_, at) => [1, 5, 2, 9, 3, 0, 0][at % 7]!)
    expect(scoreSeries(season, { seasonLengths: [7] }).unusual).toEqual([])
  })

  test('takes a threshold, and refuses what is no series', () => {
    const y = hours(2)
    const strict = scoreSeries(y, { seasonLengths: [24], threshold: 2 }).unusual
    expect(strict.length).toBeGreaterThan(scoreSeries(y, { seasonLengths: [24] }).unusual.length)
    expect(codeOf(() => scoreSeries(y, { threshold: 0 }))).toBe('invalid_input')
    expect(codeOf(() => scoreSeries(y, { threshold: Number.NaN }))).toBe('invalid_input')
    expect(codeOf(() => scoreSeries([...y, Number.NaN]))).toBe('invalid_input')
    expect(codeOf(() => scoreSeries(y, { seasonLengths: [1] }))).toBe('invalid_input')
    expect(codeOf(() => scoreSeries(y.slice(0, 40), { seasonLengths: [24] }))).toBe('too_few_rows')
    expect(codeOf(() => scoreSeries([1, 2, 3]))).toBe('too_few_rows')
  })
})
