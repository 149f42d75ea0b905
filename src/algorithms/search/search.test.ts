import { describe, expect, test } from 'vitest'
import { TandemError } from '../../errors.ts'
import { createRng } from '../math/rng.ts'
import { drawParameters, type Parameters } from './parameter-space.ts'
import { searchHalving, searchRandom } from './search-parameters.ts'

const space = { rate: { low: 0.001, high: 1, scale: 'log' }, depth: { low: 2, high: 12, integer: true }, kind: ['a', 'b', null] } as const
/** Best at rate 0.1 and depth 6; noise shrinks with the resource. */
const score = ({ rate, depth }: Parameters, resource: number) =>
  -Math.abs(Math.log10(rate as number) + 1) - Math.abs((depth as number) - 6) / 10 - 1 / resource
const bad = expect.objectContaining({ code: 'invalid_input' })

describe('parameters', () => {
  test('are drawn within their ranges, evenly on their scale, the same for the same seed', () => {
    const rng = createRng(5)
    const drawn = Array.from({ length: 3000 }, () => drawParameters(space, rng))
    const rates = drawn.map(({ rate }) => rate as number)
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.001)
    expect(Math.max(...rates)).toBeLessThanOrEqual(1)
    // A third of the draws in each decade; 3000 draws of a third have a standard error of 0.0086.
    for (const low of [0.001, 0.01, 0.1])
      expect(Math.abs(rates.filter((rate) => rate >= low && rate < low * 10).length / 3000 - 1 / 3)).toBeLessThan(0.03)
    for (let depth = 2; depth <= 12; depth++) expect(drawn.filter((each) => each.depth === depth).length / 3000).toBeGreaterThan(0.06)
    expect(new Set(drawn.map(({ kind }) => kind))).toEqual(new Set(['a', 'b', null]))
    expect(drawParameters(space, createRng(5))).toEqual(drawn[0])
  })

  test('refuse empty lists and ranges that are none', () => {
    for (const range of [
      [],
      { low: 2, high: 1 },
      { low: 0, high: 1, scale: 'log' },
      { low: 0.5, high: 2, integer: true },
      { low: 0, high: Number.NaN },
    ] as const) {
      expect(() => drawParameters({ a: range }, createRng(1))).toThrow(bad)
    }
  })
})

describe('searches', () => {
  test('by halving judge with the same budget a better candidate than random draws do, and more of the best', async () => {
    let halvingWins = 0
    for (let seed = 0; seed < 20; seed++) {
      const halving = await searchHalving({ space, rng: createRng(seed), judge: score, candidates: 27, minResource: 1, maxResource: 27 })
      expect(halving.trials.map(({ round }) => round).filter((round) => round === 0).length).toBe(27)
      expect(halving.trials.map(({ round }) => round).filter((round) => round === 3).length).toBe(1)
      const used = halving.trials.reduce((sum, { resource }) => sum + resource, 0)
      const random = await searchRandom({ space, rng: createRng(seed), judge: score, candidates: 27, maxResource: 27, budget: used })
      expect(random.stopped).toBe('budget')
      if (halving.best.score! >= random.best.score!) halvingWins++
    }
    expect(halvingWins).toBe(20)
  })

  test('end at the clock, at a cancellation, and go on after a trial that fails', async () => {
    let now = 0
    const timed = await searchRandom({
      ...{ space, rng: createRng(1), candidates: 50, clock: () => now, budgetMs: 95 },
      judge: (parameters) => {
        now += 10
        return score(parameters, 1)
      },
    })
    expect([timed.stopped, timed.trials.length]).toEqual(['budget', 10])
    let asked = 0
    const canceled = await searchRandom({ space, rng: createRng(1), judge: score, candidates: 50, isCanceled: () => ++asked > 3 })
    expect([canceled.stopped, canceled.trials.length]).toEqual(['canceled', 3])
    const failing = await searchRandom({
      ...{ space, rng: createRng(2), candidates: 12 },
      judge: (parameters) => {
        if (parameters.kind === 'a') throw new TandemError('too_few_rows', 'There are 3 rows.')
        return parameters.kind === 'b' ? Number.NaN : score(parameters, 1)
      },
    })
    expect(failing.trials.filter(({ score: value }) => value === null).length).toBeGreaterThan(2)
    expect(failing.best.parameters.kind).toBe(null)
    const never = searchRandom({
      space,
      rng: createRng(2),
      judge: () => Promise.reject(new TandemError('too_few_rows', 'There are 3 rows.')),
    })
    await expect(never).rejects.toThrow('There are 3 rows.')
    // A fault of the program is no failed trial.
    await expect(searchRandom({ space, rng: createRng(2), judge: () => Promise.reject(new RangeError('no')) })).rejects.toThrow(RangeError)
  })

  test('refuse counts and factors that are none', async () => {
    await expect(searchRandom({ space, rng: createRng(1), judge: score, candidates: 0 })).rejects.toThrow(bad)
    await expect(searchHalving({ space, rng: createRng(1), judge: score, minResource: 5, maxResource: 1 })).rejects.toThrow(bad)
    await expect(searchHalving({ space, rng: createRng(1), judge: score, minResource: 1, factor: 1 })).rejects.toThrow(bad)
  })
})
