// Which text of a keyword index belongs to which row. A text that changes becomes a new document at the end, because the lists of a
// term only grow at their end; its old one stays behind as a gap until the lists are written anew.
import { bytesOf, type IndexImage, int32Of } from './index-image.ts'

export interface DocumentTable {
  /** Documents ever added since the last `compact`, gaps too. */
  readonly documents: number
  readonly live: number
  /** Terms of a live document on average; 1 without any. */
  readonly averageLength: number
  readonly bytes: number
  /** Per document its row, -1 for a gap. Valid until the next `add`. */
  readonly rows: Int32Array
  /** Per document its number of terms. Valid until the next `add`. */
  readonly lengths: Int32Array
  /** Adds a document for a row that has none and returns its number. */
  add(row: number): number
  setLength(document: number, length: number): void
  /** The document of a row, or -1. */
  documentOf(row: number): number
  /** Makes a gap of the row's document; returns whether there was one. */
  remove(row: number): boolean
  /** Closes the gaps. Returns the new number of each document, -1 for those that are gone. */
  compact(): Int32Array
  image(): IndexImage
}

/** No documents, or those of an image, whose parts become its own. */
export function createDocumentTable(image?: IndexImage): DocumentTable {
  let rows = new Int32Array(1024)
  let lengths = new Int32Array(1024)
  let byRow = new Int32Array(1024).fill(-1)
  let documents = 0
  let live = 0
  let liveLength = 0
  if (image !== undefined) {
    ;[documents, live, liveLength] = image.numbers as [number, number, number]
    ;[rows, lengths, byRow] = image.parts.map(int32Of) as [Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>, Int32Array<ArrayBuffer>]
  }
  const documentOf = (row: number): number => byRow[row] ?? -1
  return {
    get documents() {
      return documents
    },
    get live() {
      return live
    },
    get averageLength() {
      return liveLength / live || 1
    },
    get bytes() {
      return rows.byteLength + lengths.byteLength + byRow.byteLength
    },
    get rows() {
      return rows
    },
    get lengths() {
      return lengths
    },
    add(row) {
      const document = documents++
      rows = withRoom(rows, document, 0)
      lengths = withRoom(lengths, document, 0)
      byRow = withRoom(byRow, row, -1)
      rows[document] = row
      lengths[document] = 0
      byRow[row] = document
      live++
      return document
    },
    setLength(document, length) {
      liveLength += length - lengths[document]!
      lengths[document] = length
    },
    documentOf,
    remove(row) {
      const document = documentOf(row)
      if (document < 0) return false
      rows[document] = -1
      byRow[row] = -1
      live--
      liveLength -= lengths[document]!
      return true
    },
    compact() {
      const renumbered = new Int32Array(documents).fill(-1)
      let kept = 0
      for (let document = 0; document < documents; document++) {
        const row = rows[document]!
        if (row < 0) continue
        renumbered[document] = kept
        rows[kept] = row
        lengths[kept] = lengths[document]!
        byRow[row] = kept++
      }
      documents = kept
      return renumbered
    },
    image: () => ({
      numbers: [documents, live, liveLength],
      parts: [bytesOf(rows.subarray(0, documents)), bytesOf(lengths.subarray(0, documents)), bytesOf(byRow)],
    }),
  }
}

function withRoom(values: Int32Array<ArrayBuffer>, at: number, fill: number): Int32Array<ArrayBuffer> {
  if (at < values.length) return values
  const grown = new Int32Array(Math.max(at + 1, values.length * 2))
  if (fill !== 0) grown.fill(fill, values.length)
  grown.set(values)
  return grown
}
