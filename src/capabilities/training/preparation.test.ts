// Features that are prepared as a definition says: on a table of orders, of which what is late hangs on the date, the carrier and the size.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { encodePreparedTrees } from '../../algorithms/format/prepared-trees-file.ts'
import { createRng } from '../../algorithms/math/rng.ts'
import type { PreparedTrees } from '../../algorithms/tabular/prepared-trees.ts'
import { classifier } from '../../definitions.ts'
import { memoryEngine } from '../../platform/storage/testing/test-engines.ts'
import { createThreadPool } from '../../platform/threads/create-thread-pool.ts'
import { shareArray } from '../../platform/threads/shared-arrays.ts'
import { defineFromConfig, type FittedModel, type ModelDefinition } from '../models/index.ts'
import { explainByModel } from '../predictions/explain.ts'
import { joinDocuments, packDocuments } from './documents.ts'
import { fitAll } from './fit-all.ts'
import { fitModel } from './fit-model.ts'
import { TRAINING_PROGRAM } from './program.ts'
import { recipeOf } from './recipe.ts'
import type { Table } from './tasks.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'
import { countTextsOf, fitText, placeRows, withScores } from './text-score-tasks.ts'

const SIZES = ['S', 'M', 'L']
const properties = {
  ordered: { type: ['string', 'null'], format: 'date' },
  carrier: { type: 'string' },
  size: { type: ['string', 'null'], enum: [...SIZES, null] },
  weight: { type: ['number', 'null'] },
}
const features = { type: 'object', properties, required: ['carrier'] }

/** Late on Mondays, by the carriers of the lower half, and when large. */
function orders(count: number, seed: number) {
  const rng = createRng(seed)
  return Array.from({ length: count }, () => {
    const day = rng.below(700)
    const carrier = rng.below(40)
    const size = SIZES[rng.below(3)]!
    const ordered = new Date(Date.UTC(2024, 0, 1) + day * 86_400_000).toISOString().slice(0, 10)
    const odds = (day % 7 === 0 ? 2.5 : -0.5) + (carrier < 20 ? 1.5 : -1.5) + SIZES.indexOf(size) - 1
    return {
      ...{ ordered: rng.next() < 0.05 ? null : ordered, carrier: `carrier ${carrier}`, size: rng.next() < 0.05 ? null : size },
      weight: rng.next() < 0.2 ? null : Math.round(rng.next() * 100) / 10,
      late: rng.next() < 1 / (1 + Math.exp(-odds)) ? 'yes' : 'no',
    }
  })
}

const preparation = {
  ordered: { kind: 'date', parts: ['weekday', 'month'] },
  carrier: { kind: 'target', smooth: 5 },
  size: { kind: 'ordinal', categories: SIZES },
  weight: { kind: 'number', impute: 'mean', indicator: true },
}
const definition = (more: object = {}): ModelDefinition =>
  ({ task: 'classification', target: 'late', classes: ['no', 'yes'], features, preparation, ...more }) as never

let bench: TrainingBench
beforeAll(async () => {
  bench = await openTrainingBench(await memoryEngine().open())
})
afterAll(() => bench.close())

const rows = orders(1500, 1)

