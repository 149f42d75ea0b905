import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer, testRoutes } from '../testing/test-server.ts'

const INDEX = '<!doctype html><script src="/assets/index-Bx3kQ9_a.js"></script>'
const SCRIPT = `console.log(${JSON.stringify('dashboard '.repeat(5_000))})\n`
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

let folder: string
let at: TestServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-dashboard-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), INDEX)
  writeFileSync(join(folder, 'theme.js'), 'document')
  writeFileSync(join(folder, 'assets', 'index-Bx3kQ9_a.js'), SCRIPT)
  writeFileSync(join(folder, 'assets', 'logo-1a2b3c4d.png'), Buffer.alloc(4_000))
  symlinkSync('/etc/hostname', join(folder, 'assets', 'link.txt'))
  at = await startTestServer({ parts: { dashboardDir: folder }, routes: testRoutes() })
})
afterAll(async () => {
  await at[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Without a key, and without what `fetch` decodes by itself. */
async function open(path: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') {
  const { statusCode: status, headers: answered, rawPayload } = await at.server.inject({ url: path, method, headers })
  return { status, headers: answered as Record<string, string>, bytes: rawPayload, text: rawPayload.toString() }
}

describe('the dashboard', () => {
  test('is the root and every address of its own that a browser opens', async () => {
    for (const path of ['/', '/models/match/versions', '/jobs/42?tab=log', '/models/with.dots']) {
      const answer = await open(path, { accept: 'text/html,*/*;q=0.8' })
      expect([path, answer.status, answer.text]).toEqual([path, 200, INDEX])
      expect(answer.headers['content-security-policy']).toBe(POLICY)
      expect(answer.headers['cache-control']).toBe('no-cache')
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
    }
    expect((await open('/theme.js')).text).toBe('document')
  })

  test('takes nothing from the API, nor what no browser opens as a page', async () => {
    for (const path of ['/v1/nothing', '/v1/things/a/b', '/health/nothing', '/docs/nothing', '/v2/models']) {
      const answer = await open(path, { accept: 'text/html' })
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.headers['content-type']).toContain(path.startsWith('/v2/') ? 'application/json' : 'problem+json')
    }
    expect((await open('/models/match', { accept: '*/*' })).status).toBe(404)
    expect((await open('/models/match')).status).toBe(404)
    expect((await open('/models/match', { accept: 'text/html' }, 'POST')).status).toBe(404)
    expect((await open('/docs', { accept: 'text/html' })).text).toContain('API reference')
  })

  test('sends assets for ever, compressed as the browser takes it, and says when one is gone', async () => {
    const path = '/assets/index-Bx3kQ9_a.js'
    const plain = await open(path)
    expect([plain.text, plain.headers['content-encoding']]).toEqual([SCRIPT, undefined])
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(plain.headers.vary).toBe('accept-encoding')
    const br = await open(path, { 'accept-encoding': 'gzip, deflate, br' })
    expect([br.headers['content-encoding'], brotliDecompressSync(br.bytes).toString()]).toEqual(['br', SCRIPT])
    expect(br.bytes.length).toBeLessThan(1_000)
    const gzip = await open(path, { 'accept-encoding': 'gzip;q=0.8, br;q=0' })
    expect([gzip.headers['content-encoding'], gunzipSync(gzip.bytes).toString()]).toEqual(['gzip', SCRIPT])
    expect((await open(path, { 'accept-encoding': '*;q=0' })).headers['content-encoding']).toBeUndefined()
    expect(new Set([plain.headers.etag, br.headers.etag, gzip.headers.etag]).size).toBe(3)
    const image = await open('/assets/logo-1a2b3c4d.png', { 'accept-encoding': 'br' })
    expect([image.headers['content-encoding'], image.bytes.length]).toEqual([undefined, 4_000])
    const gone = await open('/assets/index-0ld0ld00.js', { accept: 'text/html' })
    expect([gone.status, gone.headers['cache-control']]).toEqual([404, undefined])
  })

  test('answers HEAD without a body, and 304 to who has it already', async () => {
    for (const path of ['/', '/assets/index-Bx3kQ9_a.js']) {
      const head = await open(path, { 'accept-encoding': 'br' }, 'HEAD')
      const get = await open(path, { 'accept-encoding': 'br' })
      expect([head.status, head.bytes.length, head.headers.etag]).toEqual([200, 0, get.headers.etag])
      for (const tag of [get.headers.etag!, `W/${get.headers.etag}, "other"`, '*']) {
        const again = await open(path, { 'accept-encoding': 'br', 'if-none-match': tag })
        expect([again.status, again.bytes.length, again.headers.etag]).toEqual([304, 0, get.headers.etag])
      }
      expect((await open(path, { 'if-none-match': '"other"' })).status).toBe(200)
    }
  })

  test('never leaves its folder', async () => {
    for (const path of ['/../package.json', '/assets/../../x', '/%2e%2e/%2e%2e/etc/hostname', '/assets/link.txt', '/assets/', '/assets']) {
      expect([path, (await open(path)).status]).toEqual([path, 404])
    }
  })

  test('comes after the sign-in link, without the token in the address', async () => {
    const { token } = await at.sessions.createLink(at.adminKeyId)
    const answer = await open(`/?token=${token}`, { accept: 'text/html' })
    expect([answer.status, answer.headers.location]).toEqual([303, '/'])
    expect(answer.headers['set-cookie']).toContain('HttpOnly')
    expect((await open(`/?token=${token}`, { accept: 'text/html' })).status).toBe(401)
  })

  test('is found as soon as it is built, and again when it is built anew', async () => {
    const later = mkdtempSync(join(tmpdir(), 'tandem-dashboard-'))
    await using server = await startTestServer({ parts: { dashboardDir: join(later, 'dashboard') } })
    const root = async () => (await server.fetch('/', { headers: { authorization: 'none', accept: 'text/html' } })).text()
    expect(await root()).toContain('API reference')
    expect((await server.fetch('/models', { headers: { authorization: 'none', accept: 'text/html' } })).status).toBe(404)
    mkdirSync(join(later, 'dashboard', 'assets'), { recursive: true })
    writeFileSync(join(later, 'dashboard', 'index.html'), 'first')
    expect(await root()).toBe('first')
    expect((await server.fetch('/assets/new.js')).status).toBe(404)
    writeFileSync(join(later, 'dashboard', 'assets', 'new.js'), 'new')
    expect(await (await server.fetch('/assets/new.js')).text()).toBe('new')
    writeFileSync(join(later, 'dashboard', 'index.html'), 'the second build')
    expect(await root()).toBe('the second build')
    rmSync(later, { recursive: true })
    expect(await root()).toContain('API reference')
  })
})
