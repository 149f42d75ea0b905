// Lists of (document, count) per term in blocks of bytes: a list is a chain of slices that double in size, so that a rare term takes
// 16 bytes and a frequent one is read nearly in one go. Blocks are of one size, so that growing copies nothing and leaves no old block
// behind; no slice lies in two of them. Source: Lucene's ByteBlockPool and its byte slices.
//
// A slice: [next slice, i32][bytes used, i32][entries...]. An entry: gap to the document before it and whether the count is more than
// 1 as one varint (gap * 2 + more), then, if more, the count as another.
import { TandemError } from '../../errors.ts'
import { bytesOf, type IndexImage, int32Of } from './index-image.ts'

export interface Postings {
  /** Terms that have a list. */
  readonly terms: number
  /** Size of the blocks and of the arrays beside them. */
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
/** The first block begins small and is made anew as it fills. */
const FIRST_BLOCK_BYTES = 1 << 16
const BLOCK_BITS = 22
const BLOCK_BYTES = 1 << BLOCK_BITS
const MOST_BYTES = 2 ** 31 - BLOCK_BYTES

/** No lists, or those of an image, whose parts become its own. */
export function createPostings(image?: IndexImage): Postings {
  const blocks: Uint8Array<ArrayBuffer>[] = [new Uint8Array(FIRST_BLOCK_BYTES)]
  /** The same bytes in words. */
  const words: Int32Array<ArrayBuffer>[] = [new Int32Array(blocks[0]!.buffer)]
  let blockBytes = FIRST_BLOCK_BYTES
  // Place 0 says that there is no slice. A place is the number of a block and an offset in it, as one number.
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
    const [lists, ends, before, lengths, depths, ...kept] = image.parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
    ;[top, terms] = image.numbers as [number, number]
    ;[heads, tails, lasts, counts] = [int32Of(lists), int32Of(ends), int32Of(before), int32Of(lengths)]
    levels = Uint8Array.from(depths)
    for (const [place, bytes] of (kept as readonly Uint8Array[]).entries()) setBlock(place, int32Of(bytes))
  }
  function setBlock(place: number, bytes: Int32Array<ArrayBuffer>): void {
    blockBytes += bytes.byteLength - (blocks[place]?.length ?? 0)
    words[place] = bytes
    blocks[place] = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Makes room for so many bytes at the top, which moves on to a new block where this one is full. */
  const makeRoom = (bytes: number): void => {
    if ((top & (BLOCK_BYTES - 1)) + bytes > BLOCK_BYTES) top = (top & ~(BLOCK_BYTES - 1)) + BLOCK_BYTES
    if (top + bytes > MOST_BYTES) {
      throw new TandemError('memory_limit', `The keyword index takes ${MOST_BYTES >> 20} MB, the most it can. Split the collection.`)
    }
    const place = top >> BLOCK_BITS
    const there = words[place]
    const wanted = (top & (BLOCK_BYTES - 1)) + bytes
    if (there !== undefined && wanted <= there.byteLength) return
    // The first block, or the last one of an image, which was kept as far as it was used.
    const grown = new Int32Array(place > 0 ? BLOCK_BYTES >> 2 : Math.min(BLOCK_BYTES, Math.max(wanted, (there?.byteLength ?? 0) * 2)) >> 2)
    if (there !== undefined) grown.set(there)
    setBlock(place, grown)
  }

  const newSlice = (bytes: number): number => {
    makeRoom(bytes)
    const slice = top
    top += bytes
    const block = words[slice >> BLOCK_BITS]!
    const at = (slice & (BLOCK_BYTES - 1)) >> 2
    block[at] = 0
    block[at + 1] = 0
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
      return blockBytes + heads.length * 17
    },
    count: (term) => (term < terms ? counts[term]! : 0),
    append(term, document, count) {
      if (term >= terms || heads[term] === 0) startList(term)
      let slice = tails[term]!
      let place = slice >> BLOCK_BITS
      let offset = slice & (BLOCK_BYTES - 1)
      let used = words[place]![(offset >> 2) + 1]!
      const more = count > 1
      const gap = (document - lasts[term]! - 1) * 2 + (more ? 1 : 0)
      const needed = varintBytes(gap) + (more ? varintBytes(count) : 0)
      if (used + needed > sizeAt(levels[term]!) - HEADER_BYTES) {
        const level = Math.min(levels[term]! + 1, 255)
        const next = newSlice(sizeAt(level))
        words[place]![offset >> 2] = next
        levels[term] = level
        tails[term] = next
        slice = next
        place = slice >> BLOCK_BITS
        offset = slice & (BLOCK_BYTES - 1)
        used = 0
      }
      const block = blocks[place]!
      let at = offset + HEADER_BYTES + used
      at = writeVarint(block, at, gap)
      if (more) at = writeVarint(block, at, count)
      words[place]![(offset >> 2) + 1] = at - offset - HEADER_BYTES
      lasts[term] = document
      counts[term]!++
    },
    read(term, documents, into) {
      if (term >= terms) return 0
      let entries = 0
      let document = -1
      for (let slice = heads[term]!; slice !== 0; ) {
        const block = blocks[slice >> BLOCK_BITS]!
        const heading = words[slice >> BLOCK_BITS]!
        const offset = slice & (BLOCK_BYTES - 1)
        slice = heading[offset >> 2]!
        const end = offset + HEADER_BYTES + heading[(offset >> 2) + 1]!
        for (let at = offset + HEADER_BYTES; at < end; ) {
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
        ...blocks.map((block, place) => (place < blocks.length - 1 ? block : block.subarray(0, ((top & (BLOCK_BYTES - 1)) + 7) & ~7))),
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
