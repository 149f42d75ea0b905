// Rows of MySQL and MariaDB by mysql2, streamed: the server sends as fast as they are taken. Values arrive as text where a number of
// JavaScript could not hold them. The session can only read.
import { createRequire } from 'node:module'
import type { Connection, FieldPacket, QueryError } from 'mysql2'
import { TandemError } from '../../errors.ts'
import type { DatabaseSource } from '../../sources.ts'
import { type ColumnKind, ROWS_PER_BATCH, type RowBatch, type RowSource, type SourceColumn } from './row-source.ts'
import { columnMissing, sourceRefuses, sourceUnreachable } from './source-errors.ts'
import { parseSourceUrl, type SourceAddress } from './source-url.ts'

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

export function createMysqlRows({ url, query, id = 'id', cursor }: DatabaseSource): RowSource {
  const address = parseSourceUrl('mysql', url)
  const where = `MySQL at ${address.host}:${address.port}/${address.database}`
  const [idName, cursorName] = [quoted(id), cursor === undefined ? undefined : quoted(cursor)]
  const rows = `(${query.trim().replace(/;+\s*$/, '')}\n) AS tandem_source`
  const conditions = (since: string | undefined, after?: string): string => {
    const all = [
      ...(since === undefined || cursorName === undefined ? [] : [`${cursorName} >= ${since}`]),
      // The row itself comes again: ids that compare equal may differ.
      ...(after === undefined ? [] : [`${idName} >= ${after}`]),
    ]
    return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`
  }
  const run = async function* (sql: string, signal: AbortSignal): AsyncGenerator<Page> {
    const connection = await connect(address, where, signal)
    try {
      yield* pagesOf(connection, sql, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw mysqlError(where, error)
    } finally {
      connection.destroy()
    }
  }
  const only = async (sql: string, signal: AbortSignal): Promise<Page | undefined> => {
    for await (const page of run(sql, signal)) return page
    return undefined
  }
  return {
    async extent({ since, signal }) {
      // Told before a query that could only say what is unknown.
      const shape = await only(`SELECT * FROM ${rows} LIMIT 0`, signal)
      const names = shape?.columns.map(({ name }) => name) ?? []
      if (!hasColumn(names, id)) throw columnMissing('id', id, names)
      if (cursor !== undefined && !hasColumn(names, cursor)) throw columnMissing('cursor', cursor, names)
      const newest = cursorName === undefined ? 'NULL' : `MAX(${cursorName})`
      const page = await only(`SELECT COUNT(*), ${newest} FROM ${rows}${conditions(since)}`, signal)
      const [count, value] = page?.rows[0] ?? []
      return { rows: Number(count), newest: value == null ? undefined : literal(value, page!.columns[1]!.kind) }
    },
    async *read({ since, after, signal }) {
      for await (const page of run(`SELECT * FROM ${rows}${conditions(since, after)} ORDER BY ${idName}`, signal)) {
        const place = page.columns.findIndex(({ name }) => name.toLowerCase() === id.toLowerCase())
        const last = page.rows.findLast((row) => row[place] != null)
        // Ids that are absent stand first: reading from the start again costs what they cost.
        const position = last === undefined ? (after ?? "''") : literal(last[place], page.columns[place]!.kind)
        if (page.rows.length > 0) yield { ...page, position } satisfies RowBatch
      }
    },
    async *ids(signal) {
      for await (const page of run(`SELECT ${idName} FROM ${rows}`, signal)) yield page.rows.map(([value]) => value)
    },
  }
}

interface Page {
  readonly columns: readonly SourceColumn[]
  readonly rows: unknown[][]
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
  const destroy = (): void => connection.destroy()
  signal.addEventListener('abort', destroy, { once: true })
  connection.on('end', () => signal.removeEventListener('abort', destroy))
  try {
    await new Promise<void>((resolve, reject) => {
      // Stays, so that a connection that drops between two queries does not end the process.
      connection.on('error', reject)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      connection.query(SESSION, (error) => error !== null && reject(error))
      connection.query(READ_ONLY, (error) => (error === null ? resolve() : reject(error)))
    })
    return connection
  } catch (error) {
    connection.destroy()
    signal.throwIfAborted()
    throw mysqlError(where, error)
  }
}

async function* pagesOf(connection: Connection, sql: string, signal: AbortSignal): AsyncGenerator<Page> {
  const query = connection.query({ sql, rowsAsArray: true })
  let columns: SourceColumn[] = []
  query.on('fields', (fields: FieldPacket[]) => {
    columns = fields.map(columnOf)
  })
  const stream = query.stream({ highWaterMark: ROWS_PER_BATCH })
  // A connection that is lost, or that we end, leaves its stream waiting.
  connection.on('error', (error) => stream.destroy(error))
  connection.on('end', () => stream.destroy(new Error('the connection was closed')))
  signal.addEventListener('abort', () => stream.destroy(new Error('canceled')), { once: true })
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

/** A value as it is written in SQL. */
function literal(value: unknown, kind: ColumnKind): string {
  if ((kind === 'number' || kind === 'exact') && /^-?\d+(\.\d+)?$/.test(String(value))) return String(value)
  if (Buffer.isBuffer(value)) return `x'${value.toString('hex')}'`
  const text = kind === 'time' ? String(value).replace('T', ' ').replace(/Z$/, '') : String(value)
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`
}

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``
const hasColumn = (names: readonly string[], wanted: string): boolean => names.some((name) => name.toLowerCase() === wanted.toLowerCase())

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
