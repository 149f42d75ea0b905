// Weights of rows and splits by group and time, through models: what scikit-learn and LightGBM measure, who is on which side, and what
// is refused.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderModelCard } from '../../algorithms/card/render-model-card.ts'
import { memoryEngine } from '../../platform/storage/testing/test-engines.ts'
import type { Cell } from '../../tandem.ts'
import type { ModelDefinition } from '../models/index.ts'
import { openTrainingBench, type TrainingBench } from './testing/training-bench.ts'

interface Reference {
  readonly columns: readonly string[]
  readonly table: readonly (readonly number[])[]
  readonly cases: readonly {
    readonly name: ModelDefinition['algorithm']
    readonly metrics: Record<string, number>
    readonly folds: Record<string, number>
  }[]
}

const reference = JSON.parse(readFileSync(new URL('./fixtures/weighted.json', import.meta.url), 'utf8')) as Reference
const rowsWith = (target: string): Record<string, Cell>[] =>
  reference.table.map((cells) => {
    const row = Object.fromEntries(reference.columns.map((name, index) => [name, cells[index]!]))
    const { a, b, c, time, weight, label, number } = row as Record<string, number>
    return { a: a!, b: b!, c: c!, time: time!, weight: weight!, [target]: target === 'label' ? (label === 1 ? 'yes' : 'no') : number! }
  })
const NUMBERS = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { type: 'number' }]))
const FEATURES = { type: 'object', properties: NUMBERS, required: ['a', 'b', 'c'] } as unknown as ModelDefinition['features']
const PARAMETERS: Partial<Record<ModelDefinition['algorithm'], object>> = {
  'logistic-regression': { tolerance: 1e-9, maxIterations: 10_000 },
  'boosted-trees': { nEstimators: 40, maxLeaves: 7, minSamplesLeaf: 1 },
  'random-forest': { nEstimators: 300 },
}
/**
 * Linear models have one answer, which the search comes near; boosting may split a tie otherwise; forests draw other rows. Fitted without
 * the weights, these two are 0.1 away.
 */
const TOLERANCE: Partial<Record<ModelDefinition['algorithm'], number>> = { 'boosted-trees': 0.03, 'random-forest': 0.03 }
/** One row on the other side of 0.5 moves these by its weight. */
const STEPPED = new Set(['accuracy', 'f1'])

let bench: TrainingBench
beforeAll(async () => {
  bench = await openTrainingBench(await memoryEngine().open())
})
afterAll(() => bench.close())

/** What a definition, or the rows of a training, are refused with. */
const refusal = (work: Promise<unknown>): Promise<{ code: string; message: string; errors?: { path: string; message: string }[] }> =>
  work.then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  )

describe('weighted rows that are judged on the latest ones', () => {
  // Reference: fixtures/weighted.py: scikit-learn 1.9.1 and LightGBM 4.7.0 with sample_weight, folds by TimeSeriesSplit, seed 11.
  test.each(reference.cases)('are learned and measured as by $name of the reference', async ({ name, metrics, folds }) => {
    const target = name === 'ridge' ? 'number' : 'label'
    const task = target === 'number' ? 'regression' : 'classification'
    const classes = task === 'classification' ? { classes: ['no', 'yes'] } : {}
    const split = { by: 'time', column: 'time' } as const
    const own = { weight: 'weight', split, algorithm: name, parameters: PARAMETERS[name] }
    await bench.models.put(name, { task, target, ...classes, features: FEATURES, ...own } as ModelDefinition)
    const { version } = await bench.training.train(name, { rows: rowsWith(target) })
    expect([version.weight, version.split]).toEqual(['weight', { ...split, from: '240', until: '299' }])
    expect([version.rows, version.holdoutRows, version.crossValidation.folds]).toEqual([300, 60, 5])
    const tolerance = TOLERANCE[name] ?? 1e-6
    for (const [metric, value] of Object.entries(metrics)) {
      if (STEPPED.has(metric) && name in TOLERANCE) continue
      expect(Math.abs(version.metrics[metric]! - value), `${metric}: ${version.metrics[metric]}, ${value}`).toBeLessThan(tolerance)
      // The first folds learn from 40 rows, of which trees make too much to agree.
      if (name in TOLERANCE) continue
      const mean = version.crossValidation.mean[metric]!
      expect(Math.abs(mean - folds[metric]!), `${metric} of the folds: ${mean}, ${folds[metric]}`).toBeLessThan(tolerance)
    }
  })

  test('are told by the card and the evaluation', async () => {
    const text = renderModelCard(await bench.models.card('ridge', 'active'))
    expect(text).toContain('Held out: the latest 20 % by `time`, from 240. Rows are weighed by `weight`.')
    expect(text).toContain('Each row counts by its `weight`')
    const evaluation = await bench.models.evaluation('logistic-regression', 'active')
    const { metrics } = await bench.models.getVersion('logistic-regression', 'active')
    expect(evaluation.weight).toBe('weight')
    expect(evaluation.classification!.curves[0]!.auc).toBeCloseTo(metrics.rocAuc!, 12)
    for (const [name, { value, low, high }] of Object.entries(evaluation.intervals)) {
      expect(value).toBeCloseTo(metrics[name]!, 12)
      expect([low <= value, value <= high]).toEqual([true, true])
    }
  })
})

