// The promises of the Database port, checked on every engine.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../database.ts'
import { isUniqueViolation } from '../storage-errors.ts'
import { type Check, checkParameters, insertTimes } from './check-parameters.ts'
import type { TestEngine } from './test-engines.ts'

type Make = () => Promise<TestEngine | undefined>

/** Declares the tests; `make` gives undefined, and then they are skipped with `absent`, when the engine is not there. */
export function checkDatabase(name: string, make: Make, absent = ''): void {
  describe(`Database on ${name}`, () => {
    let engine: TestEngine | undefined
    let database: Database
    beforeAll(async () => {
      engine = await make()
      if (engine !== undefined) database = await engine.open()
    })
    afterAll(async () => {
      if (engine === undefined) return
      await database.close()
      await engine.dispose()
    })

    function check(title: string, work: (database: Database) => Promise<void>): void {
      test(title, async (context) => {
        if (engine === undefined) return context.skip(absent)
        await database.db.deleteFrom('settings').execute()
        await database.db.deleteFrom('predictions').execute()
        await work(database)
      })
    }
    checkExpressions(check)
    checkParameters(check)
    checkTransactions(check)
    checkRows(check)
  })
}

function checkExpressions(check: Check): void {
  const VALUES: readonly (readonly [string, readonly string[], string | null])[] = [
    ['{"a":"text"}', ['a'], 'text'],
    ['{"a":{"b c":"deep"}}', ['a', 'b c'], 'deep'],
    ['{"a":1}', ['a'], '1'],
    ['{"a":0.25}', ['a'], '0.25'],
    ['{"a":1e+21}', ['a'], '1e+21'],
    ['{"a":true}', ['a'], 'true'],
    ['{"a":false}', ['a'], 'false'],
    ['{"a":null}', ['a'], null],
    ['{"a":{"b":[1,2]}}', ['a'], '{"b":[1,2]}'],
    ['{"a":"\\"quoted\\" é 漢 😀"}', ['a'], '"quoted" é 漢 😀'],
    ['{"b":1}', ['a'], null],
    ['"text"', ['a'], null],
    ['{"a.b":"dot","$x":"dollar"}', ['a.b'], 'dot'],
    ['{"a.b":"dot","$x":"dollar"}', ['$x'], 'dollar'],
    ['{"0":"zero"}', ['0'], 'zero'],
    ['{"it\'s":"apostrophe"}', ["it's"], 'apostrophe'],
  ]
  check('jsonText gives the text at a path, the same on each engine', async ({ db, dialect }) => {
    for (const [value, path, expected] of VALUES) {
      await db.deleteFrom('settings').execute()
      await db.insertInto('settings').values({ name: 'x', value, updated_at: 1 }).execute()
      const row = await db
        .selectFrom('settings')
        .select((eb) => dialect.jsonText(eb.ref('value'), path).as('text'))
        .executeTakeFirstOrThrow()
      expect(row, `${value} at ${path.join('/')}`).toEqual({ text: expected })
    }
  })

  check('jsonText refuses a name with a quote or a backslash', async ({ db, dialect }) => {
    for (const key of ['a"b', 'a\\b']) {
      expect(() => db.selectFrom('settings').select((eb) => dialect.jsonText(eb.ref('value'), [key]).as('text'))).toThrow(
        /quote or a backslash/,
      )
    }
  })

  // Reference: numpy.percentile([0, 1, 2, 3, 10], q), linear.
  check('percentile interpolates between the nearest two', async ({ db, dialect }) => {
    await insertTimes(db, [10, 0, 3, 1, 2])
    const row = await db
      .selectFrom('settings')
      .select((eb) => [
        dialect.percentile(eb.ref('updated_at'), 0).as('p0'),
        dialect.percentile(eb.ref('updated_at'), 0.5).as('p50'),
        dialect.percentile(eb.ref('updated_at'), 0.9).as('p90'),
        dialect.percentile(eb.ref('updated_at'), 1).as('p100'),
      ])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ p0: 0, p50: 2, p90: expect.closeTo(7.2, 10), p100: 10 })
  })

  check('percentile over no rows is null', async ({ db, dialect }) => {
    const row = await db
      .selectFrom('settings')
      .select((eb) => dialect.percentile(eb.ref('updated_at'), 0.5).as('p'))
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ p: null })
  })

  check('timeBucket gives the start of each bucket, and can be grouped by', async ({ db, dialect }) => {
    await insertTimes(db, [0, 999, 1000, 1_700_000_000_123, 1_700_000_000_999])
    const rows = await db
      .with('bucketed', (qb) => qb.selectFrom('settings').select((eb) => dialect.timeBucket(eb.ref('updated_at'), 1000).as('bucket')))
      .selectFrom('bucketed')
      .select((eb) => ['bucket', eb.fn.countAll<number>().as('count')])
      .groupBy('bucket')
      .orderBy('bucket')
      .execute()
    expect(rows).toEqual([
      { bucket: 0, count: 2 },
      { bucket: 1000, count: 1 },
      { bucket: 1_700_000_000_000, count: 2 },
    ])
  })

  check('greatest gives the larger of a column and a number', async ({ db, dialect }) => {
    await insertTimes(db, [5])
    const row = await db
      .selectFrom('settings')
      .select((eb) => [dialect.greatest(eb.ref('updated_at'), 3).as('own'), dialect.greatest(eb.ref('updated_at'), 7.5).as('other')])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ own: 5, other: 7.5 })
  })

  check('a claim takes each row once', async (database) => {
    await insertTimes(database.db, [1, 2, 3, 4, 5, 6, 7, 8])
    const claim = async (): Promise<string[]> => {
      const rows = await database.db
        .updateTable('settings')
        .set({ value: 'claimed' })
        .where('name', 'in', (eb) =>
          eb
            .selectFrom('settings')
            .select('name')
            .where('value', '=', '1')
            .orderBy('updated_at')
            .limit(2)
            .$if(database.dialect.skipsLocked, (qb) => qb.forUpdate().skipLocked()),
        )
        .returning('name')
        .execute()
      return rows.map((row) => row.name)
    }
    const claimed = (await Promise.all([claim(), claim(), claim(), claim()])).flat()
    expect(new Set(claimed).size).toBe(claimed.length)
    // PostgreSQL may hand out fewer at once, never the same one twice.
    while (claimed.length < 8) claimed.push(...(await claim()))
    expect(claimed.sort()).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7'])
  })
}

