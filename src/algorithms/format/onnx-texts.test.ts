// Reference: onnxruntime-node 1.30.0, which runs what is written here, beside our own vectorizer: the same terms of every text.
import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../math/rng.ts'
import { denseFromCsr } from '../sparse/csr-matrix.ts'
import { type AdditiveAlgorithm, type AdditiveOptions, fitAdditive } from '../tabular/fit-additive.ts'
import { fitPreparedTrees } from '../tabular/fit-prepared-trees.ts'
import { predictAdditive } from '../tabular/predict-additive.ts'
import { predictPreparedTrees, widenRows } from '../tabular/prepared-trees.ts'
import { createTfidfVectorizer, type TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import { fitBoostedTrees } from '../tree/fit-boosted-trees.ts'
import { exportPreparedOnnx } from './export-prepared-onnx.ts'
import { writeColumns } from './onnx-columns.ts'
import { onnxModel, valueInfo } from './onnx-model.ts'
import { addEntries, CONTRIB, perRow, textEntries } from './onnx-texts.ts'
import { createOnnxWriter } from './onnx-writer.ts'

const FOREIGN = [
  'schöne grüße',
  'GRÜSSE',
  'Привет мир',
  '東京 大阪',
  'naïve café',
  'ǅemal ﬁre',
  '𝐀𝐁 𐐀𐐁',
  '١٢٣ ½½',
  'a_b __',
  'ß',
  'I İstanbul ıspanak',
]
const HARD = [
  ...[
    '',
    ' ',
    'a',
    'a b c',
    'İİ',
    'xİyz good',
    'İgood goodİ good',
    'ΣΑΣ good',
    'good\u0301 good',
    'go\u200bod',
    'good’s',
    "good's BAD",
    'good_bad',
  ],
  ...[
    'GOOD good Good',
    'good a bad',
    'good, bad; fine',
    '🙂good🙂bad',
    'good\tbad\nfine',
    'goodgoodgoodgood',
    'x'.repeat(300),
    `${'good '.repeat(70)}`,
  ],
  ...['\ud800good', 'ＧＯＯＤ', 'ⅣⅣ', '²³', '\u0345\u0345', 'ŉŉ', 'ẞẞ', '𐐨𐐩 good'],
]

const OPTIONS: Readonly<Record<string, TfidfVectorizerOptions>> = {
  'words and pairs, as models read them': { ngramRange: [1, 2], sublinearTf: true },
  'words alone, as they are written': { lowercase: false },
  'runs of two and three': { ngramRange: [2, 3], norm: 'l1' },
  'whether they are there': { ngramRange: [1, 3], binary: true, norm: null },
}
const VOCABULARIES: Readonly<Record<string, readonly string[]>> = {
  'words and pairs, as models read them': [
    'good',
    'bad',
    'fine',
    'good bad',
    'bad fine',
    'grüße',
    'привет мир',
    '東京',
    'istanbul',
    'ab',
    'xi',
    'yz',
    '123',
    '١٢٣',
    'ａｂ',
    '𐐨𐐩',
  ],
  'words alone, as they are written': ['good', 'Good', 'GOOD', 'GRÜSSE', 'goodx', 'go'],
  'runs of two and three': ['good bad', 'good good good', 'good good', 'bad fine good', 'мир привет'],
  'whether they are there': ['good', 'goods', 'good bad', 'good bad fine', 'naïve', 'café'],
}

async function run(file: Uint8Array, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const answers = await session.run(feeds)
  await session.release()
  return answers
}

const column = (texts: readonly string[]): Tensor => new Tensor('string', [...texts], [texts.length, 1])

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Math.max(...Array.from(a, (value, at) => (Object.is(value, b[at]) ? 0 : Math.abs(value - b[at]!) / Math.max(1, Math.abs(value)))))
}

