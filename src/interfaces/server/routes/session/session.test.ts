import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createSessions } from '../../../../platform/auth/sessions.ts'
import { createClient } from '../../../client/index.ts'
import { startTestServer, type TestServer } from '../../testing/test-server.ts'

let at: TestServer
beforeAll(async () => {
  at = await startTestServer({ settings: { heartbeatMs: 300 } })
})
afterAll(() => at[Symbol.asyncDispose]())

interface Session {
  readonly signedIn: boolean
  readonly name: string | null
  readonly keyId: string | null
  readonly scopes: string[]
  readonly expiresAt: string | null
  readonly loopback: boolean
  readonly requestLimitPerMinute?: number
}

const NO_KEY = { authorization: 'none' }
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? ''
const signIn = (key: string, headers: Record<string, string> = { origin: at.url }) =>
  at.post('/v1/session', { key }, { ...NO_KEY, ...headers })
const ask = async (headers: Record<string, string> = {}) =>
  (await at.fetch('/v1/session', { headers: { ...NO_KEY, ...headers } })).json() as Promise<Session>
const signOut = (headers: Record<string, string>, query = '') =>
  at.fetch(`/v1/session${query}`, { method: 'DELETE', headers: { origin: at.url, ...headers } })

async function connected(cookie: string): Promise<{ closed: Promise<[number, string]> }> {
  const socket = new WebSocket(`${at.url.replace('http', 'ws')}/v1/events`, { headers: { cookie, origin: at.url } })
  const closed = new Promise<[number, string]>((resolve) => socket.on('close', (code, reason) => resolve([code, String(reason)])))
  await new Promise((resolve, reject) => socket.on('message', resolve).on('error', reject))
  return { closed }
}

