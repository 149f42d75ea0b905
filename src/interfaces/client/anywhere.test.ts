// The client runs where there is no Node: it loads no package, bundles for a browser, and works with what the web platform
// gives alone, as in a worker at the edge. Deno and Bun are tried by hand with `testing/try-runtimes.ts`.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTandem, type Tandem } from '../../app.ts'
import { createLog } from '../../platform/telemetry/log.ts'

const ENTRY = fileURLToPath(new URL('./index.ts', import.meta.url))
/** Compressed, the whole client; raise it only for something worth its weight on every page. */
const MAX_GZIP_BYTES = 12_000

/** What a worker at the edge has, and nothing else: no process, no Buffer, no require, no WebSocket. */
const EDGE_GLOBALS = [
  'AbortController',
  'AbortSignal',
  'DOMException',
  'Headers',
  'ReadableStream',
  'Request',
  'Response',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'clearTimeout',
  'console',
  'crypto',
  'fetch',
  'performance',
  'setTimeout',
]

let bundle: string
beforeAll(async () => {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', minify: true, lib: { entry: ENTRY, formats: ['iife'], name: 'tandem', fileName: 'client' } },
  })
  const outputs = [result].flat().flatMap((one) => ('output' in one ? one.output : []))
  expect(outputs).toHaveLength(1)
  bundle = outputs[0]?.type === 'chunk' ? outputs[0].code : ''
})

test('the modules of the client load nothing but themselves and the error class', () => {
  const seen = new Set<string>()
  const visit = (url: URL): void => {
    if (seen.has(url.href)) return
    seen.add(url.href)
    const code = readFileSync(url, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    expect(code).not.toMatch(/\bimport\(|\brequire\(/)
    for (const [, target = ''] of code.matchAll(/^(?:import|export) (?!type\b)[^'"`;]*?from '([^']+)'/gm)) {
      expect(target).toMatch(/^\./)
      visit(new URL(target, url))
    }
  }
  visit(new URL('./index.ts', import.meta.url))
  const outside = [...seen].filter((href) => !href.includes('/interfaces/client/')).map((href) => href.split('/').at(-1))
  expect(outside).toEqual(['errors.ts'])
  expect(seen.size).toBeGreaterThan(15)
})

test('the bundle for a browser is one small file without imports', () => {
  const size = gzipSync(bundle).length
  process.stdout.write(`client for a browser: ${bundle.length} bytes, ${size} compressed\n`)
  expect(size).toBeLessThan(MAX_GZIP_BYTES)
  // A path may say import.
  expect(bundle).not.toMatch(/(?<!\/)\bimport\b|\brequire\(|node:|__vite|process\.|\bBuffer\b/)
})

describe('with the globals of a worker at the edge alone', () => {
  let tandem: Tandem
  let url: string
  let key: string
  beforeAll(async () => {
    const log = createLog({ logLevel: 'silent' })
    tandem = await createTandem({}, { settings: { dataDir: ':memory:', host: '127.0.0.1', port: 0 }, log })
    url = (await tandem.listen()).url
    key = (await tandem.keys.create({ name: 'edge', scopes: ['admin'] })).key
  })
  afterAll(() => tandem.close({ drainMs: 0 }))

  test('it trains, follows the job, predicts, and hears events', async () => {
    const globals = Object.fromEntries(EDGE_GLOBALS.map((name) => [name, globalThis[name as keyof typeof globalThis]]))
    const context = createContext({ ...globals, url, key })
    runInContext(bundle, context)
    const outcome: unknown = await runInContext(
      `(async () => {
        const client = tandem.createClient({ url, key })
        const types = []
        const listening = client.events.listen({ types: ['model.*'] }, ({ type }) => types.push(type))
        const definition = { task: 'regression', target: 'price', parameters: { nEstimators: 3 },
          features: { type: 'object', properties: { rooms: { type: 'number' } }, required: ['rooms'] } }
        await client.putModel('house', definition)
        const rows = Array.from({ length: 60 }, (_, index) => ({ rooms: index % 6, price: (index % 6) * 10 }))
        const stages = []
        const { version } = await client.models.house.train({ rows }, { onProgress: (fraction) => stages.push(fraction) })
        const { value } = await client.models.house.predict({ rooms: 3 })
        const failure = await client.model('absent').get().catch((error) => error)
        while (!types.includes('model.trained')) await new Promise((resolve) => setTimeout(resolve, 10))
        listening.stop()
        await listening.done
        return { value, rows: version.rows, done: stages.at(-1), types, code: tandem.TandemError.is(failure) && failure.code }
      })()`,
      context,
    )
    expect(outcome).toMatchObject({ rows: 60, done: 1, code: 'model_not_found' })
    expect((outcome as { value: number }).value).toBeCloseTo(30, 0)
  })
})