function checkTransactions(check: Check): void {
  check('a transaction that throws leaves nothing and rejects with what was thrown', async (database) => {
    const thrown = new Error('no')
    const outcome = database.transaction(async (tx) => {
      await tx.insertInto('settings').values({ name: 'x', value: '', updated_at: 1 }).execute()
      throw thrown
    })
    await expect(outcome).rejects.toBe(thrown)
    expect(await count(database)).toBe(0)
  })

  check('a failed statement inside a transaction undoes all of it', async (database) => {
    const outcome = database.transaction(async (tx) => {
      await tx.insertInto('settings').values({ name: 'x', value: '', updated_at: 1 }).execute()
      await tx.insertInto('settings').values({ name: 'x', value: '', updated_at: 2 }).execute()
    })
    const error = await outcome.catch((caught: unknown) => caught)
    expect(isUniqueViolation(error)).toBe(true)
    expect(await count(database)).toBe(0)
  })

  check('20 transactions at once are each whole', async (database) => {
    await insertTimes(database.db, [0])
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        database.transaction(async (tx) => {
          await tx
            .updateTable('settings')
            .set((eb) => ({ updated_at: eb('updated_at', '+', 1) }))
            .execute()
          await tx
            .insertInto('settings')
            .values({ name: `n${i}`, value: '', updated_at: -1 })
            .execute()
          await tx.deleteFrom('settings').where('name', '=', `n${i}`).execute()
        }),
      ),
    )
    expect(await database.db.selectFrom('settings').select(['name', 'updated_at']).execute()).toEqual([{ name: 't0', updated_at: 20 }])
  })

  check('statements and transactions issued together all count, and a failed one fails alone', async (database) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) => {
        const values = { name: i % 6 === 0 ? 'same' : `n${i}`, value: '', updated_at: i }
        if (i % 5 === 1) return database.transaction((tx) => tx.insertInto('settings').values(values).execute())
        return database.db.insertInto('settings').values(values).execute()
      }),
    )
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(failed).toHaveLength(9)
    expect(failed.every((outcome) => isUniqueViolation(outcome.reason))).toBe(true)
    expect(await count(database)).toBe(51)
  })

  check('savepoints undo a part', async (database) => {
    const transaction = await database.db.startTransaction().execute()
    await transaction.insertInto('settings').values({ name: 'kept', value: '', updated_at: 1 }).execute()
    const savepoint = await transaction.savepoint('part').execute()
    await savepoint.insertInto('settings').values({ name: 'undone', value: '', updated_at: 1 }).execute()
    await savepoint.rollbackToSavepoint('part').execute()
    await transaction.commit().execute()
    expect(await database.db.selectFrom('settings').select('name').execute()).toEqual([{ name: 'kept' }])
  })

  check('a row is readable as soon as its insert resolved', async ({ db }) => {
    for (let i = 0; i < 30; i++) {
      await db
        .insertInto('settings')
        .values({ name: `n${i}`, value: '', updated_at: i })
        .execute()
      const row = await db.selectFrom('settings').select('updated_at').where('name', '=', `n${i}`).executeTakeFirst()
      expect(row).toEqual({ updated_at: i })
    }
  })
}

