// Free texts of a table on shared memory, so that every thread reads them where they are. A value of the matrix is the row whose text it is.
import type { ReadDocument } from '../../algorithms/columns/table.ts'

/** The texts of one feature: UTF-8, one after the other. */
export interface Documents {
  readonly feature: number
  readonly bytes: Uint8Array
  /** Where the text of each row ends; as long as the table. */
  readonly ends: Float64Array
}

/** Texts of one part of a table, as a thread hands them over. */
export interface DocumentPart {
  readonly feature: number
  readonly bytes: Uint8Array
  readonly ends: Float64Array
}

/** @param texts  the text of each row; absent ones are empty. */
export function packDocuments(feature: number, texts: readonly (string | undefined)[]): DocumentPart {
  const encoder = new TextEncoder()
  let bytes = new Uint8Array(Math.max(64, texts.length * 64))
  let size = 0
  const ends = new Float64Array(texts.length)
  for (const [row, text = ''] of texts.entries()) {
    // A UTF-16 unit takes 3 bytes at most.
    if (size + text.length * 3 > bytes.length) {
      const larger = new Uint8Array((size + text.length * 3) * 2)
      larger.set(bytes.subarray(0, size))
      bytes = larger
    }
    size += encoder.encodeInto(text, bytes.subarray(size)).written
    ends[row] = size
  }
  return { feature, bytes: bytes.slice(0, size), ends }
}

/** Parts in the order of their rows, as one. */
export function joinDocuments(parts: readonly DocumentPart[]): Documents[] {
  return [...new Set(parts.map(({ feature }) => feature))].map((feature) => {
    const own = parts.filter((part) => part.feature === feature)
    const total = (of: (part: DocumentPart) => number): number => own.reduce((sum, part) => sum + of(part), 0)
    const bytes = new Uint8Array(new SharedArrayBuffer(total((part) => part.bytes.length)))
    const ends = new Float64Array(new SharedArrayBuffer(total((part) => part.ends.length) * 8))
    let [atByte, atRow] = [0, 0]
    for (const part of own) {
      bytes.set(part.bytes, atByte)
      for (const [row, end] of part.ends.entries()) ends[atRow + row] = atByte + end
      atByte += part.bytes.length
      atRow += part.ends.length
    }
    return { feature, bytes, ends }
  })
}

/** Undefined where no feature is a text. */
export function documentReader(all: readonly Documents[]): ReadDocument | undefined {
  if (all.length === 0) return undefined
  const byFeature = new Map(all.map((documents) => [documents.feature, documents]))
  return (feature, row) => {
    const { bytes, ends } = byFeature.get(feature)!
    const start = row === 0 ? 0 : ends[row - 1]!
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, ends[row]! - start).toString()
  }
}
