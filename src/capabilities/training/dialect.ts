// How a table is written: format, delimiter, encoding, header, line ends. Found from its beginning; each can be said instead.
import { isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { CsvReader, DELIMITERS, type Delimiter } from './csv-reader.ts'
import { type Decimal, decimalOf } from './decimal-mark.ts'
import { detectEncoding, type Encoding } from './text-encoding.ts'

/** What the sender says about a table; the rest is found out. */
export interface Reading {
  readonly format?: 'csv' | 'ndjson'
  readonly delimiter?: Delimiter
  readonly encoding?: Encoding
  /** Whether the first row names the columns. */
  readonly header?: boolean
  readonly decimal?: Decimal
  /** Columns that are known to hold numbers: these alone tell the decimal mark and are read by it. */
  readonly numbers?: readonly string[]
  /** It begins like UTF-8 and goes on otherwise, as was found when it was read. */
  readonly notUtf8?: boolean
}

export interface Dialect {
  readonly format: 'csv' | 'ndjson'
  /** Null for NDJSON. */
  readonly delimiter: Delimiter | null
  readonly encoding: Encoding
  readonly header: boolean
  readonly decimal: Decimal
  readonly lineEnding: 'lf' | 'crlf' | 'cr'
  readonly bom: boolean
}

/** Bytes that are looked at. */
export const HEAD_BYTES = 64 * 1024
const SAMPLE_RECORDS = 200

/**
 * @param head  the first bytes, up to `HEAD_BYTES`.
 * @param whole  whether that is all.
 * @throws `malformed_body` for a file that is no text.
 */
export function detectDialect(head: Uint8Array, whole: boolean, reading: Reading = {}): Dialect {
  const found = detectEncoding(head, whole)
  const encoding = reading.encoding ?? (reading.notUtf8 && found.encoding === 'utf-8' ? 'windows-1252' : found.encoding)
  // Not fatal: the end may be cut within a character, and what is wrong is told where the rows are read.
  const text = new TextDecoder(encoding).decode(head)
  const format = reading.format ?? (looksLikeJsonLines(text) ? 'ndjson' : 'csv')
  const common = { encoding, bom: found.bom, lineEnding: lineEndingOf(text) }
  if (format === 'ndjson') return { format, delimiter: null, header: true, decimal: '.', ...common }
  const delimiter = reading.delimiter ?? detectDelimiter(text, whole)
  const records = recordsOf(text, delimiter, whole)
  const header = reading.header ?? hasHeader(records)
  return { format, delimiter, header, decimal: reading.decimal ?? foundDecimal(records, reading.numbers), ...common }
}

function foundDecimal(records: readonly (readonly string[])[], numbers: readonly string[] | undefined): Decimal {
  if (numbers === undefined) return decimalOf(records)
  const [names = [], ...rest] = records
  const places = names.flatMap((name, place) => (numbers.includes(name) ? [place] : []))
  return decimalOf(rest, places)
}

/**
 * The delimiter that cuts the most rows into as many cells as the first one has; among equals the one that makes more cells.
 * Only where no row is complete the number of delimiters in the line decides.
 */
export function detectDelimiter(text: string, whole: boolean): Delimiter {
  let best: { delimiter: Delimiter; agreeing: number; cells: number } | undefined
  for (const delimiter of DELIMITERS) {
    const records = recordsOf(text, delimiter, whole)
    const cells = records[0]?.length ?? text.split('\n', 1)[0]!.split(delimiter).length
    if (cells < 2) continue
    const agreeing = records.filter((record) => record.length === cells).length / Math.max(1, records.length)
    if (best === undefined || agreeing > best.agreeing || (agreeing === best.agreeing && cells > best.cells)) {
      best = { delimiter, agreeing, cells }
    }
  }
  return best?.delimiter ?? ','
}

/**
 * Whether the first row names the columns: it does unless it holds values like those below it. Numbers count as names where
 * they rise by one, as years and the column numbers of data frames do.
 */
export function hasHeader(records: readonly (readonly string[])[]): boolean {
  const [first, ...rest] = records
  if (first === undefined || rest.length === 0) return true
  const numeric = first.map((_, column) => isNumeric(rest.map((record) => record[column] ?? '')))
  const values = first.map((cell) => numberFromText(cell))
  // A name over a column of numbers settles it.
  if (first.some((cell, column) => numeric[column] && values[column] === undefined && cell !== '' && !isMissingText(cell))) return true
  const numbers = values.filter((value) => value !== undefined)
  if (numbers.length === 0) return true
  return numbers.length > 1 && numbers.every((value, index) => index === 0 || value === numbers[index - 1]! + 1)
}

function isNumeric(cells: readonly string[]): boolean {
  const present = cells.filter((cell) => !isMissingText(cell))
  return present.length > 0 && present.every((cell) => numberFromText(cell) !== undefined)
}

/** The first complete records; those before a place that cannot be read, where one comes. */
function recordsOf(text: string, delimiter: Delimiter, whole: boolean): string[][] {
  const reader = new CsvReader(delimiter)
  const records: string[][] = []
  try {
    // In pieces, so that one quote that is never closed costs only what stands after it.
    for (let at = 0; at < text.length && records.length < SAMPLE_RECORDS; at += 4096) {
      const end = whole && at + 4096 >= text.length
      for (const { cells } of reader.read(text.slice(at, at + 4096), end)) records.push(cells)
    }
  } catch {
    // Told when the rows are read.
  }
  return records.slice(0, SAMPLE_RECORDS)
}

function looksLikeJsonLines(text: string): boolean {
  const line = text.trimStart().split('\n', 1)[0]?.trim() ?? ''
  if (!line.startsWith('{')) return false
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}

function lineEndingOf(text: string): Dialect['lineEnding'] {
  const count = (pattern: RegExp): number => text.match(pattern)?.length ?? 0
  const crlf = count(/\r\n/g)
  const lf = count(/\n/g) - crlf
  const cr = count(/\r/g) - crlf
  return crlf > lf && crlf >= cr ? 'crlf' : cr > lf ? 'cr' : 'lf'
}
