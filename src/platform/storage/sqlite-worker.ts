// The thread that holds one SQLite connection (node:sqlite). A sync to disk takes 0.2 to 4 ms and an aggregate far
// more: here they never hold up the event loop of the server.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { type PackedValue, unpackRows } from './packed-rows.ts'
import type { Outcome, SqliteReady, SqliteReply, SqliteRequest, SqliteThreadData, Statement } from './sqlite-protocol.ts'
import type { StoredValue } from './statement-parameters.ts'
import type { SqliteFailure } from './storage-errors.ts'

const STATEMENT_CACHE_SIZE = 200
const BUSY_TIMEOUT_MS = 10_000
/** Blobs over this size are moved to the main thread; below it the bookkeeping costs more than the copy. */
const TRANSFER_OVER_BYTES = 4096

if (parentPort === null) throw new Error('sqlite-worker.ts runs as a worker thread only')
const port = parentPort
const data = workerData as SqliteThreadData
const cache = new Map<string, StatementSync>()
let open: DatabaseSync | undefined

try {
  open = openConnection()
  const row = open.prepare('select sqlite_version() as version').get() as { version: string }
  port.postMessage({ ready: true, version: row.version } satisfies SqliteReady)
  const connection = open
  port.on('message', (request: SqliteRequest) => serve(connection, request))
} catch (error) {
  open?.close()
  port.postMessage({ failure: describeFailure(error) })
}

function openConnection(): DatabaseSync {
  const connection = new DatabaseSync(data.path, { timeout: BUSY_TIMEOUT_MS, readOnly: data.readOnly, enableForeignKeyConstraints: true })
  try {
    configure(connection)
  } catch (error) {
    connection.close()
    throw error
  }
  return connection
}

function configure(connection: DatabaseSync): void {
  connection.exec(`pragma temp_store = memory; pragma cache_size = -${data.cacheKib};`)
  if (!data.readOnly) {
    // FULL: a commit is on the disk before it is acknowledged; NORMAL would lose the last ones in a power cut.
    connection.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000; pragma journal_size_limit = 67108864;',
    )
    if (data.maxPageCount !== undefined) connection.exec(`pragma max_page_count = ${data.maxPageCount}`)
  }
  // Reads the header and the schema, so that a damaged file is refused here and not at the first request.
  connection.prepare('select count(*) from sqlite_schema').get()
  addPercentile(connection)
}

/** SQLite of Node 22 is built without percentile(); the same function in JavaScript takes its place there. */
function addPercentile(connection: DatabaseSync): void {
  try {
    connection.prepare('select percentile(1, 50)').get()
  } catch {
    connection.aggregate('percentile', {
      start: () => ({ values: [] as number[], percent: 0 }),
      step: (state: { values: number[]; percent: number }, value: unknown, percent: unknown) => {
        if (value !== null) state.values.push(Number(value))
        state.percent = Number(percent)
        return state
      },
      result: ({ values, percent }: { values: number[]; percent: number }) => {
        if (values.length === 0) return null
        values.sort((a, b) => a - b)
        const place = (percent / 100) * (values.length - 1)
        const low = values[Math.floor(place)] as number
        return low + ((values[Math.ceil(place)] as number) - low) * (place - Math.floor(place))
      },
    } as unknown as Parameters<DatabaseSync['aggregate']>[1])
  }
}

function serve(connection: DatabaseSync, request: SqliteRequest): void {
  const reply: SqliteReply = { id: request.id, outcomes: perform(connection, request) }
  port.postMessage(reply, blobBuffers(reply.outcomes))
  if (request.kind === 'close') port.close()
}

function perform(connection: DatabaseSync, request: SqliteRequest): Outcome[] {
  switch (request.kind) {
    case 'group':
      return request.statements.length === 1
        ? [attempt(() => run(connection, request.statements[0] as Statement))]
        : runGroup(connection, request.statements)
    case 'reads':
      // Without a transaction: BEGIN IMMEDIATE would wait for a writer of another program.
      return request.statements.map((statement) => attempt(() => run(connection, statement)))
    case 'within':
      return [attempt(() => runWithin(connection, request.statements[0]))]
    case 'begin':
      return [attempt(() => border(() => retryingBusy(() => connection.exec('begin immediate'))))]
    case 'commit':
      return [attempt(() => border(() => connection.exec('commit')))]
    case 'rollback':
      // SQLite itself rolls back when the disk is full, for example: then there is nothing left to do.
      return [attempt(() => border(() => connection.isTransaction && connection.exec('rollback')))]
    case 'close':
      return [attempt(() => border(() => close(connection)))]
  }
}

