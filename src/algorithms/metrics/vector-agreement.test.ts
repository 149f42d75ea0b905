import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vectorAgreement } from './vector-agreement.ts'

const vectors = (rows: number, width: number, seed: number): Float32Array[] => {
  let state = seed
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return Array.from({ length: rows }, () => Float32Array.from({ length: width }, next))
}

describe('vectorAgreement', () => {
  test('of vectors with themselves, however long they are, is whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 80 }), fc.integer({ min: 2, max: 40 }), fc.integer(), (rows, width, seed) => {
        const a = vectors(rows, width, seed)
        const b = a.map((row, at) => row.map((value) => value * (at + 1)))
        const { cosine, sameNeighbours } = vectorAgreement(a, b)
        expect(cosine!.least).toBeCloseTo(1, 6)
        expect(cosine!.mean).toBeGreaterThanOrEqual(cosine!.least)
        expect(sameNeighbours).toBeGreaterThan(0.97)
      }),
      { numRuns: 50 },
    )
  })

  test('is known by hand for two rows', () => {
    const a = [Float32Array.of(3, 4), Float32Array.of(0, 2)]
    const b = [Float32Array.of(1, 0), Float32Array.of(0, 1)]
    const { cosine, sameNeighbours, neighbours } = vectorAgreement(a, b)
    expect(cosine).toEqual({ mean: 0.8, least: 0.6, p05: 0.6 })
    expect([sameNeighbours, neighbours]).toEqual([null, 0])
  })

  test('of models of different widths is judged by neighbours alone, and of unrelated ones is what chance gives', () => {
    const { cosine, sameNeighbours, neighbours } = vectorAgreement(vectors(64, 16, 1), vectors(64, 32, 2))
    expect(cosine).toBeNull()
    expect(neighbours).toBe(10)
    expect(sameNeighbours).toBeGreaterThan(0.08)
    expect(sameNeighbours).toBeLessThan(0.25)
  })

  test('counts a row without direction as no agreement, and refuses what does not belong together', () => {
    expect(vectorAgreement([new Float32Array(3)], [Float32Array.of(1, 2, 3)]).cosine!.least).toBe(0)
    expect(() => vectorAgreement([], [])).toThrow(/got 0 and 0/)
    expect(() => vectorAgreement(vectors(2, 3, 1), vectors(3, 3, 1))).toThrow(/got 2 and 3/)
  })
})
