// Reference values: scikit-learn 1.9.1, fixtures/make.py. Counts are exact; weights to 1e-12, since both sum doubles.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CsrMatrix, checkCsrMatrix } from '../sparse/csr-matrix.ts'
import { type CountVectorizerOptions, createCountVectorizer, fitCountVectorizer } from './count-vectorizer.ts'
import { countDocuments, learnPart, weighRows } from './counted-documents.ts'
import { ENGLISH_STOP_WORDS } from './english-stop-words.ts'
import patterns from './fixtures/python-patterns.json' with { type: 'json' }
import fixture from './fixtures/vectorizers.json' with { type: 'json' }
import { createHashingVectorizer, type HashingVectorizerOptions } from './hashing-vectorizer.ts'
import { pythonPattern } from './python-pattern.ts'
import { compareCodePoints } from './sort-words.ts'
import { createAnalyzer } from './text-analyzer.ts'
import { createTfidfVectorizer, fitTfidfVectorizer, type TfidfVectorizerOptions } from './tfidf-vectorizer.ts'

const { documents } = fixture

interface Rows {
  readonly starts: readonly number[]
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

function expectRows(matrix: CsrMatrix, expected: Rows, tolerance = 0): void {
  checkCsrMatrix(matrix)
  expect([...matrix.starts]).toEqual(expected.starts)
  expect([...matrix.indices]).toEqual(expected.indices)
  for (const [at, value] of expected.values.entries()) expect(Math.abs(matrix.values[at]! - value)).toBeLessThanOrEqual(tolerance)
}

describe('CountVectorizer', () => {
  test.each(fixture.count)('equals scikit-learn with $name', ({ options, vocabulary, matrix }) => {
    const fitted = fitCountVectorizer(documents, options as CountVectorizerOptions)
    expect(fitted.vectorizer.vocabulary).toEqual(vocabulary)
    expectRows(fitted.matrix, matrix)
    expectRows(fitted.vectorizer.transform(documents), matrix)
  })

  test('keeps the most frequent terms, of equal ones the first', () => {
    const { vectorizer, matrix } = fitCountVectorizer(['b b a c', 'c b a d d d'], { maxFeatures: 3, tokenPattern: '\\w' })
    expect(vectorizer.vocabulary).toEqual(['a', 'b', 'd'])
    expect([...matrix.values]).toEqual([1, 2, 1, 1, 3])
  })

  test('sorts terms by code point, whatever characters they begin with and however many begin alike', () => {
    const letter = fc.constantFrom('a', 'b', 'z', '0', '_', 'é', 'ß', '中', '\u{1d400}', 'ﬀ')
    const word = fc.array(letter, { minLength: 2, maxLength: 7 }).map((letters) => letters.join(''))
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 80 }), (words) => {
        const { vectorizer, matrix } = fitCountVectorizer(words, { lowercase: false })
        expect(vectorizer.vocabulary).toEqual([...new Set(words)].sort(compareCodePoints))
        expect(vectorizer.transform(words)).toEqual(matrix)
      }),
      { numRuns: 200, seed: 7 },
    )
    const many = Array.from({ length: 120 }, (_, at) => `same${(at * 77) % 120}`)
    expect(fitCountVectorizer(many).vectorizer.vocabulary).toEqual([...many].sort())
  })

  // scikit-learn 1.9.1, CountVectorizer(stop_words='english', ngram_range=(1, 2)).
  test('leaves out the English stop words of scikit-learn', () => {
    const texts = [
      'This is not the first time that we never had anything but fun with the bill',
      'Why would nobody move against the system, sincerely? Forty of them cried',
      'A thick amount of detail; however, NOT serious',
    ]
    const { vectorizer } = fitCountVectorizer(texts, { stopWords: 'english', ngramRange: [1, 2] })
    expect(vectorizer.vocabulary).toEqual(['cried', 'fun', 'sincerely', 'sincerely cried', 'time', 'time fun'])
    const own = fitCountVectorizer(texts, { stopWords: ENGLISH_STOP_WORDS }).vectorizer.vocabulary
    expect(own).toEqual(expect.arrayContaining(['never', 'not']))
  })

  test('of a stored vocabulary counts as the fitted one', () => {
    const { vectorizer } = fitCountVectorizer(documents, { ngramRange: [1, 2] })
    const again = createCountVectorizer(vectorizer.vocabulary, vectorizer.options)
    expect(again.transform(documents)).toEqual(vectorizer.transform(documents))
  })

  test.each([
    ['only empty documents', () => fitCountVectorizer(['', ' ']), /None of the 2 documents/],
    ['only stop words', () => fitCountVectorizer(['the and of'], { stopWords: 'english' }), /stop words/],
    ['no documents', () => fitCountVectorizer([]), /None of the 0 documents/],
    ['one string', () => fitCountVectorizer('text' as unknown as string[]), /array of strings/],
    ['a number among texts', () => fitCountVectorizer(['a text', 5 as unknown as string]), /Document 1 is a number/],
    ['limits that leave nothing', () => fitCountVectorizer(['one two', 'three four'], { minDf: 2 }), /leave none of the 4 terms/],
    ['limits that exclude each other', () => fitCountVectorizer(['one two', 'one'], { minDf: 2, maxDf: 0.5 }), /no term can have both/],
    ['a share above 1', () => fitCountVectorizer(['one two'], { maxDf: 1.5 }), /maxDf 1.5/],
    ['a backward range', () => fitCountVectorizer(['one two'], { ngramRange: [3, 1] }), /\[3, 1\]/],
    ['a pattern that is none', () => fitCountVectorizer(['one'], { tokenPattern: '(' }), /no regular expression/],
    ['a term twice', () => createCountVectorizer(['a', 'b', 'a']), /"a" twice/],
    ['an empty vocabulary', () => createCountVectorizer([]), /empty/],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(message) }))
  })

  test('of a known vocabulary gives a row of zeros for an empty text, an unknown one and stop words', () => {
    const { vectorizer } = fitCountVectorizer(['red shoes'])
    expect([...vectorizer.transform(['', 'green', 'the', '\ud800 lone']).starts]).toEqual([0, 0, 0, 0, 0])
  })

  test('counts each term as often as the analyzer names it, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (texts) => {
        const words = [...texts, 'anchor']
        const { vectorizer, matrix } = fitCountVectorizer(words)
        checkCsrMatrix(matrix)
        const analyze = createAnalyzer()
        expect(matrix.values.reduce((sum, value) => sum + value, 0)).toBe(words.flatMap(analyze).length)
        expect(vectorizer.transform(words)).toEqual(matrix)
      }),
      { seed: 7 },
    )
  })

  test('reads a text of a million characters', () => {
    const { matrix } = fitCountVectorizer([`${'word '.repeat(200_000)}end`])
    expect([...matrix.values]).toEqual([1, 200_000])
  })
})

