import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { lexRank, sentenceGraph } from './rank-sentences.ts'
import { summarize } from './summarize.ts'

const { cases } = JSON.parse(readFileSync(new URL('fixtures/lexrank.json', import.meta.url), 'utf8')) as {
  cases: { sentences: Record<string, number>[]; ranks: number[] }[]
}

describe('lexRank', () => {
  // Reference: sumy 0.13.0, fixtures/make.py; ours ends at a change of 1e-4.
  test.each(cases)('equals sumy on document $#', ({ sentences, ranks }) => {
    const ours = lexRank(sentenceGraph(sentences.map((terms) => new Map(Object.entries(terms)))))
    const sum = ranks.reduce((total, rank) => total + rank, 0)
    for (const [at, rank] of ranks.entries()) expect(ours[at]).toBeCloseTo(rank / sum, 3)
    expect(ours.reduce((total, rank) => total + rank, 0)).toBeCloseTo(1, 10)
  })
})

const TEXT =
  'The harbour was built in 1820. Ships of the harbour carried coal and iron to the north. Coal came from mines in the valley. The mayor ' +
  'likes tea. Iron and coal left the harbour on ships every day. Today the harbour is a museum of ships.'

describe('summarize', () => {
  test('takes sentences of the text in their order, at the places it names', () => {
    const { sentences, sentenceCount, text } = summarize(TEXT, { sentences: 3 })
    expect(sentenceCount).toBe(6)
    expect(sentences.map(({ start }) => start)).toEqual([...sentences.map(({ start }) => start)].sort((a, b) => a - b))
    for (const { start, end, text: sentence } of sentences) expect(TEXT.slice(start, end)).toBe(sentence)
    expect(text).toBe(sentences.map((sentence) => sentence.text).join(' '))
    expect(text).not.toContain('tea')
    expect(Math.max(...sentences.map(({ score }) => score))).toBe(1)
  })

  test('is about what is asked', () => {
    expect(summarize(TEXT, { sentences: 1, query: 'Who likes tea?' }).text).toBe('The mayor likes tea.')
    expect(summarize(TEXT, { sentences: 1, query: 'museum' }).text).toContain('museum')
  })

  test('says nothing twice', () => {
    const text = `${'The harbour has ships. '.repeat(5)}Coal is black and heavy.`
    const { sentences } = summarize(text, { sentences: 2 })
    expect(new Set(sentences.map((sentence) => sentence.text)).size).toBe(2)
  })

  test.each([
    ['one word', 'Word', 1],
    ['no sentence', ' ', 0],
    ['fewer sentences than asked', 'One is here. Two is there.', 2],
    ['marks alone', '!!! ??? ...', 3],
  ])('has an answer for a text of %s', (_, text, most) => {
    const { sentences } = summarize(text, { sentences: 3 })
    expect(sentences.length).toBeLessThanOrEqual(most)
    for (const { score } of sentences) expect(score >= 0 && score <= 1).toBe(true)
  })

  test('compares parts of a text of thousands of sentences', () => {
    const long = Array.from({ length: 2_500 }, (_, at) => `Line ${at} tells of topic ${at % 40} and of item ${at % 7}.`).join(' ')
    const { sentences, sentenceCount } = summarize(long, { sentences: 5 })
    expect([sentences.length, sentenceCount]).toEqual([5, 2_500])
  })

  test.each([0, 51, 1.5, Number.NaN])('refuses %s sentences', (sentences) => {
    expect(() => summarize(TEXT, { sentences })).toThrow(/1 to 50/)
  })
})
