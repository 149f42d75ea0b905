// A server that is told to use Python where there is none: everything else goes on, and what is missing is said.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTandem, type ServerAddress, type Tandem } from '../../src/app.ts'
import { defineTandem, pythonEmbedder } from '../../src/index.ts'
import { type Client, createClient } from '../../src/interfaces/client/index.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import type { TypedConfig } from '../../src/tandem.ts'

const folder = mkdtempSync(join(tmpdir(), 'tandem-no-python-'))
const config = defineTandem({
  python: { enabled: true, prefer: 'python', executable: join(folder, 'no-such-python') },
  embeddings: { models: { remote: pythonEmbedder() }, default: ['remote', 'static-en-256'] },
})
let tandem: Tandem
let address: ServerAddress
let client: Client<TypedConfig>

beforeAll(async () => {
  const settings = { dataDir: join(folder, 'data'), pythonDir: join(folder, 'python'), port: 0, logLevel: 'silent' } as const
  tandem = await createTandem(config, { settings, log: createLog({ logLevel: 'silent' }) })
  address = await tandem.listen()
  client = createClient({ url: address.url, ...(address.adminKey === undefined ? {} : { key: address.adminKey }) })
})
afterAll(async () => {
  await tandem.close()
  rmSync(folder, { recursive: true, force: true })
})

test('texts are embedded by the next model of the chain, and a call that names the one of Python says what is missing', async () => {
  expect((await client.embeddings.embed('a summer sale')).model).toBe('static-en-256')
  await expect(client.embeddings.embed('a summer sale', { model: 'remote' })).rejects.toMatchObject({ code: 'unavailable' })
})

test('every task of language is answered by Node, and that it was to be Python is counted', async () => {
  const labels = ['sport', 'politics']
  const answers = [
    await client.language.sentiment('a good shop'),
    await client.language.entities('Anna lives in London.'),
    await client.language.keywords('running shoes'),
    await client.language.categories('the team won', { labels, embedder: 'static-en-256' }),
    await client.language.summary('One is here. Two is there.'),
  ]
  expect(answers.map(({ runtime }) => runtime)).toEqual(['node', 'node', 'node', 'node', 'node'])
  const { tasks } = await client.language.status()
  expect(tasks[0]).toMatchObject({ task: 'sentiment', prefer: 'python', fallbacks: 1 })
  expect(await client.server.metrics()).toMatch(/tandem_language_fallback_total\{task="sentiment",reason="python_\w+"\} 1/)
})

test('the server is ready, and tells of the runtime: its state, why, and that somebody should look', async () => {
  expect((await client.health()).ready).toBe(true)
  await client.runtimes.start('python')
  const python = await client.runtimes.get('python')
  expect(python).toMatchObject({ state: 'down', reason: expect.stringContaining('no-such-python'), environment: { ready: false } })
  expect((await client.runtimes.log('python')).at(-1)?.message).toContain('no-such-python')
  expect(await client.server.attention()).toContainEqual(expect.objectContaining({ kind: 'runtime_down', severity: 'warn' }))
  expect(await client.server.metrics()).toContain('tandem_worker_state{worker="python-1",state="down"} 1')
})

test('what cannot be started, stopped or found is refused with the reason', async () => {
  await expect(client.runtimes.stop('node')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('the server itself'),
  })
  await expect(client.runtimes.get('ruby')).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('node, python') })
  expect((await client.runtimes.stop('python')).state).toBe('stopped')
})
