// Tables that are uploaded once, looked at, corrected and trained on. Their bytes are kept in the database for a day, so a
// wrong delimiter or target costs no second upload; what is left of a server that died is deleted by `sweep`.
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { TandemError } from '../../errors.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { StreamThread } from '../../platform/threads/stream-thread.ts'
import type { ModelLog } from '../models/index.ts'
import { HEAD_BYTES, type Reading } from './dialect.ts'
import type { InspectionOptions } from './inspection.ts'
import { limitsOf } from './intake.ts'
import { type RowLimits, type RowSource, tooLarge } from './row-batches.ts'
import { piecesOf } from './row-source.ts'
import type { DescribeTable, InspectRows, RowsInput, TableDescription } from './row-tasks.ts'
import type { Inspection, TableInfo, TableView } from './schema.ts'
import { createSurveyCache } from './survey-cache.ts'
import { detectEncoding, isEncodingError } from './text-encoding.ts'
import type { Upload, UploadStore } from './upload-store.ts'
import { createUploadStore } from './upload-store-sql.ts'

export interface TablesSettings extends RowLimits {
  /** Most bytes of all uploaded tables. */
  readonly tablesLimitBytes: number
}

export interface TablesOptions {
  readonly database: Database
  readonly streams: StreamThread
  readonly clock: () => number
  readonly log: ModelLog
  readonly settings: TablesSettings
}

export interface UploadOptions {
  readonly name?: string
  readonly reading?: Reading
  readonly actor?: string
  readonly signal?: AbortSignal
}

export interface DescribeOptions extends InspectionOptions {
  readonly reading?: Reading
}

export interface Tables {
  /**
   * Stores a stream and says what is in it. Durable when it returns; nothing stays when it fails or is aborted.
   * @throws `malformed_body`, `payload_too_large`, `too_many_rows`, `storage_full`.
   */
  upload(bytes: AsyncIterable<Uint8Array>, options?: UploadOptions): Promise<TableView>
  /** @throws `table_not_found`; `malformed_body` when it cannot be read as asked. */
  describe(id: string, options?: DescribeOptions): Promise<TableView>
  list(): Promise<{ items: TableInfo[] }>
  /** @throws `table_not_found`. */
  delete(id: string): Promise<void>
  /** To train on: rows as often as wanted. @throws `table_not_found`. */
  open(id: string, reading?: Reading): Promise<HeldTable>
  /** Keeps a stream as long as it is needed, so that it can be read twice. */
  hold(bytes: AsyncIterable<Uint8Array>, reading: Reading, signal?: AbortSignal): Promise<HeldTable & AsyncDisposable>
  /** Deletes what has expired, and what an upload that was broken off has left. Returns how many. */
  sweep(): Promise<number>
  /** Sweeps now and every ten minutes. */
  start(): void
  close(): void
}

export interface HeldTable {
  rows(): Extract<RowSource, { bytes: unknown }>
  /** Throws what stands in the way of a definition. */
  inspect(options: InspectionOptions): Promise<Inspection>
}

