// How answers move, and what would have to change: by every algorithm, on real rows, within the limits given.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../../algorithms/math/rng.ts'
import { memoryEngine } from '../../../platform/storage/testing/test-engines.ts'
import { ALGORITHMS } from '../../models/index.ts'
import { openTrainingBench, type TrainingBench } from '../testing/training-bench.ts'
import { CounterfactualsSchema, PartialDependenceSchema } from './schema.ts'

const FEATURES = {
  type: 'object',
  properties: {
    visits: { type: 'number', minimum: 0, maximum: 20 },
    plan: { type: 'string', enum: ['free', 'gold', 'pro'] },
    trial: { type: 'boolean' },
    age: { type: ['integer', 'null'] },
    note: { type: 'string', format: 'text' },
  },
  required: ['visits', 'plan', 'trial', 'note'],
}

const rng = createRng(5)
const people = Array.from({ length: 500 }, () => {
  const visits = Math.round(rng.next() * 200) / 10
  const plan = ['free', 'gold', 'pro'][rng.below(3)]!
  const trial = rng.next() < 0.5
  const note = rng.next() < 0.3 ? 'very angry about the price' : 'likes it'
  const score = visits / 20 + (plan === 'gold' ? 0.4 : 0) + (trial ? -0.2 : 0) + (note === 'likes it' ? 0.3 : 0) + (rng.next() - 0.5) * 0.2
  return {
    visits,
    plan,
    trial,
    age: rng.next() < 0.2 ? null : 20 + rng.below(50),
    note,
    stays: score > 0.7 ? 'yes' : 'no',
    spend: score * 100,
  }
})
const ROW = { visits: 1, plan: 'free', trial: true, age: 40, note: 'very angry about the price' }

let bench: TrainingBench
beforeAll(async () => {
  bench = await openTrainingBench(await memoryEngine().open())
})
afterAll(() => bench.close())

async function train(model: string, algorithm: string, task: 'classification' | 'regression'): Promise<void> {
  const target = task === 'classification' ? 'stays' : 'spend'
  const parameters = ['random-forest', 'boosted-trees'].includes(algorithm) ? { nEstimators: 20 } : {}
  await bench.models.put(model, { task, target, features: FEATURES, algorithm, parameters } as never)
  const rows = people.map(({ stays, spend, ...features }) => ({ ...features, [target]: target === 'stays' ? stays : spend }))
  await bench.training.train(model, { rows })
}

// What only a Python worker fits needs one, and reads no texts.
const every = Object.entries(ALGORITHMS).flatMap(([name, { tasks, runtimes }]) =>
  runtimes.includes('node') ? tasks.map((task) => [name, task] as const) : [],
)

