import { describe, expect, test } from 'vitest'
import { readLanguage } from './read-language.ts'
import { splitSentences } from './split-sentences.ts'
import { splitTokens } from './split-tokens.ts'

const sentencesOf = (text: string): string[] => splitSentences(text).map(({ start, end }) => text.slice(start, end))

describe('splitSentences', () => {
  test.each([
    [['One is here.', 'Two is there!', 'Is it three?']],
    [['Mr. Smith of Acme Inc. met Dr. J. F. Kay on Jan. 5 in St. Ives.', 'They talked.']],
    [['It is made in the U.S. and the U.K., e.g. in Ohio.', 'So what?']],
    [['He works for Acme Inc.', 'The shop is closed.']],
    [['It starts at 5 p.m.', 'The doors close at six.']],
    [['"Stop!" she said.', 'He went on.']],
    [['Version 2.0 is out.', 'Node.js runs it.']],
    [['So do I.', 'He came too.']],
    [['👩‍👩‍👧 smiled.', 'Zoë 😀 laughed.']],
  ])('keeps %j apart', (sentences) => {
    expect(sentencesOf(sentences.join(' '))).toEqual(sentences)
  })

  test('takes a broken line for a space, a blank line and an item of a list for an end', () => {
    expect(sentencesOf('The text goes\non here. And\r\nends.\n\nA title\n\n- one thing\n- another\n2. a third')).toEqual([
      'The text goes\non here.',
      'And\r\nends.',
      'A title',
      '- one thing',
      '- another',
      '2. a third',
    ])
  })

  test.each(['', '   \n\n ', '\n\n\n'])('has none for %j', (text) => {
    expect(splitSentences(text)).toEqual([])
  })

  test('reads a text of breaks alone, and one long line, in time that grows with its length', () => {
    expect(splitSentences('\n'.repeat(50_000))).toEqual([])
    expect(splitSentences('a\n'.repeat(50_000))).toHaveLength(1)
    expect(splitSentences('x'.repeat(100_000))).toHaveLength(1)
  })
})

describe('splitTokens', () => {
  test.each([
    ["Anna's dog doesn't bark.", ['Anna', "'s", 'dog', 'does', "n't", 'bark', '.']],
    ['The U.S. paid $4.5 million, i.e. 12%.', ['The', 'U.S.', 'paid', '$', '4.5', 'million', ',', 'i.e.', '12', '%', '.']],
    ['Mail a.b@example.org or #node @nodejs https://x.org/a', ['Mail', 'a.b@example.org', 'or', '#node', '@nodejs', 'https://x.org/a']],
    ['Mr. J. Smith-Jones (born 1960)', ['Mr.', 'J.', 'Smith-Jones', '(', 'born', '1960', ')']],
    ['😀 Zoë', ['😀', 'Zoë']],
  ])('splits %j', (text, words) => {
    const { words: found, starts } = splitTokens(text)
    expect(found).toEqual(words)
    for (const [at, word] of found.entries()) expect(text.slice(starts[at]!, starts[at]! + word.length)).toBe(word)
  })
})

describe('readLanguage', () => {
  test.each([
    ['The delivery was late and the shoes are too small.', 'en'],
    ["I can't recommend it to anyone", 'en'],
    ['Die Lieferung war zu spät und die Schuhe sind nicht gut.', 'other'],
    ['La livraison est en retard et les chaussures ne sont pas bonnes', 'other'],
    ['El envío llegó tarde y los zapatos no son buenos para mí', 'other'],
    ['配達が遅れました', 'other'],
    ['Доставка опоздала', 'other'],
    ['ok', 'unknown'],
    ['12345 !!!', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (text, language) => {
    expect(readLanguage(text)).toBe(language)
  })
})