export const KEPT_MS = 86_400_000
const MAX_TABLES = 200
/** Handing one over takes the event loop about 1 ms. */
const PART_BYTES = 256 * 1024
/** An upload that sends nothing for so long is over. */
const SILENT_MS = 15 * 60_000
const SWEEP_EVERY_MS = 10 * 60_000
/** Text becomes a quarter of its size: a piece of what is written out, seldom two, instead of room for all that comes in. */
const COMPRESSION = { chunkSize: PART_BYTES / 4, params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } }
/** One piece each way: every further one is a call back to the event loop and a copy. */
const DECOMPRESSION = { chunkSize: PART_BYTES + 1024 }

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export function createTables({ database, streams, clock, log, settings }: TablesOptions): Tables {
  const store = createUploadStore(database)
  const surveys = createSurveyCache()
  const startedAt = clock()
  let timer: NodeJS.Timeout | undefined
  const limits = limitsOf(settings)

  const survey = async (upload: Pick<Upload, 'id' | 'parts'>, reading: Reading, signal?: AbortSignal): Promise<Uint8Array> =>
    surveys.get(upload.id, reading, async () => {
      const argument: RowsInput = { reading, names: 'mended', limits }
      return streams.run<Uint8Array>('rows.survey', argument, { input: readParts(store, upload), signal })
    })
  const describe = (surveyed: Uint8Array, options: DescribeTable): Promise<TableDescription> =>
    streams.run<TableDescription>('rows.describe', options, { input: piecesOf(surveyed) })
  /** The survey, and how the table turned out to be read. */
  const surveyAnyEncoding = async (upload: Pick<Upload, 'id' | 'parts'>, reading: Reading, signal?: AbortSignal) => {
    try {
      return { surveyed: await survey(upload, reading, signal), reading }
    } catch (error) {
      if (!isEncodingError(error) || reading.encoding !== undefined || reading.notUtf8) throw error
      const other = { ...reading, notUtf8: true }
      return { surveyed: await survey(upload, other, signal), reading: other }
    }
  }
  const found = async (id: string): Promise<Upload & { readonly summary: NonNullable<Upload['summary']> }> => {
    const upload = await store.find(id)
    if (upload?.summary === undefined || upload.expiresAt <= clock()) throw tableNotFound(id)
    return { ...upload, summary: upload.summary }
  }
  const remove = async (id: string): Promise<void> => {
    surveys.forget(id)
    await store.delete(id)
  }
  const sweep = async (): Promise<number> => {
    const now = clock()
    // One server has the embedded database to itself: what was under way when it started can only be what another left.
    const silentSince = database.engine === 'sqlite' ? Math.max(startedAt, now - SILENT_MS) : now - SILENT_MS
    const ids = await store.leftovers(now, silentSince)
    for (const id of ids) await remove(id)
    return ids.length
  }

  return {
    async upload(bytes, { name = 'table', reading = {}, actor, signal } = {}) {
      const upload = await take({ store, clock, settings }, bytes, { name, createdBy: actor ?? null, signal })
      try {
        const { surveyed, reading: read } = await surveyAnyEncoding(upload, reading, signal)
        const description = await describe(surveyed, {})
        const { rows, columns, dialect } = description
        const summary = { rows, columns: columns.length, reading: read, dialect }
        if (!(await store.complete(upload.id, summary))) throw tableNotFound(upload.id)
        return { table: infoOf({ ...upload, summary }), ...description }
      } catch (error) {
        await remove(upload.id).catch(() => {})
        throw error
      }
    },
    async describe(id, { reading = {}, ...options } = {}) {
      const upload = await found(id)
      const { surveyed } = await surveyAnyEncoding(upload, merged(upload.summary.reading, reading))
      return { table: infoOf(upload), ...(await describe(surveyed, options)) }
    },
    async list() {
      const now = clock()
      const items = await store.list()
      return { items: items.filter(({ expiresAt }) => expiresAt > now).map(infoOf) }
    },
    async delete(id) {
      await remove((await found(id)).id)
    },
    async open(id, reading = {}) {
      const upload = await found(id)
      const read = merged(upload.summary.reading, reading)
      return {
        rows: () => ({ bytes: readParts(store, upload), reading: read, names: 'mended' }),
        inspect: async (options) => describe((await surveyAnyEncoding(upload, read)).surveyed, { ...options, strict: true }),
      }
    },
    async hold(bytes, reading, signal) {
      const upload = await take({ store, clock, settings }, bytes, { name: 'rows', createdBy: null, signal })
      const rows = () => ({ bytes: readParts(store, upload), reading, names: 'strict' }) as const
      return {
        rows,
        inspect(options) {
          const argument: InspectRows = { reading, names: 'strict', limits, ...options }
          return streams.run<Inspection>('rows.inspect', argument, { input: rows().bytes, signal })
        },
        [Symbol.asyncDispose]: () => remove(upload.id),
      }
    },
    sweep,
    start() {
      const run = (): void => void sweep().catch((error: unknown) => log.warn({ error: String(error) }, 'old tables could not be deleted'))
      run()
      timer = setInterval(run, SWEEP_EVERY_MS).unref()
    },
    close() {
      clearInterval(timer)
      surveys.clear()
    },
  }
}

