// Keys and sessions on both engines, and the scopes.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { closeServer, openOn, type TestServer } from '../jobs/testing/engines.ts'
import { memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from '../storage/testing/test-engines.ts'
import type { Keys } from './api-keys.ts'
import { createKeys } from './keys.ts'
import { hasScope } from './scopes.ts'
import { sameHash } from './secrets.ts'
import { createSessions, MAX_LINK_MS, type Sessions } from './sessions.ts'

const MINUTE = 60_000
const postgres = await postgresEngine('auth')

checkAuth('SQLite', memoryEngine())
if (postgres) checkAuth('PostgreSQL', postgres)
else test.skip(`auth on PostgreSQL: ${POSTGRES_ABSENT}`, () => {})

function checkAuth(name: string, engine: TestEngine): void {
  describe(`auth on ${name}`, () => {
    let server: TestServer
    let keys: Keys
    let sessions: Sessions
    let now = 0
    const clock = (): number => now
    beforeAll(async () => {
      server = await openOn(engine)
      keys = createKeys({ ...server, clock })
      sessions = createSessions({ database: server.database, clock })
    })
    afterAll(async () => {
      await keys?.close()
      if (server) await closeServer(server)
      await engine.dispose()
    })
    beforeEach(async () => {
      now = 1_800_000_000_000
      for (const table of ['sessions', 'api_keys'] as const) await server.database.db.deleteFrom(table).execute()
    })

    describe('keys', () => {
      test('a key is 256 random bits, of which only the hash and 12 characters are stored', async () => {
        const { key, record } = await keys.create({ name: ' web shop ', scopes: ['predict', 'predict', 'read'], rateLimitPerMinute: 600 })
        expect(key).toMatch(/^tdm_[A-Za-z0-9_-]{43}$/)
        expect(record).toMatchObject({
          name: 'web shop',
          scopes: ['predict', 'read'],
          prefix: key.slice(0, 12),
          createdAt: now,
          lastUsedAt: null,
        })
        const rows = await server.database.db.selectFrom('api_keys').selectAll().execute()
        expect(rows[0]?.hash).toBe(createHash('sha256').update(key).digest('hex'))
        expect(JSON.stringify(rows)).not.toContain(key.slice(12))
        expect(await keys.verify(key)).toEqual({ keyId: record.id, name: 'web shop', scopes: ['predict', 'read'], rateLimitPerMinute: 600 })
      })

      test('unknown, damaged, short and huge keys are nobody', async () => {
        const { key } = await keys.create({ name: 'a', scopes: ['read'] })
        const damaged = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`
        for (const wrong of ['', 'tdm_', damaged, key.toLowerCase(), ` ${key}`, 'x'.repeat(1_000_000), 'tdm_\0'.repeat(9)]) {
          expect(await keys.verify(wrong), wrong.slice(0, 60)).toBeUndefined()
        }
      })

      test('a revoked key is refused at once, also one just used and one being read', async () => {
        const { key, record } = await keys.create({ name: 'a', scopes: ['read'] })
        expect(await keys.verify(key)).toBeDefined()
        const racing = Array.from({ length: 20 }, () => keys.verify(key))
        expect((await keys.revoke(record.id)).revokedAt).toBe(now)
        await Promise.all(racing)
        expect(await keys.verify(key)).toBeUndefined()
        expect((await keys.revoke(record.id)).revokedAt).toBe(now)
        await expect(keys.revoke('key_none')).rejects.toMatchObject({ code: 'key_not_found' })
      })

      test('a revoke on another server is heard by its event, and without it within the cache time', async () => {
        const deaf = createKeys({ database: server.database, events: { ...server.events, on: () => () => {}, emit: () => {} }, clock })
        const { key, record } = await keys.create({ name: 'a', scopes: ['read'] })
        expect(await deaf.verify(key)).toBeDefined()
        expect(await keys.verify(key)).toBeDefined()
        await deaf.revoke(record.id)
        expect(await keys.verify(key)).toBeDefined()
        server.events.emit('key.revoked', { id: record.id })
        expect(await keys.verify(key)).toBeUndefined()

        const second = await keys.create({ name: 'b', scopes: ['read'] })
        expect(await deaf.verify(second.key)).toBeDefined()
        await keys.revoke(second.record.id)
        now += 10_001
        expect(await deaf.verify(second.key)).toBeUndefined()
        await deaf.close()
      })

      test('an expired key is refused, also when it expires while remembered', async () => {
        const { key } = await keys.create({ name: 'a', scopes: ['read'], expiresAt: now + 5_000 })
        expect(await keys.verify(key)).toBeDefined()
        now += 5_000
        expect(await keys.verify(key)).toBeUndefined()
        await expect(keys.create({ name: 'b', scopes: ['read'], expiresAt: now })).rejects.toMatchObject({ code: 'invalid_input' })
      })

      test('remembers a bounded number of keys, and none that is unknown', async () => {
        const small = createKeys({ ...server, clock, maxCachedKeys: 3 })
        for (let n = 0; n < 5; n++) expect(await small.verify((await keys.create({ name: `k${n}`, scopes: ['read'] })).key)).toBeDefined()
        for (let n = 0; n < 5; n++) await small.verify(`tdm_${'x'.repeat(42)}${n}`)
        expect(small.cachedKeys()).toBe(3)
        await small.close()
      })

      test('the last use is written at most once a minute', async () => {
        const used = createKeys({ ...server, clock })
        const { key, record } = await used.create({ name: 'a', scopes: ['read'] })
        const first = now
        for (let n = 0; n < 100; n++) {
          await used.verify(key)
          now += 100
        }
        await used.close()
        expect((await keys.get(record.id)).lastUsedAt).toBe(first)
        const next = createKeys({ ...server, clock })
        await next.verify(key)
        now = first + MINUTE
        await next.verify(key)
        await next.close()
        expect((await keys.get(record.id)).lastUsedAt).toBe(first + MINUTE)
      })

      test.each([
        [{ name: '', scopes: ['read'] }, '/name'],
        [{ name: 'x'.repeat(101), scopes: ['read'] }, '/name'],
        [{ name: 'TANDEM_ADMIN_KEY', scopes: ['admin'] }, '/name'],
        [{ name: 'a', scopes: [] }, '/scopes'],
        [{ name: 'a', scopes: ['public'] }, '/scopes'],
        [{ name: 'a', scopes: ['root'] }, '/scopes'],
        [{ name: 'a', scopes: ['read'], rateLimitPerMinute: 0.5 }, '/rateLimitPerMinute'],
        [{ name: 'a', scopes: ['read'], expiresAt: Number.NaN }, '/expiresAt'],
      ])('%j is refused', async (options, path) => {
        await expect(keys.create(options as never)).rejects.toMatchObject({ code: 'invalid_input', errors: [{ path }] })
      })

      test('lists newest first in pages', async () => {
        for (let n = 0; n < 5; n++) {
          now += 1
          await keys.create({ name: `k${n}`, scopes: ['read'] })
        }
        const first = await keys.list({ limit: 3 })
        const second = await keys.list({ limit: 3, cursor: first.nextCursor! })
        expect([...first.items, ...second.items].map((key) => key.name)).toEqual(['k4', 'k3', 'k2', 'k1', 'k0'])
        expect(second.nextCursor).toBeUndefined()
        await expect(keys.list({ cursor: 'bogus' })).rejects.toMatchObject({ code: 'invalid_input' })
      })
    })

    describe('bootstrap', () => {
      const given = 'an-admin-key-of-more-than-32-characters'

      test('makes one admin key, once, also when servers start together', async () => {
        const made = await Promise.all([keys.bootstrap(), keys.bootstrap(), keys.bootstrap()])
        expect(made.filter((answer) => answer.created)).toHaveLength(1)
        const { key } = made.find((answer) => answer.created)!
        expect(hasScope((await keys.verify(key!))!, 'admin')).toBe(true)
        expect(await keys.bootstrap()).toEqual({ created: false })
        await keys.revoke((await keys.verify(key!))!.keyId)
        expect((await keys.bootstrap()).key).toMatch(/^tdm_/)
      })

      test('takes the key of the environment, and another value there replaces it', async () => {
        expect(await keys.bootstrap(given)).toEqual({ created: true })
        expect(await keys.bootstrap(given)).toEqual({ created: false })
        expect(await keys.verify(given)).toMatchObject({ name: 'TANDEM_ADMIN_KEY', scopes: ['admin'] })
        expect(await keys.bootstrap(`${given}-2`)).toEqual({ created: true })
        expect(await keys.verify(given)).toBeUndefined()
        expect(await keys.verify(`${given}-2`)).toBeDefined()
        expect(await keys.bootstrap()).toEqual({ created: false })
      })

      test('refuses a weak or a revoked one, without repeating it', async () => {
        for (const weak of ['short', `${'x'.repeat(31)}`, `with a space ${'x'.repeat(32)}`]) {
          const refusal = await keys.bootstrap(weak).catch((error: Error) => error)
          expect(refusal).toMatchObject({ code: 'invalid_config' })
          expect((refusal as Error).message).not.toContain(weak)
        }
        await keys.bootstrap(given)
        await keys.revoke((await keys.verify(given))!.keyId)
        await expect(keys.bootstrap(given)).rejects.toMatchObject({ code: 'invalid_config' })
      })
    })

    describe('sessions', () => {
      test('a link signs in once, also when used twice at the same moment', async () => {
        const { record } = await keys.create({ name: 'me', scopes: ['admin'] })
        const link = await sessions.createLink(record.id)
        expect(link.token).toMatch(/^tdl_[A-Za-z0-9_-]{43}$/)
        const answers = await Promise.all(Array.from({ length: 10 }, () => sessions.exchangeLink(link.token)))
        const [session, ...more] = answers.filter((answer) => answer !== undefined)
        expect(more).toEqual([])
        expect(await sessions.exchangeLink(link.token)).toBeUndefined()
        expect(await sessions.verifySession(session!.token)).toEqual(session!.principal)
        // Each token opens only its own door.
        expect(await sessions.verifySession(link.token)).toBeUndefined()
        expect(await sessions.exchangeLink(session!.token)).toBeUndefined()
        const rows = JSON.stringify(await server.database.db.selectFrom('sessions').selectAll().execute())
        for (const token of [link.token, session!.token]) expect(rows).not.toContain(token.slice(4))
      })

      test('a link lives at most 10 minutes, a session 12 hours', async () => {
        const { record } = await keys.create({ name: 'me', scopes: ['read'] })
        const link = await sessions.createLink(record.id, { validMs: 86_400_000 })
        expect(link.expiresAt).toBe(now + MAX_LINK_MS)
        const other = await sessions.createLink(record.id)
        const session = (await sessions.exchangeLink(other.token))!
        now += MAX_LINK_MS
        expect(await sessions.exchangeLink(link.token)).toBeUndefined()
        now = session.expiresAt - 1
        expect(await sessions.verifySession(session.token)).toBeDefined()
        now += 1
        expect(await sessions.verifySession(session.token)).toBeUndefined()
      })

      test('a sliding session lives on while it is used', async () => {
        const sliding = createSessions({ database: server.database, clock, sliding: true })
        const { record } = await keys.create({ name: 'me', scopes: ['read'] })
        const session = await sliding.createSession(record.id)
        for (let n = 0; n < 5; n++) {
          now += 6 * 60 * MINUTE
          expect(await sliding.verifySession(session.token)).toBeDefined()
        }
        now += 13 * 60 * MINUTE
        expect(await sliding.verifySession(session.token)).toBeUndefined()
      })

      test('a sliding session ends after 30 days however much it is used; looking at one is no use of it', async () => {
        const sliding = createSessions({ database: server.database, clock, sliding: true })
        const { record } = await keys.create({ name: 'me', scopes: ['read'] })
        const began = now
        const session = await sliding.createSession(record.id)
        while (await sliding.verifySession(session.token)) now += 6 * 60 * MINUTE
        expect(now - began).toBe(30 * 24 * 60 * MINUTE)
        const looked = await sliding.createSession(record.id)
        now += 11 * 60 * MINUTE
        expect(await sliding.peekSession(looked.token)).toMatchObject({ expiresAt: looked.expiresAt, principal: { name: 'me' } })
        now += 60 * MINUTE
        expect(await sliding.peekSession(looked.token)).toBeUndefined()
      })

      test('signing out ends one session, or all of the key; a revoked key ends them too', async () => {
        const { record } = await keys.create({ name: 'me', scopes: ['read'] })
        const [a, b, c] = [
          await sessions.createSession(record.id),
          await sessions.createSession(record.id),
          await sessions.createSession(record.id),
        ]
        expect(await sessions.revokeSession(a.token)).toBe(1)
        expect(await sessions.revokeSession(a.token)).toBe(0)
        expect(await sessions.verifySession(a.token)).toBeUndefined()
        expect(await sessions.verifySession(b.token)).toBeDefined()
        const link = await sessions.createLink(record.id)
        expect(await sessions.revokeAllSessions(record.id)).toBe(3)
        expect(await sessions.verifySession(c.token)).toBeUndefined()
        expect(await sessions.exchangeLink(link.token)).toBeUndefined()

        const session = await sessions.createSession(record.id)
        const late = await sessions.createLink(record.id)
        await keys.revoke(record.id)
        expect(await sessions.verifySession(session.token)).toBeUndefined()
        expect(await sessions.exchangeLink(late.token)).toBeUndefined()
        await expect(sessions.createLink(record.id)).rejects.toMatchObject({ code: 'key_not_found' })
        await expect(sessions.createSession('key_none')).rejects.toMatchObject({ code: 'key_not_found' })
      })
    })
  })
}

describe('hasScope', () => {
  test.each([
    ['admin', ['public', 'predict', 'train', 'read', 'write', 'admin']],
    ['write', ['public', 'read', 'write']],
    ['train', ['public', 'train']],
    ['read', ['public', 'read']],
    ['predict', ['public', 'predict']],
  ] as const)('%s includes exactly %j', (scope, included) => {
    const all = ['public', 'predict', 'train', 'read', 'write', 'admin'] as const
    expect(all.filter((wanted) => hasScope({ keyId: 'k', name: 'k', scopes: [scope] }, wanted))).toEqual(included)
  })
})

describe('sameHash', () => {
  test('is true for equal SHA-256 only, and never for something shorter', () => {
    const hash = createHash('sha256').update('a').digest('hex')
    expect(sameHash(hash, hash)).toBe(true)
    expect(sameHash(hash, createHash('sha256').update('b').digest('hex'))).toBe(false)
    expect(sameHash('', '')).toBe(false)
    expect(sameHash(hash, hash.slice(0, 10))).toBe(false)
  })
})
