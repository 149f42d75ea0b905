import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMysqlRows } from './mysql-rows.ts'
import type { RowBatch } from './row-source.ts'

const URL = 'mysql://root@127.0.0.1:3306/tandem_test_rows'
const { signal } = new AbortController()

async function connect() {
  try {
    return await createConnection({ host: '127.0.0.1', port: 3306, user: 'root', connectTimeout: 2_000 })
  } catch {
    return undefined
  }
}

const admin = await connect()

async function all(batches: AsyncIterable<RowBatch>): Promise<RowBatch[]> {
  const found: RowBatch[] = []
  for await (const batch of batches) found.push(batch)
  return found
}

const idsOf = (batches: readonly RowBatch[]): unknown[] => batches.flatMap(({ rows }) => rows.map(([id]) => id))

describe.skipIf(admin === undefined)('rows of MariaDB at 127.0.0.1:3306', () => {
  const fill = async (columns: string, values: readonly (readonly unknown[])[]): Promise<void> => {
    await admin!.query('DROP TABLE IF EXISTS things')
    await admin!.query(`CREATE TABLE things (${columns})`)
    await admin!.query('INSERT INTO things VALUES ?', [values])
  }
  beforeAll(async () => {
    await admin!.query('DROP DATABASE IF EXISTS tandem_test_rows')
    await admin!.query('CREATE DATABASE tandem_test_rows CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')
    await admin!.query('USE tandem_test_rows')
  })
  afterAll(async () => {
    await admin!.query('DROP DATABASE tandem_test_rows')
    await admin!.end()
  })
  const source = (query = 'SELECT * FROM things', more: { cursor?: string } = {}) =>
    ({ kind: 'mysql', url: URL, query, id: 'id', ...more }) as const

  test('come in parts, each row once, and those without an id first', async () => {
    const ids = [-5, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    await fill('id INT, name TEXT', [...ids.map((id) => [id, `n${id}`]), [null, 'first'], [null, 'second']])
    const found = idsOf(await all(createMysqlRows(source(), 4).read({ signal })))
    expect(found).toEqual([null, null, ...ids])
  })

  test('go on after a position', async () => {
    await fill(
      'id INT PRIMARY KEY',
      Array.from({ length: 25 }, (_, at) => [at]),
    )
    const rows = createMysqlRows(source(), 10)
    const first = (await all(rows.read({ signal })))[0]!
    expect(first.position).toBe('9')
    const rest = idsOf(await all(rows.read({ after: first.position, signal })))
    expect(rest).toEqual(Array.from({ length: 16 }, (_, at) => at + 9))
  })

  test('of one id more than a part holds all come, and ids that differ by case only too', async () => {
    await fill('id VARCHAR(10), place INT', [...Array.from({ length: 9 }, (_, at) => ['same', at]), ['SAME', 9], ['z', 10], ['Z', 11]])
    const found = await all(createMysqlRows(source(), 2).read({ signal }))
    const places = new Set(found.flatMap(({ rows }) => rows.map(([, place]) => place)))
    expect(places).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]))
  })

  test('decimal and text ids, and ids below every whole number of 64 bits, keep their order', async () => {
    await fill('id DECIMAL(30, 2)', [['-99999999999999999999.50'], ['-1.50'], ['0.00'], ['12345678901234567890.25']])
    expect(idsOf(await all(createMysqlRows(source(), 1).read({ signal })))).toEqual([
      '-99999999999999999999.50',
      '-1.50',
      '0.00',
      '12345678901234567890.25',
    ])
    await fill('id VARCHAR(20)', [[''], ["it's"], ['a\\b'], ['ü']])
    expect(new Set(idsOf(await all(createMysqlRows(source(), 2).read({ signal }))))).toEqual(new Set(['', "it's", 'a\\b', 'ü']))
  })

  test('a query that groups gives the same rows in parts', async () => {
    await fill(
      'id INT, value INT',
      Array.from({ length: 40 }, (_, at) => [at % 8, at]),
    )
    const query = 'SELECT id, SUM(value) AS total FROM things GROUP BY id'
    const found = await all(createMysqlRows(source(query), 3).read({ signal }))
    expect(idsOf(found)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('only those from a cursor value on are counted and read, and the newest value is told', async () => {
    await fill('id INT PRIMARY KEY, changed DATETIME NULL', [
      [1, '2026-01-01 00:00:00'],
      [2, '2026-01-02 00:00:00'],
      [3, '2026-01-03 00:00:00'],
      [4, null],
    ])
    const rows = createMysqlRows(source(undefined, { cursor: 'changed' }), 1)
    expect(await rows.extent({ signal })).toEqual({ rows: 4, newest: "'2026-01-03 00:00:00'" })
    const since = "'2026-01-02 00:00:00'"
    expect(await rows.extent({ since, signal })).toEqual({ rows: 2, newest: "'2026-01-03 00:00:00'" })
    expect(idsOf(await all(rows.read({ since, signal })))).toEqual([2, 3])
  })

  test('a table without rows has no newest value', async () => {
    await fill('id INT PRIMARY KEY, changed INT', [[1, 1]])
    await admin!.query('DELETE FROM things')
    const rows = createMysqlRows(source(undefined, { cursor: 'changed' }))
    expect(await rows.extent({ signal })).toEqual({ rows: 0, newest: undefined })
    expect(idsOf(await all(rows.read({ signal })))).toEqual([])
  })
})