describe.each(Object.keys(OPTIONS))('terms of a text: %s', (name) => {
  const options = OPTIONS[name]!
  const vocabulary = VOCABULARIES[name]!
  const idf = vocabulary.map((_, at) => 1 + at / 7)
  const vectorizer = createTfidfVectorizer(vocabulary, idf, options)
  let session: InferenceSession
  beforeAll(async () => {
    const writer = createOnnxWriter(['text', 'matrix'])
    const { rows, terms, weights } = textEntries(writer, 'text', 'text', { vocabulary, idf, options })
    const flat = writer.node('Add', [writer.node('Mul', [rows, writer.constant('integer', [], [vocabulary.length])]), terms])
    const wide = perRow(writer, 'text', new Float64Array(vocabulary.length))
    const start = writer.node('Reshape', [wide, writer.constant('integer', [2], [-1, 1])])
    const sums = addEntries(writer, start, flat, writer.node('Unsqueeze', [weights, writer.constant('integer', [1], [1])]))
    const graph = {
      ...{ name: 'terms', nodes: writer.nodes, constants: writer.constants, opset: 16, domains: [[CONTRIB, 1] as const] },
      inputs: [valueInfo('text', 'text', [1])],
      outputs: [valueInfo(sums, 'double', [1])],
    }
    session = await InferenceSession.create(onnxModel(graph, {}), { intraOpNumThreads: 1, interOpNumThreads: 1 })
  })
  afterAll(() => session.release())
  const found = async (texts: readonly string[]): Promise<Float64Array> =>
    Object.values(await session.run({ text: column(texts) }))[0]!.data as Float64Array
  // A lone half of a pair is no text outside of JavaScript.
  const wellFormed = (texts: readonly string[]): string[] => texts.map((text) => text.toWellFormed())
  const own = (texts: readonly string[]): Float64Array => denseFromCsr(vectorizer.transform([...texts]))

  test('of letters of all scripts, marks, signs, small and long ones', async () => {
    const texts = wellFormed([...HARD, ...FOREIGN])
    expect(own(texts).filter((weight) => weight > 0).length).toBeGreaterThan(4)
    expect(furthest(own(texts), await found(texts))).toBeLessThan(1e-12)
    for (const text of texts) expect(furthest(own([text]), await found([text]))).toBeLessThan(1e-12)
  })

  test('of whatever is written', async () => {
    const piece = fc.oneof(fc.constantFrom(...vocabulary, ' ', '-', 'İ', 'Σ', 'good', 'a'), fc.string({ unit: 'grapheme', maxLength: 4 }))
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('').replaceAll('\0', ' ').toWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 12 }), async (texts) => {
        expect(furthest(own(texts), await found(texts))).toBeLessThan(1e-12)
      }),
      { numRuns: 150, seed: 5 },
    )
  })
})

const WORDS = ['gut', 'schlecht', 'neu', 'alt', 'Größe', 'rot', 'GRÜN', 'nicht', 'sehr', 'preis']
const rng = createRng(11)
const texts = Array.from({ length: 260 }, () => Array.from({ length: rng.below(9) }, () => WORDS[rng.below(WORDS.length)]!).join(' '))
const sizes = texts.map(() => Math.fround(rng.next() * 10))
const score = (row: number): number => (texts[row]!.includes('gut') ? 2 : 0) + (texts[row]!.includes('nicht') ? -1.5 : 0) + sizes[row]! / 5
const FIELDS = [
  { name: 'note', kind: 'text' },
  { name: 'size', kind: 'number' },
] as const

