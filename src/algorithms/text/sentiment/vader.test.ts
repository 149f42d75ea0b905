import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type SentimentLexicon, scorePolarity } from './vader.ts'

interface Case {
  readonly text: string
  readonly compound: number
  readonly pos: number
  readonly neu: number
  readonly neg: number
}

const models = new URL('../../../../models/sentiment-en/', import.meta.url)
const pairs = (name: string): [string, string][] =>
  readFileSync(new URL(name, models), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t') as [string, string])
const lexicon: SentimentLexicon = {
  words: new Map(pairs('lexicon.txt').map(([word, valence]) => [word, Number(valence)])),
  emoji: new Map(pairs('emoji.txt')),
}
const { cases } = JSON.parse(readFileSync(new URL('fixtures/vader.json', import.meta.url), 'utf8')) as { cases: Case[] }

describe('scorePolarity', () => {
  // Reference: vaderSentiment 3.3.2, fixtures/make.py. It rounds to 4 and 3 decimals.
  test.each(cases)('equals vaderSentiment on "$text"', ({ text, compound, pos, neu, neg }) => {
    const polarity = scorePolarity(text, lexicon)
    expect(Math.abs(polarity.compound - compound)).toBeLessThanOrEqual(5.1e-5)
    for (const [ours, theirs] of [[polarity.positive, pos] as const, [polarity.neutral, neu] as const, [polarity.negative, neg] as const]) {
      expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(5.1e-4)
    }
  })

  test.each(['\u0000', '\ud800', '!'.repeat(10_000), 'good '.repeat(20_000), '😀'.repeat(5_000), 'but '.repeat(5_000)])(
    'is finite and within its range for any text',
    (text) => {
      const { compound, positive, neutral, negative } = scorePolarity(text, lexicon)
      expect(Math.abs(compound)).toBeLessThanOrEqual(1)
      for (const share of [positive, neutral, negative]) expect(share >= 0 && share <= 1).toBe(true)
    },
  )
})
