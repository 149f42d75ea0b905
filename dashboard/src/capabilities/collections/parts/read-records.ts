// Reads a file of documents piece by piece in the browser: CSV with a header, a JSON document a line, or one list.
import { parseSample, type SampleDocument } from './infer-fields.ts'

export interface RecordPiece {
  readonly records: readonly SampleDocument[]
  /** Bytes of the file that are read. */
  readonly read: number
}

/** A JSON list cannot be read in pieces. */
const LARGEST_LIST_BYTES = 64 * 1024 * 1024
const DELIMITERS = [',', ';', '\t', '|'] as const

/** @throws Error that names the line; the signal's reason when it is aborted. */
export async function* readRecords(file: Blob, signal?: AbortSignal): AsyncGenerator<RecordPiece> {
  const start = (await file.slice(0, 1024).text()).replace(/^\uFEFF/, '').trimStart()
  if (start.startsWith('[')) {
    if (file.size > LARGEST_LIST_BYTES) {
      throw new Error(`A JSON list of ${Math.round(file.size / 1e6)} MB is too large. Write one document a line (NDJSON) instead.`)
    }
    yield { records: parseSample(await file.text()), read: file.size }
    return
  }
  const parse = start.startsWith('{') ? ndjsonParser() : await csvParser()
  let read = 0
  let rest = ''
  const decoder = new TextDecoder()
  const reader = file.stream().getReader()
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value } = await reader.read()
      read += value?.length ?? 0
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true })
      const end = done ? rest.length : parse.endIn(rest)
      if (end > 0) yield { records: parse.records(rest.slice(0, end)), read }
      rest = rest.slice(end)
      if (done) return
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

interface PieceParser {
  /** Where the last whole record ends. */
  endIn(text: string): number
  records(text: string): SampleDocument[]
}

function ndjsonParser(): PieceParser {
  let line = 0
  return {
    endIn: (text) => text.lastIndexOf('\n') + 1,
    records: (text) =>
      text.split('\n').flatMap((written) => {
        line++
        if (written.trim() === '') return []
        try {
          return parseSample(written)
        } catch (cause) {
          throw new Error(`Line ${line}: ${(cause as Error).message}`, { cause })
        }
      }),
  }
}

async function csvParser(): Promise<PieceParser> {
  const { parse } = await import('csv-parse/browser/esm/sync')
  let columns: readonly string[] | undefined
  let delimiter: string = DELIMITERS[0]
  return {
    endIn: endOutsideQuotes,
    records: (text) => {
      const head = columns === undefined ? text.slice(0, text.indexOf('\n') < 0 ? undefined : text.indexOf('\n')) : ''
      if (columns === undefined) delimiter = commonest(head)
      const rows = parse(text, { delimiter, bom: true, skip_empty_lines: true, trim: true, relax_column_count: true }) as string[][]
      columns ??= rows.shift() ?? []
      return rows.map((row) => Object.fromEntries(columns!.map((name, place) => [name, row[place]]).filter(([, cell]) => cell)))
    },
  }
}

/** After the last line break that stands in no quotes: the number of quotes before it is even. */
function endOutsideQuotes(text: string): number {
  let end = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) quoted = !quoted
    else if (code === 10 && !quoted) end = at + 1
  }
  return end
}

function commonest(head: string): string {
  const counts = DELIMITERS.map((delimiter) => head.split(delimiter).length)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!
}

/** Cells of CSV are texts: those of which every one reads as a number, or as yes or no, become that. */
export function typedCells(records: readonly SampleDocument[]): SampleDocument[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))]
  const kinds = new Map(names.map((name) => [name, kindOfCells(records.map((record) => record[name]))]))
  return records.map((record) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, castCell(value, kinds.get(name) ?? 'string')])),
  )
}

function kindOfCells(cells: readonly unknown[]): 'number' | 'boolean' | 'string' {
  const texts = cells.filter((cell) => cell !== undefined)
  if (texts.some((cell) => typeof cell !== 'string')) return 'string'
  if (texts.every((cell) => isNumber(String(cell)))) return 'number'
  return texts.every((cell) => /^(true|false)$/i.test(String(cell))) ? 'boolean' : 'string'
}

/** As a field of the schema takes it; what does not read as that stays as it is, and the server says so. */
export function castCell(value: unknown, type: string): unknown {
  if (typeof value === 'number' && type === 'string') return String(value)
  if (typeof value !== 'string') return value
  if (type === 'number' || type === 'integer') return isNumber(value) ? Number(value) : value
  if (type === 'boolean') return /^(true|false)$/i.test(value) ? value.toLowerCase() === 'true' : value
  return value
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text))
