// What surrounds a model, through the client and a real server: promises, cards, what moves an answer and what would change it.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../app.ts'
import { defineTandem } from '../../config.ts'
import { createLog } from '../../platform/telemetry/log.ts'
import type { TypedConfig } from '../../tandem.ts'
import { type Client, createClient } from './index.ts'

const CITIES = ['Graz', 'Linz', 'Wien']

/** Whoever visits often and earns well buys; in Linz nobody knows why. */
function shoppers(count: number) {
  let state = 7
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, () => {
    const [visits, city] = [Math.round(next() * 100), CITIES[Math.floor(next() * 3)]!]
    const income = next() < 0.15 ? null : Math.round(next() * 90_000)
    const score = visits / 100 + (income ?? 45_000) / 90_000 + (next() - 0.5) * 0.3
    return { visits, income, city, age: 18 + Math.round(next() * 60), buys: (city === 'Linz' ? next() > 0.5 : score > 1) ? 'yes' : 'no' }
  })
}

let tandem: Tandem
let client: Client<TypedConfig>
let url: string
let headers: Record<string, string>

beforeAll(async () => {
  const settings = { dataDir: ':memory:', host: '127.0.0.1', port: 0 }
  tandem = await createTandem(defineTandem({}), { settings, log: createLog({ logLevel: 'silent' }) })
  ;({ url } = await tandem.listen())
  const { key } = await tandem.keys.create({ name: 'test', scopes: ['admin'] })
  headers = { authorization: `Bearer ${key}` }
  client = createClient({ url, key })
  await client.model('shop').train({ rows: shoppers(1500) }, { target: 'buys', seed: 3 })
})
afterAll(() => tandem.close({ drainMs: 0 }))

const ROW = { visits: 90, income: 70_000, city: 'Graz', age: 40 }

describe('a coverage over HTTP', () => {
  test('gives sets for one row and for many, the same as in process', async () => {
    const one = await client.model('shop').predict(ROW, { coverage: 0.9, log: false })
    expect(one).toMatchObject({ value: 'yes', set: ['yes'], coverage: 0.9 })
    const [sure, unsure] = await client.model('shop').predictMany([ROW, { ...ROW, city: 'Linz' }], { coverage: 0.9, log: false })
    expect(sure!.set).toEqual(['yes'])
    expect(unsure!.set).toHaveLength(2)
    expect(await tandem.model('shop').predict(ROW, { coverage: 0.9, log: false })).toEqual(one)
  })

  test('is refused by name where it is no share or cannot be promised', async () => {
    const ask = async (coverage: unknown) => {
      const response = await fetch(`${url}/v1/models/shop/predict?coverage=${coverage}`, {
        ...{ method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ features: ROW }) },
      })
      return { status: response.status, problem: (await response.json()) as { code: string; details?: object } }
    }
    for (const wrong of [0, 1, 1.5, -1, 'most', 'NaN', ''])
      expect(await ask(wrong)).toMatchObject({ status: 400, problem: { code: 'invalid_input' } })
    expect(await ask(0.99999)).toMatchObject({ status: 409, problem: { code: 'no_calibration', details: { highestCoverage: 0.9991 } } })
  })
})

describe('a model card', () => {
  test('tells data, metrics with intervals, promises, weak spots and limits', async () => {
    const card = await client.model('shop').card('active')
    expect(card).toMatchObject({ model: 'shop', task: 'classification', target: 'buys', trained: { seed: 3 } })
    expect(card.weakSpots.slices[0]).toMatchObject({ name: 'city = Linz' })
    expect(card.data.columns!.find(({ name }) => name === 'income')!.missing).toBeGreaterThan(0.1)
    expect(card.data.trainingRows + card.data.judgedRows).toBe(1500)
    const { accuracy } = card.metrics
    expect(accuracy!.low).toBeLessThan(accuracy!.value)
    expect(card.coverage!.levels.map(({ coverage }) => coverage)).toEqual([0.5, 0.8, 0.9, 0.95, 0.99])
    const evaluation = await client.model('shop').evaluation('active')
    expect(card.metrics).toEqual(evaluation.intervals)
    expect(card).toEqual(await tandem.model('shop').card('active'))
  })

  test('is Markdown where the caller accepts that, and JSON else', async () => {
    const at = `${url}/v1/models/shop/versions/active/card`
    const markdown = await fetch(at, { headers: { ...headers, accept: 'text/markdown' } })
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    const text = await markdown.text()
    for (const part of ['# shop', '## Quality', '## Promises', '| city = Linz |', '## Limits', '| income | number |', '| seed | 3 |']) {
      expect(text).toContain(part)
    }
    expect(text).toBe(await client.model('shop').cardMarkdown('active'))
    expect(text).toBe(await tandem.model('shop').cardMarkdown('active'))
    expect((await fetch(at, { headers })).headers.get('content-type')).toContain('application/json')
    const missing = await fetch(at.replace('active', '20200101_000000'), { headers: { ...headers, accept: 'text/markdown' } })
    expect(missing.status).toBe(404)
  })
})

describe('what would be said', () => {
  test('moves with a feature, the same over HTTP and in process', async () => {
    const curve = await client.model('shop').partialDependence('visits', { grid: 10, rows: 2 })
    expect(curve).toMatchObject({ model: 'shop', feature: 'visits', kind: 'number', target: { class: 'yes' }, output: 'probability' })
    expect(curve.mean.at(-1)! - curve.mean[0]!).toBeGreaterThan(0.3)
    expect(await tandem.model('shop').partialDependence('visits', { grid: 10, rows: 2 })).toEqual(curve)
    const cities = await client.model('shop').partialDependence('city', { with: 'visits', rows: 0 })
    expect(cities.grid.toSorted()).toEqual(CITIES)
    expect(cities.surface!.mean).toHaveLength(3)
  })

  test('turns by few changes that the version itself confirms', async () => {
    const row = { visits: 20, income: 30_000, city: 'Graz', age: 40 }
    const ways = await client.model('shop').counterfactuals(row, { immutable: ['age', 'city'], limits: { income: { direction: 'up' } } })
    expect(ways).toMatchObject({ value: 'no', goal: { class: 'yes' } })
    expect(ways.counterfactuals.length).toBeGreaterThan(0)
    for (const { changes, prediction } of ways.counterfactuals) {
      const changed = { ...row, ...Object.fromEntries(changes.map(({ feature, to }) => [feature, to])) }
      expect(await client.model('shop').predict(changed, { log: false })).toMatchObject({
        value: 'yes',
        probabilities: { yes: prediction },
      })
    }
    await expect(client.model('shop').counterfactuals(ROW, { goal: { class: 'yes' } })).rejects.toMatchObject({ code: 'conflict' })
    await expect(client.model('shop').counterfactuals({ ...row, visits: 'x' as never })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('is computed off the event loop', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await Promise.all([
      tandem.model('shop').partialDependence('income', { with: 'age', grid: 50 }),
      tandem.model('shop').counterfactuals({ ...ROW, visits: 1, income: 1000 }, { maxChanges: 3 }),
    ])
    delay.disable()
    // Not a limit of time: a computation here would take the loop for hundreds of milliseconds.
    expect(delay.count).toBeGreaterThan(5)
  })
})
