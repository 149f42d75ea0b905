// Fine-tuning through a real server, on 480 texts of 12 alike intents of Banking77 (fixtures/banking77-part.json, CC BY 4.0).
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTandem, type Tandem } from '../../../app.ts'
import { type Client, createClient } from '../../../interfaces/client/index.ts'
import type { TypedConfig } from '../../../tandem.ts'
import part from '../fixtures/banking77-part.json' with { type: 'json' }
import { decodeTunedFile } from './tuned-file.ts'

const texts = part.texts as unknown as readonly [text: string, label: string][]
const labelled = texts.map(([text, label]) => ({ text, label }))
const documents = texts.map(([text, intent], at) => ({ id: `t${at}`, text, intent }))
const QUICK = { epochs: 3, batchSize: 32 }

let tandem: Tandem
let client: Client<TypedConfig>

beforeAll(async () => {
  const settings = { dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent', port: 0, maxEventLoopDelayMs: 60_000 } as const
  tandem = await createTandem({ embeddings: { default: ['static-en-256'] } }, { settings })
  const { url, adminKey } = await tandem.listen()
  client = createClient({ url, key: adminKey })
})
afterAll(() => tandem.close())

const modelOf = async (name: string): Promise<string | null> => (await client.collection(name).info()).model

describe('a collection', () => {
  const questions = () => client.collection('questions')

  beforeAll(async () => {
    await client.putCollection('questions', {
      schema: {
        type: 'object',
        properties: { id: { type: 'string' }, text: { type: 'string', maxLength: 2000 }, intent: { type: 'string' } },
      },
      text: '{{text}}\nIntent: {{intent}}',
    })
    await questions().upsert(documents)
  })

  test('is fine-tuned by a field, finds better on what was held out, and is embedded anew while it answers', async () => {
    const told: unknown[] = []
    const listening = client.events.listen({ types: ['embedding.*'] }, ({ data }) => told.push(data))
    const fractions: number[] = []
    const version = await questions().fineTune(
      { field: 'intent', parameters: QUICK },
      { onProgress: (share) => void fractions.push(share) },
    )
    expect(version).toMatchObject({
      ...{ model: 'questions', base: 'static-en-256', method: 'table', comparedWith: 'static-en-256', active: true, seed: 7 },
      data: { kind: 'field', collection: 'questions', field: 'intent', texts: 480, labels: 12 },
      gate: { policy: 'if-better', activated: true },
    })
    expect(version.after.ndcgAt10).toBeGreaterThan(version.before.ndcgAt10 + 0.02)
    expect(version.gain.low).toBeGreaterThan(0)
    expect(version.data.train + version.data.validation + version.data.test).toBe(480)
    expect(version.examples.length).toBeGreaterThan(3)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
    const name = `questions@${version.version}`
    // Whatever serves at the moment answers.
    await vi.waitFor(
      async () => {
        expect((await questions().search({ query: 'my card has not come', mode: 'semantic' })).hits.length).toBe(10)
        expect(await modelOf('questions')).toBe(name)
      },
      { timeout: 100_000, interval: 50 },
    )
    const { hits, model } = await questions().search({ query: 'when will my new card come?', mode: 'semantic', limit: 5 })
    expect(model).toBe(name)
    expect(hits.filter(({ document }) => String(document.intent).startsWith('card_')).length).toBeGreaterThan(3)
    await expect.poll(() => told).toHaveLength(2)
    expect(told).toEqual([
      { model: 'questions', version: version.version, activated: true, reason: version.gate.reason },
      { model: 'questions', version: version.version, previous: null, collection: 'questions', action: 'train' },
    ])
    listening.stop()
  })

  test('is compared with the version in service, which stays when the new one is not better', async () => {
    const { active } = await client.embeddings.tuned.get('questions')
    const again = await questions().fineTune({ field: 'intent', parameters: { ...QUICK, epochs: 1, learningRate: 0.00001 } })
    expect(again).toMatchObject({ comparedWith: `questions@${active}`, active: false, gate: { activated: false } })
    expect(again.gate.reason).toContain('not sure')
    const model = await client.embeddings.tuned.get('questions')
    expect(model).toMatchObject({ active, collection: 'questions', base: 'static-en-256' })
    expect(model.versions.map(({ version }) => version)).toEqual([again.version, active])
    // By hand it can be put in service all the same, and taken back.
    expect((await client.embeddings.tuned.activate('questions', again.version)).active).toBe(again.version)
    expect((await client.embeddings.tuned.rollback('questions')).active).toBe(active)
  })

  test('goes back to its base, and its fine-tuned model can then be deleted', async () => {
    await expect(client.embeddings.tuned.delete('questions')).rejects.toMatchObject({ code: 'conflict' })
    const { active, history } = await client.embeddings.tuned.rollback('questions')
    expect(active).toBe(null)
    expect(history[0]).toMatchObject({ version: null, action: 'rollback' })
    await expect(client.embeddings.tuned.rollback('questions')).rejects.toMatchObject({ code: 'conflict' })
    await expect.poll(() => modelOf('questions')).toBe('static-en-256')
    await client.embeddings.tuned.delete('questions')
    await expect(client.embeddings.tuned.get('questions')).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('a model without a collection', () => {
  test('is made from labelled texts, the same bytes for the same seed, and embeds by its name', async () => {
    const make = (model: string) =>
      client.embeddings.fineTune({ model, base: 'static-en-256', labelled, activate: 'always', parameters: QUICK })
    const [one, two] = [await make('intents'), await make('again')]
    expect(two.artifact).toEqual(one.artifact)
    expect(one.data.kind).toBe('labelled')
    const shown = texts.filter((_, at) => at % 8 === 0)
    const asked = shown.map(([text]) => text)
    const { vectors, model, fingerprint } = await client.embeddings.embedBatch(asked, { model: 'intents' })
    expect({ model, fingerprint }).toEqual({ model: `intents@${one.version}`, fingerprint: one.artifact.sha256.slice(0, 16) })
    const cosine = (left: Float32Array, right: Float32Array): number => left.reduce((sum, value, at) => sum + value * right[at]!, 0)
    /** By how much texts of one intent are nearer than texts of two, in the mean. */
    const gap = (by: readonly Float32Array[]): number => {
      const sums = { same: 0, other: 0, sames: 0, others: 0 }
      for (const [left, [, label]] of shown.entries()) {
        for (let right = 0; right < left; right++) {
          const isSame = shown[right]![1] === label
          sums[isSame ? 'same' : 'other'] += cosine(by[left]!, by[right]!)
          sums[isSame ? 'sames' : 'others']++
        }
      }
      return sums.same / sums.sames - sums.other / sums.others
    }
    const base = await client.embeddings.embedBatch(asked, { model: 'static-en-256' })
    expect(gap(vectors)).toBeGreaterThan(gap(base.vectors) + 0.05)
    const { models } = await client.embeddings.status()
    expect(models.find(({ name }) => name === model)).toMatchObject({
      base: 'static-en-256',
      kind: 'static',
      state: 'ready',
      dimensions: 256,
    })
  })

  test.each(['linear', 'mlp'] as const)('is a %s adapter over a model that stays as it is', async (method) => {
    const parameters = { ...QUICK, learningRate: 0.003, hidden: 64 }
    const version = await client.embeddings.fineTune({
      model: `hashed-${method}`,
      base: 'hash-384',
      method,
      labelled,
      parameters,
      activate: 'always',
    })
    expect(version).toMatchObject({ method, base: 'hash-384', dimensions: 384 })
    expect(version.after.ndcgAt10).toBeGreaterThan(version.before.ndcgAt10)
    const { vector } = await client.embeddings.embed('My card does not work', { model: `hashed-${method}` })
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
  })

  test('is made from pairs, with negatives or without', async () => {
    // Neighbours in the list are of one intent.
    const pairs = Array.from({ length: 240 }, (_, at) => ({ anchor: texts[2 * at]![0], positive: texts[2 * at + 1]![0] }))
    const negatives = pairs.map((pair, at) => ({ ...pair, negative: texts[(2 * at + 200) % 480]![0] }))
    const without = await client.embeddings.fineTune({ model: 'pairs', base: 'static-en-256', pairs, activate: 'never', parameters: QUICK })
    expect(without).toMatchObject({ active: false, data: { kind: 'pairs', labels: null }, gate: { activated: false } })
    await expect(client.embeddings.embed('a', { model: 'pairs' })).rejects.toMatchObject({ code: 'invalid_input' })
    const parameters = { ...QUICK, loss: 'triplet' as const, margin: 0.2 }
    const triplets = await client.embeddings.fineTune({
      model: 'pairs',
      base: 'static-en-256',
      pairs: negatives,
      parameters,
      activate: 'never',
    })
    expect(triplets.parameters).toMatchObject({ loss: 'triplet', margin: 0.2 })
    expect(triplets.data.fingerprint).not.toBe(without.data.fingerprint)
  })

  test('is canceled at once, leaving no version', async () => {
    const job = await client.embeddings.startFineTuning({
      model: 'canceled',
      base: 'static-en-256',
      labelled,
      parameters: { epochs: 100, patience: 100, batchSize: 4 },
    })
    for await (const { stage } of client.jobs.watch(job.id)) if (stage === 'learning') break
    await client.jobs.cancel(job.id)
    for await (const { status } of client.jobs.watch(job.id)) if (status === 'canceled') break
    await expect(client.embeddings.tuned.get('canceled')).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('what cannot be learned from is refused with what would be right', () => {
  const cases: readonly [string, Parameters<Client<TypedConfig>['embeddings']['startFineTuning']>[0], string, string][] = [
    ['no examples', { model: 'a' }, 'invalid_input', 'none is given'],
    ['two kinds of examples', { model: 'a', collection: 'questions', field: 'intent', labelled }, 'invalid_input', '2 are'],
    ['a field without a collection', { model: 'a', field: 'intent' }, 'invalid_input', 'name the collection'],
    ['no name', { labelled }, 'invalid_input', 'needs a name'],
    ['the name of a model of the server', { model: 'hash-384', base: 'hash-384', labelled }, 'invalid_input', 'already'],
    ['an unknown collection', { collection: 'absent', field: 'intent' }, 'collection_not_found', 'absent'],
    ['a field that is a text', { collection: 'questions', field: 'text' }, 'invalid_input', 'Possible: intent'],
    ['an unknown base', { model: 'a', base: 'absent', labelled }, 'invalid_input', 'Known'],
    ['a table of a model without one', { model: 'a', base: 'hash-384', method: 'table', labelled }, 'invalid_input', 'linear'],
    ['too few examples', { model: 'a', labelled: labelled.slice(0, 3) }, 'invalid_input', 'labelled'],
    ['a parameter out of range', { model: 'a', labelled, parameters: { temperature: 0 } }, 'invalid_input', 'temperature'],
  ]
  test.each(cases)('%s', async (_, input, code, words) => {
    const error = await client.embeddings.startFineTuning(input).catch((each: unknown) => each)
    expect(error).toMatchObject({ code })
    expect(JSON.stringify([(error as Error).message, (error as { errors?: unknown }).errors])).toContain(words)
  })

  test('one label for all, and negatives for some pairs only', async () => {
    const same = labelled.map(({ text }) => ({ text, label: 'same' }))
    await expect(client.embeddings.fineTune({ model: 'a', base: 'static-en-256', labelled: same })).rejects.toMatchObject({
      code: 'too_few_rows',
    })
    const pairs = texts
      .slice(0, 40)
      .map(([anchor], at) => ({ anchor, positive: texts[at + 40]![0], ...(at === 0 ? { negative: 'x' } : {}) }))
    await expect(client.embeddings.fineTune({ model: 'a', base: 'static-en-256', pairs })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('a file that is none', () => {
    expect(() => decodeTunedFile(new Uint8Array(100))).toThrow(expect.objectContaining({ code: 'artifact_damaged' }))
  })
})
