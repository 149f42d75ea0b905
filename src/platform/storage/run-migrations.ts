// Brings the tables up to date: forward only, each migration in its own transaction, under a lock, checked by checksum.
import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { TandemError } from '../../errors.ts'
import type { Database, Queryable } from './database.ts'
import type { ColumnTypes } from './dialect.ts'
import { MIGRATIONS } from './migrations/all.ts'
import type { Migration } from './migrations/migration.ts'
import type { Tables } from './tables.ts'

interface AppliedRow {
  readonly number: number
  readonly name: string
  readonly checksum: string
}

/** Any fixed number: every server that migrates this database asks for the same lock. */
const POSTGRES_LOCK = 7_463_101_120_001n

/**
 * Applies what is missing and returns how many were applied. Many servers may call it at once on PostgreSQL.
 *
 * @throws `conflict` when an applied migration was changed, or when the database is newer than this program.
 */
export async function runMigrations(database: Database, migrations: readonly Migration[] = MIGRATIONS): Promise<number> {
  for (let count = 0; ; count++) {
    const applied = await database.transaction(async (tx) => {
      if (database.engine === 'postgres') {
        await sql`set local statement_timeout = 0`.execute(tx)
        await sql`select pg_advisory_xact_lock(${POSTGRES_LOCK}::bigint)`.execute(tx)
      }
      return applyNext(database, tx, migrations)
    })
    if (!applied) return count
  }
}

async function applyNext(database: Database, tx: Transaction<Tables>, migrations: readonly Migration[]): Promise<boolean> {
  const { types } = database.dialect
  await sql
    .raw(
      fill(
        'create table if not exists schema_migrations (number {integer} primary key, name {text} not null, checksum {text} not null, applied_at {integer} not null) {options}',
        types,
      ),
    )
    .execute(tx)
  const next = await nextMigration(database, tx, migrations)
  if (next === undefined) return false
  for (const statement of next.statements) await sql.raw(fill(statement, types)).execute(tx)
  await sql`insert into schema_migrations (number, name, checksum, applied_at) values (${next.number}, ${next.name}, ${checksum(next)}, ${Date.now()})`.execute(
    tx,
  )
  return true
}

async function nextMigration(database: Database, tx: Queryable, migrations: readonly Migration[]): Promise<Migration | undefined> {
  const { rows } = await sql<AppliedRow>`select number, name, checksum from schema_migrations order by number`.execute(tx)
  const last = rows.at(-1)
  const newest = migrations.at(-1)?.number ?? 0
  if (last !== undefined && last.number > newest) {
    throw new TandemError(
      'conflict',
      `The database ${database.location} is at migration ${last.number} (${last.name}), but this version of Tandem knows only ${newest}. It was used by a newer version. Install that version, or restore a backup made before.`,
      { details: { database: last.number, program: newest } },
    )
  }
  const applied = new Set<number>()
  for (const row of rows) {
    const migration = migrations.find(({ number }) => number === row.number)
    if (migration === undefined || row.checksum !== checksum(migration)) {
      throw new TandemError(
        'conflict',
        `Migration ${row.number} (${row.name}) of the database ${database.location} is not the one of this version of Tandem: it was changed after it had been applied. Install the version that made the database.`,
        { details: { migration: row.number } },
      )
    }
    applied.add(row.number)
  }
  // Those of two branches are independent, and the one with the smaller number may come second.
  return migrations.find(({ number }) => !applied.has(number))
}

function fill(statement: string, types: ColumnTypes): string {
  return statement.replace(/\{(\w+)\}/g, (_, name: keyof ColumnTypes) => types[name])
}

function checksum(migration: Migration): string {
  return createHash('sha256')
    .update(`${migration.number} ${migration.name}\n${migration.statements.join(';\n')}`)
    .digest('hex')
}
