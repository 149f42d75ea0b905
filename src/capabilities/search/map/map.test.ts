import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../../app.ts'
import { createLog } from '../../../platform/telemetry/log.ts'
import { projectTask } from './project-task.ts'

const TEXTS = {
  shoes: ['running shoes for women', 'sneakers for a marathon', 'light shoes for runners', 'trail running shoes', 'shoes for jogging'],
  invoices: [
    'the invoice is overdue',
    'payment of the bill is late',
    'unpaid invoice of March',
    'a reminder to pay the bill',
    'overdue payment',
  ],
} as const

describe('the map of a collection', () => {
  let tandem: Tandem
  const documents = Object.entries(TEXTS).flatMap(([topic, texts]) => texts.map((text, at) => ({ id: `${topic}-${at}`, topic, text })))
  beforeAll(async () => {
    const settings = { dataDir: ':memory:', host: '127.0.0.1', port: 0 } as const
    tandem = await createTandem({}, { settings, log: createLog({ logLevel: 'silent' }) })
    await tandem.putCollection('texts', {
      schema: {
        type: 'object',
        properties: { id: { type: 'string' }, topic: { type: 'string' }, text: { type: 'string' } },
        required: ['id'],
      },
      text: '{{text}}',
      filterable: ['topic'],
    })
    await tandem.collection('texts').upsert(documents)
  })
  afterAll(() => tandem.close({ drainMs: 0 }))

  test('puts texts of one meaning together and those of another apart, and tells each point’s value', async () => {
    const map = await tandem.collection('texts').map({ color: 'topic' })
    expect(map).toMatchObject({ model: 'static-en-256', documents: 10, color: 'topic' })
    expect(map.explained).toBeGreaterThan(0.2)
    expect(map.points).toHaveLength(10)
    const middle = (topic: string): number => {
      const own = map.points.filter(({ value }) => value === topic)
      return own.reduce((sum, { x }) => sum + x, 0) / own.length
    }
    const [shoes, invoices] = [middle('shoes'), middle('invoices')]
    for (const { x, value } of map.points) {
      const [own, other] = value === 'shoes' ? [shoes, invoices] : [invoices, shoes]
      expect(Math.abs(x - own)).toBeLessThan(Math.abs(x - other))
    }
  })

  test('is the same one until a document changes, and shows a sample of many', async () => {
    const texts = tandem.collection('texts')
    const first = await texts.map({ limit: 5 })
    expect(first.color).toBe('topic')
    expect(first.points.map(({ id }) => id)).toEqual(['invoices-0', 'invoices-2', 'invoices-4', 'shoes-1', 'shoes-3'])
    expect(await texts.map({ limit: 5 })).toBe(first)
    await texts.upsert([{ id: 'shoes-9', topic: 'shoes', text: 'boots' }])
    expect((await texts.map({})).documents).toBe(11)
  })

  test('refuses a property that is not there, and a collection with too little in it', async () => {
    const texts = tandem.collection('texts')
    await expect(texts.map({ color: 'size' })).rejects.toThrow('"size" is no filterable property of "texts". Possible: topic.')
    await tandem.putCollection('empty', {
      schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      text: '{{id}}',
    })
    await expect(tandem.collection('empty').map()).rejects.toMatchObject({ code: 'conflict' })
  })
})

describe('projectTask', () => {
  test('finds the plane that points lie in', () => {
    // Three columns, of which the third is the sum of the others.
    const rows = [
      [0, 0],
      [1, 0],
      [0, 2],
      [3, 1],
      [2, 2],
      [5, 0],
    ]
    const values = Float32Array.from(rows.flatMap(([a, b]) => [a!, b!, a! + b!]))
    const { points, explained } = projectTask({ values, rows: rows.length, columns: 3 })
    expect(explained).toBeCloseTo(1, 6)
    const distance = (from: ArrayLike<number>, width: number, i: number, j: number): number =>
      Math.hypot(...Array.from({ length: width }, (_, k) => from[i * width + k]! - from[j * width + k]!))
    for (let i = 0; i < rows.length; i++) {
      for (let j = 0; j < i; j++) expect(distance(points, 2, i, j)).toBeCloseTo(distance(values, 3, i, j), 5)
    }
  })
})
