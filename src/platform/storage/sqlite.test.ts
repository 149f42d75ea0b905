// What only the SQLite file can suffer: kill -9, a full disk, damage, a second server, other programs.
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFile, mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { type Compilable, sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readLock } from './data-lock.ts'
import type { Database } from './database.ts'
import { fileEngine, type TestEngine } from './testing/test-engines.ts'

let engine: TestEngine
let children: ChildProcess[]
beforeEach(async () => {
  engine = await fileEngine()
  children = []
})
afterEach(async () => {
  for (const child of children) await killed(child)
  await engine.dispose()
})

describe('kill -9', () => {
  test('during inserts loses nothing acknowledged, and the lock is free at once', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 3; round++) {
      await rm(join(engine.options.dataDir, 'tandem.db'), { force: true })
      await rm(join(engine.options.dataDir, 'tandem.db-wal'), { force: true })
      await rm(join(engine.options.dataDir, 'tandem.db-shm'), { force: true })
      const { child, lines } = await startInserter()
      const enough = (round + 1) * 40
      await expect.poll(() => lines.length, { interval: 1 }).toBeGreaterThan(enough)
      await killed(child)
      const database = await engine.open()
      const rows = await database.db.selectFrom('settings').select('name').execute()
      const stored = new Set(rows.map((row) => row.name))
      expect(lines.filter((name) => !stored.has(name))).toEqual([])
      const { rows: checks } = await sql<{ quick_check: string }>`pragma quick_check`.execute(database.db)
      expect(checks).toEqual([{ quick_check: 'ok' }])
      acknowledged.push(...lines)
      await database.close()
    }
    expect(acknowledged.length).toBeGreaterThan(240)
  })
})

describe('one server per file', () => {
  test('a second process is refused with who holds it and what to do', async () => {
    const { child } = await startInserter()
    const error = await engine.open().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'storage_locked', details: { pid: child.pid, url: 'http://127.0.0.1:4700' } })
    expect(String(error)).toMatch(/process \d+ on \S+ since 20\d\d-.*listening on http:\/\/127\.0\.0\.1:4700/)
    expect(String(error)).toMatch(/TANDEM_DATA_DIR.*DATABASE_URL/)
    expect(readLock(engine.options.dataDir)).toMatchObject({ pid: child.pid, url: 'http://127.0.0.1:4700' })
    await killed(child)
    expect(readLock(engine.options.dataDir)).toBeUndefined()
  })

  test('a second opening in the same process is refused too, and possible after close', async () => {
    const first = await engine.open()
    await expect(engine.open()).rejects.toMatchObject({ code: 'storage_locked', details: { pid: process.pid } })
    expect(readLock(engine.options.dataDir)).toMatchObject({ pid: process.pid })
    await first.close()
    expect(readLock(engine.options.dataDir)).toBeUndefined()
    await (await engine.open()).close()
  })

  test('a left-over description of a running process does not block', async () => {
    // After a restart of the machine or a container the old id may belong to anything.
    await writeFile(join(engine.options.dataDir, 'tandem.lock.json'), JSON.stringify({ pid: 1, host: 'other', startedAt: 1 }))
    expect(readLock(engine.options.dataDir)).toBeUndefined()
    await (await engine.open()).close()
    await writeFile(join(engine.options.dataDir, 'tandem.lock.json'), '{"pid":')
    await (await engine.open()).close()
  })

  test('a failed opening leaves no lock', async () => {
    await expect(engine.open({ maxPageCount: 3 })).rejects.toMatchObject({ code: 'storage_full' })
    await (await engine.open()).close()
  })
})