describe('what would be said', () => {
  test.each(every)(
    'of %s, %s: rises with what speaks for it, and turns when that changes',
    { timeout: 30_000 },
    async (algorithm, task) => {
      const model = `${algorithm}-${task}`
      await train(model, algorithm, task)
      const { whatIf } = bench.training
      const curve = await whatIf.partialDependence(model, 'visits', { grid: 8, rows: 5 })
      PartialDependenceSchema.parse(curve)
      expect(curve.grid).toHaveLength(8)
      expect(curve.mean.at(-1)).toBeGreaterThan(curve.mean[0]!)
      for (const [at, low] of curve.low.entries()) expect(low).toBeLessThanOrEqual(curve.high[at]!)
      expect(curve.rowsShown).toHaveLength(5)
      expect(curve.target).toEqual(task === 'classification' ? { class: 'yes' } : {})

      const goal = task === 'classification' ? { class: 'yes' } : { low: 70 }
      const ways = await whatIf.counterfactuals(model, ROW, { goal, immutable: ['plan'] })
      CounterfactualsSchema.parse(ways)
      // By word counts the text outweighs all else, and it cannot change.
      if (algorithm !== 'naive-bayes') expect(ways.counterfactuals.length).toBeGreaterThan(0)
      const live = await bench.models.load(model, 'active')
      for (const { changes, value, prediction } of ways.counterfactuals) {
        expect(changes.map(({ feature }) => feature)).not.toContain('plan')
        expect(changes.map(({ feature }) => feature)).not.toContain('note')
        const changed = { ...ROW, ...Object.fromEntries(changes.map(({ feature, to }) => [feature, to])) }
        const asked = live.score(changed)!
        expect(asked.value).toBe(value)
        expect(task === 'classification' ? asked.probabilities!.yes : asked.value).toBe(prediction)
        expect(task === 'classification' ? value === 'yes' : prediction >= 70).toBe(true)
        for (const { feature, from } of changes) expect(from).toBe(ROW[feature as keyof typeof ROW])
      }
      const sets = ways.counterfactuals.map(({ changes }) => changes.map(({ feature }) => feature).join())
      expect(new Set(sets).size).toBe(sets.length)
    },
  )

  test('of categories and booleans is a mean for each value; of two features a surface', async () => {
    const { whatIf } = bench.training
    const plans = await whatIf.partialDependence('boosted-trees-regression', 'plan')
    expect(plans.kind).toBe('category')
    const gold = plans.mean[plans.grid.indexOf('gold')]!
    for (const [at, plan] of plans.grid.entries()) if (plan !== 'gold') expect(gold).toBeGreaterThan(plans.mean[at]! + 15)
    const trial = await whatIf.partialDependence('boosted-trees-regression', 'trial', { with: 'visits' })
    expect([trial.kind, trial.grid]).toEqual(['boolean', [false, true]])
    expect(trial.surface).toMatchObject({ feature: 'visits' })
    expect(trial.surface!.mean.map((row) => row.length)).toEqual([trial.surface!.grid.length, trial.surface!.grid.length])
    // The surface of the first value lies above that of the second throughout, but for the noise of trees.
    const mean = (row: readonly number[]) => row.reduce((sum, value) => sum + value, 0) / row.length
    expect(mean(trial.surface!.mean[0]!)).toBeGreaterThan(mean(trial.surface!.mean[1]!))
    // Asked again it is the same, from memory.
    expect(await whatIf.partialDependence('boosted-trees-regression', 'plan')).toEqual(plans)
  })

  test('changes only within the limits', async () => {
    const { whatIf } = bench.training
    const ask = (limits: object, more: object = {}) =>
      whatIf.counterfactuals('boosted-trees-classification', ROW, { limits: limits as never, count: 5, ...more })
    for (const { changes } of (await ask({ visits: { low: 0, high: 12 }, plan: { values: ['pro'] } })).counterfactuals) {
      for (const { feature, to } of changes) {
        if (feature === 'visits') expect(to).toBeLessThanOrEqual(12)
        if (feature === 'plan') expect(to).toBe('pro')
      }
    }
    const down = await ask({ visits: { direction: 'down' } }, { immutable: ['plan', 'trial', 'age'] })
    expect(down).toMatchObject({ value: 'no', goal: { class: 'yes' }, counterfactuals: [] })
    const sure = await ask({}, { goal: { class: 'yes', probability: 0.9 } })
    for (const { prediction } of sure.counterfactuals) expect(prediction).toBeGreaterThanOrEqual(0.9)
  })

  test('is refused by name: no feature, a text, a wrong class or goal, a row that does not fit, one that needs no change', async () => {
    const { whatIf } = bench.training
    const [classes, numbers] = ['random-forest-classification', 'random-forest-regression']
    const refused = async (work: Promise<unknown>, code: string, path?: string) =>
      expect(work).rejects.toMatchObject({ code, ...(path === undefined ? {} : { errors: [{ path }] }) })
    await refused(whatIf.partialDependence(classes, 'height'), 'invalid_input', '/feature')
    await refused(whatIf.partialDependence(classes, 'note'), 'invalid_input', '/feature')
    await refused(whatIf.partialDependence(classes, 'visits', { with: 'visits' }), 'invalid_input', '/with')
    await refused(whatIf.partialDependence(classes, 'visits', { class: 'maybe' }), 'invalid_input', '/class')
    await refused(whatIf.partialDependence(numbers, 'visits', { class: 'yes' }), 'invalid_input', '/class')
    await refused(whatIf.partialDependence(numbers, 'visits', { grid: 1 }), 'invalid_input', '/grid')
    await refused(whatIf.partialDependence('absent', 'visits'), 'model_not_found')
    await refused(whatIf.partialDependence(classes, 'visits', { version: '20200101_000000' }), 'version_not_found')
    await refused(whatIf.counterfactuals(numbers, ROW), 'invalid_input', '/goal')
    await refused(whatIf.counterfactuals(numbers, ROW, { goal: { class: 'yes' } }), 'invalid_input', '/goal')
    await refused(whatIf.counterfactuals(numbers, ROW, { goal: { low: 3, high: 1 } }), 'invalid_input', '/goal')
    await refused(whatIf.counterfactuals(classes, ROW, { goal: { class: 'maybe' } }), 'invalid_input', '/goal/class')
    await refused(whatIf.counterfactuals(classes, ROW, { immutable: ['height'] }), 'invalid_input', '/immutable/0')
    await refused(whatIf.counterfactuals(classes, ROW, { limits: { plan: { low: 3 } } }), 'invalid_input', '/limits/plan')
    await refused(whatIf.counterfactuals(classes, ROW, { limits: { plan: { values: ['silver'] } } }), 'invalid_input', '/limits/plan')
    await refused(whatIf.counterfactuals(classes, ROW, { maxChanges: 9 }), 'invalid_input', '/maxChanges')
    await refused(whatIf.counterfactuals(classes, { ...ROW, visits: 'many' }), 'invalid_input', '/features/visits')
    await refused(whatIf.counterfactuals(classes, ROW, { goal: { class: 'no' } }), 'conflict')
  })

  test('is refused by versions of before sample rows were kept', async () => {
    await bench.database.db.deleteFrom('version_reports').where('model', '=', 'ridge-regression').where('kind', '=', 'sample').execute()
    await expect(bench.training.whatIf.partialDependence('ridge-regression', 'visits', { grid: 3 })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Train it again'),
    })
  })
})
