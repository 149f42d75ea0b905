// From the rows a caller gives to a stream of bytes with what is known of it.
import type { TrainingRows } from '../../tandem.ts'
import type { Reading } from './dialect.ts'

type Bytes = string | Uint8Array | AsyncIterable<Uint8Array>

const PIECE = 64 * 1024

/** CSV and NDJSON as bytes; undefined for rows that are objects. */
export function streamOf(rows: Extract<TrainingRows, { csv: unknown } | { ndjson: unknown }>): {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly reading: Reading
} {
  return 'csv' in rows
    ? { bytes: piecesOf(rows.csv), reading: { format: 'csv', ...(rows.decimal && { decimal: rows.decimal }) } }
    : { bytes: piecesOf(rows.ndjson), reading: { format: 'ndjson' } }
}

/** The bytes in pieces that are quick to hand over. */
export async function* piecesOf(source: Bytes): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string') {
    const encoder = new TextEncoder()
    for (let at = 0; at < source.length; ) {
      let end = Math.min(source.length, at + PIECE)
      // Half a surrogate pair is no character.
      const last = source.charCodeAt(end - 1)
      if (end < source.length && last >= 0xd800 && last < 0xdc00) end++
      yield encoder.encode(source.slice(at, end))
      at = end
    }
  } else if (source instanceof Uint8Array) {
    for (let at = 0; at < source.byteLength; at += PIECE) yield source.subarray(at, at + PIECE)
  } else for await (const chunk of source) yield* piecesOf(chunk)
}
