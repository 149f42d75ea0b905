// Training rows from wherever they come, JSON objects, CSV or NDJSON, as batches of rows with the place each stands at.
// Streams are read with backpressure; nothing holds the event loop for more than a few milliseconds.
import { TandemError } from '../../errors.ts'
import type { TrainingRows } from '../../tandem.ts'
import { CsvReader, type CsvRecord, detectDelimiter } from './csv-reader.ts'
import { createPause, type EventLoopPause } from './event-loop-pause.ts'

export type RowBatch =
  /** CSV: texts in the order of the columns. */
  | { readonly kind: 'cells'; readonly columns: readonly string[]; readonly records: readonly CsvRecord[] }
  /** JSON (`line` undefined) and NDJSON: objects, `first` is the number of the first row, from 0. */
  | { readonly kind: 'objects'; readonly rows: readonly unknown[]; readonly first: number; readonly lines: readonly number[] | undefined }

export interface RowLimits {
  readonly maxRows: number
  readonly uploadLimitBytes: number
}

type Bytes = string | Uint8Array | AsyncIterable<Uint8Array>

/** Bytes read at once: decoding, cutting and checking them takes about 1 ms. */
const SLICE = 4 * 1024
const BATCH_ROWS = 100
const MAX_LINE_LENGTH = 1024 * 1024
const MAX_COLUMNS = 2000

/** @throws `too_many_rows`, `payload_too_large`, `malformed_body`. */
export async function* readRows(source: TrainingRows, limits: RowLimits): AsyncGenerator<RowBatch> {
  const pause = createPause()
  let rows = 0
  for await (const batch of batchesOf(source, limits, pause)) {
    rows += batch.kind === 'cells' ? batch.records.length : batch.rows.length
    if (rows > limits.maxRows) throw tooManyRows(limits.maxRows)
    yield batch
    if (pause.due()) await pause.rest()
  }
}

function batchesOf(source: TrainingRows, limits: RowLimits, pause: EventLoopPause): AsyncGenerator<RowBatch> {
  if ('rows' in source) return objectBatches(source.rows, limits)
  return 'csv' in source ? csvBatches(textOf(source.csv, limits, pause)) : ndjsonBatches(textOf(source.ndjson, limits, pause))
}

async function* objectBatches(rows: readonly unknown[], { maxRows }: RowLimits): AsyncGenerator<RowBatch> {
  if (rows.length > maxRows) throw tooManyRows(maxRows)
  for (let first = 0; first < rows.length; first += BATCH_ROWS) {
    yield { kind: 'objects', rows: rows.slice(first, first + BATCH_ROWS), first, lines: undefined }
  }
}

async function* csvBatches(texts: AsyncIterable<{ text: string; end: boolean }>): AsyncGenerator<RowBatch> {
  let head = ''
  let reader: CsvReader | undefined
  let columns: readonly string[] | undefined
  for await (const { text, end } of texts) {
    if (reader === undefined) {
      head += text
      if (!head.includes('\n') && !end && head.length <= MAX_LINE_LENGTH) continue
      reader = new CsvReader(detectDelimiter(head))
    }
    let records = reader.read(head === '' ? text : head, end)
    head = ''
    if (columns === undefined && records[0] !== undefined) {
      columns = checkedHeader(records[0])
      records = records.slice(1)
    }
    if (columns !== undefined && records.length > 0) yield { kind: 'cells', columns, records }
  }
  if (columns === undefined) throw new TandemError('malformed_body', 'The CSV is empty. Its first line must name the columns.')
}

function checkedHeader({ cells, line }: CsvRecord): readonly string[] {
  const fail = (what: string): never => {
    throw new TandemError('malformed_body', `The CSV header (line ${line}) ${what}. Name every column once in the first line.`, {
      details: { line },
    })
  }
  const empty = cells.indexOf('')
  if (empty >= 0) fail(`has no name for column ${empty + 1} of ${cells.length}`)
  if (cells.length > MAX_COLUMNS) fail(`names ${cells.length} columns; at most ${MAX_COLUMNS} are possible`)
  const seen = new Map<string, number>()
  for (const [index, name] of cells.entries()) {
    const first = seen.get(name)
    if (first !== undefined) fail(`names column "${name.slice(0, 100)}" twice, as column ${first + 1} and ${index + 1}`)
    seen.set(name, index)
  }
  return cells
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

/** Small pieces of text, so that each is quick to read; `end` marks the last one. */
async function* textOf(
  source: Bytes,
  { uploadLimitBytes }: RowLimits,
  pause: EventLoopPause,
): AsyncGenerator<{ text: string; end: boolean }> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let size = 0
  for await (const chunk of chunksOf(source)) {
    size += chunk.byteLength
    if (size > uploadLimitBytes) throw tooLarge(uploadLimitBytes)
    for (let at = 0; at < chunk.byteLength; at += SLICE) {
      yield { text: decoded(() => decoder.decode(chunk.subarray(at, at + SLICE), { stream: true })), end: false }
      if (pause.due()) await pause.rest()
    }
  }
  yield { text: decoded(() => decoder.decode()), end: true }
}

async function* chunksOf(source: Bytes): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string') {
    // Half a surrogate pair must not be cut off: pieces are cut by bytes, of which there are a few at a time.
    yield new TextEncoder().encode(source)
  } else if (source instanceof Uint8Array) yield source
  else yield* source
}

function decoded(decode: () => string): string {
  try {
    return decode()
  } catch (cause) {
    throw new TandemError('malformed_body', 'The rows are not UTF-8 text. Save the file as UTF-8 and send it again.', { cause })
  }
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

function tooLarge(limitBytes: number): TandemError {
  return new TandemError(
    'payload_too_large',
    `The rows are larger than ${limitBytes} bytes, the limit of this server. Send fewer rows, or raise TANDEM_UPLOAD_LIMIT_BYTES.`,
    { details: { limitBytes } },
  )
}

function malformedLine(line: number, what: string): TandemError {
  return new TandemError('malformed_body', `The NDJSON cannot be read: line ${line} ${what}.`, { details: { line } })
}
