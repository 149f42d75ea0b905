// Rows of MySQL and MariaDB, in parts that each begin after the last id of the one before: for a part the server follows the index of the
// id, while it would sort a whole join first, into a temporary table, and keep old versions of rows for as long as we take to read it. A
// query that the server works out as a whole each time is asked in ever larger parts.
import type { DatabaseSource } from '../../sources.ts'
import { type AskMysql, inMysqlSession, type MysqlPage } from './mysql-session.ts'
import type { ColumnKind, RowBatch, RowSource, SourceExtent } from './row-source.ts'
import { columnMissing } from './source-errors.ts'
import { parseSourceUrl } from './source-url.ts'

const FIRST_PART_ROWS = 20_000
/** A part whose first rows took longer was sorted or grouped by the server. */
const SLOW_PART_MS = 500
const PART_GROWTH = 5
/** From here on, numbers are read in the order of an index: the optimizer of a join looks for one where a range has a beginning. */
const LEAST_NUMBER = '-9223372036854775808'

/** @param firstPartRows  asked for at first. */
export function createMysqlRows(source: DatabaseSource, firstPartRows = FIRST_PART_ROWS): RowSource {
  const { url, query, id = 'id', cursor } = source
  const address = parseSourceUrl('mysql', url)
  const where = `MySQL at ${address.host}:${address.port}/${address.database}`
  const [idName, cursorName] = [quoted(id), cursor === undefined ? undefined : quoted(cursor)]
  const rows = `(${query.trim().replace(/;+\s*$/, '')}\n) AS tandem_source`
  const inSession = <Value>(signal: AbortSignal, work: (ask: AskMysql) => AsyncIterable<Value>): AsyncGenerator<Value> =>
    inMysqlSession(address, where, signal, work)
  const newer = (since: string | undefined): string[] =>
    since === undefined || cursorName === undefined ? [] : [`${cursorName} >= ${since}`]

  const extentOf = async function* (ask: AskMysql, since: string | undefined): AsyncGenerator<SourceExtent> {
    // Told before a query that could only say what is unknown.
    const { columns } = await only(ask(`SELECT * FROM ${rows} LIMIT 0`))
    const names = columns.map(({ name }) => name)
    if (placeOf(names, id) === -1) throw columnMissing('id', id, names)
    if (cursor !== undefined && placeOf(names, cursor) === -1) throw columnMissing('cursor', cursor, names)
    const counted = await only(ask(`SELECT COUNT(*) FROM ${rows}${allOf(newer(since))}`))
    const count = Number(counted.rows[0]?.[0])
    if (cursorName === undefined) {
      yield { rows: count, newest: undefined }
      return
    }
    // Not MAX: for it a join is read as a whole, and for the first row of an order only that row.
    const known = newer(since).length > 0 ? newer(since) : [`${cursorName} IS NOT NULL`]
    const top = await only(ask(`SELECT ${cursorName} FROM ${rows}${allOf(known)} ORDER BY ${cursorName} DESC LIMIT 1`))
    const value = top.rows[0]?.[0]
    yield { rows: count, newest: value == null ? undefined : literal(value, top.columns[0]!.kind) }
  }
  return {
    async extent({ since, signal }) {
      for await (const extent of inSession(signal, (ask) => extentOf(ask, since))) return extent
      return { rows: undefined, newest: undefined }
    },
    read: ({ since, after, signal }) =>
      inSession(signal, async function* (ask) {
        const select = (conditions: readonly string[], end = ''): string =>
          `SELECT * FROM ${rows}${allOf([...newer(since), ...conditions])}${end}`
        const { columns } = await only(ask(select([], ' LIMIT 0')))
        const place = placeOf(
          columns.map(({ name }) => name),
          id,
        )
        const { kind = 'text' } = columns[place] ?? {}
        const least = isNumber(kind) ? LEAST_NUMBER : "''"
        if (after === undefined) {
          // What has no id, and decimal numbers below the least one: next to always nothing.
          const rest = isNumber(kind) ? `(${idName} IS NULL OR ${idName} < ${least})` : `${idName} IS NULL`
          for await (const page of ask(select([rest], ` ORDER BY ${idName}`))) if (page.rows.length > 0) yield { ...page, position: least }
        }
        const askPart: AskPart = (from, limit) => ask(select([`${idName} >= ${from}`], ` ORDER BY ${idName} LIMIT ${limit}`))
        yield* readInParts({ place, kind, after: after ?? least, partRows: firstPartRows, askPart })
      }),
    async *ids(signal) {
      for await (const page of inSession(signal, (ask) => ask(`SELECT ${idName} FROM ${rows}`))) yield page.rows.map(([value]) => value)
    },
  }
}

type AskPart = (from: string, limit: number) => AsyncIterable<MysqlPage>

interface Reading {
  /** Of the id among the columns. */
  readonly place: number
  readonly kind: ColumnKind
  readonly after: string
  readonly partRows: number
  readonly askPart: AskPart
}

/** Rows from an id on, in the order of their ids; of ids that compare equal some may come twice. */
async function* readInParts({ place, kind, after: begin, partRows, askPart }: Reading): AsyncGenerator<RowBatch> {
  let after = begin
  let limit = partRows
  /** What the part before ended with: the next one holds it again. */
  let last: string | undefined
  for (;;) {
    const [askedAt, from] = [performance.now(), after]
    let [waitedMs, got] = [0, 0]
    for await (const { columns, rows } of askPart(from, limit)) {
      if (got === 0) waitedMs = performance.now() - askedAt
      got += rows.length
      if (rows.length === 0) break
      after = literal(rows.at(-1)![place], kind)
      const fresh = last !== undefined && JSON.stringify(rows[0]) === last ? rows.slice(1) : rows
      last = got === limit ? JSON.stringify(rows.at(-1)) : undefined
      if (fresh.length > 0) yield { columns, rows: fresh, position: after }
    }
    if (got < limit) return
    // More rows of one id than a part holds, or a query that the server works out as a whole each time.
    if (after === from || waitedMs > SLOW_PART_MS) limit *= PART_GROWTH
  }
}

async function only(pages: AsyncIterable<MysqlPage>): Promise<MysqlPage> {
  for await (const page of pages) return page
  return { columns: [], rows: [] }
}

/** A value as it is written in SQL. */
function literal(value: unknown, kind: ColumnKind): string {
  if (isNumber(kind) && /^-?\d+(\.\d+)?$/.test(String(value))) return String(value)
  if (Buffer.isBuffer(value)) return `x'${value.toString('hex')}'`
  const text = kind === 'time' ? String(value).replace('T', ' ').replace(/Z$/, '') : String(value)
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\0', '\\0')}'`
}

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``
const isNumber = (kind: ColumnKind): boolean => kind === 'number' || kind === 'exact'
const allOf = (conditions: readonly string[]): string => (conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`)
const placeOf = (names: readonly string[], wanted: string): number => names.findIndex((name) => name.toLowerCase() === wanted.toLowerCase())
