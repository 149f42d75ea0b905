import { describe, expect, test } from 'vitest'
import { labelVectors, scoreLabels } from '../label-similarity.ts'
import { findPhrases } from './find-phrases.ts'
import { rankPhrases, rankPhrasesByWords } from './rank-phrases.ts'

const TEXT =
  'Solar panels turn light into power. The price of solar panels fell. Many roofs have solar panels, and batteries keep the power of the day ' +
  'for the night. Batteries got cheaper too.'

describe('findPhrases', () => {
  test('puts first what a text says most, at the place it names', () => {
    const phrases = findPhrases(TEXT)
    expect(phrases[0]).toMatchObject({ text: 'Solar panels', count: 3, score: 1 })
    for (const { text, start, end } of phrases) expect(TEXT.slice(start, end)).toBe(text)
    expect(phrases.map(({ text }) => text.toLowerCase())).toContain('batteries')
    // Only ever part of a longer one.
    expect(phrases.map(({ text }) => text.toLowerCase())).not.toContain('solar')
  })

  test('counts the forms of a word as one', () => {
    expect(findPhrases('A runner runs. Runners run.').find(({ text }) => /runner/i.test(text))?.count).toBe(2)
  })

  test.each([
    ['function words alone', 'the of and to it is', 0],
    ['one word', 'Shoes', 1],
    ['marks', '!!! 42 --- ', 0],
    ['controls', '\u0000\u0001', 0],
  ])('has %s', (_, text, count) => {
    expect(findPhrases(text)).toHaveLength(count)
  })

  test('keeps to the longest and the most that are asked', () => {
    expect(findPhrases(TEXT, { maxWords: 1 }).every(({ text }) => !text.includes(' '))).toBe(true)
    expect(findPhrases(TEXT, { most: 2 })).toHaveLength(2)
  })
})

describe('rankPhrases', () => {
  test('takes a different phrase instead of a second that means the same, when asked to', () => {
    const phrases = findPhrases(TEXT).slice(0, 3)
    const vectors = [Float32Array.of(1, 0), Float32Array.of(0.999, 0.0447), Float32Array.of(0.5, 0.866), Float32Array.of(0.9, 0.436)]
    const [near] = [rankPhrases(phrases, vectors, { k: 2, diversity: 0 })]
    const different = rankPhrases(phrases, vectors, { k: 2, diversity: 0.7 })
    expect(near.map(({ text }) => text)).not.toEqual(different.map(({ text }) => text))
    expect(different.map(({ similarity }) => similarity)).toEqual([expect.any(Number), expect.any(Number)])
    expect(rankPhrasesByWords(phrases, { k: 2, diversity: 0.3 })).toHaveLength(2)
  })
})

describe('scoreLabels', () => {
  test('takes off what all labels share, and gives shares whose sum is 1', () => {
    const unit = (...values: number[]): Float32Array => {
      const length = Math.hypot(...values)
      return Float32Array.from(values, (value) => value / length)
    }
    const labels = labelVectors([[unit(10, 1, 0)], [unit(10, 0, 1), unit(10, 0, 2)]])
    const { scores, similarities } = scoreLabels(unit(10, 0.9, 0), labels)
    expect(scores[0]! > 0.9 && scores[0]! + scores[1]!).toBeCloseTo(1, 6)
    expect(similarities[0]! > 0 && similarities[1]! < 0).toBe(true)
  })

  test('has an answer where all labels are the same', () => {
    const same = Float32Array.of(0, 1)
    const { scores } = scoreLabels(same, labelVectors([[same], [same]]))
    expect([...scores]).toEqual([0.5, 0.5])
  })
})
