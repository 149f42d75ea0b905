import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderModelCard } from '../../../algorithms/card/render-model-card.ts'
import { memoryEngine, type TestEngine } from '../../../platform/storage/testing/test-engines.ts'
import type { Cell } from '../../../tandem.ts'
import { openTrainingBench, type TrainingBench } from '../testing/training-bench.ts'

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
// Reference: scikit-learn's metrics of LightGBM's predictions, fixtures/make.py, seed 11. A probability that float32 thresholds moved by
// 1e-7 moves none of these by more than 1e-6.
const judged = read('fixtures/judged.json')
const { cases } = read('../../../algorithms/format/fixtures/interchange.json') as {
  cases: { name: string; format: string; file: string; x: (number | null)[][] }[]
}
const lightgbm = (name: string) => cases.find((each) => each.format === 'lightgbm' && each.name === name)!
const rowsOf = (name: string, target: (row: number) => Cell): Record<string, Cell>[] =>
  lightgbm(name).x.map((values, row) => ({ ...Object.fromEntries(values.map((value, index) => [`x${index}`, value])), y: target(row) }))

const flats = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => {
    const row = index + from
    const size = (row * 37) % 101
    return { size, city: row % 3 === 0 ? 'Bonn' : 'Aachen', sold: size + ((row * 17) % 29) > 60 ? 'yes' : 'no' }
  })