/**
 * Runs independent statements under one commit. A failed one undoes only itself, as it would alone. When SQLite undoes
 * the whole group (disk full) or the commit fails, each statement runs again alone, so that none fails for another.
 */
function runGroup(connection: DatabaseSync, statements: readonly Statement[]): Outcome[] {
  const outcomes: Outcome[] = []
  try {
    retryingBusy(() => connection.exec('begin immediate'))
    for (const statement of statements) {
      outcomes.push(attempt(() => run(connection, statement)))
      if (!connection.isTransaction) break
    }
    if (connection.isTransaction) {
      connection.exec('commit')
      return outcomes
    }
  } catch {
    if (connection.isTransaction) connection.exec('rollback')
  }
  return statements.map((statement) => attempt(() => run(connection, statement)))
}

function runWithin(connection: DatabaseSync, statement: Statement): Outcome {
  if (!connection.isTransaction) throw new Error('SQLite undid this transaction after an earlier failure in it; begin a new one.')
  return run(connection, statement)
}

function run(connection: DatabaseSync, { sql, parameters, packed }: Statement): Outcome {
  const statement = prepared(connection, sql)
  if (packed !== undefined) return runPacked(connection, statement, packed)
  const values = parameters.map(bound)
  const start = performance.now()
  return retryingBusy(() => {
    if (statement.columns().length > 0) {
      const rows = statement.all(...values) as Record<string, unknown>[]
      return { result: { rows, changes: undefined, lastInsertRowid: undefined, tookMs: performance.now() - start } }
    }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { result: { rows: [], changes: Number(changes), lastInsertRowid, tookMs: performance.now() - start } }
  })
}

/** node:sqlite binds every number as REAL, which turns whole division and JSON numbers into fractions; BigInt binds as INTEGER. */
function bound(value: StoredValue): StoredValue {
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

/** All rows or none. Outside a transaction the savepoint is one. */
function runPacked(connection: DatabaseSync, statement: StatementSync, packed: Uint8Array): Outcome {
  const start = performance.now()
  const rows: readonly PackedValue[][] = unpackRows(packed)
  retryingBusy(() => connection.exec('savepoint packed'))
  try {
    for (const row of rows) statement.run(...row.map(bound))
    connection.exec('release packed')
  } catch (error) {
    if (connection.isTransaction) connection.exec('rollback to packed; release packed')
    throw error
  }
  return { result: { rows: [], changes: rows.length, lastInsertRowid: undefined, tookMs: performance.now() - start } }
}

/** Least recently used statement goes first; preparing each time costs 3 times the call and, unbounded, memory. */
function prepared(connection: DatabaseSync, sql: string): StatementSync {
  let statement = cache.get(sql)
  if (statement === undefined) {
    statement = connection.prepare(sql)
    if (cache.size >= STATEMENT_CACHE_SIZE) cache.delete(cache.keys().next().value as string)
  } else {
    cache.delete(sql)
  }
  cache.set(sql, statement)
  return statement
}

/** BUSY that comes at once is one that busy_timeout does not cover (recovery, a checkpoint of another program): a few short waits. */
function retryingBusy<Result>(work: () => Result): Result {
  for (let tries = 0; ; tries++) {
    const start = performance.now()
    try {
      return work()
    } catch (error) {
      const busy = ((errcodeOf(error) ?? 0) & 0xff) === 5
      if (!busy || tries >= 5 || performance.now() - start > 1000) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 * 2 ** tries)
    }
  }
}

function close(connection: DatabaseSync): void {
  cache.clear()
  if (connection.isTransaction) connection.exec('rollback')
  connection.close()
}

function border(work: () => unknown): Outcome {
  work()
  return { result: { rows: [], changes: undefined, lastInsertRowid: undefined, tookMs: 0 } }
}

function attempt(work: () => Outcome): Outcome {
  try {
    return work()
  } catch (error) {
    return { failure: describeFailure(error) }
  }
}

function describeFailure(error: unknown): SqliteFailure {
  return { message: error instanceof Error ? error.message : String(error), errcode: errcodeOf(error) }
}

function errcodeOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : undefined
}

function blobBuffers(outcomes: readonly Outcome[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = []
  for (const outcome of outcomes) {
    if (!('result' in outcome)) continue
    for (const row of outcome.result.rows) {
      for (const value of Object.values(row)) {
        if (value instanceof Uint8Array && value.byteLength > TRANSFER_OVER_BYTES && value.buffer instanceof ArrayBuffer)
          buffers.push(value.buffer)
      }
    }
  }
  return buffers
}
