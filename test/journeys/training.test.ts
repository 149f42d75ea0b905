// Training through the whole server: what a client says about seed, algorithm and parameters arrives with every kind of body,
// and what became of it stands in /metrics.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../src/app.ts'
import { createClient } from '../../src/interfaces/client/index.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import type { TrainingRows } from '../../src/tandem.ts'
import { type Asker, createAsker } from '../testing/ask.ts'
import { shopCsv, shopDefinition, shopRows } from '../testing/shop.ts'
import { ADMIN_KEY } from '../testing/tandem-process.ts'

let tandem: Tandem
let server: Asker
beforeAll(async () => {
  const settings = { dataDir: ':memory:', databaseUrl: undefined, port: 0, adminKey: ADMIN_KEY, maxEventLoopDelayMs: 60_000, threads: 1 }
  tandem = await createTandem({}, { settings, log: createLog({ logLevel: 'silent' }) })
  server = createAsker((await tandem.listen()).url, ADMIN_KEY)
  await server.good('/v1/models/shop', { method: 'PUT', json: shopDefinition })
})
afterAll(() => tandem.close())

const rows = shopRows(120)
const ndjson = rows.map((row) => JSON.stringify(row)).join('\n')

describe('what is asked of a training', () => {
  test.each<[string, TrainingRows]>([
    ['rows', { rows: rows as never }],
    ['CSV', { csv: shopCsv(120) }],
    ['NDJSON', { ndjson }],
  ])('arrives with %s, from the client', async (_, source) => {
    const model = createClient({ url: server.url, key: ADMIN_KEY }).model('shop')
    const options = { seed: 4711, algorithm: 'boosted-trees', parameters: { nEstimators: 12, maxDepth: 3 }, activate: 'never' } as const
    const { version } = await model.train(source, options)
    expect(version).toMatchObject({ seed: 4711, algorithm: 'boosted-trees', parameters: { nEstimators: 12, maxDepth: 3 }, active: false })
    // The definition's depth of 6 and 20 trees are for its own trainings.
    const again = await model.retrain({ seed: 9, parameters: { nEstimators: 7 } })
    expect(again.version).toMatchObject({ seed: 9, algorithm: 'random-forest', parameters: { nEstimators: 7, maxDepth: 10 } })
  })

  test('may be the weight and the split of a model that a table makes', async () => {
    const csv = [
      'visits,spent,customer,w,y',
      ...Array.from(
        { length: 90 },
        (_, row) => `${row % 17},${row % 5},c${row % 15},${Math.floor(row / 15) % 3},${(row % 17) * 2 + (row % 5)}`,
      ),
    ]
    const client = createClient({ url: server.url, key: ADMIN_KEY })
    const split = { by: 'group', column: 'customer' } as const
    const asked = { target: 'y', algorithm: 'ridge', weight: 'w', columns: { y: { kind: 'number' } } } as const
    const { id } = (await client.tables.upload(csv.join('\n'))).table
    const { version } = await client.model('spending').train({ table: id }, { ...asked, split })
    expect(version).toMatchObject({ rows: 60, weight: 'w', split: { ...split, groups: 15 } })
    expect(await client.model('spending').cardMarkdown('active')).toContain('Rows are weighed by `w`.')
    const query = 'wait=60&target=y&algorithm=ridge&weight=w&split=group:customer'
    const again = await server.good(`/v1/models/spending/train?${query}`, { raw: csv.join('\n'), type: 'text/csv' })
    expect(again.version.metrics).toEqual(version.metrics)
    const refused = await server.ask('/v1/models/spending/train?target=y&split=week', { raw: csv.join('\n'), type: 'text/csv' })
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, '/split'])
  })

  test('may stand in a JSON body or in the query; the body goes before the query', async () => {
    const json = { rows, seed: 5, algorithm: 'boosted-trees', parameters: { nEstimators: 3 } }
    const inBody = await server.good('/v1/models/shop/train?wait=60&seed=6', { json })
    expect(inBody.version).toMatchObject({ seed: 5, algorithm: 'boosted-trees', parameters: { nEstimators: 3 } })
    const inQuery = await server.good('/v1/models/shop/train?wait=60&seed=6', { json: { rows } })
    expect(inQuery.version).toMatchObject({ seed: 6, algorithm: 'random-forest', parameters: { nEstimators: 20, maxDepth: 6 } })
  })

  test.each([
    ['?seed=-1', undefined, '/seed'],
    ['?seed=1.5', undefined, '/seed'],
    ['?parameters={', undefined, '/parameters'],
    ['?parameters=7', undefined, '/parameters/'],
    ['?parameters={"nEstimators":0}', undefined, '/parameters/nEstimators'],
    ['', { nEstimators: 2001 }, '/parameters/nEstimators'],
    ['', { trees: 10 }, '/parameters'],
  ])('is refused when it is wrong (%s %o)', async (query, parameters, path) => {
    const jobs = (await server.good('/v1/jobs?limit=200')).items.length
    const { status, body } = await server.ask(`/v1/models/shop/train${query}`, { json: { rows, parameters } })
    expect([status, body.code]).toEqual([400, 'invalid_input'])
    expect(body.errors[0].path).toContain(path)
    expect((await server.good('/v1/jobs?limit=200')).items).toHaveLength(jobs)
  })
})

test('every ended training is counted in /metrics with the time it ran', async () => {
  const counted = async (status: string): Promise<number> => {
    const { text } = await server.ask('/metrics')
    return Number(new RegExp(`^tandem_job_duration_seconds_count\\{kind="train",status="${status}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0)
  }
  const [succeeded, failed] = [await counted('succeeded'), await counted('failed')]
  await server.good('/v1/models/shop/train?wait=60', { json: { rows } })
  expect(await counted('succeeded')).toBe(succeeded + 1)
  expect(await counted('failed')).toBe(failed)
  const { text } = await server.ask('/metrics')
  expect(Number(/^tandem_job_duration_seconds_sum\{kind="train",status="succeeded"\} (\S+)/m.exec(text)?.[1])).toBeGreaterThan(0)
})

test('predictions that are not logged are counted in /metrics', async () => {
  const settings = { ...tandem.settings, dataDir: ':memory:', port: 0, predictionLogMaxRows: 10 }
  const tight = await createTandem({}, { settings, log: createLog({ logLevel: 'silent' }) })
  try {
    await tight.putModel('shop', shopDefinition as never)
    const other = createAsker((await tight.listen()).url, ADMIN_KEY)
    await tight.model('shop').predictMany(rows.map(({ buys: _, ...features }) => features) as never)
    const { text } = await other.ask('/metrics')
    const dropped = Number(/^tandem_prediction_log_dropped_total (\d+)/m.exec(text)?.[1])
    expect(dropped).toBeGreaterThan(0)
    const { items } = await tight.model('shop').predictions({ limit: 200 })
    expect(items.length + dropped).toBe(rows.length)
  } finally {
    await tight.close()
  }
})
