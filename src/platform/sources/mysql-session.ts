// A session with MySQL or MariaDB by mysql2 that can only read. Results are streamed: the server sends as fast as they are taken. Values
// arrive as text where a number of JavaScript could not hold them.
import { createRequire } from 'node:module'
import type { Connection, FieldPacket, QueryError } from 'mysql2'
import { TandemError } from '../../errors.ts'
import { type ColumnKind, ROWS_PER_BATCH, type SourceColumn } from './row-source.ts'
import { sourceRefuses, sourceUnreachable } from './source-errors.ts'
import type { SourceAddress } from './source-url.ts'

export interface MysqlPage {
  readonly columns: readonly SourceColumn[]
  readonly rows: unknown[][]
}

/** Asks one query after the other; the rows of a result come by the thousand, and at least one page comes. */
export type AskMysql = (sql: string) => AsyncIterable<MysqlPage>

const CONNECT_TIMEOUT_MS = 10_000
/** Times in UTC; escapes as we write them; patience with a reader that embeds what it read before it reads on. */
const SESSION = "SET time_zone = '+00:00', sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', ''), net_write_timeout = 3600"
const READ_ONLY = 'SET SESSION TRANSACTION READ ONLY'
const KINDS: Readonly<Record<number, ColumnKind>> = {
  ...{ 1: 'number', 2: 'number', 3: 'number', 4: 'number', 5: 'number', 9: 'number', 13: 'number' },
  ...{ 0: 'exact', 8: 'exact', 246: 'exact' },
  ...{ 7: 'time', 12: 'time', 10: 'date', 245: 'json', 16: 'bytes' },
}
/** Character set of columns that hold bytes. */
const BINARY = 63
const TEXT_TYPES = new Set([15, 249, 250, 251, 252, 253, 254])
const NEVER_PASSES =
  /^(ER_(?!CON_COUNT_ERROR|SERVER_SHUTDOWN|LOCK_|QUERY_INTERRUPTED|NEW_ABORTING|TOO_MANY_USER_CONN|OUT_OF_RESOURCES)|AUTH_|HANDSHAKE_)/

/**
 * Connects, does the work and lets go of the connection.
 *
 * @throws `network` when the server cannot be reached, `invalid_config` when it refuses; both name `where`.
 */
export async function* inMysqlSession<Value>(
  address: SourceAddress,
  where: string,
  signal: AbortSignal,
  work: (ask: AskMysql) => AsyncIterable<Value>,
): AsyncGenerator<Value> {
  const connection = await connect(address, where, signal)
  const destroy = (): void => connection.destroy()
  signal.addEventListener('abort', destroy, { once: true })
  try {
    yield* work((sql) => pagesOf(connection, sql, signal))
  } catch (error) {
    signal.throwIfAborted()
    throw mysqlError(where, error)
  } finally {
    signal.removeEventListener('abort', destroy)
    destroy()
  }
}

async function connect(address: SourceAddress, where: string, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted()
  const { ssl, ...rest } = address
  const connection = loadDriver().createConnection({
    ...rest,
    ...(ssl ? { ssl: { rejectUnauthorized: true } } : {}),
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...{ dateStrings: true, supportBigNumbers: true, bigNumberStrings: true, jsonStrings: true, charset: 'utf8mb4' },
    // A server could ask for files of this machine.
    flags: ['-LOCAL_FILES'],
    enableKeepAlive: true,
  })
  let stop: (() => void) | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(signal.reason)
      // Stays, so that a connection that drops between two queries does not end the process.
      connection.on('error', reject)
      signal.addEventListener('abort', stop, { once: true })
      connection.query(SESSION, (error) => error !== null && reject(error))
      connection.query(READ_ONLY, (error) => (error === null ? resolve() : reject(error)))
    })
    return connection
  } catch (error) {
    connection.destroy()
    signal.throwIfAborted()
    throw mysqlError(where, error)
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}

async function* pagesOf(connection: Connection, sql: string, signal: AbortSignal): AsyncGenerator<MysqlPage> {
  const query = connection.query({ sql, rowsAsArray: true })
  let columns: SourceColumn[] = []
  query.on('fields', (fields: FieldPacket[]) => {
    columns = fields.map(columnOf)
  })
  const stream = query.stream({ highWaterMark: ROWS_PER_BATCH })
  // A connection that is lost, or that we end, leaves its stream waiting.
  const fail = (error: Error): void => void stream.destroy(error)
  const end = (): void => fail(new Error('the connection was closed'))
  const cancel = (): void => fail(new Error('canceled'))
  connection.on('error', fail)
  connection.on('end', end)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    let rows: unknown[][] = []
    let sent = 0
    for await (const row of stream as AsyncIterable<unknown[]>) {
      rows.push(row.map((value, place) => readValue(value, columns[place]!.kind)))
      if (rows.length < ROWS_PER_BATCH) continue
      yield { columns, rows }
      sent++
      rows = []
    }
    if (rows.length > 0 || sent === 0) yield { columns, rows }
  } finally {
    connection.removeListener('error', fail)
    connection.removeListener('end', end)
    signal.removeEventListener('abort', cancel)
  }
}

function columnOf({ name, columnType, characterSet }: FieldPacket): SourceColumn {
  const type = columnType ?? 253
  const kind = KINDS[type] ?? (TEXT_TYPES.has(type) && characterSet !== BINARY ? 'text' : TEXT_TYPES.has(type) ? 'bytes' : 'text')
  return { name, kind }
}

function readValue(value: unknown, kind: ColumnKind): unknown {
  if (value === null || value === undefined) return null
  if (Buffer.isBuffer(value)) return kind === 'text' ? value.toString() : value
  if (kind === 'date' || kind === 'time') {
    const text = String(value)
    // MySQL's word for a date that was never set.
    if (text.startsWith('0000-00-00')) return null
    return kind === 'date' ? text : `${text.replace(' ', 'T')}Z`
  }
  return kind === 'exact' ? String(value) : value
}

function loadDriver(): typeof import('mysql2') {
  try {
    return createRequire(import.meta.url)('mysql2') as typeof import('mysql2')
  } catch (cause) {
    throw new TandemError(
      'dependency_missing',
      'The package mysql2 is not installed, so MySQL and MariaDB cannot be read. Install it: npm install mysql2@3.24.6',
      { cause, details: { package: 'mysql2' } },
    )
  }
}

function mysqlError(where: string, error: unknown): TandemError {
  if (TandemError.is(error)) return error
  const { code = '' } = error as Partial<QueryError>
  return NEVER_PASSES.test(code) ? sourceRefuses(where, error) : sourceUnreachable(where, error)
}