describe('a version judged on rows that were sent for it', () => {
  let engine: TestEngine
  let bench: TrainingBench
  beforeAll(async () => {
    engine = (await memoryEngine())!
    bench = await openTrainingBench(await engine.open(), { threads: 1 })
    const take = (model: string, name: string) =>
      bench.training.interchange.take(model, new TextEncoder().encode(lightgbm(name).file), {
        target: 'y',
        ...(name === 'binary' ? { classes: ['no', 'yes'] } : {}),
      })
    await take('imported', 'binary')
    await take('number', 'regression')
    await bench.training.train(
      'flats',
      { rows: flats(300) },
      { target: 'sold', algorithm: 'boosted-trees', parameters: { nEstimators: 10 } },
    )
  })
  afterAll(async () => {
    await bench.close()
    await engine.dispose()
  })
  const evaluate: TrainingBench['training']['evaluate'] = (...asked) => bench.training.evaluate(...asked)

  test('has the metrics that scikit-learn finds, with intervals, when it was taken over from a file', async () => {
    const { codes, ...expected } = judged.binary
    const rows = rowsOf('binary', (row) => ['no', 'yes'][codes[row]]!)
    const found = await evaluate('imported', 'active', { rows }, { name: 'June' })
    for (const [metric, value] of Object.entries(expected)) {
      expect(found.intervals[metric]!.value).toBeCloseTo(value as number, 6)
      expect(found.intervals[metric]!.low).toBeLessThan(value as number)
      expect(found.intervals[metric]!.high).toBeGreaterThan(value as number)
    }
    expect(found).toMatchObject({ name: 'June', rows: rows.length, knownRows: null, coverage: null, createdBy: 'program' })
    expect(found.classification!.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(rows.length)
    expect(await bench.models.newRows.get('imported', 'active', found.id)).toEqual(found)
  })

  test('counts rows by a weight as scikit-learn does with sample_weight, and leaves out those of weight 0', async () => {
    const { weights, ...expected } = judged.weighted
    const all = rowsOf('binary', (row) => ['no', 'yes'][judged.binary.codes[row]]!)
    const rows = all.map((row, at) => ({ ...row, w: weights[at] }))
    const found = await evaluate('imported', 'active', { rows }, { weight: 'w', importances: true })
    for (const [metric, value] of Object.entries(expected)) expect(found.intervals[metric]!.value).toBeCloseTo(value as number, 6)
    const none = weights.filter((weight: number) => weight === 0).length
    expect(found).toMatchObject({ weight: 'w', rows: rows.length - none, skippedRows: none })
    expect(Object.keys(found.permutationImportances!)).toEqual(['x0', 'x1', 'x2', 'x3'])
    const alike = await evaluate('imported', 'active', { rows: all })
    expect(alike.intervals.logLoss!.value).toBeCloseTo(judged.binary.logLoss, 6)
    expect([alike.weight, alike.permutationImportances]).toEqual([undefined, undefined])
    await expect(evaluate('imported', 'active', { rows: all }, { weight: 'x0' })).rejects.toThrow('a feature of the version')
    await expect(evaluate('imported', 'active', { rows: all }, { weight: 'w' })).rejects.toThrow('w is missing')
    await expect(evaluate('imported', 'active', { rows: rows.map((row) => ({ ...row, w: 0 })) }, { weight: 'w' })).rejects.toThrow('weight')
    for (const { id } of (await bench.models.newRows.list('imported', 'active')).items.filter(({ name }) => name !== 'June'))
      await bench.models.newRows.delete('imported', 'active', id)
  })

  test('takes the weight of the training where the rows have it: a weight of 2 is the row twice', async () => {
    const weighed = flats(200).map((row, at) => ({ ...row, count: 1 + (at % 3) }))
    await bench.training.train('weighed', { rows: weighed }, { target: 'sold', algorithm: 'logistic-regression', weight: 'count' })
    const fresh = flats(60, 5000)
    const count = (at: number): number => at % 3
    const twice = fresh.flatMap((row, at) => Array.from({ length: count(at) }, () => row))
    const csv = ['size,city,sold,count', ...fresh.map((row, at) => [...Object.values(row), count(at)].join(','))].join('\n')
    const [once, repeated] = [await evaluate('weighed', 'active', { csv }), await evaluate('weighed', 'active', { rows: twice })]
    expect([once.weight, once.rows, once.skippedRows, repeated.weight, repeated.rows]).toEqual(['count', 40, 20, undefined, 60])
    for (const [metric, { value }] of Object.entries(once.intervals)) {
      // Bins of as many rows are others of repeated rows.
      if (metric !== 'ece') expect(value).toBeCloseTo(repeated.intervals[metric]!.value, 10)
    }
    const { items } = await bench.models.newRows.list('weighed', 'active')
    expect(items.map(({ weight }) => weight).sort()).toEqual(['count', undefined])
    expect(renderModelCard(await bench.models.card('weighed', 'active'))).toContain('rows, weighed by count')
    const some = fresh.map((row, at) => (at === 5 ? { ...row, count: 1 } : row))
    await expect(evaluate('weighed', 'active', { rows: some })).rejects.toThrow('rows[5]: count is there, and the rows before have none')
    const { permutationImportances: found } = await evaluate('weighed', 'active', { rows: fresh }, { importances: true })
    expect(found!.size!.mean).toBeGreaterThan(0)
    expect(found!.size!.mean).toBeGreaterThan(found!.city!.mean)
  })

  test('has them for numbers, of CSV too', async () => {
    const { truth, ...expected } = judged.regression
    const csv = ['x0,x1,x2,x3,y', ...rowsOf('regression', (row) => truth[row]).map((row) => Object.values(row).join(','))].join('\n')
    const { intervals, regression } = await evaluate('number', 'active', { csv })
    for (const [metric, value] of Object.entries(expected)) expect(intervals[metric]!.value).toBeCloseTo(value as number, 5)
    expect(regression!.residuals.counts.reduce((sum, count) => sum + count, 0)).toBe(truth.length)
  })

  test('keeps that apart from its own evaluation, and says how many rows its training had', async () => {
    const before = await bench.models.evaluation('flats', 'active')
    const fresh = await evaluate('flats', 'active', { rows: flats(40, 5000).map((row) => ({ ...row, size: row.size + 0.25 })) })
    const mixed = await evaluate('flats', 'active', {
      rows: [...flats(30), ...flats(20, 5000).map((row) => ({ ...row, size: row.size + 0.25 }))],
    })
    expect([fresh.knownRows, mixed.knownRows]).toEqual([0, 30])
    expect(fresh.coverage!.levels.length).toBeGreaterThan(0)
    expect(await bench.models.evaluation('flats', 'active')).toEqual(before)
    const { items } = await bench.models.newRows.list('flats', 'active')
    expect(items.map(({ id }) => id).sort()).toEqual([fresh.id, mixed.id].sort())
    const card = await bench.models.card('flats', 'active')
    expect(card.newRows!.map(({ rows }) => rows).sort()).toEqual([40, 50])
    expect(card.metrics).toEqual(before.intervals)
    expect(renderModelCard(card)).toContain('## On rows sent later')
    await bench.models.newRows.delete('flats', 'active', fresh.id)
    expect((await bench.models.newRows.list('flats', 'active')).items).toHaveLength(1)
    await expect(bench.models.newRows.get('flats', 'active', fresh.id)).rejects.toThrow(expect.objectContaining({ code: 'not_found' }))
  })

  test('has a card of these rows alone when it was taken over', async () => {
    const card = await bench.models.card('imported', 'active')
    expect(card).toMatchObject({ imported: 'lightgbm', data: { trainingRows: 0, judgedRows: judged.binary.codes.length } })
    const markdown = renderModelCard(card)
    expect(markdown).toContain('Taken over from a file (lightgbm)')
    expect(markdown).toContain('trained elsewhere')
  })

  test('reads a category that it does not know, rows of one class, and a column of none', async () => {
    const rows = flats(12).map((row) => ({ ...row, city: 'Ulm', sold: 'yes' }))
    const { intervals, classification } = await evaluate('flats', 'active', { rows })
    expect(intervals.accuracy!.value).toBeGreaterThan(0)
    expect(intervals.rocAuc).toBe(undefined)
    expect(classification!.labels).toMatchObject({ yes: 12 })
    const csv = `size,city,sold,note\n${flats(12)
      .map((row) => `${Object.values(row).join(',')},x`)
      .join('\n')}`
    await expect(evaluate('flats', 'active', { csv })).rejects.toThrow('"note" is no feature')
    expect((await evaluate('flats', 'active', { csv }, { unknownColumns: 'ignore' })).rows).toBe(12)
  })

  test('is not judged on what cannot judge it, and nothing is kept of that', async () => {
    const { items } = await bench.models.newRows.list('flats', 'active')
    const refused = (rows: Record<string, Cell>[], code: string, words: string) =>
      expect(evaluate('flats', 'active', { rows })).rejects.toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(words) }),
      )
    await refused(flats(9), 'too_few_rows', '10 are needed')
    await refused(
      flats(20).map((row) => ({ ...row, sold: 'maybe' })),
      'invalid_input',
      'must be one of "no", "yes", got string "maybe"',
    )
    await refused(
      flats(20).map(({ sold: _, ...row }) => row),
      'target_missing',
      '"sold"',
    )
    await expect(evaluate('flats', '20200101_000000', { rows: flats(20) })).rejects.toThrow(
      expect.objectContaining({ code: 'version_not_found' }),
    )
    expect(await bench.models.newRows.list('flats', 'active')).toEqual({ items })
  })
})
