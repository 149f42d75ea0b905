// The databases that tests run on: SQLite in memory, SQLite in a fresh folder, and PostgreSQL in a fresh database of its own.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Database, OpenDatabaseOptions } from '../database.ts'
import { openDatabase } from '../open-database.ts'

/** Where one test file keeps its data. */
export interface TestEngine {
  readonly name: string
  readonly options: OpenDatabaseOptions
  open(options?: Partial<OpenDatabaseOptions>): Promise<Database>
  /** Removes the folder or the database. */
  dispose(): Promise<void>
}

export const POSTGRES_ABSENT = 'no PostgreSQL answers at 127.0.0.1:5432 (user postgres, no password)'
const POSTGRES = 'postgres://postgres@127.0.0.1:5432/postgres'

export function memoryEngine(): TestEngine {
  return engine('SQLite in memory', { dataDir: ':memory:' }, async () => {})
}

export async function fileEngine(): Promise<TestEngine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-storage-'))
  return engine('SQLite in a file', { dataDir }, () => rm(dataDir, { recursive: true, force: true }))
}

/** Undefined when no PostgreSQL answers. */
export async function postgresEngine(purpose: string): Promise<TestEngine | undefined> {
  const name = `tandem_${purpose}_${process.pid}_${Date.now().toString(36)}`
  if ((await administer(`create database ${name}`)) === undefined) return undefined
  const url = POSTGRES.replace(/postgres$/, name)
  return engine('PostgreSQL', { url, dataDir: '' }, async () => {
    await administer(`drop database ${name} with (force)`)
  })
}

/** Runs one statement as the superuser; undefined when the server does not answer. */
export async function administer(statement: string): Promise<pg.QueryResult | undefined> {
  const client = new pg.Client({ connectionString: POSTGRES, connectionTimeoutMillis: 20_000 })
  try {
    await client.connect()
  } catch {
    return undefined
  }
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

function engine(name: string, options: OpenDatabaseOptions, dispose: () => Promise<void>): TestEngine {
  return { name, options, open: (more) => openDatabase({ ...options, ...more }), dispose }
}
