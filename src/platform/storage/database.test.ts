// What every engine promises, and the migrations on both.
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { latencyBucket } from '../../capabilities/predictions/latency-buckets.ts'
import type { Database } from './database.ts'
import { initial } from './migrations/0001-initial.ts'
import { judging } from './migrations/0002-judging.ts'
import { MIGRATIONS } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import { runMigrations } from './run-migrations.ts'
import { checkArtifacts } from './testing/check-artifacts.ts'
import { checkDatabase } from './testing/check-database.ts'
import { fileEngine, memoryEngine, POSTGRES_ABSENT, postgresEngine, type TestEngine } from './testing/test-engines.ts'

const ENGINES: readonly (readonly [string, () => Promise<TestEngine | undefined>])[] = [
  ['SQLite in memory', async () => memoryEngine()],
  ['SQLite in a file', fileEngine],
  ['PostgreSQL', () => postgresEngine('database')],
]

for (const [name, make] of ENGINES) {
  checkDatabase(name, make, POSTGRES_ABSENT)
  checkArtifacts(name, make, POSTGRES_ABSENT)
}

describe.each(ENGINES)('migrations on %s', (_, make) => {
  const next = MIGRATIONS.at(-1)!.number + 1
  const second: Migration = { number: next, name: 'second', statements: ['create table extra (id {text} primary key) {options}'] }
  const broken: Migration = {
    number: next,
    name: 'broken',
    statements: ['create table extra (id {text} primary key) {options}', 'insert into nowhere values (1)'],
  }

  function check(title: string, work: (database: Database) => Promise<void>): void {
    test(title, async (context) => {
      const engine = await make()
      if (engine === undefined) return context.skip(POSTGRES_ABSENT)
      const database = await engine.open()
      try {
        await work(database)
      } finally {
        await database.close()
        await engine.dispose()
      }
    })
  }

  check('run once, and only what is missing', async (database) => {
    expect(await runMigrations(database)).toBe(0)
    expect(await runMigrations(database, [...MIGRATIONS, second])).toBe(1)
    expect(await runMigrations(database, [...MIGRATIONS, second])).toBe(0)
  })

  check('run one that comes later with a smaller number', async (database) => {
    const third: Migration = { number: next + 1, name: 'third', statements: ['create table other (id {text} primary key) {options}'] }
    expect(await runMigrations(database, [...MIGRATIONS, third])).toBe(1)
    expect(await runMigrations(database, [...MIGRATIONS, second, third])).toBe(1)
    expect(await runMigrations(database, [...MIGRATIONS, second, third])).toBe(0)
  })

  check('that fail leave nothing behind', async (database) => {
    await expect(runMigrations(database, [...MIGRATIONS, broken])).rejects.toThrow(/nowhere/)
    expect(await runMigrations(database, [...MIGRATIONS, second])).toBe(1)
  })

  check('refuse a database newer than the program', async (database) => {
    await runMigrations(database, [...MIGRATIONS, second])
    await expect(runMigrations(database)).rejects.toMatchObject({ code: 'conflict', details: { database: next, program: next - 1 } })
  })

  check('refuse an applied one that was changed', async (database) => {
    const [first, ...rest] = MIGRATIONS as [Migration]
    const changed = { ...first, statements: [...first.statements, 'select 1'] }
    await expect(runMigrations(database, [changed, ...rest])).rejects.toMatchObject({ code: 'conflict', details: { migration: 1 } })
  })

  check('make every table with the columns of tables.ts', async ({ db }) => {
    const tables = await db.introspection.getTables()
    const columns = tables.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`))
    expect(columns.filter((column) => !column.startsWith('schema_migrations.')).sort()).toEqual(declaredColumns().sort())
  })

  check('the second counts by hour what was logged before it, and tells which predictions came true', async (database) => {
    const { db } = database
    for (const name of ['version_reports', 'prediction_hours', 'outcome_hours']) await sql.raw(`drop table ${name}`).execute(db)
    for (const name of ['outcomes_by_prediction', 'predictions_by_time']) await sql.raw(`drop index ${name}`).execute(db)
    for (const name of ['hit', 'error']) await sql.raw(`alter table outcomes drop column ${name}`).execute(db)
    await sql`delete from schema_migrations where number > 1`.execute(db)
    const HOUR = 3_600_000
    const row = { features: '{}', source: 'model' as const, reason: null, request_id: null }
    const kind = { ...row, model: 'churn', version: 'v1', value: '"yes"', probabilities: '{"yes":0.9}', confidence: 0.9 }
    const number = { ...row, model: 'spend', version: 'v2', value: '10.5', probabilities: null, confidence: 1 }
    await db
      .insertInto('predictions')
      .values([
        { ...kind, id: 'a', created_at: 5 * HOUR + 1, latency_us: 10 },
        { ...kind, id: 'b', created_at: 5 * HOUR + 2, latency_us: 10 },
        { ...kind, id: 'c', created_at: 6 * HOUR - 1, latency_us: 30_000_000, version: null, source: 'fallback', confidence: 0.61 },
        { ...number, id: 'd', created_at: 6 * HOUR, latency_us: 0 },
        { ...number, id: 'e', created_at: 6 * HOUR, latency_us: 1 },
      ])
      .execute()
    const outcome = (prediction_id: string, model: string, value: string): unknown[] => [prediction_id, model, value, 1, 1]
    for (const values of [
      outcome('a', 'churn', '"yes"'),
      outcome('b', 'churn', '"no"'),
      outcome('d', 'spend', '12'),
      outcome('e', 'spend', '"twelve"'),
    ])
      await sql`insert into outcomes (prediction_id, model, "value", "at", received_at) values (${sql.join(values)})`.execute(db)
    expect(await runMigrations(database, [initial, judging])).toBe(1)
    expect(await db.selectFrom('outcomes').select(['prediction_id', 'hit', 'error']).orderBy('prediction_id').execute()).toEqual([
      { prediction_id: 'a', hit: 1, error: null },
      { prediction_id: 'b', hit: 0, error: null },
      { prediction_id: 'd', hit: null, error: 1.5 },
      { prediction_id: 'e', hit: null, error: null },
    ])
    const hours = await db.selectFrom('prediction_hours').selectAll().orderBy('model').orderBy('version').orderBy('bucket').execute()
    expect(hours).toEqual([
      { model: 'churn', hour: 5 * HOUR, version: '', bucket: latencyBucket(30_000_000), predictions: 1 },
      { model: 'churn', hour: 5 * HOUR, version: 'v1', bucket: latencyBucket(10), predictions: 2 },
      { model: 'spend', hour: 6 * HOUR, version: 'v2', bucket: latencyBucket(0), predictions: 1 },
      { model: 'spend', hour: 6 * HOUR, version: 'v2', bucket: latencyBucket(1), predictions: 1 },
    ])
    expect(await db.selectFrom('outcome_hours').selectAll().orderBy('model').execute()).toEqual([
      { model: 'churn', hour: 5 * HOUR, version: 'v1', bin: 9, outcomes: 2, hits: 1, confidence: 1.8, error: 0, error_squares: 0 },
      { model: 'spend', hour: 6 * HOUR, version: 'v2', bin: 9, outcomes: 2, hits: 0, confidence: 2, error: 1.5, error_squares: 2.25 },
    ])
  })
})

/** `table.column` of every member of the row types, read from the source, because types are gone at run time. */
function declaredColumns(): string[] {
  const source = ['./tables.ts', './search-tables.ts'].map((file) => readFileSync(new URL(file, import.meta.url), 'utf8')).join('\n')
  const tableOf = new Map([...source.matchAll(/^ {2}(\w+): (\w+Table)$/gm)].map(([, table, type]) => [type, table]))
  return [...source.matchAll(/^export interface (\w+Table) \{\n([\s\S]*?)^\}/gm)].flatMap(([, type, body]) =>
    [...(body as string).matchAll(/^ {2}(\w+): /gm)].map(([, column]) => `${tableOf.get(type)}.${column}`),
  )
}
