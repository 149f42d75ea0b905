// Opens the one database and brings its tables up to date.
import type { Database, OpenDatabaseOptions } from './database.ts'
import { runMigrations } from './run-migrations.ts'
import { openSqlite } from './sqlite.ts'

/**
 * PostgreSQL when `url` is given, else SQLite in `dataDir`. The tables exist and are current once it resolves.
 *
 * @throws `storage_locked` when another server holds the file; `storage_damaged`, `invalid_config` or `unavailable` with the remedy.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const database = await openEngine(options)
  try {
    await runMigrations(database)
  } catch (error) {
    await database.close().catch(() => {})
    throw error
  }
  return database
}

async function openEngine(options: OpenDatabaseOptions): Promise<Database> {
  if (options.url === undefined || options.url === '') return openSqlite(options)
  // pg is loaded only by those who use it: 10 MB and 40 ms less for the others.
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(options.url, options)
}