describe('a preparation', () => {
  test.each([
    ['logistic-regression', 0.72],
    ['boosted-trees', 0.76],
    ['random-forest', 0.76],
  ] as const)('%s learns dates, means of the target, orders and gaps, and answers from its file', async (algorithm, least) => {
    const parameters = algorithm === 'logistic-regression' ? {} : { nEstimators: 40 }
    await bench.models.put(algorithm, definition({ algorithm, parameters }))
    const { version } = await bench.training.train(algorithm, { rows })
    expect(version.metrics.rocAuc).toBeGreaterThan(least)
    expect(Object.values(version.importances).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
    const live = await bench.models.load(algorithm, version.version)
    const answer = (row: object) =>
      live.score({ carrier: 'carrier 3', size: 'L', ordered: '2025-03-04', weight: 3, ...row })!.probabilities!.yes!
    // One carrier is a matter of chance where trees cut between the means of a few: both halves of them, all sizes, the days of a week.
    const days = Array.from({ length: 7 }, (_, day) => `2025-03-0${day + 1}`)
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const ofCarrier = (carrier: string) => mean(days.flatMap((ordered) => SIZES.map((size) => answer({ carrier, ordered, size }))))
    const halves = [0, 20].map((first) => mean(Array.from({ length: 20 }, (_, i) => ofCarrier(`carrier ${first + i}`))))
    expect(halves[0]).toBeGreaterThan(halves[1]! + 0.25)
    // Never seen: the overall mean, between both.
    expect(ofCarrier('nobody')).toBeGreaterThan(halves[1]! + 0.05)
    expect(ofCarrier('nobody')).toBeLessThan(halves[0]! - 0.05)
    expect(answer({ size: 'L' })).toBeGreaterThan(answer({ size: 'S' }))
    if (algorithm !== 'logistic-regression') expect(answer({ ordered: '2025-03-03' })).toBeGreaterThan(answer({ ordered: '2025-03-04' }))
    for (const gap of ['ordered', 'size', 'weight']) expect(answer({ [gap]: null })).toBeGreaterThan(0)
    expect(live.score({ carrier: 'x', ordered: '2025-02-30' })).toBeUndefined()
    expect(live.encoder.problems({ carrier: 'x', ordered: '3/4/2025' }, '/features')[0]).toMatchObject({
      path: '/features/ordered',
      message: expect.stringContaining('2026-11-26'),
    })
  })

  test('the same rows and seed give the same file', async () => {
    await bench.models.put('again', definition({ algorithm: 'boosted-trees', parameters: { nEstimators: 10 } }))
    const first = await bench.training.train('again', { rows })
    const second = await bench.training.train('again', { rows })
    const files = await Promise.all([first, second].map(({ version }) => bench.artifacts.get(version.artifact.sha256)))
    expect(Buffer.compare(...(files as [Uint8Array, Uint8Array]))).toBe(0)
  })

  test('a date is shown as one: in the profile, in what it does to answers, and in what would have to change', async () => {
    const profile = await bench.models.profile('boosted-trees', 'active')
    expect(profile.features[0]).toMatchObject({ kind: 'date', earliest: '2024-01-01', typical: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) })
    const { whatIf } = bench.training
    const curve = await whatIf.partialDependence('boosted-trees', 'ordered', { grid: 8, rows: 3 })
    expect(curve.kind).toBe('date')
    for (const value of curve.grid) expect(value).toMatch(/^\d{4}-\d\d-\d\d/)
    const row = { carrier: 'carrier 3', size: 'L', ordered: '2025-03-03', weight: 3 }
    const ways = await whatIf.counterfactuals('boosted-trees', row, { goal: { class: 'no' }, immutable: ['carrier'] })
    const changes = ways.counterfactuals.flatMap((way) => way.changes).filter(({ feature }) => feature === 'ordered')
    expect(changes.length).toBeGreaterThan(0)
    for (const { from, to } of changes) {
      expect(from).toBe('2025-03-03')
      expect(to).toMatch(/^\d{4}-\d\d-\d\d/)
    }
    const limits = { ordered: { values: ['03.03.2025'] } }
    await expect(whatIf.counterfactuals('boosted-trees', row, { limits })).rejects.toThrow('no date')
  })

  test.each(['logistic-regression', 'boosted-trees', 'random-forest'])('%s: parts of features add up to the prediction', async (name) => {
    const live = await bench.models.load(name, (await bench.models.listVersions(name)).items[0]!.version)
    const row = { carrier: 'carrier 9', size: null, ordered: '2025-03-03', weight: null }
    const why = await explainByModel(live, row, { value: 'yes', label: 'yes' })
    expect(why.contributions.map(({ feature }) => feature).sort()).toEqual(['carrier', 'ordered', 'size', 'weight'])
    expect(why.base + why.contributions.reduce((sum, { contribution }) => sum + contribution, 0)).toBeCloseTo(why.prediction, 6)
  })

  test('a rule of a number that is prepared still holds', async () => {
    const parameters = { nEstimators: 30, monotone: { weight: 1 } }
    await bench.models.put('rising', definition({ algorithm: 'boosted-trees', parameters }))
    const { version } = await bench.training.train('rising', { rows })
    const live = await bench.models.load('rising', version.version)
    const said = Array.from({ length: 40 }, (_, at) => live.score({ carrier: 'carrier 3', weight: at / 4 })!.probabilities!.yes!)
    for (let at = 1; at < said.length; at++) expect(said[at]!).toBeGreaterThanOrEqual(said[at - 1]!)
  })

  test('a config says it in types', async () => {
    const schema = z.strictObject({ ordered: z.iso.date().nullable(), moment: z.iso.datetime().optional(), carrier: z.string() })
    const model = classifier({
      features: schema,
      target: 'late',
      preparation: { carrier: { kind: 'target' }, moment: { kind: 'date', parts: ['hour'] } },
    })
    const { definition: stored } = defineFromConfig('orders', model)
    expect(stored.preparation).toEqual({ carrier: { kind: 'target' }, moment: { kind: 'date', parts: ['hour'] } })
    expect(stored.features).toMatchObject({
      properties: { ordered: { type: ['string', 'null'], format: 'date' }, moment: { type: 'string', format: 'date-time' } },
    })
    // @ts-expect-error: no feature of the model.
    classifier({ features: schema, target: 'late', preparation: { carier: { kind: 'target' } } })
  })

  test.each([
    [{ preparation: { orderd: { kind: 'date' } } }, '/preparation/orderd', 'did you mean "ordered"'],
    [
      { preparation: { ordered: { kind: 'target' } } },
      '/preparation/ordered/kind',
      'preparation.ordered.kind is "target", but ordered is a date',
    ],
    [{ preparation: { size: { kind: 'ordinal', categories: ['S', 'M'] } } }, '/preparation/size/categories', 'leaves out "L"'],
    [{ preparation: { size: { kind: 'ordinal', categories: ['S', 'M', 'L', 'XL'] } } }, '/preparation/size/categories', 'names "XL"'],
    [{ preparation: { weight: { kind: 'number', fill: 3 } } }, '/preparation/weight/fill', 'impute "constant"'],
    [
      { algorithm: 'ridge', preparation: { weight: { kind: 'number', impute: 'none' } } },
      '/preparation/weight/impute',
      'ridge needs a value',
    ],
    [{ preparation: { ordered: { kind: 'date', parts: ['month', 'month'] } } }, '/preparation/ordered/parts', 'twice'],
    [{ preparation: { carrier: { kind: 'target', smooth: -1 } } }, '/preparation/carrier/smooth', '0'],
    [{ preparation: { carrier: { kind: 'hash' } } }, '/preparation/carrier/kind', 'carrier'],
    [{ algorithm: 'random-forest', runtime: 'python' }, '/runtime', 'ordered is a date'],
    [{ algorithm: 'boosted-trees', parameters: { monotone: { ordered: 1 } } }, '/parameters/monotone/ordered', 'is a date'],
    [
      { algorithm: 'naive-bayes', parameters: { variant: 'multinomial' }, preparation: { weight: { kind: 'number', scale: 'robust' } } },
      '/preparation/weight/scale',
      'min-max',
    ],
  ])('%j is refused by the name of its column', async (more, path, message) => {
    const wrong = await bench.models.put('wrong', definition(more)).catch((error: unknown) => error)
    expect(wrong).toMatchObject({ code: 'invalid_input' })
    const { errors } = wrong as { errors: { path: string; message: string }[] }
    expect(errors.find((error) => error.path === path)?.message).toContain(message)
  })

  test('a CSV with dates needs nothing: they are found, and those that could mean two days are left out', async () => {
    const table = orders(300, 4).map(
      ({ ordered, carrier, late }, at) => `${ordered ?? 'NA'},${1 + (at % 12)}/${1 + (at % 28)}/2025,${carrier},${late}`,
    )
    const csv = ['ordered,shipped,carrier,late', ...table].join('\n')
    const { version } = await bench.training.train('found', { csv }, { target: 'late', algorithm: 'random-forest' })
    expect(version.features).toMatchObject({
      properties: { ordered: { type: ['string', 'null'], format: 'date' }, carrier: { type: 'string' } },
    })
    expect(Object.keys((version.features as { properties: object }).properties)).toEqual(['ordered', 'carrier'])
  })
})

