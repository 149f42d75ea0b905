import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { beginOf, insideOf, type Span, spansOf } from '../sequence/chain.ts'
import { createEntityTagger } from './entity-tagger.ts'
import { findEntities } from './find-entities.ts'
import { findPatterns } from './find-patterns.ts'
import { createGazetteer, LISTS, matchPhrases, PLACES } from './gazetteer.ts'
import { decodeTagger } from './tagger-file.ts'

const bytes = readFileSync(new URL('../../../../models/entities-en/tagger.tdm', import.meta.url))
const model = decodeTagger(bytes)
const tagger = createEntityTagger(model)
const found = (text: string): string[] =>
  findEntities(text, model.types, tagger).map((entity) => {
    expect(text.slice(entity.start, entity.end)).toBe(entity.text)
    return `${entity.type}: ${entity.text}`
  })

describe('findPatterns', () => {
  test.each([
    ['mail to anna.b+x@mail.example.org, please', ['email anna.b+x@mail.example.org']],
    ['see https://example.com/a_(b)?c=1. Or (www.x.org)!', ['url https://example.com/a_(b)?c=1', 'url www.x.org']],
    [
      '$4.5 million, €1.234,50, 12 USD, US$3 and 5 pounds',
      ['money $4.5 million', 'money €1.234,50', 'money 12 USD', 'money US$3', 'money 5 pounds'],
    ],
    ['up 15% or 3.5 percent', ['percent 15%', 'percent 3.5 percent']],
    [
      'on March 3, 2021, 3rd of May 1999, 2021-03-04, 04/03/2021, next Monday',
      ['date March 3, 2021', 'date 3rd of May 1999', 'date 2021-03-04', 'date 04/03/2021', 'date next Monday'],
    ],
    ['at 10:30, 5 p.m. and 23:59:59', ['time 10:30', 'time 5 p.m.', 'time 23:59:59']],
    ['call +1 (415) 555-0134, 020 7946 0958, +442079460958', ['phone +1 (415) 555-0134', 'phone 020 7946 0958', 'phone +442079460958']],
    ['#MachineLearning by @nodejs, #1 of 3', ['hashtag #MachineLearning', 'mention @nodejs']],
    ['in 2019 2020 2021, 12 345 678, ISBN 978-3-16-148410-0, 1.2.3.4', []],
    ['You may go; the march goes on', []],
  ])('in %j', (text, expected) => {
    expect(findPatterns(text).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`)).toEqual(expected)
  })

  test.each([
    'a@'.repeat(20_000),
    '1 '.repeat(30_000),
    '#'.repeat(50_000),
    'www.'.repeat(20_000),
    '1,'.repeat(30_000),
    '+'.repeat(50_000),
    'a.'.repeat(40_000),
    '('.repeat(50_000),
  ])('reads a hostile text in time that grows with its length', (text) => {
    const cpu = process.cpuUsage()
    findPatterns(text)
    const { user, system } = process.cpuUsage(cpu)
    // A pattern that goes back and forth would take minutes.
    expect((user + system) / 1e6).toBeLessThan(20)
  })
})

describe('the tagger', () => {
  // Reference labels: the documents of wikigold (Balasuriya et al. 2009, CC BY 4.0) that training did not see.
  test('finds the names of documents it has not seen with an F1 of 0.63', () => {
    const sentences = readSentences(readFileSync(new URL('fixtures/wikigold-held-out.conll', import.meta.url), 'utf8'))
    let [right, gold, given] = [0, 0, 0]
    for (const { words, labels } of sentences) {
      const known = spansOf(labels)
      const tagged = tagger.tag(words)
      gold += known.length
      given += tagged.length
      right += tagged.filter((span) => known.some((other) => isSame(span, other))).length
      for (const { probability } of tagged) expect(probability > 0 && probability <= 1).toBe(true)
    }
    expect(sentences.length).toBe(504)
    expect((2 * right) / (gold + given)).toBeGreaterThanOrEqual(0.63)
  })

  test.each([
    [
      'Angela Merkel visited Microsoft in Seattle on March 3, 2021.',
      ['person: Angela Merkel', 'organization: Microsoft', 'location: Seattle', 'date: March 3, 2021'],
    ],
    [
      '😀😀 Paul McCartney lives in London. Write to paul@example.org',
      ['person: Paul McCartney', 'location: London', 'email: paul@example.org'],
    ],
    ['nothing to see here', []],
    ['?', []],
  ])('in %j', (text, expected) => {
    expect(found(text)).toEqual(expected)
  })

  test('finds more names with a bias, and fewer without', () => {
    const words = 'The firm Zorbax moved to Quillmont near Ashby with Darvin Oakes'.split(' ')
    const covered = [-6, -3, 0, 2].map((bias) => tagger.tag(words, bias).reduce((sum, { start, end }) => sum + end - start, 0))
    expect(covered).toEqual([...covered].sort((left, right) => left - right))
    expect(covered[0]).toBe(0)
    expect(covered[3]).toBeGreaterThan(covered[1]!)
  })

  test('reads a sentence of thousands of words in pieces', () => {
    const words = Array.from({ length: 3_000 }, (_, at) => (at % 10 === 0 ? 'London' : 'word'))
    const tagged = tagger.tag(words)
    expect(tagged.length).toBeGreaterThan(200)
    for (const { start, end } of tagged) expect(start < end && end <= words.length).toBe(true)
  })

  test('takes the longest known phrase of a list, and says where a word stands in it', () => {
    const gazetteer = createGazetteer([
      ['new york', 1 << LISTS.indexOf('city')],
      ['new york city', 1 << LISTS.indexOf('city')],
      ['york', 1 << LISTS.indexOf('last')],
    ])
    const bits = matchPhrases(gazetteer, ['in', 'new', 'york', 'city'], [false, true, true, true])
    const city = LISTS.indexOf('city') * PLACES
    expect([...bits]).toEqual([0, 1 << (city + 1), (1 << (city + 2)) | (1 << (LISTS.indexOf('last') * PLACES)), 1 << (city + 3)])
  })

  test('is refused when its file is damaged or another', () => {
    const damaged = Uint8Array.from(bytes)
    damaged[5_000]! ^= 1
    expect(() => decodeTagger(damaged)).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
    expect(() => decodeTagger(bytes.subarray(0, 1_000))).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
  })
})

function isSame(left: Span, right: Span): boolean {
  return left.start === right.start && left.end === right.end && left.type === right.type
}

/** IOB1 of persons, places and organisations; MISC is no name here. */
function readSentences(content: string): { words: string[]; labels: number[] }[] {
  return content
    .trimEnd()
    .split('\n\n')
    .map((block) => {
      let previous = 'O'
      const rows = block.split('\n').map((line) => line.split(' '))
      const labels = rows.map((row) => {
        const tag = row.at(-1)!
        const type = ['PER', 'LOC', 'ORG'].indexOf(tag.slice(2))
        const begins = tag[0] === 'B' || previous.slice(2) !== tag.slice(2)
        previous = tag
        if (type < 0) return 0
        return begins ? beginOf(type) : insideOf(type)
      })
      return { words: rows.map((row) => row[0]!), labels }
    })
}
