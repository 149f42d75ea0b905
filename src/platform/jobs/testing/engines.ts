// The engines that tests run on: SQLite in a fresh folder, and PostgreSQL in a fresh database where a server answers.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEvents } from '../../events/create-events.ts'
import type { Events } from '../../events/events.ts'
import type { Database } from '../../storage/database.ts'
import { openDatabase } from '../../storage/open-database.ts'

export interface TestServer {
  readonly database: Database
  readonly events: Events
}

/** A place for one test file's data; `dispose` removes it. */
export interface TestPlace {
  readonly url: string | undefined
  readonly dataDir: string
  /** Opens it as one server does; on SQLite only one may have it open. */
  open(): Promise<TestServer>
  dispose(): Promise<void>
}

const POSTGRES = 'postgres://postgres@127.0.0.1:5432/test'

export async function openServer(place: { readonly url?: string | undefined; readonly dataDir: string }): Promise<TestServer> {
  const database = await openDatabase(place)
  return { database, events: await createEvents({ database }) }
}

export async function closeServer({ database, events }: TestServer): Promise<void> {
  await events.close()
  await database.close()
}

export async function sqlitePlace(): Promise<TestPlace> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tandem-test-'))
  return {
    url: undefined,
    dataDir,
    open: () => openServer({ dataDir }),
    dispose: () => rm(dataDir, { recursive: true, force: true }),
  }
}

/** Undefined when no PostgreSQL answers at the usual test address. */
export async function postgresPlace(purpose: string): Promise<TestPlace | undefined> {
  const name = `tandem_${purpose}_${process.pid}_${Date.now().toString(36)}`
  if (!(await administer(`create database ${name}`))) return undefined
  const url = POSTGRES.replace(/test$/, name)
  return {
    url,
    dataDir: ':memory:',
    open: () => openServer({ url, dataDir: ':memory:' }),
    async dispose() {
      await administer(`drop database ${name} with (force)`)
    },
  }
}

async function administer(statement: string): Promise<boolean> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: POSTGRES, connectionTimeoutMillis: 3_000 })
  try {
    await client.connect()
  } catch {
    return false
  }
  try {
    await client.query(statement)
    return true
  } finally {
    await client.end()
  }
}
