// Training rows from wherever they come, JSON objects, CSV or NDJSON, as batches of rows with the place each stands at.
// Streams are read with backpressure; nothing holds the event loop for more than a few milliseconds.
import { TandemError } from '../../errors.ts'
import { CsvReader, type CsvRecord } from './csv-reader.ts'
import { watchMarks, withPoint } from './decimal-mark.ts'
import { type Dialect, detectDialect, HEAD_BYTES, type Reading } from './dialect.ts'
import { createPause, type EventLoopPause } from './event-loop-pause.ts'
import { checkedNames, namesOf, type RenamedColumn } from './header-names.ts'
import { createTextReader, detectEncoding } from './text-encoding.ts'

export type RowBatch =
  /** CSV: texts in the order of the columns. */
  | { readonly kind: 'cells'; readonly columns: readonly string[]; readonly records: readonly CsvRecord[] }
  /** JSON (`line` undefined) and NDJSON: objects, `first` is the number of the first row, from 0. */
  | { readonly kind: 'objects'; readonly rows: readonly unknown[]; readonly first: number; readonly lines: readonly number[] | undefined }

export interface RowLimits {
  readonly maxRows: number
  readonly uploadLimitBytes: number
}

/** Rows as objects, or the bytes of a table and what is known of how it is written. */
export type RowSource =
  | { readonly rows: readonly unknown[] }
  | { readonly bytes: AsyncIterable<Uint8Array>; readonly reading: Reading; readonly names: NameRule }

/**
 * What happens to columns without a name and to names that stand twice. `strict`: refused. `mended`: they get a name of their
 * own, and windows-1252 is read where the bytes are no UTF-8; both are told in `TableHead`.
 */
export type NameRule = 'strict' | 'mended'

/** What was found out about a stream. */
export interface TableHead {
  readonly dialect: Dialect
  readonly renamed: readonly RenamedColumn[]
  /** Whether windows-1252 is read because the bytes are no UTF-8, and nobody said so. */
  readonly guessedEncoding: boolean
}

export interface ReadOptions {
  /** Called once, before the first batch of a stream. */
  readonly onHead?: (head: TableHead) => void
  /** Longest stretch of work. Default 2; a thread of its own needs none. */
  readonly pauseEveryMs?: number
  /** Bytes decoded, cut and checked at once. The default takes about 1 ms. */
  readonly sliceBytes?: number
}

const SLICE = 4 * 1024
const BATCH_ROWS = 100
const MAX_LINE_LENGTH = 1024 * 1024

/** @throws `too_many_rows`, `payload_too_large`, `malformed_body`. */
export async function* readRows(source: RowSource, limits: RowLimits, options: ReadOptions = {}): AsyncGenerator<RowBatch> {
  const pause = createPause(options.pauseEveryMs)
  let rows = 0
  for await (const batch of 'rows' in source ? objectBatches(source.rows, limits) : streamBatches(source, limits, options, pause)) {
    rows += batch.kind === 'cells' ? batch.records.length : batch.rows.length
    if (rows > limits.maxRows) throw tooManyRows(limits.maxRows)
    yield batch
    if (pause.due()) await pause.rest()
  }
}

async function* objectBatches(rows: readonly unknown[], { maxRows }: RowLimits): AsyncGenerator<RowBatch> {
  if (rows.length > maxRows) throw tooManyRows(maxRows)
  for (let first = 0; first < rows.length; first += BATCH_ROWS) {
    yield { kind: 'objects', rows: rows.slice(first, first + BATCH_ROWS), first, lines: undefined }
  }
}

async function* streamBatches(
  { bytes, reading, names }: Extract<RowSource, { bytes: unknown }>,
  limits: RowLimits,
  { onHead, sliceBytes = SLICE }: ReadOptions,
  pause: EventLoopPause,
): AsyncGenerator<RowBatch> {
  const { head, whole, rest } = await headOf(bytes, limits.uploadLimitBytes)
  if (head.byteLength === 0) throw new TandemError('malformed_body', 'The table is empty: 0 bytes came. Send a file that has rows.')
  // Who reads strictly has nobody to tell that an encoding was guessed.
  const known = names === 'strict' ? { header: true, ...withoutGuess(head, reading) } : reading
  const dialect = detectDialect(head, whole, known)
  const texts = textOf(rest, dialect, sliceBytes, pause)
  const guessedEncoding = reading.encoding === undefined && dialect.encoding === 'windows-1252'
  const told = (renamed: readonly RenamedColumn[]): void => onHead?.({ dialect, renamed, guessedEncoding })
  if (dialect.format === 'csv') yield* csvBatches(texts, dialect, names, reading, told)
  else {
    onHead?.({ dialect, renamed: [], guessedEncoding })
    yield* ndjsonBatches(texts)
  }
}

/** UTF-8 unless the bytes say UTF-16. */
function withoutGuess(head: Uint8Array, reading: Reading): Reading {
  if (reading.encoding !== undefined) return reading
  const { encoding } = detectEncoding(head, false)
  return { ...reading, encoding: encoding === 'windows-1252' ? 'utf-8' : encoding }
}

