import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEnsemble } from '../../algorithms/format/ensemble-file.ts'
import { createRng } from '../../algorithms/math/rng.ts'
import { createArtifacts } from '../../platform/storage/artifacts-sql.ts'
import { memoryEngine } from '../../platform/storage/testing/test-engines.ts'
import type { AnyPrediction } from '../../predictions.ts'
import { encodeModelFile } from '../models/index.ts'
import { openTrainingBench, type TrainingBench } from '../training/testing/training-bench.ts'
import { createPredictions, type Predictions } from './index.ts'
import { ExplanationSchema, PredictionSchema } from './schema.ts'

const FEATURES = {
  type: 'object',
  properties: {
    visits: { type: 'number', minimum: 0, maximum: 20 },
    plan: { type: 'string', enum: ['free', 'pro', 'gold'] },
    age: { type: ['integer', 'null'] },
  },
  required: ['visits', 'plan'],
}
const ROW = { visits: 3, plan: 'free', age: null }

const rng = createRng(3)
const people = Array.from({ length: 400 }, () => {
  const visits = Math.round(rng.next() * 200) / 10
  const plan = ['free', 'pro', 'gold'][rng.below(3)]!
  const leaves = plan === 'free' && visits < 12
  return {
    visits,
    plan,
    age: 20 + rng.below(50),
    churned: leaves ? 'yes' : 'no',
    spend: visits * (plan === 'gold' ? 5 : 1),
    tier: plan === 'gold' ? 'a' : visits > 10 ? 'b' : 'c',
  }
})

const sum = (contributions: readonly { contribution: number }[]): number =>
  contributions.reduce((total, each) => total + each.contribution, 0)

