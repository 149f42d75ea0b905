// PostgreSQL by `pg`: one pool, values in the same JavaScript types as SQLite gives, errors that say what to do.
import { Kysely, PostgresDialect, type PostgresPoolClient, type PostgresQueryResult, sql } from 'kysely'
import pg from 'pg'
import { TandemError } from '../../errors.ts'
import type { Database, OpenDatabaseOptions } from './database.ts'
import { postgresExpressions } from './dialect.ts'
import { createPostgresNotifications } from './postgres-notifications.ts'
import { runTransaction } from './run-transaction.ts'
import { normaliseParameters, type StoredValue } from './statement-parameters.ts'
import { postgresError } from './storage-errors.ts'
import type { Tables } from './tables.ts'

const DEFAULT_POOL_SIZE = 10
const CONNECT_TIMEOUT_MS = 10_000
const STATEMENT_TIMEOUT_MS = 60_000

/** Connects and checks that the server answers. Does not migrate. */
export async function openPostgres(url: string, options: OpenDatabaseOptions): Promise<Database> {
  const location = describeUrl(url)
  const config = {
    connectionString: url,
    application_name: 'tandem',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser } as pg.CustomTypesConfig,
  } satisfies pg.ClientConfig
  const pool = new pg.Pool({
    ...config,
    max: options.poolSize ?? DEFAULT_POOL_SIZE,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // A server that stalls inside a transaction must not hold its rows for ever.
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  })
  // Without this listener an idle connection that drops would end the process. The pool opens a new one by itself.
  pool.on('error', (error) => options.onWarning?.(`An idle connection to PostgreSQL at ${location} dropped`, { reason: error.message }))
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: createKyselyPool(pool, location) }) })
  try {
    const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db)
    return createDatabase({ db, pool, config, location, version: rows[0]?.server_version ?? 'unknown', options })
  } catch (error) {
    await pool.end().catch(() => {})
    throw error
  }
}

interface PostgresDatabaseParts {
  readonly db: Kysely<Tables>
  readonly pool: pg.Pool
  readonly config: pg.ClientConfig
  readonly location: string
  readonly version: string
  readonly options: OpenDatabaseOptions
}

function createDatabase({ db, pool, config, location, version, options }: PostgresDatabaseParts): Database {
  const notifications = createPostgresNotifications({ pool, config, location, onWarning: options.onWarning })
  let closing: Promise<void> | undefined
  return {
    engine: 'postgres',
    location,
    version,
    db,
    dialect: postgresExpressions,
    notifications,
    transaction: (work) => runTransaction(db, work),
    sizeBytes: async () => {
      const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db)
      return rows[0]?.bytes ?? 0
    },
    announce: () => {},
    backup: async () => {
      throw new TandemError('conflict', `${location} is PostgreSQL, which Tandem does not copy to a file. Use pg_dump.`)
    },
    close: () => {
      closing ??= notifications.close().then(() => db.destroy())
      return closing
    },
  }
}

function createKyselyPool(pool: pg.Pool, location: string): ConstructorParameters<typeof PostgresDialect>[0]['pool'] {
  return {
    options: pool.options,
    connect: async () => {
      try {
        return wrapClient(await pool.connect(), location)
      } catch (error) {
        throw postgresError(error, location)
      }
    },
    end: () => pool.end(),
  }
}

type QueryRunner = <Row>(text: string, parameters: readonly unknown[]) => Promise<PostgresQueryResult<Row>>
/** What `pg` accepts: it writes a plain Uint8Array as text, so bytes travel as Buffer. */
type BoundValue = Exclude<StoredValue, Uint8Array> | Buffer

const wrapped = new WeakMap<pg.PoolClient, PostgresPoolClient>()

function wrapClient(client: pg.PoolClient, location: string): PostgresPoolClient {
  const known = wrapped.get(client)
  if (known !== undefined) return known
  let broken = false
  // The pool listens only while the client is idle; without this a connection that drops inside a transaction ends the process.
  client.on('error', () => {
    broken = true
  })
  const query: QueryRunner = async <Row>(text: string, parameters: readonly unknown[]) => {
    const values = normaliseParameters(parameters).map(toBound)
    try {
      return (await client.query(text, values)) as unknown as PostgresQueryResult<Row>
    } catch (error) {
      // After FATAL the server closes the connection, which the pool would notice only at its next use.
      broken ||= error instanceof pg.DatabaseError && error.severity === 'FATAL'
      throw postgresError(error, location)
    }
  }
  const made = { query, release: (destroy?: boolean) => client.release(destroy || broken) } as unknown as PostgresPoolClient
  wrapped.set(client, made)
  return made
}

function toBound(value: StoredValue): BoundValue {
  return value instanceof Uint8Array ? Buffer.from(value.buffer) : value
}

/** Gives the same JavaScript types as SQLite: whole numbers and sums as Number, booleans as 0 and 1, bytes as Uint8Array. */
function getTypeParser(oid: number, format?: string): (value: string) => unknown {
  if (format !== 'binary') {
    switch (oid) {
      case pg.types.builtins.INT8:
        return parseWhole
      case pg.types.builtins.NUMERIC: // sum() and avg() over int8
        return Number
      case pg.types.builtins.BOOL:
        return (value) => (value === 't' ? 1 : 0)
      case pg.types.builtins.BYTEA:
        return (value) => new Uint8Array(Buffer.from(value.slice(2), 'hex'))
    }
  }
  return pg.types.getTypeParser(oid, format as 'text')
}

function parseWhole(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value))
    throw new RangeError(`The whole number ${text} does not fit a JavaScript number; SQLite refuses it too.`)
  return value
}

/** Host, port and database name: no user, no password, no options. */
function describeUrl(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url)
    return `postgres://${hostname === '' ? 'localhost' : hostname}:${port === '' ? '5432' : port}${pathname}`
  } catch {
    throw new TandemError(
      'invalid_config',
      'DATABASE_URL is not an address. Write it as postgres://user:password@host:5432/name, special characters percent-encoded.',
    )
  }
}