/** A date, a category that is told by its targets, and numbers; enough rows that threads share them. */
function sharedTable(rows: number): Table {
  const rng = createRng(5)
  const x = new Float32Array(new SharedArrayBuffer(rows * 5 * 4))
  const y = new Float64Array(new SharedArrayBuffer(rows * 8))
  for (let row = 0; row < rows; row++) {
    x.set([24 * rng.below(700), rng.below(40), rng.next(), rng.next(), rng.next()], row * 5)
    y[row] = x[row * 5 + 1]! / 20 + x[row * 5 + 2]! + rng.next() * 2 > 2.5 ? 1 : 0
  }
  const columns = {
    names: ['ordered', 'carrier', 'a', 'b', 'c'],
    labels: ['no', 'yes'],
    kinds: ['date', 'category', 'number', 'number', 'number'] as const,
    codes: [0, 40, 0, 0, 0],
    preparation: [undefined, { kind: 'target' } as const, undefined, undefined, undefined],
  }
  return { x, y, features: 5, classes: 2, columns, documents: [] }
}

test('trees on prepared features are the same to the byte for one thread and several', async () => {
  // As many rows as boosting shares between threads.
  const rows = 8192
  const input = { table: sharedTable(rows), train: shareArray(Int32Array.from({ length: rows }, (_, row) => row)) }
  const recipes = (['random-forest', 'boosted-trees'] as const).map((algorithm) =>
    recipeOf({ task: 'classification', parameters: { nEstimators: 4, maxDepth: 4 } }, algorithm, 3),
  )
  const fileOf = (fitted: FittedModel): string => Buffer.from(encodePreparedTrees(fitted as PreparedTrees)).toString('base64')
  const alone = recipes.map((recipe) => fileOf(fitModel({ ...input, recipe }, { isCanceled: () => false, progress: () => undefined })))
  const watch = { signal: new AbortController().signal, progress: () => undefined }
  const pool = createThreadPool({ size: 2, program: TRAINING_PROGRAM })
  try {
    for (const [index, recipe] of recipes.entries()) expect(fileOf(await fitAll(pool, input, recipe, watch, 'Fitting'))).toBe(alone[index])
  } finally {
    await pool.close()
  }
})

