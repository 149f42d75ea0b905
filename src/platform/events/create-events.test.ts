// Events in one process, and between servers that share a PostgreSQL.
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Database } from '../storage/database.ts'
import { POSTGRES_ABSENT, postgresEngine } from '../storage/testing/test-engines.ts'
import { createEvents, type ServerEvents } from './create-events.ts'

const LOCAL = { notifications: undefined }

describe('events in one process', () => {
  test('reach the listeners of their type, in order, until they stop', async () => {
    const events = await createEvents({ database: LOCAL, now: () => 7 })
    const models: string[] = []
    const all: unknown[] = []
    const stop = events.on('model.updated', ({ model }) => models.push(model))
    events.onAny((event) => all.push(event))
    events.emit('model.updated', { model: 'a' })
    events.emit('key.revoked', { id: 'k' })
    stop()
    events.emit('model.updated', { model: 'b' })
    expect(models).toEqual(['a'])
    expect(all).toEqual([
      { type: 'model.updated', at: 7, data: { model: 'a' } },
      { type: 'key.revoked', at: 7, data: { id: 'k' } },
      { type: 'model.updated', at: 7, data: { model: 'b' } },
    ])
    await events.close()
  })

  test('a listener that throws or rejects is reported and keeps the event from nobody', async () => {
    const warnings: unknown[] = []
    const events = await createEvents({ database: LOCAL, onWarning: (_, details) => warnings.push(details) })
    let reached = 0
    events.on('key.revoked', () => {
      throw new Error('thrown')
    })
    events.on('key.revoked', (async () => {
      throw new Error('rejected')
    }) as () => void)
    events.on('key.revoked', () => reached++)
    events.emit('key.revoked', { id: 'k' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(reached).toBe(1)
    expect(warnings).toEqual([
      { type: 'key.revoked', error: 'thrown' },
      { type: 'key.revoked', error: 'rejected' },
    ])
    await events.close()
  })

  test('one listener added twice is called twice, and stopping one leaves the other', async () => {
    const events = await createEvents({ database: LOCAL })
    let calls = 0
    const listener = (): void => void calls++
    const stop = events.on('key.revoked', listener)
    events.on('key.revoked', listener)
    events.emit('key.revoked', { id: 'k' })
    stop()
    stop()
    events.emit('key.revoked', { id: 'k' })
    expect(calls).toBe(3)
    await events.close()
    events.emit('key.revoked', { id: 'k' })
    expect(calls).toBe(3)
  })
})

describe('events between servers', () => {
  interface Server {
    readonly database: Database
    readonly events: ServerEvents
    readonly heard: string[]
    readonly warnings: string[]
  }

  function check(title: string, work: (start: (options?: { maxQueued?: number }) => Promise<Server>) => Promise<void>): void {
    test(title, async (context) => {
      const engine = await postgresEngine('events')
      if (engine === undefined) return context.skip(POSTGRES_ABSENT)
      const servers: Server[] = []
      try {
        await work(async (options) => {
          const warnings: string[] = []
          const onWarning = (message: string): void => void warnings.push(message)
          const database = await engine.open({ onWarning })
          const events = await createEvents({ database, onWarning, ...options })
          const heard: string[] = []
          events.on('model.updated', ({ model }) => heard.push(model))
          const server = { database, events, heard, warnings }
          servers.push(server)
          return server
        })
      } finally {
        for (const { events, database } of servers) {
          await events.close()
          await database.close()
        }
        await engine.dispose()
      }
    })
  }

  check('arrive on the other server in order, and once on their own', async (start) => {
    const one = await start()
    const two = await start()
    const sent = Array.from({ length: 50 }, (_, i) => `m${i}`)
    for (const model of sent) one.events.emit('model.updated', { model })
    expect(one.heard).toEqual(sent)
    await expect.poll(() => two.heard).toEqual(sent)
    two.events.emit('model.updated', { model: 'back' })
    await expect.poll(() => one.heard.at(-1)).toBe('back')
    expect(one.heard).toHaveLength(51)
    expect(two.heard).toHaveLength(51)
    expect(two.events.counts()).toMatchObject({ emitted: 1, received: 50 })
  })

  check('are dropped with a counted warning when too large or too many', async (start) => {
    const one = await start({ maxQueued: 5 })
    const two = await start()
    one.events.emit('model.updated', { model: '漢'.repeat(4000) })
    for (let i = 0; i < 20; i++) one.events.emit('model.updated', { model: `m${i}` })
    const { droppedTooLarge, droppedQueueFull } = one.events.counts()
    expect(droppedTooLarge).toBe(1)
    expect(droppedQueueFull).toBeGreaterThan(10)
    expect(one.warnings[0]).toContain('too large')
    expect(one.heard).toHaveLength(21)
    await expect.poll(() => two.heard).toHaveLength(20 - droppedQueueFull)
  })

  check('go on after the connection dropped, and listeners learn that some may be missing', async (start) => {
    const one = await start()
    const two = await start()
    let gaps = 0
    two.events.onGap(() => gaps++)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'tandem events'`.execute(
      one.database.db,
    )
    await expect.poll(() => gaps).toBe(1)
    one.events.emit('model.updated', { model: 'after' })
    await expect.poll(() => two.heard).toEqual(['after'])
    expect(two.warnings).toEqual([expect.stringContaining('dropped')])
  })
})