describe('a definition', () => {
  const given = { task: 'regression', target: 'number', features: FEATURES, algorithm: 'ridge' } as const
  test.each([
    ['a weight that is the target', { weight: 'number' }, '/weight'],
    ['a weight that is a feature', { weight: 'a' }, '/weight'],
    ['a split by the target', { split: { by: 'group', column: 'number' } }, '/split/column'],
    ['a split by the weight', { weight: 'w', split: { by: 'time', column: 'w' } }, '/split/column'],
    ['a split by time without a column', { split: { by: 'time' } }, '/split/column'],
    ['retraining by outcomes, which have no weight', { weight: 'w', retrain: {} }, '/retrain'],
  ])('is refused with %s', async (_, more, path) => {
    const { code, errors } = await refusal(bench.models.put('refused', { ...given, ...more } as never))
    expect([code, errors?.[0]?.path]).toEqual(['invalid_input', path])
  })
})

describe('rows', () => {
  const csv = (cells: readonly string[]): string => ['a,b,y,w,g,t', ...cells].join('\n')
  const lines = (change: (row: number) => Partial<Record<'w' | 'g' | 't', string>> = () => ({})): string =>
    csv(
      Array.from({ length: 60 }, (_, row) => {
        const { w = String(1 + (row % 3)), g = `p${row % 12}`, t = `2024-0${1 + (row % 6)}-0${1 + (row % 7)}` } = change(row)
        return `${row % 10},${(row * 7) % 13},${((row * 3) % 17) + (row % 5)},${w},${g},${t}`
      }),
    )
  const train = (name: string, text: string, more: object) =>
    bench.training.train(name, { csv: text }, { target: 'y', algorithm: 'ridge', columns: { y: { kind: 'number' } }, ...more })
  const group = { split: { by: 'group', column: 'g' } } as const
  const time = { split: { by: 'time', column: 't' } } as const

  test.each([
    ['a negative weight', { w: '-1' }, { weight: 'w' }, 'line 5: w must be a weight: a number from 0 to 1e30, got -1'],
    ['a text as weight', { w: 'much' }, { weight: 'w' }, 'line 5: w must be a weight: a number from 0 to 1e30, got string "much"'],
    ['NaN as weight', { w: 'NaN' }, { weight: 'w' }, 'line 5: w is missing; the weight of a row is a number from 0, got NaN'],
    ['a missing group', { g: '' }, group, 'line 5: g is missing; the split needs the group of every row'],
    ['a time that is none', { t: 'May' }, time, 'line 5: t must be a time: an ISO date'],
    ['a number among dates', { t: '12' }, time, 'line 5: t must be an ISO date as in the rows before, got string "12"'],
  ])('with %s are refused with line and value', async (_, cell, more, message) => {
    const { code, errors } = await refusal(
      train(
        'refused',
        lines((row) => (row === 3 ? cell : {})),
        more,
      ),
    )
    expect(code).toBe('invalid_input')
    expect(errors?.[0]?.message).toContain(message)
  })

  test.each([
    ['all weigh nothing', { w: '0' }, { weight: 'w' }, 'All 60 rows have the weight ("w") 0'],
    ['are of one time', { t: '2024-01-01' }, time, 'All 60 rows have the same "t"'],
    ['are of one group', { g: 'x' }, group, 'The rows have 1 different "g"; a split by group needs at least 3'],
  ])('that %s are refused', async (_, cell, more, message) => {
    const refused = await refusal(
      train(
        'refused',
        lines(() => cell),
        more,
      ),
    )
    expect([refused.code, refused.message]).toEqual(['too_few_rows', expect.stringContaining(message)])
  })

  test('of a table make a model whose weight and group are no features', async () => {
    const { version, job } = await train(
      'visits',
      lines((row) => (row % 10 === 9 ? { w: '0' } : {})),
      { weight: 'w', ...group },
    )
    const { definition } = await bench.models.get('visits')
    expect([definition.weight, definition.split]).toEqual(['w', { by: 'group', column: 'g' }])
    expect(Object.keys((definition.features as { properties: object }).properties)).toEqual(['a', 'b', 't'])
    expect(version.split).toMatchObject({ by: 'group', column: 'g', groups: 12 })
    expect([version.rows, (job.result as { skippedRows: number }).skippedRows]).toEqual([54, 6])
    const { heldOutGroups } = version.split as { heldOutGroups: number }
    const card = renderModelCard(await bench.models.card('visits', 'active'))
    expect(card).toContain(`Held out: ${heldOutGroups} of 12 groups by \`g\`, each with all its rows`)
    // The same rows again: stored with their weights and groups.
    const again = await bench.training.retrain('visits')
    expect([again.version.metrics, again.version.split]).toEqual([version.metrics, version.split])
    const other = await refusal(bench.training.start('visits', { csv: lines() }, { target: 'y', split: time.split }))
    expect([other.code, other.errors?.[0]?.path]).toEqual(['invalid_input', '/split'])
  })

  test('that were held out otherwise do not judge the version in service', async () => {
    const { definition } = await bench.models.get('visits')
    await bench.models.put('visits', { ...definition, split: time.split } as never)
    // The stored rows know no time of their own, but the feature.
    const { version } = await bench.training.retrain('visits')
    expect(version.gate.reason).toContain('cannot be compared: its rows were held out by the group "g"')
    expect(version.split).toMatchObject({ by: 'time', column: 't', until: '2024-06-07' })
    await bench.models.put('visits', { ...definition, weight: 'size', split: { by: 'random' } } as never)
    const { message } = await refusal(bench.training.retrain('visits'))
    expect(message).toContain('60 of 60 stored rows of "visits" have no usable value of the weight "size"')
  })
})
