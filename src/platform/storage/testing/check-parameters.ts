// What may be bound to a statement and how it comes back, the part of `checkDatabase` on parameters.
import { expect } from 'vitest'
import type { Database } from '../database.ts'

/** Declares one test with an open database whose tables are empty. */
export type Check = (title: string, work: (database: Database) => Promise<void>) => void

export function checkParameters(check: Check): void {
  const STORED: readonly (readonly [string, unknown, unknown])[] = [
    ['a Date as its milliseconds', new Date(1_700_000_000_123), 1_700_000_000_123],
    ['true as 1', true, 1],
    ['false as 0', false, 0],
    ['a BigInt within 2^53', 9_007_199_254_740_991n, 9_007_199_254_740_991],
    ['minus zero as 0', -0, 0],
  ]
  check('stores values of other types as integers', async ({ db }) => {
    for (const [title, value, expected] of STORED) {
      await db.deleteFrom('settings').execute()
      await db
        .insertInto('settings')
        .values({ name: 'x', value: '', updated_at: value as number })
        .execute()
      const row = await db.selectFrom('settings').select('updated_at').executeTakeFirstOrThrow()
      expect(row.updated_at, title).toBe(expected)
    }
  })

  const REFUSED: readonly (readonly [string, unknown])[] = [
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['a BigInt of 64 bits and one', 2n ** 63n],
    ['a text with NUL', 'a\0b'],
    ['an object', { a: 1 }],
    ['an array', [1]],
    ['an invalid Date', new Date(Number.NaN)],
    ['a symbol', Symbol('s')],
  ]
  check('refuses values that cannot be stored', async ({ db }) => {
    for (const [title, value] of REFUSED) {
      const outcome = db
        .updateTable('settings')
        .set({ value: value as string })
        .execute()
      await expect(outcome, title).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('Parameter 1') })
    }
  })

  check('refuses a whole number beyond 2^53 on the way out instead of rounding it', async ({ db }) => {
    await db
      .insertInto('settings')
      .values({ name: 'x', value: '', updated_at: 9_007_199_254_740_993n as unknown as number })
      .execute()
    await expect(db.selectFrom('settings').selectAll().execute()).rejects.toThrow(/JavaScript number/)
  })

  check('refuses text in an integer column, and null where none may be', async ({ db }) => {
    await expect(
      db
        .insertInto('settings')
        .values({ name: 'x', value: '', updated_at: 'soon' as unknown as number })
        .execute(),
    ).rejects.toThrow()
    await expect(
      db
        .insertInto('settings')
        .values({ name: 'x', value: undefined as unknown as string, updated_at: 1 })
        .execute(),
    ).rejects.toThrow()
  })

  check('gives back any text as it was', async ({ db }) => {
    const texts = ['', ' ', '漢字 é 😀', "'; drop table settings; --", '\u200f\u0001\u001f', 'x'.repeat(2_000_000), '$1 ? {integer}']
    await db
      .insertInto('settings')
      .values(texts.map((value, i) => ({ name: `t${i}`, value, updated_at: i })))
      .execute()
    const rows = await db.selectFrom('settings').select('value').orderBy('updated_at').execute()
    expect(rows.map((row) => row.value)).toEqual(texts)
  })

  check('gives bytes back as a Uint8Array, and leaves the given ones alone', async ({ db }) => {
    const pooled = Buffer.from([0, 1, 254, 255])
    const large = new Uint8Array(5_000_000).map((_, i) => i * 31)
    const view = new Uint8Array(large.buffer, 100, 3)
    const samples = [pooled, new Uint8Array(0), large, view]
    for (const [i, content] of samples.entries()) {
      const before = Buffer.from(content)
      await db
        .insertInto('artifacts')
        .values({ hash: `h${i}`, size_bytes: content.byteLength, content, created_at: 1 })
        .execute()
      const row = await db.selectFrom('artifacts').select('content').where('hash', '=', `h${i}`).executeTakeFirstOrThrow()
      expect(row.content.constructor).toBe(Uint8Array)
      expect(before.equals(row.content)).toBe(true)
      expect(before.equals(content)).toBe(true)
    }
    await db.deleteFrom('artifacts').execute()
  })

  check('binds thousands of parameters', async ({ db }) => {
    await insertTimes(
      db,
      Array.from({ length: 5000 }, (_, i) => i),
    )
    const row = await db
      .selectFrom('settings')
      .select((eb) => [eb.fn.countAll().as('count'), eb.fn.sum('updated_at').as('sum'), eb.fn.max('updated_at').as('max')])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ count: 5000, sum: 12_497_500, max: 4999 })
  })
}

/** Fills `settings` with rows t0, t1 ... that differ in `updated_at`. */
export async function insertTimes(db: Database['db'], times: readonly number[]): Promise<void> {
  await db
    .insertInto('settings')
    .values(times.map((time, i) => ({ name: `t${i}`, value: '1', updated_at: time })))
    .execute()
}