/** What is said now goes before what was said at the upload; another encoding is another reading altogether. */
function merged(stored: Reading, said: Reading): Reading {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  const { notUtf8, ...rest } = stored
  return said.encoding === undefined && notUtf8 ? { ...rest, notUtf8, ...given } : { ...rest, ...given }
}

/** Writes the parts as they come. */
async function take(
  { store, clock, settings }: { store: UploadStore } & Pick<TablesOptions, 'clock' | 'settings'>,
  bytes: AsyncIterable<Uint8Array>,
  { name, createdBy, signal }: { name: string; createdBy: string | null; signal: AbortSignal | undefined },
): Promise<Upload> {
  const now = clock()
  const { count, bytes: stored } = await store.total()
  if (count >= MAX_TABLES) throw tooManyTables(count)
  const room = settings.tablesLimitBytes - stored
  const id = randomUUID()
  const upload = { id, name, createdAt: now, expiresAt: now + KEPT_MS, createdBy }
  await store.insert(upload)
  let [size, parts] = [0, 0]
  try {
    for await (const part of partsOf(bytes)) {
      signal?.throwIfAborted()
      // What is no table at all is refused before it is all here.
      if (parts === 0) detectEncoding(part.subarray(0, HEAD_BYTES), false)
      size += part.byteLength
      if (size > settings.uploadLimitBytes) throw tooLarge(settings.uploadLimitBytes)
      if (size > room) throw noRoom(stored, settings.tablesLimitBytes)
      const content = await compress(part, COMPRESSION)
      if (!(await store.append(id, { number: parts, content, bytes: part.byteLength, now: clock() }))) throw tableNotFound(id)
      parts++
    }
    return { ...upload, bytes: size, parts, summary: undefined }
  } catch (error) {
    // What cannot be deleted now, as on a full disk, is swept later.
    await store.delete(id).catch(() => {})
    throw error
  }
}

/** Pieces of one size, all in the same memory: each is only good until the next is asked for. */
async function* partsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const part = Buffer.allocUnsafeSlow(PART_BYTES)
  let filled = 0
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.byteLength; ) {
      const count = Math.min(PART_BYTES - filled, chunk.byteLength - at)
      part.set(chunk.subarray(at, at + count), filled)
      filled += count
      at += count
      if (filled < PART_BYTES) continue
      yield part
      filled = 0
    }
  }
  if (filled > 0) yield part.subarray(0, filled)
}

async function* readParts(store: UploadStore, { id, parts }: Pick<Upload, 'id' | 'parts'>): AsyncGenerator<Uint8Array> {
  for (let number = 0; number < parts; number++) {
    const content = await store.part(id, number)
    if (content === undefined) throw tableNotFound(id)
    yield await decompress(content, DECOMPRESSION).catch((cause: unknown) => {
      throw new TandemError('artifact_damaged', `Part ${number + 1} of ${parts} of the table ${id} is damaged. Upload the table again.`, {
        details: { table: id },
        cause,
      })
    })
  }
}

function infoOf({ id, name, bytes, createdAt, expiresAt, summary }: Upload): TableInfo {
  const { rows = 0, columns = 0 } = summary ?? {}
  return { id, name, bytes, rows, columns, createdAt: new Date(createdAt).toISOString(), expiresAt: new Date(expiresAt).toISOString() }
}

export function tableNotFound(id: string): TandemError {
  return new TandemError(
    'table_not_found',
    `There is no table "${id.slice(0, 100)}". Uploaded tables are kept for 24 hours; upload it again.`,
    {
      details: { table: id.slice(0, 100) },
    },
  )
}

function tooManyTables(count: number): TandemError {
  return new TandemError(
    'conflict',
    `${count} tables are stored, as many as are possible. Delete some with DELETE /v1/tables/{table}; each is deleted by itself after 24 hours.`,
    { details: { tables: count, maximum: MAX_TABLES } },
  )
}

function noRoom(stored: number, limit: number): TandemError {
  return new TandemError(
    'payload_too_large',
    `The stored tables have ${stored} bytes, and with this one they would have more than the ${limit} bytes of this server. Delete some with DELETE /v1/tables/{table}, or raise TANDEM_TABLES_LIMIT_BYTES; each is deleted by itself after 24 hours.`,
    { details: { storedBytes: stored, limitBytes: limit } },
  )
}