describe('a browser session', () => {
  test('is told to whoever asks, signed in or not', async () => {
    expect(await ask()).toMatchObject({ signedIn: false, name: null, keyId: null, scopes: [], expiresAt: null, loopback: false })
    expect(await ask({ authorization: 'Bearer tdm_wrong_wrong_wrong_wrong' })).toMatchObject({ signedIn: false })
    expect(await ask({ cookie: 'tandem_session=tds_wrong' })).toMatchObject({ signedIn: false })
    expect(await ask({ authorization: `Bearer ${at.adminKey}` })).toMatchObject({ signedIn: true, scopes: ['admin'], expiresAt: null })
    await using open = await startTestServer({ settings: { allowLoopbackWithoutKey: true } })
    expect(await (await open.fetch('/v1/session', { headers: NO_KEY })).json()).toMatchObject({
      signedIn: true,
      loopback: true,
      keyId: null,
    })
  })

  test('begins with a key, in a cookie no script reads, and carries its scopes and limit', async () => {
    const { key, record } = await at.keys.create({ name: 'reader', scopes: ['read'], rateLimitPerMinute: 900 })
    const answer = await signIn(key)
    const body = (await answer.json()) as Session
    expect([answer.status, body]).toMatchObject([
      200,
      { signedIn: true, name: 'reader', keyId: record.id, scopes: ['read'], requestLimitPerMinute: 900 },
    ])
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(answer.headers.get('set-cookie')).toContain(part)
    const cookie = cookieOf(answer)
    expect(await ask({ cookie })).toMatchObject({ keyId: record.id, expiresAt: body.expiresAt })
    expect((await at.fetch('/v1/things/a', { headers: { cookie } })).status).toBe(200)
    expect((await at.fetch('/v1/things/a', { method: 'PUT', headers: { cookie, origin: at.url } })).status).toBe(403)
    expect(JSON.stringify(at.logged)).not.toContain(key)
    // Another sign-in in the same browser leaves no session behind that nobody knows of.
    const again = cookieOf(await signIn(key, { origin: at.url, cookie }))
    expect((await ask({ cookie })).signedIn).toBe(false)
    expect((await ask({ cookie: again })).signedIn).toBe(true)
  })

  test('is refused to wrong keys without repeating them, to other sites, and to whoever guesses', async () => {
    await using fresh = await startTestServer()
    const enter = (key: string, headers: object = {}) => fresh.post('/v1/session', { key }, { ...NO_KEY, ...headers })
    const wrong = await enter('tdm_this-is-not-a-key-at-all')
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([401, null])
    expect(await wrong.text()).not.toContain('tdm_this')
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
      expect((await enter(fresh.adminKey, headers)).status).toBe(403)
    }
    const statuses = new Set<number>()
    for (let index = 0; index < 30; index += 1) statuses.add((await enter(`tdm_guess_${String(index).padStart(40, '0')}`)).status)
    expect([...statuses].sort()).toEqual([401, 429])
    expect((await enter(fresh.adminKey)).status).toBe(200)
    expect((await enter('x'.repeat(600))).status).toBe(400)
  })

  test('ends here or everywhere, from our own pages only, and its sockets with it', async () => {
    const { key } = await at.keys.create({ name: 'two places', scopes: ['read'] })
    const [here, there, third] = [cookieOf(await signIn(key)), cookieOf(await signIn(key)), cookieOf(await signIn(key))]
    const [socketHere, socketThere] = [await connected(here), await connected(there)]
    expect((await signOut({ cookie: here, origin: 'https://evil.example' })).status).toBe(403)
    expect((await ask({ cookie: here })).signedIn).toBe(true)
    const out = await signOut({ cookie: here })
    expect([out.status, await out.json()]).toEqual([200, { signedOut: 1 }])
    expect(out.headers.get('set-cookie')).toContain('Expires=Thu, 01 Jan 1970')
    expect(await socketHere.closed).toEqual([1008, 'The session has ended.'])
    expect((await ask({ cookie: here })).signedIn).toBe(false)
    expect((await ask({ cookie: there })).signedIn).toBe(true)
    expect(await (await signOut({ cookie: third }, '?everywhere=true')).json()).toEqual({ signedOut: 2 })
    expect((await socketThere.closed)[0]).toBe(1008)
    expect((await ask({ cookie: there })).signedIn).toBe(false)
    expect(await (await signOut({ cookie: here })).json()).toEqual({ signedOut: 0 })
    expect(await (await signOut(NO_KEY)).json()).toEqual({ signedOut: 0 })
  })

  test('dies with its key, and so do its sockets', async () => {
    const { key, record } = await at.keys.create({ name: 'soon gone', scopes: ['read'] })
    const cookie = cookieOf(await signIn(key))
    const socket = await connected(cookie)
    await at.keys.revoke(record.id)
    expect((await socket.closed)[0]).toBe(1008)
    expect((await ask({ cookie })).signedIn).toBe(false)
    expect((await at.fetch('/v1/things/a', { headers: { cookie } })).status).toBe(401)
  })

  test('closes its socket when its time is over, and is prolonged in the browser too when it slides', async () => {
    const brief = createSessions({ database: at.database, sessionMs: 200 })
    const { token } = await brief.createSession(at.adminKeyId)
    const socket = await connected(`tandem_session=${token}`)
    expect((await socket.closed)[0]).toBe(1008)

    let now = Date.now()
    const sessions = createSessions({ database: at.database, clock: () => now, sessionMs: 3_600_000, sliding: true })
    await using sliding = await startTestServer({ parts: { sessions: sessions, keys: at.keys } })
    const session = await sessions.createSession(at.adminKeyId)
    now += 1_800_000
    const answer = await sliding.fetch('/v1/session', { headers: { cookie: `tandem_session=${session.token}` } })
    const prolonged = ((await answer.json()) as Session).expiresAt
    expect(prolonged).toBe(new Date(now + 3_600_000).toISOString())
    expect(answer.headers.get('set-cookie')).toContain(`Expires=${new Date(prolonged!).toUTCString()}`)
  })

  test('can be begun, asked for and ended with the client, and opened elsewhere by a link', async () => {
    const client = createClient({ url: at.url, key: at.adminKey })
    expect(await client.session.get()).toMatchObject({ signedIn: true, name: 'test admin', version: 'test' })
    expect(await client.session.signIn(at.adminKey)).toMatchObject({ signedIn: true })
    await expect(client.session.signIn('tdm_wrong_wrong_wrong_wrong')).rejects.toMatchObject({ code: 'unauthorized' })
    const { url } = await client.session.createLink()
    const opened = await fetch(url, { redirect: 'manual' })
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/'])
    expect((await client.session.signOut({ everywhere: true })).signedOut).toBeGreaterThan(0)
    expect(await ask({ cookie: cookieOf(opened) })).toMatchObject({ signedIn: false })
    await using open = await startTestServer({ settings: { allowLoopbackWithoutKey: true } })
    await expect(createClient({ url: open.url }).session.createLink()).rejects.toMatchObject({ code: 'conflict' })
  })
})
