import { describe, expect, test } from 'vitest'
import { createDotProducts } from '../math/dot-products.ts'
import { createRng } from '../math/rng.ts'
import { quantizeRows } from '../text/static-embedding/static-table.ts'
import { createAdapt } from './adapter.ts'
import { multipleNegativesRanking, tripletLoss } from './contrastive-losses.ts'
import { labelledExamples, pairExamples } from './examples.ts'
import { type FineTuneOptions, fineTuneEncoder } from './fine-tune-encoder.ts'
import reference from './fixtures/sentence-transformers.json' with { type: 'json' }
import { judgeRetrieval } from './judge-retrieval.ts'
import { mineHardNegatives } from './mine-hard-negatives.ts'
import { createTrainableAdapter } from './trainable-adapter.ts'
import { backThroughNormalize, normalizeRows, type TrainableEncoder } from './trainable-encoder.ts'
import { createTrainableTable } from './trainable-table.ts'

/** Losses see vectors of length 1; the reference's gradients are by the vectors before. */
function prepared({ vectors, dimensions }: { readonly vectors: readonly number[][]; readonly dimensions: number }) {
  const all = Float32Array.from(vectors.flat())
  const lengths = new Float32Array(all.length / dimensions)
  normalizeRows(all, dimensions, lengths)
  const first = vectors[0]!.length
  const back = (anchors: Float32Array, candidates: Float32Array): number[] => {
    const gradient = Float32Array.of(...anchors, ...candidates)
    backThroughNormalize(gradient, all, dimensions, lengths)
    return [...gradient]
  }
  return { batch: { anchors: all.subarray(0, first), candidates: all.subarray(first), dimensions }, back }
}

function expectClose(found: readonly number[], wanted: readonly number[], digits: number): void {
  expect(found).toHaveLength(wanted.length)
  for (const [at, value] of wanted.entries()) expect(found[at]).toBeCloseTo(value, digits)
}

// Reference: sentence-transformers 6.2.0 by fixtures/make.py in float64; five digits, as ours computes in float32.
describe('losses', () => {
  test.each(reference.losses)('multiple negatives ranking equals sentence-transformers on $name', (given) => {
    const { batch, back } = prepared(given)
    const { temperature, symmetric } = given
    const result = multipleNegativesRanking(batch, { temperature, symmetric, isMatch: () => false }, createDotProducts())
    expect(result.loss).toBeCloseTo(given.loss, 4)
    expectClose(back(result.anchors, result.candidates), given.gradients.flat(), 4)
  })

  test.each(reference.triplets)('the triplet loss equals sentence-transformers at $name', (given) => {
    const { batch, back } = prepared(given)
    const result = tripletLoss(batch, given.margin)
    expect(result.loss).toBeCloseTo(given.loss, 5)
    expectClose(back(result.anchors, result.candidates), given.gradients.flat(), 5)
  })

  test('a candidate that is right for an anchor too does not push it away', () => {
    const { batch } = prepared({
      vectors: [
        [1, 0, 0, 1],
        [1, 0, 1, 0.1],
      ],
      dimensions: 2,
    })
    const options = { temperature: 0.1, symmetric: false }
    const pushed = multipleNegativesRanking(batch, { ...options, isMatch: () => false }, createDotProducts())
    const masked = multipleNegativesRanking(batch, { ...options, isMatch: () => true }, createDotProducts())
    expect(pushed.loss).toBeGreaterThan(0.4)
    expect(masked.loss).toBeCloseTo(0, 6)
    expect([...masked.candidates].every((value) => Math.abs(value) < 1e-6)).toBe(true)
  })
})

describe('judgeRetrieval', () => {
  const taskOf = ({ queries, candidates, dimensions, asked, found, right }: (typeof reference.retrieval)[number]) => ({
    vectors: Float32Array.from([...asked, ...found]),
    dimensions,
    queries: Int32Array.from({ length: queries }, (_, at) => at),
    candidates: Int32Array.from({ length: candidates }, (_, at) => queries + at),
    isMatch: (query: number, item: number) => right[query]!.includes(item - queries),
  })

  // Reference: InformationRetrievalEvaluator of sentence-transformers 6.2.0.
  test.each(reference.retrieval)('equals sentence-transformers on $name queries', (given) => {
    const judgement = judgeRetrieval(taskOf(given))
    for (const [metric, value] of Object.entries(given.expected)) {
      expect(judgement[metric as keyof typeof given.expected]).toBeCloseTo(value, 6)
    }
  })

  test('passes over the query itself, leaves out queries without matches, and refuses when none is left', () => {
    const task = taskOf(reference.retrieval[1]!)
    const all = Int32Array.of(...task.queries, ...task.candidates)
    const { top, queries } = judgeRetrieval({ ...task, candidates: all, isMatch: (query, item) => query < 5 && task.isMatch(query, item) })
    expect([...queries]).toEqual([0, 1, 2, 3, 4])
    for (const [place, query] of queries.entries()) expect([...top.subarray(place * 10, place * 10 + 10)]).not.toContain(query)
    expect(() => judgeRetrieval({ ...task, isMatch: () => false })).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
    expect(() => judgeRetrieval({ ...task, isCanceled: () => true })).toThrow(expect.objectContaining({ code: 'canceled' }))
  })
})