describe('a full disk', () => {
  test('refuses writes with storage_full, reads on, and goes on when there is room', async () => {
    const database = await engine.open({ maxPageCount: 200 })
    let stored = 0
    const fill = async (): Promise<void> => {
      for (;;) {
        await insert(database, `n${stored}`, 10_000)
        stored++
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'storage_full' })
    expect(stored).toBeGreaterThan(10)
    expect(await names(database)).toHaveLength(stored)
    const inTransaction = database.transaction(async (tx) => {
      await insert({ db: tx }, 'small', 1)
      await insert({ db: tx }, 'large', 100_000)
    })
    await expect(inTransaction).rejects.toMatchObject({ code: 'storage_full' })
    const together = await Promise.allSettled([insert(database, 'big', 100_000), insert(database, 'tiny', 1)])
    expect(together.map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled'])
    await database.db.deleteFrom('settings').where('name', 'in', ['n0', 'n1', 'n2', 'tiny']).execute()
    await insert(database, 'after', 10_000)
    expect(await names(database)).toHaveLength(stored - 2)
    await database.close()
    const again = await engine.open()
    expect(await names(again)).toContain('after')
    await again.close()
  })

  test('statements after an automatic roll-back do not slip out of their transaction', async () => {
    const database = await engine.open({ maxPageCount: 200 })
    const outcome = database.transaction(async (tx) => {
      await insert({ db: tx }, 'large', 2_000_000).catch(() => {})
      await insert({ db: tx }, 'late', 1)
    })
    await outcome.catch(() => {})
    // Either all that succeeded is there, or nothing is; never a row of a transaction that rejected.
    const rejected = await outcome.then(
      () => false,
      () => true,
    )
    expect(await names(database)).toEqual(rejected ? [] : ['late'])
    await database.close()
  })
})

describe('damage', () => {
  test.each([
    ['a trashed header', 0],
    ['a trashed schema page', 100],
  ])('%s is storage_damaged with what to do', async (_, position) => {
    await (await engine.open()).close()
    const file = await open(join(engine.options.dataDir, 'tandem.db'), 'r+')
    await file.write(Buffer.alloc(1000, 0x5a), 0, 1000, position)
    await file.close()
    const error = await engine.open().catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'storage_damaged' })
    expect(String(error)).toMatch(/tandem\.db is damaged.*restore a backup/s)
    expect(readLock(engine.options.dataDir)).toBeUndefined()
  })

  test('a data folder that cannot be made is invalid_config', async () => {
    await writeFile(join(engine.options.dataDir, 'file'), '')
    await expect(engine.open({ dataDir: join(engine.options.dataDir, 'file', 'data') })).rejects.toMatchObject({ code: 'invalid_config' })
  })

  test('a folder in the place of the database file is invalid_config', async () => {
    await mkdir(join(engine.options.dataDir, 'tandem.db'))
    await expect(engine.open()).rejects.toMatchObject({ code: 'invalid_config' })
  })
})

