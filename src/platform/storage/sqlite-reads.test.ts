// On a real file and real threads.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Statement } from './sqlite-protocol.ts'
import { SqliteReads } from './sqlite-reads.ts'
import { SqliteThread } from './sqlite-thread.ts'
import { SqliteWriter } from './sqlite-writer.ts'

const IDLE_MS = 150
const COUNT = statement('select count(*) as n from t')
const SLOW = statement('with recursive n(i) as (values(1) union all select i + 1 from n where i < 1500000) select count(*) as n from n')

let folder: string
let thread: SqliteThread
let writer: SqliteWriter
let reads: SqliteReads
let made: number
let openReads: (times?: { readonly patienceMs?: number; readonly shortMs?: number }) => SqliteReads
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-reads-'))
  const location = join(folder, 'tandem.db')
  const settings = { path: location, cacheKib: 1000, maxPageCount: undefined }
  thread = new SqliteThread({ ...settings, readOnly: false })
  await thread.open()
  writer = new SqliteWriter(thread, location)
  made = 0
  const createReader = (): SqliteThread => {
    made++
    return new SqliteThread({ ...settings, readOnly: true })
  }
  // How long a statement takes and waits depends on the machine: only who asks for it is judged by its time.
  const untimed = { patienceMs: 600_000, shortMs: 600_000 }
  openReads = (times) => new SqliteReads({ writer, createReader, location, idleMs: IDLE_MS, ...untimed, ...times })
  reads = openReads()
  await writer.execute(statement('create table t (x text)'), 'alone')
})
afterEach(async () => {
  await reads.close()
  await thread.close()
  await rm(folder, { recursive: true })
})

describe('SqliteReads', () => {
  test('runs short reads between writes, without a thread of their own', async () => {
    const counts: number[] = []
    for (let i = 0; i < 100; i++) {
      await Promise.all([insert(), insert()])
      counts.push(await count())
    }
    expect(counts).toEqual(Array.from({ length: 100 }, (_, i) => 2 * (i + 1)))
    expect(made).toBe(0)
  })

  test('answers behind an open transaction in time, with what was committed', async () => {
    reads = openReads({ patienceMs: 50 })
    await insert()
    await writer.begin()
    await writer.within(statement("insert into t values ('open')"))
    expect(await Promise.all([count(), count()])).toEqual([1, 1])
    expect([made, reads.isOpen]).toEqual([1, true])
    await writer.commit()
    expect(await count()).toBe(2)
  })

  test('ends the reading thread when it is no longer needed, though short reads go on, and starts it again', async () => {
    await reads.run(SLOW, false)
    while (reads.isOpen) {
      await count()
      await sleep(10)
    }
    await Promise.all([reads.run(SLOW, false), count()])
    expect(made).toBe(2)
  })

  test('knows after one run that a statement is slow, and keeps it from the writer', async () => {
    reads = openReads({ shortMs: 10 })
    await reads.run(SLOW, true)
    expect(made).toBe(0)
    const slow = reads.run(SLOW, true)
    let slowDone = false
    void slow.then(() => {
      slowDone = true
    })
    await insert()
    expect([slowDone, made]).toEqual([false, 1])
    await slow
  })

  test('fails with the statement, and refuses reads after close', async () => {
    await expect(reads.run(statement('select * from missing'), true)).rejects.toThrow('missing')
    await expect(reads.run(statement('select * from missing'), false)).rejects.toThrow('missing')
    const accepted = reads.run(SLOW, false)
    await reads.close()
    await accepted
    await thread.close()
    await expect(reads.run(COUNT, true)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(reads.run(COUNT, false)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

function statement(sql: string): Statement {
  return { sql, parameters: [] }
}

async function insert(): Promise<void> {
  await writer.execute(statement("insert into t values ('x')"), 'write')
}

async function count(): Promise<number> {
  return Number((await reads.run(COUNT, true)).rows[0]?.n)
}