describe('explanations', () => {
  let bench: TrainingBench
  let predictions: Predictions
  const train = async (model: string, target: 'churned' | 'spend' | 'tier', algorithm: string): Promise<void> => {
    const task = target === 'spend' ? 'regression' : 'classification'
    await bench.models.put(model, { task, target, features: FEATURES, algorithm, parameters: { nEstimators: 20 } } as never)
    const rows = people.map(({ visits, plan, age, ...targets }) => ({ visits, plan, age, [target]: targets[target] }))
    await bench.training.train(model, { rows })
  }
  beforeAll(async () => {
    bench = await openTrainingBench(await memoryEngine().open())
    const { models, database } = bench
    const log = { info() {}, warn() {}, error() {} }
    predictions = createPredictions({ models, database, clock: Date.now, log, settings: { predictionLogMaxRows: 5000 } })
    for (const [target, short] of [
      ['churned', 'two'],
      ['spend', 'number'],
      ['tier', 'three'],
    ] as const) {
      for (const algorithm of ['random-forest', 'boosted-trees']) await train(`${short}-${algorithm}`, target, algorithm)
    }
    const fallback = { kind: 'weighted-score', weights: { a: 3, b: 1 } }
    const numbers = { type: 'object', properties: { a: { type: 'number' }, b: { type: ['number', 'null'] } } }
    await models.put('new', {
      task: 'classification',
      target: 'y',
      classes: ['no', 'yes'],
      features: numbers,
      algorithm: 'random-forest',
      fallback,
    } as never)
  })
  afterAll(async () => {
    await predictions.close()
    await bench.close()
  })
  const logged = async (): Promise<number> => (await predictions.count()).count

  test.each([
    ['two-random-forest', 'probability'],
    ['two-boosted-trees', 'log-odds'],
    ['three-random-forest', 'probability'],
    ['three-boosted-trees', 'log-odds'],
    ['number-random-forest', 'value'],
    ['number-boosted-trees', 'value'],
  ])('of %s add up to the prediction, the largest first, and log nothing', async (model, output) => {
    const before = await logged()
    const explanation = await predictions.explain(model, ROW)
    expect(ExplanationSchema.parse(explanation)).toEqual(explanation)
    const { base, prediction, contributions } = explanation
    expect(Math.abs(base + sum(contributions) - prediction)).toBeLessThan(1e-6)
    expect(explanation.output).toBe(output)
    const sizes = contributions.map(({ contribution }) => Math.abs(contribution))
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a))
    expect(Object.fromEntries(contributions.map(({ feature, value }) => [feature, value]))).toEqual(ROW)
    expect(await logged()).toBe(before)
    const answer = (await predictions.predict(model, ROW, { log: false })) as AnyPrediction
    expect(explanation.value).toBe(answer.value)
    if (output === 'value') expect(prediction).toBeCloseTo(answer.value as number, 9)
    else expect(explanation.target).toEqual({ class: answer.value })
    if (output === 'probability') expect(prediction).toBeCloseTo(answer.probabilities![answer.value as string]!, 9)
    if (model === 'two-boosted-trees')
      expect(1 / (1 + Math.exp(-prediction))).toBeCloseTo(answer.probabilities![answer.value as string]!, 9)
    // What decides is what the data were made from.
    expect(contributions.at(-1)?.feature).toBe('age')
  })

  test('are of the class asked for, and of two classes one is the other turned round', async () => {
    const [yes, no] = await Promise.all(['yes', 'no'].map((label) => predictions.explain('two-random-forest', ROW, { class: label })))
    expect([yes?.target.class, no?.target.class]).toEqual(['yes', 'no'])
    expect(yes!.base + no!.base).toBeCloseTo(1, 12)
    for (const [index, { feature, contribution }] of yes!.contributions.entries()) {
      expect(no!.contributions[index]?.feature).toBe(feature)
      expect(no!.contributions[index]?.contribution).toBeCloseTo(-contribution, 12)
    }
    await expect(predictions.explain('two-random-forest', ROW, { class: 'maybe' })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: '/class' }],
    })
  })

  test('come with a prediction that asks for them, which is logged unless said otherwise', async () => {
    const before = await logged()
    const answer = await predictions.predict('two-random-forest', ROW, { explain: true })
    expect(PredictionSchema.parse(answer)).toMatchObject({
      contributions: { length: 3 },
      explained: { output: 'probability', target: { class: answer.value } },
    })
    expect(Math.abs(answer.explained!.base + sum(answer.contributions!) - answer.explained!.prediction)).toBeLessThan(1e-6)
    expect(await logged()).toBe(before + 1)
    expect(await predictions.get('two-random-forest', answer.predictionId)).toMatchObject({ value: answer.value })
    const silent = await predictions.predict('two-random-forest', ROW, { explain: true, log: false })
    expect(silent).not.toHaveProperty('predictionId')
    expect(silent.contributions).toEqual(answer.contributions)
    const many = await predictions.predictMany('three-boosted-trees', [ROW, { visits: 15, plan: 'gold' }], { explain: true, log: false })
    expect(many.predictions.map(({ contributions }) => contributions?.length)).toEqual([3, 3])
    expect(many.predictions.some((each) => 'predictionId' in each)).toBe(false)
    expect(await logged()).toBe(before + 1)
    await expect(predictions.predictMany('three-boosted-trees', Array(101).fill(ROW), { explain: true })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: '/rows', message: 'rows must hold 1 to 100 rows, got 101' }],
    })
    expect((await predictions.predictMany('three-boosted-trees', Array(101).fill(ROW))).predictions).toHaveLength(101)
  })

  test('of a fallback are its weighted terms', async () => {
    const yes = await predictions.explain('new', { a: 0.9, b: 0.1 })
    expect(yes).toMatchObject({ version: null, source: 'fallback', value: 'yes', target: { class: 'yes' }, output: 'probability', base: 0 })
    expect(yes.prediction).toBeCloseTo(0.7, 12)
    expect(yes.contributions.map(({ feature }) => feature)).toEqual(['a', 'b'])
    expect(yes.contributions[0]?.contribution).toBeCloseTo(0.675, 12)
    const no = await predictions.explain('new', { a: 0.1, b: null })
    expect(no).toMatchObject({
      value: 'no',
      base: 1,
      contributions: [
        { feature: 'a', value: 0.1 },
        { feature: 'b', value: null, contribution: 0 },
      ],
    })
    expect(no.prediction).toBeCloseTo(0.9, 12)
    expect(await predictions.explain('new', {})).toMatchObject({ value: 'yes', base: 0.5, prediction: 0.5 })
  })

  test('refuse a row that does not fit and what is not there', async () => {
    await expect(predictions.explain('two-random-forest', { ...ROW, visits: -1 })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: '/features/visits' }],
    })
    await expect(predictions.explain('nobody', ROW)).rejects.toMatchObject({ code: 'model_not_found' })
    await expect(predictions.explain('two-random-forest', ROW, { version: 'never' })).rejects.toMatchObject({ code: 'version_not_found' })
  })

  test('of a version from before covers were kept say that it must be trained again, and it still predicts', async () => {
    const { models, database } = bench
    const model = 'two-random-forest'
    const live = models.serving(model)!.live!
    const { cover: _, ...old } = decodeEnsemble(await createArtifacts({ db: database.db }).get(live.artifact)).ensemble
    const {
      parent: _p,
      version: _v,
      createdAt: _c,
      algorithm: _a,
      artifact: _f,
      active: _i,
      ...details
    } = await models.getVersion(model, live.version)
    const { version } = await models.publish({
      ...{
        model,
        file: encodeModelFile(old, live.header),
        algorithm: 'random-forest',
        judgedAgainst: live.version,
        actor: 'test',
        action: 'train',
      },
      details: { ...details, gate: { activated: false, reason: 'a test' }, dataUntil: 0, target: 'churned', task: 'classification' },
    })
    const before = await logged()
    await expect(predictions.explain(model, ROW, { version })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('Train again'),
    })
    await expect(predictions.predict(model, ROW, { version, explain: true })).rejects.toMatchObject({ code: 'conflict' })
    expect(await logged()).toBe(before)
    expect(await predictions.predict(model, ROW, { version })).toMatchObject({ version })
  })
})
