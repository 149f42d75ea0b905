// Rows of PostgreSQL by a cursor in a transaction that can only read. Values arrive as the server's text and are read by their type,
// so that nothing is rounded on the way.
import pg from 'pg'
import { TandemError } from '../../errors.ts'
import type { DatabaseSource } from '../../sources.ts'
import { type ColumnKind, ROWS_PER_BATCH, type RowBatch, type RowSource, type SourceColumn } from './row-source.ts'
import { columnMissing, sourceRefuses, sourceUnreachable } from './source-errors.ts'
import { parseSourceUrl, type SourceAddress } from './source-url.ts'

const CONNECT_TIMEOUT_MS = 10_000
/** By the server's number of the type. */
const KINDS: Readonly<Record<number, ColumnKind>> = {
  ...{ 16: 'boolean', 21: 'number', 23: 'number', 26: 'number', 700: 'number', 701: 'number', 20: 'exact', 1700: 'exact' },
  ...{ 1082: 'date', 1114: 'time', 1184: 'time', 114: 'json', 3802: 'json', 17: 'bytes' },
}
/** Lists of texts and numbers, which the driver reads. */
const LISTS = new Set([1000, 1005, 1007, 1009, 1014, 1015, 1021, 1022])
/** Errors of the query, of the rights or of a value: the same at the next try. */
const NEVER_PASSES = /^(42|22|28|0A|3D|3F|25006)/

