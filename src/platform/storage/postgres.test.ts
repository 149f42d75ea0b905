// What only PostgreSQL can suffer: dropped connections, wrong addresses, many servers at once.
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MIGRATIONS } from './migrations/all.ts'
import { openDatabase } from './open-database.ts'
import { POSTGRES_ABSENT, postgresEngine, type TestEngine } from './testing/test-engines.ts'

let engine: TestEngine | undefined
beforeAll(async () => {
  engine = await postgresEngine('postgres')
})
afterAll(async () => {
  await engine?.dispose()
})

function check(title: string, work: (engine: TestEngine) => Promise<void>): void {
  test(title, async (context) => {
    if (engine === undefined) return context.skip(POSTGRES_ABSENT)
    await work(engine)
  })
}

describe('PostgreSQL', () => {
  check('four servers that start at once migrate once', async (engine) => {
    const databases = await Promise.all([engine.open(), engine.open(), engine.open(), engine.open()])
    const { rows } = await sql<{ count: number }>`select count(*) as count from schema_migrations`.execute(databases[0].db)
    expect(rows).toEqual([{ count: MIGRATIONS.length }])
    await Promise.all(databases.map((database) => database.close()))
  })

  check('a dropped connection fails what used it, warns, and the next statement runs', async (engine) => {
    const warnings: string[] = []
    const database = await engine.open({ poolSize: 2, onWarning: (message) => warnings.push(message) })
    const drop = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`
    const busy = sql`select pg_sleep(600)`.execute(database.db)
    const failed = expect(busy).rejects.toMatchObject({ code: 'unavailable' })
    const asleep = sql<{ one: number }>`select 1 as one from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
    await expect.poll(async () => (await asleep.execute(database.db)).rows.length).toBe(1)
    await drop.execute(database.db)
    await failed
    const other = await engine.open()
    await drop.execute(other.db)
    await expect.poll(() => warnings).toEqual([expect.stringContaining('dropped')])
    expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }])
    await Promise.all([database.close(), other.close()])
  })

  check('a transaction whose connection dropped rejects with that, not with the failed roll-back', async (engine) => {
    const database = await engine.open({ poolSize: 2 })
    const other = await engine.open({ poolSize: 1 })
    const outcome = database.transaction(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
      await sql`select pg_terminate_backend(${rows[0]?.pid}::int)`.execute(other.db)
      await sql`select 1`.execute(tx)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'unavailable' })
    expect((await sql`select 1 as one`.execute(database.db)).rows).toEqual([{ one: 1 }])
    await Promise.all([database.close(), other.close()])
  })

  check('a database that is not there is invalid_config with how to create it', async (engine) => {
    const url = `${engine.options.url}_absent`
    await expect(openDatabase({ url, dataDir: '' })).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining('createdb'),
    })
  })

  check('a user that is not there is invalid_config, without the password', async (engine) => {
    const url = `${engine.options.url}`.replace('postgres@', 'nobody_here:hunter2@')
    const error = await openDatabase({ url, dataDir: '' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'invalid_config' })
    expect(String(error)).not.toContain('hunter2')
  })

  check('a message over 7,900 bytes is refused with its size', async (engine) => {
    const database = await engine.open()
    await expect(database.notifications?.send('c', 'x'.repeat(7_901))).rejects.toMatchObject({ code: 'payload_too_large' })
    await database.close()
  })

  check('a process that listens and forgot to close ends by itself', async (engine) => {
    const script = `import { openDatabase } from ${JSON.stringify(new URL('./open-database.ts', import.meta.url).href)}
      const database = await openDatabase({ url: ${JSON.stringify(engine.options.url)}, dataDir: '' })
      await database.notifications.listen('c', () => {})
      console.log('done')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 100_000 })
    expect(stdout).toBe('done\n')
  })

  check('copies no file: backup says what to use', async (engine) => {
    const database = await engine.open()
    await expect(database.backup('x')).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('pg_dump') })
    await database.close()
  })

  test('a server that is not there is unavailable, with host and port and without the password', async () => {
    const error = await openDatabase({ url: 'postgres://me:hunter2@127.0.0.1:1/name', dataDir: '' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('127.0.0.1:1/name') })
    expect(String(error)).not.toContain('hunter2')
  })

  test('a server that speaks no PostgreSQL fails instead of hanging', async () => {
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    await expect(openDatabase({ url: `postgres://me@127.0.0.1:${port}/x`, dataDir: '' })).rejects.toMatchObject({ code: 'unavailable' })
    server.close()
  })

  test('an address that is none is invalid_config and is not repeated', async () => {
    const error = await openDatabase({ url: 'postgres//hunter2', dataDir: '' }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'invalid_config' })
    expect(String(error)).not.toContain('hunter2')
  })
})