async function* csvBatches(
  texts: AsyncIterable<{ text: string; end: boolean }>,
  { delimiter, header, decimal }: Dialect,
  names: NameRule,
  reading: Reading,
  onNames: (renamed: readonly RenamedColumn[]) => void,
): AsyncGenerator<RowBatch> {
  const reader = new CsvReader(delimiter ?? ',')
  const pointed = (cell: string, column: number): string => (numbers === undefined || numbers[column] ? withPoint(cell) : cell)
  let columns: readonly string[] | undefined
  // Of the columns that are known to be numbers; the others keep their texts.
  let numbers: readonly boolean[] | undefined
  let watch: ((record: CsvRecord) => void) | undefined
  for await (const { text, end } of texts) {
    let records = reader.read(text, end)
    const first = records[0]
    if (columns === undefined && first !== undefined) {
      const named = header && names === 'strict' ? { columns: checkedNames(first), renamed: [] } : namesOf(first, header)
      columns = named.columns
      onNames(named.renamed)
      if (reading.numbers !== undefined) numbers = columns.map((name) => reading.numbers!.includes(name))
      // Who uploads a table is shown how it is read.
      if (names === 'strict' && reading.decimal === undefined) watch = watchMarks(decimal, columns, numbers)
      if (header) records = records.slice(1)
    }
    if (watch !== undefined) for (const record of records) watch(record)
    if (decimal === ',') records = records.map((record) => ({ ...record, cells: record.cells.map(pointed) }))
    // Also without rows, so that the columns are known.
    if (columns !== undefined && (records.length > 0 || first !== undefined)) yield { kind: 'cells', columns, records }
  }
  if (columns === undefined) throw new TandemError('malformed_body', 'The CSV is empty. Its first line must name the columns.')
}

async function* ndjsonBatches(texts: AsyncIterable<{ text: string; end: boolean }>): AsyncGenerator<RowBatch> {
  let rest = ''
  let line = 0
  let first = 0
  for await (const { text, end } of texts) {
    const lines = (rest + text).split('\n')
    rest = end ? '' : (lines.pop() ?? '')
    if (rest.length > MAX_LINE_LENGTH) throw malformedLine(line + 1, `is longer than ${MAX_LINE_LENGTH} characters`)
    const batch: { rows: unknown[]; lines: number[] } = { rows: [], lines: [] }
    for (const json of lines) {
      line++
      if (json.trim() === '') continue
      batch.rows.push(parsedLine(json, line))
      batch.lines.push(line)
    }
    if (batch.rows.length > 0) yield { kind: 'objects', ...batch, first }
    first += batch.rows.length
  }
}

function parsedLine(json: string, line: number): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw malformedLine(line, `is no JSON (${(cause as Error).message.slice(0, 100)}). Write one object on each line`)
  }
}

/** The beginning of a stream, and all of it again. */
async function headOf(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<{ head: Uint8Array; whole: boolean; rest: AsyncIterable<Uint8Array> }> {
  const chunks = limited(source, limitBytes)
  const first: Uint8Array[] = []
  let size = 0
  let whole = false
  while (size < HEAD_BYTES) {
    const { done, value } = await chunks.next()
    if (done) {
      whole = true
      break
    }
    first.push(value)
    size += value.byteLength
  }
  const head = first.length === 1 ? first[0]! : Buffer.concat(first)
  const rest = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (head.byteLength > 0) yield head
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    } finally {
      await chunks.return(undefined)
    }
  }
  return { head: head.subarray(0, HEAD_BYTES), whole: whole && size <= HEAD_BYTES, rest: rest() }
}

async function* limited(source: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0
  for await (const chunk of source) {
    size += chunk.byteLength
    if (size > limitBytes) throw tooLarge(limitBytes)
    yield chunk
  }
}

/** Small pieces of text, so that each is quick to read; `end` marks the last one. */
async function* textOf(
  chunks: AsyncIterable<Uint8Array>,
  { encoding }: Dialect,
  sliceBytes: number,
  pause: EventLoopPause,
): AsyncGenerator<{ text: string; end: boolean }> {
  const read = createTextReader(encoding)
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; at += sliceBytes) {
      yield { text: read(chunk.subarray(at, at + sliceBytes)), end: false }
      if (pause.due()) await pause.rest()
    }
  }
  yield { text: read(undefined), end: true }
}

export function tooManyRows(maxRows: number): TandemError {
  return new TandemError(
    'too_many_rows',
    `There are more than ${maxRows} rows, the limit of this server. Send fewer rows, or raise TANDEM_MAX_ROWS.`,
    {
      details: { maxRows },
    },
  )
}

export function tooLarge(limitBytes: number): TandemError {
  return new TandemError(
    'payload_too_large',
    `The rows are larger than ${limitBytes} bytes, the limit of this server. Send fewer rows, or raise TANDEM_UPLOAD_LIMIT_BYTES.`,
    { details: { limitBytes } },
  )
}

function malformedLine(line: number, what: string): TandemError {
  return new TandemError('malformed_body', `The NDJSON cannot be read: line ${line} ${what}.`, { details: { line } })
}