export function createPostgresRows({ url, query, id = 'id', cursor }: DatabaseSource): RowSource {
  const address = parseSourceUrl('postgres', url)
  const where = `PostgreSQL at ${address.host}:${address.port}/${address.database}`
  const [idName, cursorName] = [quoted(id), cursor === undefined ? undefined : quoted(cursor)]
  const rows = `(${query.trim().replace(/;+\s*$/, '')}\n) AS tandem_source`
  const conditions = (since: string | undefined, after?: string): { readonly text: string; readonly values: string[] } => {
    const values: string[] = []
    const all: string[] = []
    if (since !== undefined && cursorName !== undefined) all.push(`${cursorName} >= $${values.push(since)}`)
    // The row itself comes again: ids that compare equal may differ.
    if (after !== undefined) all.push(`${idName} >= $${values.push(after)}`)
    return { text: all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`, values }
  }
  const within = async function* <Value>(signal: AbortSignal, work: (client: pg.Client) => AsyncIterable<Value>): AsyncGenerator<Value> {
    const client = await connect(address, where, signal)
    const cut = (): void => destroy(client)
    signal.addEventListener('abort', cut, { once: true })
    try {
      yield* work(client)
    } catch (error) {
      signal.throwIfAborted()
      throw postgresError(where, error)
    } finally {
      signal.removeEventListener('abort', cut)
      await client.end().catch(() => {})
    }
  }
  return {
    async extent({ since, signal }) {
      const { text, values } = conditions(since)
      const newest = cursorName === undefined ? 'NULL::text' : `max(${cursorName})::text`
      const find = async function* (client: pg.Client) {
        const { fields } = await ask(client, `SELECT * FROM ${rows} LIMIT 0`)
        const names = fields.map(({ name }) => name)
        if (!names.includes(id)) throw columnMissing('id', id, names)
        if (cursor !== undefined && !names.includes(cursor)) throw columnMissing('cursor', cursor, names)
        yield await ask(client, `SELECT count(*), ${newest} FROM ${rows}${text}`, values)
      }
      for await (const { rows: found } of within(signal, find)) {
        const [count, value] = found[0] ?? []
        return { rows: Number(count), newest: value ?? undefined }
      }
      return { rows: undefined, newest: undefined }
    },
    async *read({ since, after, signal }) {
      const { text, values } = conditions(since, after)
      const sql = `SELECT * FROM ${rows}${text} ORDER BY ${idName}`
      for await (const { fields, rows: raw } of within(signal, (client) => fetchAll(client, sql, values))) {
        const columns = fields.map(columnOf)
        const place = columns.findIndex(({ name }) => name === id)
        const position = raw.findLast((row) => row[place] !== null)?.[place]
        // Rows without an id stand last.
        const batch = { columns, rows: raw.map((row) => row.map((value, at) => readValue(value, columns[at]!.kind, fields[at]!))) }
        yield { ...batch, position: position ?? after ?? '' } satisfies RowBatch
      }
    },
    async *ids(signal) {
      for await (const { fields, rows: raw } of within(signal, (client) => fetchAll(client, `SELECT ${idName} FROM ${rows}`, []))) {
        const [field] = fields
        const { kind } = columnOf(field!)
        yield raw.map(([value]) => readValue(value!, kind, field!))
      }
    },
  }
}

interface RawPage {
  readonly fields: readonly pg.FieldDef[]
  readonly rows: (string | null)[][]
}

/** By the extended protocol, which takes one statement: a query that ends early and goes on with another is refused. */
function ask(client: pg.Client, text: string, values: readonly string[] = []): Promise<RawPage> {
  return client.query({ text, values: [...values], rowMode: 'array', queryMode: 'extended' } as pg.QueryArrayConfig)
}

async function* fetchAll(client: pg.Client, sql: string, values: readonly string[]): AsyncGenerator<RawPage> {
  await ask(client, 'BEGIN READ ONLY')
  await ask(client, `DECLARE tandem_rows NO SCROLL CURSOR FOR ${sql}`, values)
  for (;;) {
    const page = await ask(client, `FETCH ${ROWS_PER_BATCH} FROM tandem_rows`)
    if (page.rows.length > 0) yield page
    if (page.rows.length < ROWS_PER_BATCH) return
  }
}

async function connect({ ssl, ...address }: SourceAddress, where: string, signal: AbortSignal): Promise<pg.Client> {
  signal.throwIfAborted()
  const client = new pg.Client({
    ...address,
    ...(ssl ? { ssl: { rejectUnauthorized: true } } : {}),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'tandem-sync',
    keepAlive: true,
    // As the server writes them.
    types: { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig,
  })
  // Without a listener a connection that drops would end the process; the query that waits is told anyway.
  client.on('error', () => {})
  const cut = (): void => destroy(client)
  signal.addEventListener('abort', cut, { once: true })
  try {
    await client.connect()
    await ask(client, "SET default_transaction_read_only = 'on'")
    await ask(client, "SET TIME ZONE 'UTC'")
    await ask(client, "SET DateStyle = 'ISO'")
    return client
  } catch (error) {
    destroy(client)
    signal.throwIfAborted()
    throw postgresError(where, error)
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

/** `end` would wait for the answer to the query that runs. */
function destroy(client: pg.Client): void {
  ;(client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy()
}

function columnOf({ name, dataTypeID }: pg.FieldDef): SourceColumn {
  return { name, kind: LISTS.has(dataTypeID) ? 'plain' : (KINDS[dataTypeID] ?? 'text') }
}

function readValue(value: string | null, kind: ColumnKind, { dataTypeID }: pg.FieldDef): unknown {
  if (value === null) return null
  switch (kind) {
    case 'number':
      return Number(value)
    case 'boolean':
      return value === 't'
    case 'bytes':
      return Buffer.from(value.replace(/^\\x/, ''), 'hex')
    case 'time':
      return /^-?infinity$/.test(value) ? value : `${value.replace(' ', 'T').replace(/\+00(:00)?$/, '')}Z`
    case 'plain':
      return pg.types.getTypeParser(dataTypeID, 'text')(value)
    default:
      return value
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

function postgresError(where: string, error: unknown): TandemError {
  if (TandemError.is(error)) return error
  const { code = '' } = error as { readonly code?: string }
  return NEVER_PASSES.test(code) ? sourceRefuses(where, error) : sourceUnreachable(where, error)
}
