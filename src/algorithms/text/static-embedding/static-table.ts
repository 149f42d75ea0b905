// A table of token vectors that answers like a sentence encoder: a text's vector is the mean of its tokens' rows, brought to length 1.
// Rows are packed in 4 or 8 bits with one scale each. Source: Reimers 2019 for the target; Arora et al. 2017 for the mean of weighted words.
import { TandemError } from '../../../errors.ts'

/** Rows as they are kept in memory: 8 bits and a scale. */
export interface StaticTable {
  readonly rows: number
  readonly dimensions: number
  /** Row by row. */
  readonly values: Int8Array
  /** A value times the scale of its row is the number. */
  readonly scales: Float32Array
}

export type TableBits = 4 | 8

/**
 * Rounds rows to whole numbers of 4 or 8 bits. Of 4 bits, the scale of a row is the one of the least squared error.
 *
 * Cost: O(rows x dimensions), of 4 bits 12 times.
 */
export function quantizeRows(table: Float32Array, dimensions: number, bits: TableBits): StaticTable {
  const rows = table.length / dimensions
  const most = bits === 4 ? 7 : 127
  const values = new Int8Array(table.length)
  const scales = new Float32Array(rows)
  for (let row = 0; row < rows; row++) {
    const from = row * dimensions
    let largest = 0
    for (let at = from; at < from + dimensions; at++) largest = Math.max(largest, Math.abs(table[at]!))
    let best = largest / most
    if (bits === 4) {
      let least = Number.POSITIVE_INFINITY
      // Few values are near the largest: clipping those leaves finer steps for all others.
      for (let share = 1; share > 0.45; share -= 0.05) {
        const error = roundingError(table, from, dimensions, (largest * share) / most, most)
        if (error < least) [least, best] = [error, (largest * share) / most]
      }
    }
    scales[row] = best
    if (best > 0) for (let at = from; at < from + dimensions; at++) values[at] = rounded(table[at]! / best, most)
  }
  return { rows, dimensions, values, scales }
}

function roundingError(table: Float32Array, from: number, dimensions: number, scale: number, most: number): number {
  if (!(scale > 0)) return 0
  let error = 0
  for (let at = from; at < from + dimensions; at++) {
    const difference = table[at]! - scale * rounded(table[at]! / scale, most)
    error += difference * difference
  }
  return error
}

function rounded(value: number, most: number): number {
  return Math.max(-most, Math.min(most, Math.round(value)))
}

/** Little-endian: all scales as float32, then all values, of 4 bits two in a byte, the first in the low half. */
export function packTable({ values, scales }: StaticTable, bits: TableBits): Uint8Array {
  const packed = new Uint8Array(scales.length * 4 + (values.length * bits) / 8)
  const view = new DataView(packed.buffer)
  for (const [row, scale] of scales.entries()) view.setFloat32(row * 4, scale, true)
  const body = packed.subarray(scales.length * 4)
  if (bits === 8) body.set(new Uint8Array(values.buffer, values.byteOffset, values.length))
  else for (let at = 0; at < body.length; at++) body[at] = (values[2 * at]! & 15) | ((values[2 * at + 1]! & 15) << 4)
  return packed
}

/**
 * Reads what `packTable` wrote.
 *
 * @throws `invalid_input` when the length is not that of such a table.
 */
export function unpackTable(packed: Uint8Array, rows: number, dimensions: number, bits: TableBits): StaticTable {
  const wanted = rows * 4 + (rows * dimensions * bits) / 8
  if (packed.length !== wanted) {
    throw new TandemError(
      'invalid_input',
      `The table has ${packed.length} bytes; ${rows} rows of ${dimensions} values of ${bits} bits are ${wanted}.`,
    )
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const scales = Float32Array.from({ length: rows }, (_, row) => view.getFloat32(row * 4, true))
  const body = packed.subarray(rows * 4)
  const values = new Int8Array(rows * dimensions)
  if (bits === 8) values.set(body)
  else {
    for (let at = 0; at < body.length; at++) {
      const both = body[at]!
      values[2 * at] = (both << 28) >> 28
      values[2 * at + 1] = (both << 24) >> 28
    }
  }
  return { rows, dimensions, values, scales }
}

/**
 * Writes the vector of a text at `from`; without tokens it is zero.
 *
 * Cost: O(tokens x dimensions).
 *
 * @param ids  rows of the text's tokens, each below `table.rows`.
 */
export function embedTokens(
  { dimensions, values, scales }: StaticTable,
  ids: ArrayLike<number>,
  vectors: Float32Array,
  from: number,
): void {
  const vector = vectors.subarray(from, from + dimensions)
  vector.fill(0)
  for (let token = 0; token < ids.length; token++) {
    const id = ids[token]!
    const row = id * dimensions
    const scale = scales[id]!
    for (let at = 0; at < dimensions; at++) vector[at]! += scale * values[row + at]!
  }
  let squares = 0
  for (let at = 0; at < dimensions; at++) squares += vector[at]! * vector[at]!
  if (!(squares > 0)) return
  const scale = 1 / Math.sqrt(squares)
  for (let at = 0; at < dimensions; at++) vector[at]! *= scale
}
