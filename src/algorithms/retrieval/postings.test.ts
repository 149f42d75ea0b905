import { describe, expect, test } from 'vitest'
import { createPostings, type Postings } from './postings.ts'

/** A frequent term in every document, and rare ones in a few each: together more than one block of 4 MB. */
const FREQUENT = 0
const DOCUMENTS = 300_000
const RARE_TERMS = 120_000
const BLOCK_BYTES = 2 ** 22

const rareOf = (document: number): number => 1 + ((document * 7927) % RARE_TERMS)
const countOf = (document: number): number => 1 + (document % 200)

function fill(postings: Postings, from: number, to: number): void {
  for (let document = from; document < to; document++) {
    postings.append(FREQUENT, document, countOf(document))
    postings.append(rareOf(document), document, 1)
  }
}

function listOf(postings: Postings, term: number): { documents: number[]; counts: number[] } {
  const count = postings.count(term)
  const [documents, counts] = [new Int32Array(count), new Int32Array(count)]
  expect(postings.read(term, documents, counts)).toBe(count)
  return { documents: [...documents], counts: [...counts] }
}

function expectAll(postings: Postings): void {
  const all = Array.from({ length: DOCUMENTS }, (_, document) => document)
  expect(listOf(postings, FREQUENT)).toEqual({ documents: all, counts: all.map(countOf) })
  const expected = new Map<number, number[]>()
  for (const document of all) {
    const term = rareOf(document)
    if (term % 997 === 0) expected.set(term, [...(expected.get(term) ?? []), document])
  }
  expect(expected.size).toBeGreaterThan(10)
  for (const [term, documents] of expected) expect(listOf(postings, term)).toEqual({ documents, counts: documents.map(() => 1) })
}

describe('createPostings', () => {
  test('reads lists that lie in several blocks as they were written', () => {
    const postings = createPostings()
    fill(postings, 0, DOCUMENTS)
    expect(postings.image().parts.length).toBeGreaterThan(6)
    expectAll(postings)
  })

  test('goes on from an image of several blocks, the last of them partly filled', () => {
    const first = createPostings()
    fill(first, 0, DOCUMENTS - 50_000)
    const { numbers, parts } = first.image()
    const again = createPostings({ numbers, parts: parts.map((part) => Uint8Array.from(part)) })
    fill(again, DOCUMENTS - 50_000, DOCUMENTS)
    expectAll(again)
  })

  test('has room for little more than what was written', () => {
    const postings = createPostings()
    fill(postings, 0, DOCUMENTS)
    const blocks = postings.image().parts.slice(5)
    const used = blocks.reduce((sum, { byteLength }) => sum + byteLength, 0)
    expect(postings.bytes).toBeLessThan(used + BLOCK_BYTES + 2 * RARE_TERMS * 17)
  })
})
