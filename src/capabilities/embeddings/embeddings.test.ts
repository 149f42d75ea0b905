import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hashEmbedder, onnxEmbedder, openAiEmbedder, staticEmbedder } from '../../definitions.ts'
import { openDatabase } from '../../platform/storage/open-database.ts'
import { createEmbeddingStore } from './store-sql.ts'
import { dot, embeddingsWith, startUpstream } from './testing/embedding-bench.ts'

const folder = mkdtempSync(join(tmpdir(), 'tandem-embeddings-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const HASH = { models: { words: hashEmbedder({ dimensions: 64 }) }, default: ['words'] }

describe('embed', () => {
  test('gives a vector of length 1 and names the model', async () => {
    await using bench = embeddingsWith(HASH)
    const { vector, model, fingerprint } = await bench.embeddings.embed('summer sale')
    expect(vector.length).toBe(64)
    expect(dot(vector, vector)).toBeCloseTo(1, 6)
    expect({ model, fingerprint }).toEqual({ model: 'words', fingerprint: 'hash-64-1' })
  })

  test('finds texts of the same meaning nearer with the static model, which needs nothing', async () => {
    await using bench = embeddingsWith({ default: ['static-en-256'] })
    const { vectors, dimensions } = await bench.embeddings.embedBatch(['The kid runs', 'A child is running', 'Shares fell on Monday'])
    expect(dimensions).toBe(256)
    expect(dot(vectors[0]!, vectors[1]!)).toBeGreaterThan(dot(vectors[0]!, vectors[2]!) + 0.2)
  })

  test('shortens vectors and brings them to length 1 again', async () => {
    await using bench = embeddingsWith(HASH)
    const whole = await bench.embeddings.embed('summer sale of shoes')
    const short = await bench.embeddings.embed('summer sale of shoes', { dimensions: 16 })
    expect(short.vector.length).toBe(16)
    expect(dot(short.vector, short.vector)).toBeCloseTo(1, 6)
    expect(short.vector[3]! / short.vector[5]!).toBeCloseTo(whole.vector[3]! / whole.vector[5]!, 5)
  })

  test('refuses more dimensions than the model has, with both numbers', async () => {
    await using bench = embeddingsWith(HASH)
    await expect(bench.embeddings.embed('a', { dimensions: 65 })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/65.*64/),
      errors: [{ path: '/dimensions' }],
    })
  })

  test('names each text that cannot be embedded, and what is wrong with it', async () => {
    await using bench = embeddingsWith(HASH)
    const texts = ['good', '', ' \n\t', 7 as unknown as string, 'x'.repeat(1_000_001)]
    await expect(bench.embeddings.embedBatch(texts)).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [
        { path: '/input/1', message: expect.stringContaining('empty') },
        { path: '/input/2', message: expect.stringContaining('empty') },
        { path: '/input/3', message: expect.stringContaining('number') },
        { path: '/input/4', message: expect.stringContaining('1000001') },
      ],
    })
  })

  test.each([
    ['one megabyte', 'lorem ipsum dolor sit amet '.repeat(37_000)],
    ['a lone surrogate', 'half \ud83d of an emoji'],
    ['only lone surrogates', '\udc00\ud800'],
    ['controls', '\u0000\u0007\u200b'],
    ['emoji', '👩‍👩‍👧‍👦🇩🇪'],
    ['Chinese', '人人生而自由，在尊严和权利上一律平等'],
    ['one word of 100,000 letters', 'a'.repeat(100_000)],
  ])('embeds %s without NaN, by every local model', async (_, text) => {
    await using bench = embeddingsWith(HASH)
    for (const model of ['words', 'static-en-256']) {
      const { vector } = await bench.embeddings.embed(text, { model })
      expect(dot(vector, vector)).toBeCloseTo(1, 5)
    }
  })

  test('says which models there are when one is not known', async () => {
    await using bench = embeddingsWith(HASH)
    await expect(bench.embeddings.embed('a', { model: 'other' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('words'),
      errors: [{ path: '/model' }],
    })
  })

  test('rejects with the reason of its signal', async () => {
    await using bench = embeddingsWith(HASH)
    await expect(bench.embeddings.embed('a', { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone')
  })
})

describe('the cache', () => {
  test('answers what is known and computes a text once, however often it is asked for at the same time', async () => {
    await using upstream = await startUpstream()
    await using bench = embeddingsWith({
      models: { far: openAiEmbedder({ url: upstream.url, model: 'm', key: 'sk-1' }) },
      default: ['far'],
    })
    await bench.embeddings.embed('opens it')
    const before = upstream.asked.length
    const answers = await Promise.all(Array.from({ length: 20 }, () => bench.embeddings.embedBatch(['same', 'same', 'other'])))
    expect(upstream.asked.slice(before).flatMap(({ input }) => input)).toEqual(['same', 'other'])
    expect(answers.every(({ vectors }) => dot(vectors[0]!, vectors[1]!) > 0.999_99)).toBe(true)
    const again = await bench.embeddings.embedBatch(['same', 'new'])
    expect(again).toMatchObject({ cacheHits: 1, tokens: 7 })
    expect(upstream.keys.every((key) => key === 'Bearer sk-1')).toBe(true)
  })

  test('keeps no vectors of bulk work by a fast model, and gives the same ones', async () => {
    await using bench = embeddingsWith(HASH)
    const texts = ['summer sale', 'winter sale', 'summer sale']
    const bulk = await bench.embeddings.embedBatch(texts, { remember: false })
    expect(bench.embeddings.status().cache).toMatchObject({ entries: 0, misses: 0 })
    const kept = await bench.embeddings.embedBatch(texts)
    expect(bulk.vectors).toEqual(kept.vectors)
    expect(bulk).toMatchObject({ cacheHits: 0, fingerprint: kept.fingerprint, tokens: expect.any(Number) })
    const short = await bench.embeddings.embedBatch(texts, { remember: false, dimensions: 16 })
    expect(short.vectors[0]!.length).toBe(16)
    await expect(bench.embeddings.embedBatch(texts, { remember: false, dimensions: 65 })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('hands out vectors that may be changed without harm', async () => {
    await using bench = embeddingsWith(HASH)
    const first = await bench.embeddings.embed('text')
    const copy = first.vector.slice()
    first.vector.fill(9)
    expect((await bench.embeddings.embed('text')).vector).toEqual(copy)
  })

  test('forgets the least recently used vectors above its bytes', async () => {
    await using bench = embeddingsWith(HASH, { cacheBytes: 10 * (64 * 4 + 330) })
    for (let at = 0; at < 30; at++) await bench.embeddings.embedBatch([`text ${at}`, 'always'])
    const { cache } = bench.embeddings.status()
    expect(cache.bytes).toBeLessThanOrEqual(cache.limitBytes)
    expect(cache).toMatchObject({ entries: 10, evictions: 21, hits: 29 })
  })

  test('keeps vectors of slow models in the database, through a restart, and no more than it may', async () => {
    await using upstream = await startUpstream()
    const database = await openDatabase({ dataDir: ':memory:' })
    try {
      const store = createEmbeddingStore(database)
      const definition = { models: { far: openAiEmbedder({ url: upstream.url, model: 'm' }) }, default: ['far'] }
      const first = embeddingsWith(definition, { store })
      const texts = Array.from({ length: 700 }, (_, at) => `text ${at}`)
      const { vectors } = await first.embeddings.embedBatch(texts)
      await first.embeddings.close()
      const before = upstream.asked.length
      await using second = embeddingsWith(definition, { store })
      const answer = await second.embeddings.embedBatch([...texts, 'new'])
      expect(answer.cacheHits).toBe(700)
      expect(answer.vectors.slice(0, 700)).toEqual(vectors)
      expect(upstream.asked.slice(before).flatMap(({ input }) => input)).toEqual(['probe', 'new'])
      expect(await store.prune(100)).toBeGreaterThan(0)
    } finally {
      await database.close()
    }
  })

  test('computes what a broken database does not tell, says so once, and counts what it could not write', async () => {
    await using upstream = await startUpstream()
    const broken = async (): Promise<never> => {
      throw new Error('disk gone')
    }
    await using bench = embeddingsWith(
      { models: { far: openAiEmbedder({ url: upstream.url, model: 'm' }) }, default: ['far'] },
      { store: { find: broken, insert: broken, prune: broken } },
    )
    for (let at = 0; at < 5; at++) await bench.embeddings.embed(`text ${at}`)
    await expect.poll(() => bench.embeddings.status().cache.dropped).toBe(5)
    expect(bench.logged.length).toBe(1)
  })
})

describe('batches', () => {
  test('gather what arrives while the model computes', async () => {
    await using upstream = await startUpstream()
    await using bench = embeddingsWith({ models: { far: openAiEmbedder({ url: upstream.url, model: 'm' }) }, default: ['far'] })
    await bench.embeddings.embed('opens it')
    const before = upstream.asked.length
    const answers = await Promise.all(Array.from({ length: 200 }, (_, at) => bench.embeddings.embed(`text ${at}`)))
    expect(upstream.asked.length - before).toBeLessThan(20)
    for (const [at, { vector }] of answers.entries()) expect(vector[0]! / vector[3]!).toBeCloseTo(`text ${at}`.length / 4, 5)
  })

  test('refuse more than may wait, before any of it is computed', async () => {
    await using bench = embeddingsWith(HASH)
    const texts = Array.from({ length: 20_001 }, (_, at) => `t${at}`)
    await expect(bench.embeddings.embedBatch(texts)).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringContaining('20000'),
    })
    expect(bench.embeddings.status().waiting).toBe(0)
  })
})

describe('embedMany', () => {
  test('gives vectors in the order of a stream, reading no further ahead than two batches', async () => {
    await using bench = embeddingsWith(HASH)
    let read = 0
    let given = 0
    let furthest = 0
    async function* texts() {
      for (; read < 3_000; read++) {
        furthest = Math.max(furthest, read - given)
        yield `text number ${read}`
      }
    }
    const wanted = await bench.embeddings.embed('text number 2999')
    let last: Float32Array | undefined
    for await (const { vector } of bench.embeddings.embedMany(texts())) {
      given++
      last = vector
    }
    expect(given).toBe(3_000)
    expect(last).toEqual(wanted.vector)
    expect(furthest).toBeLessThanOrEqual(3 * 256)
  })

  test('stays with the model that answered first, and fails rather than mix', async () => {
    let isDown = false
    await using upstream = await startUpstream((_, response) => {
      if (isDown) response.writeHead(400).end('{"error":{"message":"no such model"}}')
      return isDown
    })
    const models = { far: openAiEmbedder({ url: upstream.url, model: 'm' }), words: hashEmbedder() }
    await using bench = embeddingsWith({ models, default: ['far', 'words'] })
    const read = async (): Promise<void> => {
      let count = 0
      for await (const { model } of bench.embeddings.embedMany(Array.from({ length: 1_000 }, (_, at) => `t${at}`))) {
        expect(model).toBe('far')
        if (++count === 10) isDown = true
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('no such model') })
  })
})

describe('the chain of models', () => {
  test('falls back when a model cannot answer, says so once, and comes back to it after a pause', async () => {
    let now = 1_000_000
    let isDown = true
    await using upstream = await startUpstream((_, response) => {
      if (isDown) response.writeHead(401).end('{"error":"wrong key"}')
      return isDown
    })
    const models = { far: openAiEmbedder({ url: upstream.url, model: 'm' }), words: hashEmbedder() }
    await using bench = embeddingsWith({ models, default: ['far', 'words'] }, { clock: () => now })
    expect((await bench.embeddings.embed('a')).model).toBe('words')
    expect((await bench.embeddings.embed('b')).model).toBe('words')
    expect(upstream.asked.length).toBe(1)
    expect(bench.logged).toMatchObject([{ details: { model: 'far', error: expect.stringContaining('wrong key') } }])
    expect(bench.embeddings.status().models.find(({ name }) => name === 'far')).toMatchObject({ state: 'failed' })
    isDown = false
    now += 1_000
    expect((await bench.embeddings.embed('c')).model).toBe('far')
    expect(bench.embeddings.status().models.find(({ name }) => name === 'far')).toMatchObject({ state: 'ready', error: null })
  })

  test('tries again where the server says that it is only busy', async () => {
    await using upstream = await startUpstream((request, response) => {
      if (request === 1) response.writeHead(429, { 'retry-after': '0' }).end('{}')
      return request === 1
    })
    await using bench = embeddingsWith({ models: { far: openAiEmbedder({ url: upstream.url, model: 'm' }) }, default: ['far'] })
    expect((await bench.embeddings.embed('a')).model).toBe('far')
  })

  test.each([
    ['no JSON', 'oops', /oops/],
    ['too few vectors', '{"data":[]}', /0 vectors/],
    ['numbers that are none', '{"data":[{"index":0,"embedding":[1e999,0]}]}', /list of embeddings/],
  ])('takes an answer with %s for a failure of the server', async (_, body, message) => {
    await using upstream = await startUpstream((__, response) => {
      response.end(body)
      return true
    })
    await using bench = embeddingsWith({ models: { far: openAiEmbedder({ url: upstream.url, model: 'm' }) } })
    await expect(bench.embeddings.embed('a', { model: 'far' })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(message),
    })
  })

  test('names a server that is not there by its host, never by its whole address', async () => {
    await using bench = embeddingsWith({ models: { far: openAiEmbedder({ url: 'http://user:secret@127.0.0.1:9', model: 'm' }) } })
    const failure = await bench.embeddings.embed('a', { model: 'far' }).catch((error: Error) => error)
    expect(failure).toMatchObject({ code: 'unavailable' })
    expect((failure as Error).message).not.toContain('secret')
  })

  test('passes over a model whose files are not there, and says how to bring it when it is named', async () => {
    await using bench = embeddingsWith({})
    expect((await bench.embeddings.embed('a')).model).toBe('static-en-256')
    expect(bench.logged).toEqual([])
    await expect(bench.embeddings.embed('a', { model: 'all-MiniLM-L6-v2' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('tandem models pull all-MiniLM-L6-v2'),
    })
  })

  test('falls back from a truncated model file and from a damaged table, naming the file', async () => {
    const damaged = join(folder, 'damaged')
    const { mkdirSync } = await import('node:fs')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'model.onnx'), 'half of a graph')
    writeFileSync(
      join(damaged, 'tokenizer.json'),
      '{"model":{"type":"WordPiece","vocab":{"[UNK]":0}},"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"}}',
    )
    writeFileSync(join(damaged, 'model.json'), '{"rows":1,"dimensions":1,"bits":8,"sha256":"0"}')
    writeFileSync(join(damaged, 'table.bin'), 'xx')
    writeFileSync(join(damaged, 'vocabulary.txt'), '[UNK]\n')
    const models = { broken: onnxEmbedder({ folder: damaged }), table: staticEmbedder({ folder: damaged }), words: hashEmbedder() }
    await using bench = embeddingsWith({ models, default: ['broken', 'table', 'words'] })
    expect((await bench.embeddings.embed('a')).model).toBe('words')
    expect(bench.logged).toMatchObject([
      { details: { model: 'broken', error: expect.stringContaining('model.onnx') } },
      { details: { model: 'table', error: expect.stringContaining(damaged) } },
    ])
  })

  test.each([
    [{ default: [] }, /empty/],
    [{ default: ['other'] }, /other.*known/],
    [{ models: { '../up': hashEmbedder() } }, /name/],
    [{ models: { a: hashEmbedder({ dimensions: 4 }) } }, /4 dimensions/],
    [{ models: { a: openAiEmbedder({ url: 'ftp://x', model: 'm' }) } }, /http/],
    [{ models: { a: onnxEmbedder({ threads: 0 }) } }, /threads 0/],
  ])('refuses the definition %j', (definition, message) => {
    expect(() => embeddingsWith(definition)).toThrow(message)
  })
})
