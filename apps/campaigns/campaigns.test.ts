import { type AppHost, createTandem, defineTandem } from 'tandem-ml'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { campaigns } from './campaigns.ts'
import { generateCampaigns } from './generate.ts'
import { campaignCollections } from './records.ts'

const config = defineTandem({
  collections: campaignCollections(),
  apps: [campaigns()],
  embeddings: { default: ['static-en-256'] },
  settings: { dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent', port: 0, maxEventLoopDelayMs: 60_000 },
})

interface Point {
  readonly id: string
  readonly score: number
  readonly payload: { readonly name: string; readonly industry: string; readonly company_name: string }
}

let close: () => Promise<void>
let address: { readonly url: string; readonly adminKey: string }
let host: Pick<AppHost, 'collection' | 'jobs' | 'embeddings'>
let send: (method: string, path: string, body?: unknown) => Promise<{ readonly status: number; readonly body: never }>

beforeAll(async () => {
  const tandem = await createTandem(config)
  host = tandem
  const { url, adminKey = '' } = await tandem.listen()
  address = { url, adminKey }
  close = () => tandem.close()
  send = async (method, path, body) => {
    const answer = await fetch(`${url}/campaigns/${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as never }
  }
  // The first start writes the sample data in the background.
  await vi.waitFor(
    async () => {
      expect(await tandem.collection('audiences').count()).toBeGreaterThan(20)
      for (const name of ['campaigns', 'proposals', 'audiences']) expect(await missing(name)).toBe(0)
    },
    { timeout: 100_000, interval: 100 },
  )
})
afterAll(() => close())

async function missing(name: string): Promise<number> {
  const { documents, embedded } = await host.collection(name).info()
  return documents - embedded
}

describe('campaign search', () => {
  test('finds campaigns by meaning, with cosines', async () => {
    const { status, body } = await send('POST', 'api/search-campaigns', { query: 'sneakers for people who jog', limit: 5 })
    const points = body as Point[]
    expect(status).toBe(200)
    expect(points).toHaveLength(5)
    expect(points[0]).toMatchObject({ payload: { industry: 'sports', company_name: expect.any(String) } })
    for (const [place, { score }] of points.entries()) {
      expect(score).toBeLessThanOrEqual(place === 0 ? 1 : points[place - 1]!.score)
      expect(score).toBeGreaterThan(0)
    }
  })

  test('gives ten hits unless said, and finds by words where asked', async () => {
    const { body } = await send('POST', 'api/search-campaigns', { query: 'heat pumps', mode: 'keyword' })
    expect(body as Point[]).toHaveLength(10)
    for (const { payload } of body as Point[]) expect(payload.name).toContain('heat pumps')
  })

  test('refuses what is no search, and names the place', async () => {
    for (const input of [{}, { query: '' }, { query: 'x', limit: 0 }, { query: 'x', limit: 1.5 }, { query: 7 }]) {
      expect(await send('POST', 'api/search-campaigns', input)).toMatchObject({ status: 400, body: { code: 'invalid_input' } })
    }
  })

  test('recommends five others', async () => {
    const { body } = await send('GET', 'api/recommendations/17')
    const [own] = [await host.collection('campaigns').get('17')]
    expect(body as Point[]).toHaveLength(5)
    expect((body as Point[]).map(({ id }) => id)).not.toContain('17')
    expect((body as Point[])[0]!.payload.industry).toBe(own.industry)
    expect(await send('GET', 'api/recommendations/none')).toMatchObject({ status: 404, body: { code: 'document_not_found' } })
  })
})

describe('the socket of campaign search', () => {
  test('answers each text with the list that the route gives, in order, and greets nobody', async () => {
    const socket = await open()
    const answers: unknown[] = []
    const done = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        answers.push(JSON.parse(String(data)))
        if (answers.length === 3) resolve()
      })
    })
    const queries = ['running shoes', 'flights to the sea', 'heat pumps']
    for (const query of queries) socket.send(query)
    await done
    for (const [place, query] of queries.entries()) {
      expect(answers[place]).toEqual((await send('POST', 'api/search-campaigns', { query })).body)
    }
    socket.close()
  })

  test('says what is wrong with a text and stays open', async () => {
    const socket = await open()
    const answer = (): Promise<unknown> => new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(String(data)))))
    socket.send('  ')
    expect(await answer()).toMatchObject({ type: 'error', code: 'invalid_input' })
    socket.send('coats')
    expect(await answer()).toHaveLength(10)
    socket.close()
  })

  async function open(): Promise<WebSocket> {
    const socket = new WebSocket(`${address.url.replace('http', 'ws')}/campaigns/ws/search`, {
      headers: { authorization: `Bearer ${address.adminKey}` },
    })
    await new Promise((resolve, reject) => {
      socket.on('open', resolve)
      socket.on('error', reject)
    })
    return socket
  }
})

describe('models of campaign search', () => {
  test('texts become vectors, under texts or as a bare array', async () => {
    const texts = ['Spring sale of running shoes', 'Flights to the sea']
    const { body } = await send('POST', 'generate-embeddings', { texts })
    const { embeddings } = body as { readonly embeddings: number[][] }
    expect(embeddings.map(({ length }) => length)).toEqual([256, 256])
    expect(embeddings[0]!.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 4)
    expect((await send('POST', 'generate-embeddings', texts)).body).toMatchObject({ embeddings })
    expect((await send('POST', 'generate-embeddings', { texts: [] })).status).toBe(400)
  })

  test('training is a job that fine-tunes by industry, writes campaigns it is given, and tells sockets what serves', async () => {
    const [campaign] = generateCampaigns({ rows: 1, seed: 1 })
    const data = [{ ...campaign, id: 'new', name: 'Submarine holidays' }]
    const socket = new WebSocket(`${address.url.replace('http', 'ws')}/campaigns/ws/search`, {
      headers: { authorization: `Bearer ${address.adminKey}` },
    })
    const told = new Promise((resolve) => socket.once('message', (message) => resolve(JSON.parse(String(message)))))
    await new Promise((resolve) => socket.once('open', resolve))
    const { body } = await send('POST', 'train-model', { data })
    expect(body).toMatchObject({ task_id: expect.any(String), documents: 1_001, model: 'static-en-256' })
    expect(['queued', 'running']).toContain((body as { readonly status: string }).status)
    const found = await send('POST', 'api/search-campaigns', { query: 'submarine', mode: 'keyword', limit: 1 })
    expect((found.body as Point[])[0]!.id).toBe('new')
    const id = (body as { readonly task_id: string }).task_id
    for await (const { finishedAt } of host.jobs.watch(id)) if (finishedAt !== undefined) break
    const job = await host.jobs.get(id)
    expect(job).toMatchObject({ status: 'succeeded', result: { model: 'campaigns' } })
    const { version } = job.result as { readonly version: string }
    await host.embeddings.tuned.activate('campaigns', version)
    expect(await told).toEqual({ type: 'model_updated', model: 'campaigns', version })
    await vi.waitFor(async () => expect((await host.collection('campaigns').info()).model).toBe(`campaigns@${version}`), {
      ...{ timeout: 60_000, interval: 100 },
    })
    socket.close()
  })
})

test('the same seed gives the same campaigns', () => {
  const twice = [0, 1].map(() => [...generateCampaigns({ rows: 50, seed: 3 })])
  expect(twice[0]).toEqual(twice[1])
  expect(new Set(twice[0]!.map(({ industry }) => industry)).size).toBeGreaterThan(4)
})