describe('documents that are read once', () => {
  const documents = Array.from({ length: 40 }, (_, at) => `red${at % 3} blue${at % 5} green${at % 7} red${at % 3} Grün${at % 11}`)
  const part = Int32Array.from({ length: 25 }, (_, at) => (at * 3) % 40)
  const rest = Int32Array.from({ length: 40 }, (_, row) => row).filter((row) => !part.includes(row))
  test.each<[string, TfidfVectorizerOptions]>([
    ['words', {}],
    ['pairs, by logarithm, those of few documents left out', { ngramRange: [1, 2], sublinearTf: true, minDf: 3 }],
    ['the most frequent', { maxFeatures: 12 }],
    ['shares of documents', { minDf: 0.1, maxDf: 0.4 }],
    ['counted as there or not', { binary: true, maxFeatures: 9, norm: null }],
    ['a vocabulary of their own', { vocabulary: ['blue1', 'red2', 'nobody'] }],
  ])('give a part of them what it gives by itself, to the bit: %s', (_, options) => {
    const { counts, terms } = countDocuments(documents, options)
    const texts = (rows: Int32Array): string[] => Array.from(rows, (row) => documents[row]!)
    const { vectorizer, matrix } = fitTfidfVectorizer(texts(part), options)
    const learnt = learnPart(counts, part, options)!
    expect(Array.from(learnt.part.columns, (column) => terms[column])).toEqual(vectorizer.vocabulary)
    expect(learnt.part.idf).toEqual(vectorizer.idf)
    expect(learnt.matrix).toEqual(matrix)
    expect(weighRows(counts, rest, learnt.part, options)).toEqual(vectorizer.transform(texts(rest)))
  })
})

describe('TfidfVectorizer', () => {
  test.each(fixture.tfidf)('equals scikit-learn with $name', ({ options, matrix, again }) => {
    const fitted = fitTfidfVectorizer(documents, options as TfidfVectorizerOptions)
    expectRows(fitted.matrix, matrix, 1e-12)
    expectRows(fitted.vectorizer.transform(['quick dog unknown dog']), again, 1e-12)
    const { vocabulary, idf } = fitted.vectorizer
    expectRows(createTfidfVectorizer(vocabulary, idf, options as TfidfVectorizerOptions).transform(documents), matrix, 1e-12)
  })

  test('refuses weights that do not fit the vocabulary', () => {
    expect(() => createTfidfVectorizer(['a', 'b'], [1])).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => createTfidfVectorizer(['a'], [Number.NaN])).toThrow(/idf of "a" is NaN/)
  })
})

describe('HashingVectorizer', () => {
  test.each(fixture.hashing)('equals scikit-learn with $name', ({ options, matrix }) => {
    expectRows(createHashingVectorizer(options as HashingVectorizerOptions).transform(documents), matrix, 1e-15)
  })

  test('refuses a number of columns out of range', () => {
    expect(() => createHashingVectorizer({ nFeatures: 0 })).toThrow(/nFeatures is 0/)
  })
})

describe('patterns of Python', () => {
  // Reference: `re` of Python itself, fixtures/make-python-patterns.py, seed 3. Both know the letters of these texts.
  const { texts, cases } = patterns
  test.each(cases)('find what Python finds: $pattern', ({ pattern, found }) => {
    const expression = pythonPattern(pattern)
    for (const [at, text] of texts.entries()) {
      expect(Array.from(text.matchAll(expression), (match) => match[1] ?? match[0])).toEqual(found[at])
    }
  })

  test.each([
    ['(a)(b)', '2 groups'],
    ['(?x)a b', 'the flag x'],
    ['[a-z', 'no end'],
    ['a{2}{3}', 'no regular expression'],
  ])('are refused by what is wrong with them: %s', (tokenPattern, message) => {
    expect(() => fitCountVectorizer(['a b'], { tokenPattern })).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(message) }),
    )
  })
})