test('the words of a fold are scored by models that have seen neither its rows nor those of the fold that judges', () => {
  const rng = createRng(8)
  const rows = 300
  const texts = Array.from({ length: rows }, () => `word${rng.below(20)} word${rng.below(20)}`)
  const y = Float64Array.from({ length: rows }, () => rng.below(2))
  const x = Float32Array.from({ length: rows * 2 }, (_, at) => (at % 2 === 0 ? (at >> 1 === 7 ? Number.NaN : at >> 1) : rng.next()))
  const columns = { names: ['note', 'size'], labels: ['no', 'yes'], kinds: ['text', 'number'] as const, codes: [0, 0] }
  const table: Table = { x, y, features: 2, classes: 2, columns, documents: joinDocuments([packDocuments(0, texts)]) }
  const all = Int32Array.from({ length: rows }, (_, row) => row)
  const splits = [0, 1, 2, 3, 4].map((fold) => ({
    train: all.filter((row) => row % 5 !== fold),
    test: all.filter((row) => row % 5 === fold),
  }))
  const { places, rows: placed, partOf } = placeRows({ y, splits })
  const { counts } = countTextsOf({ table, rows: placed, feature: 0, options: {} }, () => false)
  const scoredWith = (targets: Float64Array): Float32Array => {
    const scores = new Float32Array(rows).fill(-1)
    const asked = [0, 1].map((part) => ({ part, scores }))
    fitText({ counts, y: targets, classes: 2, options: {}, partOf, without: [0, 1], scored: asked }, () => false)
    return scores
  }
  const scores = scoredWith(y)
  expect(scores.filter((score) => score >= 0).length).toBe(120)
  expect(scoredWith(y.map((value, row) => (row % 5 < 2 ? 1 - value : value)))).toEqual(scores)
  expect(scoredWith(y.map((value, row) => (row % 5 > 1 ? 1 - value : value)))).not.toEqual(scores)
  // Weights of the places are those of their rows, and count.
  const { weights } = placeRows({ y, weights: Float64Array.from(all, (row) => 1 + (row % 3)), splits })
  expect(weights).toEqual(Float64Array.from(placed, (row) => 1 + (row % 3)))
  const weighed = new Float32Array(rows).fill(-1)
  const asked = [{ part: 0, scores: weighed }]
  fitText({ counts, y, weights: weights!, classes: 2, options: {}, partOf, without: [0, 1], scored: asked }, () => false)
  expect(weighed.filter((score, place) => score >= 0 && score !== scores[place]).length).toBe(60)
  // As a table the text is whether there is one, and its score.
  const fold = withScores({ table, ...splits[0]! }, { places }, [{ feature: 0, scores, width: 1 }])
  expect(fold.table.columns.kinds).toEqual(['number', 'number', 'number'])
  expect(Array.from(fold.table.x.subarray(240 * 3, 242 * 3))).toEqual([0, scores[0], x[1], 0, scores[5], x[11]])
  expect(fold.table.x.filter((value) => Number.isNaN(value)).length).toBe(1)
})
