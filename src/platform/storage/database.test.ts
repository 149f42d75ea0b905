// What every engine promises, and the migrations on both.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Database } from './database.ts'
import { MIGRATIONS } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import { pruneExpired } from './prune-expired.ts'
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
  const second: Migration = { number: 2, name: 'second', statements: ['create table extra (id {text} primary key) {options}'] }
  const broken: Migration = {
    number: 2,
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

  check('that fail leave nothing behind', async (database) => {
    await expect(runMigrations(database, [...MIGRATIONS, broken])).rejects.toThrow(/nowhere/)
    expect(await runMigrations(database, [...MIGRATIONS, second])).toBe(1)
  })

  check('refuse a database newer than the program', async (database) => {
    await runMigrations(database, [...MIGRATIONS, second])
    await expect(runMigrations(database)).rejects.toMatchObject({ code: 'conflict', details: { database: 2, program: 1 } })
  })

  check('refuse an applied one that was changed', async (database) => {
    const [first] = MIGRATIONS as [Migration]
    const changed = { ...first, statements: [...first.statements, 'select 1'] }
    await expect(runMigrations(database, [changed])).rejects.toMatchObject({ code: 'conflict', details: { migration: 1 } })
  })

  check('make every table with the columns of tables.ts', async ({ db }) => {
    const tables = await db.introspection.getTables()
    const columns = tables.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`))
    expect(columns.filter((column) => !column.startsWith('schema_migrations.')).sort()).toEqual(declaredColumns().sort())
  })

  check('pruneExpired removes what has expired and keeps the rest', async ({ db }) => {
    for (const [i, expires_at] of [100, 200, 300].entries()) {
      await db
        .insertInto('sessions')
        .values({ hash: `h${i}`, kind: 'link', key_id: 'k', created_at: 1, expires_at, used_at: null })
        .execute()
      await db
        .insertInto('idempotency')
        .values({ key: `k${i}`, fingerprint: 'f', status: null, headers: null, body: null, created_at: 1, expires_at })
        .execute()
    }
    expect(await pruneExpired(db, 200)).toEqual({ sessions: 2, idempotency: 2 })
    expect(await db.selectFrom('sessions').select('hash').execute()).toEqual([{ hash: 'h2' }])
  })
})

/** `table.column` of every member of the row types, read from the source, because types are gone at run time. */
function declaredColumns(): string[] {
  const source = readFileSync(new URL('./tables.ts', import.meta.url), 'utf8')
  const tableOf = new Map([...source.matchAll(/^ {2}(\w+): (\w+Table)$/gm)].map(([, table, type]) => [type, table]))
  return [...source.matchAll(/^export interface (\w+Table) \{\n([\s\S]*?)^\}/gm)].flatMap(([, type, body]) =>
    [...(body as string).matchAll(/^ {2}(\w+): /gm)].map(([, column]) => `${tableOf.get(type)}.${column}`),
  )
}
