// Lists of (document, count) per term in one growing block of bytes: a list is a chain of slices that double in size, so that a
// rare term takes 16 bytes and a frequent one is read nearly in one go. Source: Lucene's ByteBlockPool and its byte slices.
//
// A slice: [next slice, i32][bytes used, i32][entries...]. An entry: gap to the document before it and whether the count is more than
// 1 as one varint (gap * 2 + more), then, if more, the count as another.
import { TandemError } from '../../errors.ts'
import { bytesOf, type IndexImage, int32Of } from './index-image.ts'

export interface Postings {
  /** Terms that have a list. */
  readonly terms: number
  /** Size of the block and of the arrays beside it. */
  readonly bytes: number
  /** Entries of a term's list, those of deleted documents too. */
  count(term: number): number
  /** Adds an entry. Documents of a list must ascend and stay below 2^30. */
  append(term: number, document: number, count: number): void
  /** Reads a list into `documents` and `counts`, which must hold `count(term)` entries; returns how many there are. */
  read(term: number, documents: Int32Array, counts: Int32Array): number
  image(): IndexImage
}

const HEADER_BYTES = 8
const FIRST_SLICE_BYTES = 16
const LARGEST_SLICE_BYTES = 1 << 16
const MOST_BYTES = 2 ** 31 - 2 ** 20

/** No lists, or those of an image, whose parts become its own. */
export function createPostings(image?: IndexImage): Postings {
  let block: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16)
  let words = new Int32Array(block.buffer)
  // Offset 0 says that there is no slice.
  let top = FIRST_SLICE_BYTES
  let terms = 0
  let heads = new Int32Array(1024)
  let tails = new Int32Array(1024)
  let lasts = new Int32Array(1024)
  let counts = new Int32Array(1024)

  /** Sizes of slices follow from their number in the chain, so they are not written down. */
  const sizes: number[] = []
  for (let size = FIRST_SLICE_BYTES; size < LARGEST_SLICE_BYTES; size *= 2) sizes.push(size)
  sizes.push(LARGEST_SLICE_BYTES)
  let levels: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
  const sizeAt = (level: number): number => sizes[Math.min(level, sizes.length - 1)]!

  if (image !== undefined) {
    const [lists, ends, before, lengths, depths, bytes] = image.parts as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    ;[top, terms] = image.numbers as [number, number]
    ;[heads, tails, lasts, counts] = [int32Of(lists), int32Of(ends), int32Of(before), int32Of(lengths)]
    levels = Uint8Array.from(depths)
    words = int32Of(bytes)
    block = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  }
  const newSlice = (bytes: number): number => {
    if (top + bytes > block.length) {
      if (top + bytes > MOST_BYTES) {
        throw new TandemError('memory_limit', `The keyword index takes ${MOST_BYTES >> 20} MB, the most it can. Split the collection.`)
      }
      const grown = new Uint8Array(Math.min(MOST_BYTES, Math.max(block.length * 1.5, top + bytes) + 7) & ~7)
      grown.set(block)
      block = grown
      words = new Int32Array(block.buffer, 0, block.length >> 2)
    }
    const slice = top
    top += bytes
    words[(slice >> 2) + 1] = 0
    words[slice >> 2] = 0
    return slice
  }

  const startList = (term: number): void => {
    if (term >= heads.length) {
      const size = Math.max(term + 1, heads.length * 2)
      heads = enlarged(heads, size)
      tails = enlarged(tails, size)
      lasts = enlarged(lasts, size)
      counts = enlarged(counts, size)
      const grown = new Uint8Array(size)
      grown.set(levels)
      levels = grown
    }
    terms = Math.max(terms, term + 1)
    const slice = newSlice(FIRST_SLICE_BYTES)
    heads[term] = slice
    tails[term] = slice
    lasts[term] = -1
  }
  return {
    get terms() {
      return terms
    },
    get bytes() {
      return block.length + heads.length * 17
    },
    count: (term) => (term < terms ? counts[term]! : 0),
    append(term, document, count) {
      if (term >= terms || heads[term] === 0) startList(term)
      let slice = tails[term]!
      let used = words[(slice >> 2) + 1]!
      const more = count > 1
      const gap = (document - lasts[term]! - 1) * 2 + (more ? 1 : 0)
      const needed = varintBytes(gap) + (more ? varintBytes(count) : 0)
      if (used + needed > sizeAt(levels[term]!) - HEADER_BYTES) {
        const level = Math.min(levels[term]! + 1, 255)
        const next = newSlice(sizeAt(level))
        words[slice >> 2] = next
        levels[term] = level
        tails[term] = next
        slice = next
        used = 0
      }
      let at = slice + HEADER_BYTES + used
      at = writeVarint(block, at, gap)
      if (more) at = writeVarint(block, at, count)
      words[(slice >> 2) + 1] = at - slice - HEADER_BYTES
      lasts[term] = document
      counts[term]!++
    },
    read(term, documents, into) {
      if (term >= terms) return 0
      let entries = 0
      let document = -1
      for (let slice = heads[term]!; slice !== 0; slice = words[slice >> 2]!) {
        const end = slice + HEADER_BYTES + words[(slice >> 2) + 1]!
        for (let at = slice + HEADER_BYTES; at < end; ) {
          let byte = block[at++]!
          let gap = byte & 0x7f
          for (let shift = 7; byte > 0x7f; shift += 7) {
            byte = block[at++]!
            gap |= (byte & 0x7f) << shift
          }
          let count = 1
          if ((gap & 1) === 1) {
            byte = block[at++]!
            count = byte & 0x7f
            for (let shift = 7; byte > 0x7f; shift += 7) {
              byte = block[at++]!
              count |= (byte & 0x7f) << shift
            }
          }
          document += (gap >>> 1) + 1
          documents[entries] = document
          into[entries++] = count
        }
      }
      return entries
    },
    image: () => ({
      numbers: [top, terms],
      parts: [
        ...[heads, tails, lasts, counts].map((words32) => bytesOf(words32.subarray(0, terms))),
        levels.subarray(0, terms),
        block.subarray(0, (top + 7) & ~7),
      ],
    }),
  }
}

function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest >>>= 7) bytes++
  return bytes
}

function writeVarint(block: Uint8Array, from: number, value: number): number {
  let at = from
  let rest = value
  while (rest > 0x7f) {
    block[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  block[at++] = rest
  return at
}

function enlarged(values: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(size)
  grown.set(values)
  return grown
}