describe('models that read texts as one ONNX graph', () => {
  const readDocument = (_: number, row: number): string => texts[row]!
  const rowsFrom = (from: number, to: number) => {
    // An empty text is missing.
    const cells = Array.from({ length: to - from }, (_, at) => [texts[from + at] === '' ? Number.NaN : from + at, sizes[from + at]!])
    return { x: Float32Array.from(cells.flat()), rows: to - from, readDocument }
  }
  const setOf = (classes: number) => ({
    ...rowsFrom(0, 200),
    ...{ kinds: ['text', 'number'] as const, codes: [0, 0], classes },
    y: Float64Array.from({ length: 200 }, (_, row) =>
      classes === 0 ? score(row) : Math.min(classes - 1, Math.max(0, Math.floor(score(row)))),
    ),
  })
  const held = rowsFrom(200, 260)
  const feeds = { note: column(texts.slice(200)), size: new Tensor('float32', Float32Array.from(sizes.slice(200)), [60, 1]) }

  const all: [AdditiveAlgorithm, number, AdditiveOptions?][] = [
    ['logistic-regression', 2],
    ['linear-svm', 3],
    ['naive-bayes', 3],
    ['naive-bayes', 2, { variant: 'bernoulli' }],
    ['naive-bayes', 2, { variant: 'gaussian' }],
    ['naive-bayes', 3, { variant: 'complement', maxNgram: 3 }],
    ['ridge', 0],
    ['elastic-net', 0],
  ]
  test.each(all)('%s of %i classes %o', async (algorithm, classes, options = {}) => {
    const model = fitAdditive(setOf(classes), algorithm, options)
    const answers = await run(exportPreparedOnnx({ fields: FIELDS, columns: model.columns, model }), feeds)
    const given = answers[classes === 0 ? 'prediction' : 'probabilities']!.data as Float32Array
    expect(furthest(predictAdditive(model, held), given)).toBeLessThan(1e-6)
  })

  test('texts alone, and texts that say nothing', async () => {
    for (const documents of [texts, texts.map(() => '')]) {
      const read = (_: number, row: number): string => documents[row]!
      const { y } = setOf(2)
      const x = Float32Array.from({ length: 200 }, (_, row) => row)
      const model = fitAdditive({ x, y, rows: 200, kinds: ['text'], codes: [0], classes: 2, readDocument: read }, 'logistic-regression')
      const file = exportPreparedOnnx({ fields: [FIELDS[0]], columns: model.columns, model })
      const { probabilities } = await run(file, { note: column(documents.slice(0, 40)) })
      const said = predictAdditive(model, { x: x.subarray(0, 40), rows: 40, readDocument: read })
      expect(furthest(said, probabilities!.data as Float32Array)).toBeLessThan(1e-6)
    }
  })

  test.each([2, 3, 0])('trees on what the words say, %i classes', async (classes) => {
    const model = fitPreparedTrees(setOf(classes), (wide) => fitBoostedTrees(wide, { nEstimators: 20, minSamplesLeaf: 5 }))
    const { writer, inputs, output } = writeColumns(FIELDS, model.columns, 'float')
    const { nodes, constants } = writer
    const graph = { name: 'columns', nodes, constants, inputs, outputs: [valueInfo(output!, 'float', [model.columns.nColumns])] }
    const columns = Object.values(await run(onnxModel({ ...graph, opset: 16, domains: [[CONTRIB, 1]] }, {}), feeds))[0]!
    expect(furthest(widenRows(model, held), columns.data as Float32Array)).toBeLessThan(1e-7)
    const answers = await run(exportPreparedOnnx({ fields: FIELDS, columns: model.columns, model: model.ensemble }), feeds)
    const given = answers[classes === 0 ? 'prediction' : 'probabilities']!.data as Float32Array
    expect(furthest(predictPreparedTrees(model, held), given)).toBeLessThan(1e-6)
  })

  test.each([
    [{ analyzer: 'char' }, '"note" is read by characters (char)'],
    [{ stripAccents: 'unicode' }, '"note" is read with stripAccents'],
    [{ stopWords: ['gut'] }, '"note" is read with stopWords'],
    [{ tokenPattern: '\\w+' }, '"note" is read with tokenPattern'],
  ] as const)('%o is refused by the name of the column', (options, words) => {
    const preparation = [{ kind: 'text', options }, undefined] as never
    const model = fitAdditive(setOf(2), 'logistic-regression', { preparation })
    expect(() => exportPreparedOnnx({ fields: FIELDS, columns: model.columns, model })).toThrow(
      expect.objectContaining({ code: 'invalid_input', message: expect.stringContaining(words) }),
    )
  })

  test('Greek words whose small letters hang on their place are refused, and only these', () => {
    const writer = createOnnxWriter(['note'])
    const write = (vocabulary: string[], options: TfidfVectorizerOptions = {}) =>
      textEntries(writer, 'note', 'note', { vocabulary, idf: vocabulary.map(() => 1), options })
    expect(() => write(['σοφία'])).toThrow('"note" has Greek words')
    expect(() => write(['νερό'])).not.toThrow()
    expect(() => write(['σοφία'], { lowercase: false })).not.toThrow()
  })
})