function checkRows(check: Check): void {
  check('counts changed rows, upserts and returns', async ({ db }) => {
    await insertTimes(db, [1, 2, 3])
    expect((await db.updateTable('settings').set({ value: 'x' }).where('updated_at', '>', 1).executeTakeFirst()).numUpdatedRows).toBe(2n)
    expect((await db.deleteFrom('settings').where('updated_at', '=', 3).executeTakeFirst()).numDeletedRows).toBe(1n)
    const upserted = await db
      .insertInto('settings')
      .values({ name: 't0', value: 'new', updated_at: 9 })
      .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('excluded.value') })))
      .returningAll()
      .executeTakeFirst()
    expect(upserted).toEqual({ name: 't0', value: 'new', updated_at: 1 })
    const ignored = await db
      .insertInto('settings')
      .values({ name: 't0', value: 'other', updated_at: 9 })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    expect(ignored.numInsertedOrUpdatedRows).toBe(0n)
  })

  check('ids grow by themselves and are never given twice', async ({ db }) => {
    const row = { model: 'm', version: 'v', previous: null, activated_at: 1, actor: 'a', action: 'train', reason: 'r' }
    const first = await db.insertInto('activations').values(row).returning('id').executeTakeFirstOrThrow()
    await db.deleteFrom('activations').execute()
    const second = await db.insertInto('activations').values(row).returning('id').executeTakeFirstOrThrow()
    await db.deleteFrom('activations').execute()
    expect(second.id).toBeGreaterThan(first.id)
  })

  check('texts sort by code point', async ({ db }) => {
    const names = ['a', 'B', 'b', '_', 'é', 'Z', '10', '9', 'a-b', 'ab', 'a_b']
    await db
      .insertInto('settings')
      .values(names.map((name) => ({ name, value: '', updated_at: 1 })))
      .execute()
    const rows = await db.selectFrom('settings').select('name').orderBy('name').execute()
    expect(rows.map((row) => row.name)).toEqual([...names].sort())
  })

  check('comparisons and numbers come back in the same types', async ({ db }) => {
    await insertTimes(db, [4])
    const { rows } =
      await sql`select updated_at > 3 as yes, updated_at > 5 as no, updated_at / 8 as whole, avg(updated_at) as mean, count(*) as n
      from settings group by updated_at`.execute(db)
    expect(rows).toEqual([{ yes: 1, no: 0, whole: 0, mean: 4, n: 1 }])
  })

  check('a constraint violation that is no duplicate is not taken for one', async ({ db }) => {
    const error = await db
      .insertInto('aliases')
      .values({ model: 'none', alias: 'active', version: 'none', updated_at: 1 })
      .execute()
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Error)
    expect(isUniqueViolation(error)).toBe(false)
  })

  check('says how large it is', async (database) => {
    expect(await database.sizeBytes()).toBeGreaterThan(10_000)
  })
}

async function count(database: Database): Promise<number> {
  const row = await database.db
    .selectFrom('settings')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}
