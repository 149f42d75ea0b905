import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { reciprocalRankFusion, weightedScoreFusion } from './fuse-rankings.ts'
import { highlight } from './highlight.ts'
import type { Ranking } from './keyword-index.ts'
import { maximalMarginalRelevance } from './maximal-marginal-relevance.ts'
import { createTermReader } from './search-terms.ts'
import { topRows } from './top-rows.ts'

const ranking = (...pairs: readonly (readonly [row: number, score: number])[]): Ranking => ({
  rows: Int32Array.from(pairs, ([row]) => row),
  scores: Float64Array.from(pairs, ([, score]) => score),
})

describe('reciprocalRankFusion', () => {
  test('adds 1 / (60 + place) of each ranking', () => {
    const fused = reciprocalRankFusion([ranking([5, 9], [6, 8]), ranking([6, 0.9], [7, 0.1])])
    expect([...fused.rows]).toEqual([6, 5, 7])
    expect(fused.scores[0]).toBeCloseTo(1 / 62 + 1 / 61, 12)
  })

  test('leaves a ranking of weight 0 out and keeps k', () => {
    const fused = reciprocalRankFusion([ranking([1, 2], [2, 1]), ranking([3, 1])], { weights: [1, 0], k: 1 })
    expect([...fused.rows]).toEqual([1])
  })

  test('refuses weights that do not fit', () => {
    expect(() => reciprocalRankFusion([ranking([1, 1])], { weights: [] })).toThrow(/0 weights for 1 rankings/)
    expect(() => reciprocalRankFusion([ranking([1, 1])], { weights: [-1] })).toThrow(/Weight 0 is -1/)
  })
})

describe('weightedScoreFusion', () => {
  test('adds scores scaled to 0..1 within each ranking', () => {
    const fused = weightedScoreFusion([ranking([1, 10], [2, 5], [3, 0]), ranking([2, 0.9], [9, 0.8])], { weights: [0.5, 1] })
    expect([...fused.rows]).toEqual([2, 1, 3, 9])
    expect([...fused.scores]).toEqual([1.25, 0.5, 0, 0])
  })

  test('holds for rankings without rows or with equal scores', () => {
    expect(weightedScoreFusion([ranking(), ranking()]).rows.length).toBe(0)
    expect([...weightedScoreFusion([ranking([4, 2], [1, 2])]).scores]).toEqual([1, 1])
  })
})

describe('topRows', () => {
  test('equals sorting everything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 }), fc.integer({ min: 1, max: 90 }), (scores, k) => {
        const order = scores.map((_, row) => row).sort((left, right) => scores[right]! - scores[left]! || left - right)
        const top = topRows(
          scores.length,
          k,
          (at) => at,
          (at) => scores[at]!,
        )
        expect([...top.rows]).toEqual(order.slice(0, k))
      }),
      { seed: 7 },
    )
  })
})

describe('maximalMarginalRelevance', () => {
  const positions = [0, 0.01, 1]
  const similarity = (left: number, right: number): number => 1 - Math.abs(positions[left]! - positions[right]!)
  test('prefers what differs from the chosen, the more the smaller lambda is', () => {
    expect(maximalMarginalRelevance([1, 0.95, 0.6], similarity, { lambda: 0.5 })).toEqual([0, 2, 1])
    expect(maximalMarginalRelevance([1, 0.95, 0.6], similarity, { lambda: 1 })).toEqual([0, 1, 2])
    expect(maximalMarginalRelevance([1, 0.95, 0.6], similarity, { k: 1 })).toEqual([0])
  })

  test('refuses lambda out of range', () => {
    expect(() => maximalMarginalRelevance([1], similarity, { lambda: 2 })).toThrow(/lambda is 2/)
  })
})

describe('highlight', () => {
  const reader = createTermReader()
  const marked = (text: string, query: string, length?: number): string[] => {
    const part = highlight(reader, text, query, length === undefined ? {} : { length })
    return part.marks.map(([start, end]) => part.text.slice(start, end))
  }

  test('marks words by their stem', () => {
    expect(marked('Running shoes for runners; the shoe sale runs.', 'run shoe')).toEqual(['Running', 'shoes', 'shoe', 'runs'])
  })

  test('chooses the part that holds most of the words and cuts at spaces', () => {
    const text = `${'Nothing to see in this sentence. '.repeat(30)}A spring sale of garden chairs. ${'Nothing more to see. '.repeat(30)}`
    const part = highlight(reader, text, 'garden chair sale', { length: 80 })
    expect(part.marks.map(([start, end]) => part.text.slice(start, end))).toEqual(['sale', 'garden', 'chairs'])
    expect(part.cutStart && part.cutEnd).toBe(true)
    expect(text).toContain(` ${part.text} `)
  })

  test('joins overlapping pairs of ideographs', () => {
    expect(marked('本日は春季促销です', '春季促销')).toEqual(['春季促销'])
  })

  test('keeps every mark inside its text, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.integer({ min: 1, max: 40 }), (text, query, length) => {
        const part = highlight(reader, `${text} ${query} ${text}`, query, { length })
        let before = 0
        for (const [start, end] of part.marks) {
          expect(start).toBeGreaterThanOrEqual(before)
          expect(end).toBeLessThanOrEqual(part.text.length)
          before = end
        }
      }),
      { seed: 7 },
    )
  })
})