describe('other programs on the file', () => {
  test('a reader does not hold up writes; a short writer is waited for', async () => {
    const database = await engine.open()
    const other = new DatabaseSync(database.location)
    other.exec('begin; select count(*) from settings')
    await insert(database, 'while-read', 1)
    other.exec('commit; begin immediate')
    const writing = insert(database, 'while-written', 1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    other.exec('commit')
    other.close()
    await writing
    expect(await names(database)).toEqual(['while-read', 'while-written'])
    await database.close()
  })

  test('a backup is a whole database, and is not written over a file', async () => {
    const database = await engine.open()
    await insert(database, 'kept', 1)
    const copy = join(engine.options.dataDir, "it's a copy.db")
    await database.backup(copy)
    await expect(database.backup(copy)).rejects.toMatchObject({ code: 'conflict' })
    await database.close()
    const folder = join(engine.options.dataDir, 'restored')
    await mkdir(folder)
    await copyFile(copy, join(folder, 'tandem.db'))
    const restored = await engine.open({ dataDir: folder })
    expect(await names(restored)).toEqual(['kept'])
    await restored.close()
  })
})

describe('threads', () => {
  test('a slow aggregate holds up neither the event loop nor writes', async () => {
    const database = await engine.open()
    await database.db.selectFrom('settings').selectAll().execute()
    let slowDone = false
    const slow =
      sql`select count(*) from (with recursive n(i) as (values(1) union all select i + 1 from n where i < 3000000) select i from n)`
        .execute(database.db)
        .then(() => {
          slowDone = true
        })
    await insert(database, 'meanwhile', 1)
    expect(slowDone).toBe(false)
    await slow
    await database.close()
  })

  test('close finishes what was accepted, is idempotent, and later statements are refused', async () => {
    const database = await engine.open()
    const inserts = Array.from({ length: 50 }, (_, i) => insert(database, `n${i}`, 1))
    const inTransaction = database.transaction(async (tx) => {
      await insert({ db: tx }, 'a', 1)
      await insert({ db: tx }, 'b', 1)
    })
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([database.close(), database.close()])
    await Promise.all([...inserts, inTransaction])
    await expect(insert(database, 'late', 1)).rejects.toMatchObject({ code: 'unavailable' })
    const again = await engine.open()
    expect(await names(again)).toHaveLength(52)
    await again.close()
    const left = (await readdir(engine.options.dataDir)).sort()
    expect(left).toEqual(['tandem.db', 'tandem.lock'])
  })

  test('a process that forgot to close ends by itself', async () => {
    const script = `import { openDatabase } from ${JSON.stringify(new URL('./open-database.ts', import.meta.url).href)}
      const database = await openDatabase({ dataDir: ${JSON.stringify(engine.options.dataDir)} })
      await database.db.selectFrom('settings').selectAll().execute()
      console.log('done')`
    const child = start(['--input-type=module', '-e', script])
    const [output, code] = await Promise.all([text(child), new Promise((resolve) => child.once('exit', resolve))])
    expect([output, code]).toEqual(['done\n', 0])
    expect(readLock(engine.options.dataDir)).toBeUndefined()
  })

  test('the claim of a job and a page of predictions use their index, without sorting', async () => {
    const database = await engine.open()
    const { db } = database
    const claim = db
      .selectFrom('jobs')
      .select('id')
      .where('status', '=', 'queued')
      .where('run_at', '<=', 5)
      .orderBy('priority', 'desc')
      .orderBy('run_at')
      .limit(5)
    const page = db
      .selectFrom('predictions')
      .selectAll()
      .where('model', '=', 'm')
      .where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(5, 'x')))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(5)
    expect(await planOf(database, claim)).toMatch(/^SEARCH jobs USING (COVERING )?INDEX jobs_to_claim \(status=\?\)$/)
    expect(await planOf(database, page)).toMatch(
      /^SEARCH predictions USING INDEX predictions_by_model \(model=\? AND \(created_at,id\)<\(\?,\?\)\)$/,
    )
    await database.close()
  })
})

async function insert({ db }: Pick<Database, 'db'>, name: string, length: number): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name, value: 'x'.repeat(length), updated_at: 1 })
    .execute()
}

async function names({ db }: Database): Promise<string[]> {
  return (await db.selectFrom('settings').select('name').orderBy('name').execute()).map((row) => row.name)
}

async function planOf({ db }: Database, query: Compilable): Promise<string> {
  const { sql: statement } = query.compile()
  const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(statement.replaceAll('?', '1'))}`.execute(db)
  return rows.map((row) => row.detail).join('\n')
}

async function startInserter(): Promise<{ child: ChildProcess; lines: string[] }> {
  const child = start([fileURLToPath(new URL('./testing/insert-until-killed.ts', import.meta.url)), engine.options.dataDir])
  const lines: string[] = []
  let rest = ''
  await new Promise<void>((resolve, reject) => {
    let errors = ''
    child.stderr?.on('data', (chunk) => {
      errors += chunk
    })
    child.once('exit', () => reject(new Error(`the inserter ended early: ${errors}`)))
    child.stdout?.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() ?? ''
      lines.push(...parts.filter((line) => line !== 'ready'))
      resolve()
    })
  })
  return { child, lines }
}

function start(parameters: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  return child
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGKILL')
  await closed
}

async function text(child: ChildProcess): Promise<string> {
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += chunk
  })
  await new Promise((resolve) => child.once('close', resolve))
  return output
}
