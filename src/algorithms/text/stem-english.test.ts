import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { stemEnglish } from './stem-english.ts'

// Reference: snowballstemmer 2.2.0, fixtures/make-stems.py.
const fixture = JSON.parse(readFileSync(new URL('./fixtures/stems.json', import.meta.url), 'utf8')) as { words: string; stems: string }

describe('stemEnglish', () => {
  test('equals Snowball on every word of the fixture', () => {
    const stems = fixture.stems.split(' ')
    const different = fixture.words
      .split(' ')
      .map((word, at) => ({ word, stem: stemEnglish(word), expected: stems[at]! }))
      .filter(({ stem, expected }) => stem !== expected)
    expect(different).toEqual([])
  })

  test('leaves numbers and other scripts as they are', () => {
    for (const word of ['2026', 'größe', '日本語', '', 'a']) expect(stemEnglish(word)).toBe(word)
  })
})