const [TOKENS, COLUMNS, ITEMS, LABELS] = [80, 64, 240, 8]

/** Texts of ten tokens, two of them of the label's own five: a mean of random rows hides what a trained one shows. */
function textsWithLabels(seed: number) {
  const rng = createRng(seed)
  const labels = Int32Array.from({ length: ITEMS }, (_, item) => item % LABELS)
  const ids = new Int32Array(ITEMS * 10)
  for (let item = 0; item < ITEMS; item++) {
    for (let at = 0; at < 10; at++) ids[item * 10 + at] = at < 2 ? labels[item]! * 5 + rng.below(5) : 40 + rng.below(40)
  }
  const table = quantizeRows(
    Float32Array.from({ length: TOKENS * COLUMNS }, () => rng.next() - 0.5),
    COLUMNS,
    8,
  )
  const all = Int32Array.from({ length: ITEMS }, (_, item) => item)
  const [fit, held] = [all.filter((item) => item % 24 < 16), all.filter((item) => item % 24 >= 16)]
  const isMatch = (query: number, item: number): boolean => labels[query] === labels[item]
  const texts = { ids, offsets: Int32Array.from({ length: ITEMS + 1 }, (_, item) => item * 10) }
  return { table, texts, labels, fit, validation: { queries: held, candidates: fit, isMatch }, all }
}

type Lesson = ReturnType<typeof textsWithLabels>
const ENCODERS: Readonly<Record<string, (lesson: Lesson) => TrainableEncoder>> = {
  table: ({ table, texts }) => createTrainableTable(table, texts),
  'linear adapter': ({ table, texts, all }) => createTrainableAdapter(createTrainableTable(table, texts).encode(all), COLUMNS),
  'MLP adapter': ({ table, texts, all }) => createTrainableAdapter(createTrainableTable(table, texts).encode(all), COLUMNS, { hidden: 24 }),
}
const RATES: Readonly<Record<string, number>> = { table: 0.01, 'linear adapter': 0.01, 'MLP adapter': 0.01 }

describe.each(Object.keys(ENCODERS))('fine-tuning a %s', (kind) => {
  const tuned = (options: FineTuneOptions = {}, lesson = textsWithLabels(5)) => {
    const encoder = ENCODERS[kind]!(lesson)
    const given = { learningRate: RATES[kind]!, batchSize: 32, randomState: 3, ...options }
    return { encoder, lesson, history: fineTuneEncoder(encoder, labelledExamples(lesson.fit, lesson.labels), lesson.validation, given) }
  }

  test.each(['multiple-negatives', 'triplet'] as const)('finds held-out texts of one label better, by %s', (loss) => {
    const { history } = tuned({ loss, epochs: 8, patience: 8 })
    const [before] = history.epochs
    const best = history.epochs[history.bestEpoch]!
    expect(best.ndcgAtK).toBeGreaterThan(before!.ndcgAtK + 0.1)
  })

  test('gives the same vectors for the same seed, others for another', () => {
    const [one, again, other] = [3, 3, 4].map((randomState) => {
      const { encoder, lesson } = tuned({ epochs: 2, randomState })
      return encoder.encode(lesson.all)
    })
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
  })

  test('its gradient is the slope of its vectors', () => {
    // Along a random direction of the vectors, by central differences of one step of plain descent that Adam's first step gives the sign of.
    const lesson = textsWithLabels(9)
    const encoder = ENCODERS[kind]!(lesson)
    const items = Int32Array.of(0, 5, 9)
    const rng = createRng(2)
    // A little away from the start, where an MLP's outer layer is zero and its inner one learns nothing.
    encoder.forward(items)
    encoder.backward(Float32Array.from({ length: 3 * COLUMNS }, () => rng.next() - 0.5))
    encoder.step(0.02)
    const direction = Float32Array.from({ length: 3 * COLUMNS }, () => rng.next() - 0.5)
    const along = (): number => encoder.encode(items).reduce((sum, value, at) => sum + value * direction[at]!, 0)
    const before = along()
    for (let step = 0; step < 5; step++) {
      encoder.forward(items)
      encoder.backward(direction.slice())
      encoder.step(0.002)
    }
    expect(along()).toBeLessThan(before - 1e-3)
  })

  test('stops when asked to, and keeps what it was when nothing gets better', () => {
    expect(() => tuned({ isCanceled: () => true })).toThrow(expect.objectContaining({ code: 'canceled' }))
    const lesson = textsWithLabels(5)
    const before = ENCODERS[kind]!(lesson).encode(lesson.all)
    // Labels that mean nothing.
    const rng = createRng(1)
    const labels = lesson.labels.map(() => rng.below(LABELS))
    const encoder = ENCODERS[kind]!(lesson)
    const history = fineTuneEncoder(encoder, labelledExamples(lesson.fit, labels), lesson.validation, { learningRate: 0.05, patience: 1 })
    if (history.bestEpoch === 0) expect(encoder.encode(lesson.all)).toEqual(before)
    expect(history.epochs.length).toBeLessThanOrEqual(history.bestEpoch + 2)
  })
})

