// Finds out how the bytes of a table are written, from its beginning, and turns them into text. What is no text at all is
// told by what it is.
import { TandemError } from '../../errors.ts'

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type Encoding = (typeof ENCODINGS)[number]

export interface DetectedEncoding {
  readonly encoding: Encoding
  /** Whether the file begins with a byte order mark. */
  readonly bom: boolean
}

/** First bytes of files that people take for tables. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive or an Excel workbook (.xlsx). Save the sheet as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook (.xls). Save the sheet as CSV'],
  [[0x1f, 0x8b], 'compressed by gzip. Unpack it'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed by zstd. Unpack it'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file. Write it as CSV'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF. Copy its table into a CSV file'],
  [[0x89, 0x50, 0x4e, 0x47], 'an image'],
  [[0x53, 0x51, 0x4c, 0x69, 0x74, 0x65], 'an SQLite database. Export the table as CSV'],
]

/**
 * @param head  the beginning of the file.
 * @param whole  whether that is all of it.
 * @throws `malformed_body` for files that are no text.
 */
export function detectEncoding(head: Uint8Array, whole: boolean): DetectedEncoding {
  for (const [bytes, what] of SIGNATURES) {
    if (bytes.every((byte, index) => head[index] === byte)) throw notText(`The file is ${what}, then send it again.`)
  }
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bom: true }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bom: true }
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bom: true }
  const wide = wideEncoding(head)
  if (wide !== undefined) return { encoding: wide, bom: false }
  return { encoding: isUtf8(head, whole) ? 'utf-8' : 'windows-1252', bom: false }
}

/** Decodes piece by piece. A byte order mark is dropped. */
export function createTextReader(encoding: Encoding): (bytes: Uint8Array | undefined) => string {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let read = 0
  return (bytes) => {
    let text: string
    try {
      text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw wrongEncoding(encoding, read, bytes, cause)
    }
    const zero = text.indexOf('\0')
    if (zero >= 0) {
      throw notText(
        `The file holds a NUL byte near byte ${read + zero}, so it is no text in ${encoding}. If it is a table, export it as CSV in UTF-8; if it is UTF-16, say so with encoding=utf-16le.`,
      )
    }
    read += bytes?.byteLength ?? 0
    return text
  }
}

/** Whether reading the same bytes in another encoding may do. */
export function isEncodingError(error: unknown): boolean {
  return TandemError.is(error) && error.code === 'malformed_body' && 'encoding' in error.details
}

/** Text of UTF-16 without a mark: every other byte of ASCII is zero. */
function wideEncoding(head: Uint8Array): Encoding | undefined {
  const count = Math.min(head.length, 1024) & ~1
  if (count < 4) return undefined
  let [low, high] = [0, 0]
  for (let at = 0; at < count; at += 2) {
    if (head[at] === 0) high++
    if (head[at + 1] === 0) low++
  }
  const most = count / 2 / 1.5
  return low > most && high === 0 ? 'utf-16le' : high > most && low === 0 ? 'utf-16be' : undefined
}

function isUtf8(head: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !whole })
    return true
  } catch {
    return false
  }
}

function notText(message: string): TandemError {
  return new TandemError('malformed_body', message)
}

function wrongEncoding(encoding: Encoding, read: number, bytes: Uint8Array | undefined, cause: unknown): TandemError {
  const name = encoding.toUpperCase()
  const text = new TextDecoder(encoding).decode(bytes)
  const before = text.slice(0, Math.max(0, text.indexOf('\ufffd'))).slice(-20)
  const place = before === '' ? `at byte ${read}` : `after ${JSON.stringify(before)}`
  return new TandemError(
    'malformed_body',
    `The rows are not ${name} text: ${place} comes what ${name} does not have. Save the file as UTF-8 and send it again, or name its encoding.`,
    { details: { encoding }, cause },
  )
}
