import { describe, expect, test } from 'vitest'
import { createRng } from '../../math/rng.ts'
import { fitStaticTable } from './fit-static-table.ts'
import { hashEmbedding } from './hash-embedding.ts'
import { embedTokens, packTable, quantizeRows, unpackTable } from './static-table.ts'

const [ROWS, COLUMNS, TEXTS] = [60, 8, 2_000]

/** Texts whose true vectors are the means of hidden rows: a table can learn them whole. */
function taught(seed: number) {
  const rng = createRng(seed)
  const noise = (size: number): Float32Array => Float32Array.from({ length: size }, () => 2 * rng.next() - 1)
  const hidden = noise(ROWS * COLUMNS)
  const ids = Int32Array.from({ length: TEXTS * 5 }, () => rng.below(ROWS))
  const offsets = Int32Array.from({ length: TEXTS + 1 }, (_, at) => at * 5)
  const targets = new Float32Array(TEXTS * COLUMNS)
  for (let text = 0; text < TEXTS; text++) {
    const target = targets.subarray(text * COLUMNS, (text + 1) * COLUMNS)
    for (let at = text * 5; at < text * 5 + 5; at++) for (let k = 0; k < COLUMNS; k++) target[k]! += hidden[ids[at]! * COLUMNS + k]!
    const length = Math.hypot(...target)
    for (let k = 0; k < COLUMNS; k++) target[k]! /= length
  }
  return { texts: { ids, offsets }, targets, start: noise(ROWS * COLUMNS) }
}

function meanCosine(table: Float32Array, { texts, targets }: ReturnType<typeof taught>, bits?: 4 | 8): number {
  const quantized = quantizeRows(table, COLUMNS, bits ?? 8)
  const vector = new Float32Array(COLUMNS)
  let sum = 0
  for (let text = 0; text < TEXTS; text++) {
    embedTokens(quantized, texts.ids.subarray(texts.offsets[text], texts.offsets[text + 1]), vector, 0)
    for (let k = 0; k < COLUMNS; k++) sum += vector[k]! * targets[text * COLUMNS + k]!
  }
  return sum / TEXTS
}

describe('fitStaticTable', () => {
  test('learns the vectors of a teacher that is a table itself', () => {
    const lesson = taught(3)
    const options = { start: lesson.start, dimensions: COLUMNS, epochs: 20, batchSize: 64, learningRate: 0.03 }
    expect(meanCosine(lesson.start, lesson)).toBeLessThan(0.3)
    const table = fitStaticTable(lesson.texts, lesson.targets, options)
    expect(meanCosine(table, lesson)).toBeGreaterThan(0.995)
    expect(meanCosine(table, lesson, 4)).toBeGreaterThan(0.97)
  })

  test('gives the same table for the same seed, leaves the start alone, and tells how far it is', () => {
    const lesson = taught(4)
    const before = lesson.start.slice()
    const shares: number[] = []
    const options = {
      start: lesson.start,
      dimensions: COLUMNS,
      epochs: 2,
      batchSize: 32,
      onProgress: (share: number) => void shares.push(share),
    }
    expect(fitStaticTable(lesson.texts, lesson.targets, options)).toEqual(fitStaticTable(lesson.texts, lesson.targets, options))
    expect(lesson.start).toEqual(before)
    expect(shares.slice(0, 2)).toEqual([50 / 124, 100 / 124])
  })

  test('refuses targets of another shape and fewer texts than a batch', () => {
    const { texts, targets, start } = taught(5)
    const options = { start, dimensions: COLUMNS }
    expect(() => fitStaticTable(texts, targets.subarray(1), options)).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
    expect(() => fitStaticTable(texts, targets, { ...options, batchSize: 2_001 })).toThrow(
      expect.objectContaining({ code: 'too_few_rows' }),
    )
  })
})

describe('packTable', () => {
  test.each([4, 8] as const)('is undone by unpackTable, in %i bits', (bits) => {
    const table = quantizeRows(taught(6).start, COLUMNS, bits)
    const packed = packTable(table, bits)
    expect(packed.length).toBe(ROWS * 4 + (ROWS * COLUMNS * bits) / 8)
    expect(unpackTable(packed, ROWS, COLUMNS, bits)).toEqual(table)
    expect(() => unpackTable(packed.subarray(1), ROWS, COLUMNS, bits)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
  })

  test('keeps rows of zeros', () => {
    const table = quantizeRows(new Float32Array(16), 8, 4)
    expect([...table.values, ...table.scales]).toEqual(new Array(18).fill(0))
  })
})

describe('hashEmbedding', () => {
  const vectorOf = (text: string, dimensions = 256): Float32Array => {
    const vectors = new Float32Array(dimensions + 3)
    hashEmbedding(text, dimensions, vectors, 3)
    return vectors.subarray(3)
  }
  const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0)

  test('puts texts that share words, or parts of words, nearer than others', () => {
    const asked = vectorOf('running shoes for women')
    const [same, spelled, other] = ['shoes for running', 'runing shoe', 'garden chairs made of wood'].map((text) => vectorOf(text))
    expect(cosine(asked, same!)).toBeGreaterThan(0.6)
    expect(cosine(asked, spelled!)).toBeGreaterThan(cosine(asked, other!) + 0.1)
  })

  test.each(['', '\u0000', '!!!', '\ud800', 'the of and'])('gives %j a direction too', (text) => {
    const vector = vectorOf(text)
    expect(cosine(vector, vector)).toBeCloseTo(1, 5)
  })
})