describe('createTrainableAdapter', () => {
  test.each([0, 12])('of %i hidden units starts as no change, and encodes as its adapter adapts', (hidden) => {
    const lesson = textsWithLabels(2)
    const vectors = createTrainableTable(lesson.table, lesson.texts).encode(lesson.all)
    const trainable = createTrainableAdapter(vectors, COLUMNS, { hidden })
    expectClose([...trainable.encode(lesson.all)], [...vectors], 5)
    const items = Int32Array.of(3, 1, 4)
    const forward = trainable.forward(items).slice()
    expectClose([...trainable.encode(items)], [...forward], 6)
    trainable.backward(Float32Array.from({ length: 3 * COLUMNS }, (_, at) => Math.sin(at)))
    trainable.step(0.1)
    const adapted = createAdapt(trainable.adapter)(vectors.subarray(0, 5 * COLUMNS))
    expectClose([...adapted], [...trainable.encode(Int32Array.of(0, 1, 2, 3, 4))], 6)
    expectClose([...trainable.forward(items)], [...trainable.encode(items)], 6)
    expect(() => createAdapt(trainable.adapter)(vectors.subarray(1))).toThrow(expect.objectContaining({ code: 'shape_mismatch' }))
  })
})

describe('examples', () => {
  test('of labels give each anchor a positive of its label that is not itself, and never a label of one', () => {
    const labels = Int32Array.of(0, 0, 1, 1, 1, 2)
    const examples = labelledExamples(Int32Array.of(0, 1, 2, 3, 4, 5), labels)
    expect([...examples.anchors]).toEqual([0, 1, 2, 3, 4])
    const seen: number[] = []
    for (const { anchors, positives } of examples.batches(2, createRng(1))) {
      for (const [at, anchor] of anchors.entries()) {
        expect(positives[at]).not.toBe(anchor)
        expect(labels[positives[at]!]).toBe(labels[anchor])
      }
      seen.push(...anchors)
    }
    // A last batch of one would have nothing to compare with.
    expect(seen).toHaveLength(4)
    expect(() => labelledExamples(Int32Array.of(0, 2, 5), labels)).toThrow(expect.objectContaining({ code: 'too_few_rows' }))
  })

  test('of pairs know all positives of an anchor, and hand on its negatives', () => {
    const examples = pairExamples({ anchors: Int32Array.of(0, 0, 1), positives: Int32Array.of(5, 6, 7), negatives: Int32Array.of(8, 8, 9) })
    expect(examples.isMatch(0, 6)).toBe(true)
    expect(examples.isMatch(1, 6)).toBe(false)
    const [batch] = examples.batches(8, createRng(1))
    expect(batch!.anchors).toHaveLength(3)
    for (const [at, anchor] of batch!.anchors.entries()) expect(batch!.negatives[at]).toBe(anchor === 0 ? 8 : 9)
  })

  test('hard negatives are the nearest wrong ones', () => {
    const lesson = textsWithLabels(7)
    const encoder = createTrainableTable(lesson.table, lesson.texts)
    const mined = mineHardNegatives(encoder, labelledExamples(lesson.fit, lesson.labels), createRng(1), { depth: 1 })
    const [anchor] = lesson.fit
    const vectors = encoder.encode(lesson.all)
    const cosine = (item: number): number => {
      let sum = 0
      for (let at = 0; at < COLUMNS; at++) sum += vectors[anchor! * COLUMNS + at]! * vectors[item * COLUMNS + at]!
      return sum
    }
    const wrong = [...lesson.fit].filter((item) => lesson.labels[item] !== lesson.labels[anchor!])
    const nearest = wrong.reduce((best, item) => (cosine(item) > cosine(best) ? item : best))
    expect(mined(anchor!, createRng(2))).toBe(nearest)
  })
})
