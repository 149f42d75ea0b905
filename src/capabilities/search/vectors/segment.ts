// The bytes of one segment of a vector index: "TVS1", a checksum, counts, the keys that went, the keys that came, their scales and offsets,
// half norms where the metric has them, and their int8 rows. Little-endian, like the machines that Node.js runs on.

import { crc32 } from 'node:zlib'
import { BLOCK_ROWS } from '../../../algorithms/vector/vector-memory.ts'
import type { VectorRows } from '../../../algorithms/vector/vector-rows.ts'
import { TandemError } from '../../../errors.ts'

const MAGIC = 0x31535654
/** Magic, checksum of all that follows, stride, rows, gone. */
const HEAD_WORDS = 5
const CHECKED_FROM = 8

/** The rows of `keys` as they are now; those that are not there are noted as gone. */
export function encodeSegment(rows: VectorRows, keys: Iterable<number>): { readonly content: Uint8Array; readonly rows: number } {
  const { memory } = rows
  const { layout } = memory
  const slots: number[] = []
  const came: number[] = []
  const gone: number[] = []
  for (const key of keys) {
    const slot = rows.slotOf(key)
    if (slot === undefined) gone.push(key)
    else {
      slots.push(slot)
      came.push(key)
    }
  }
  const perRow = layout.stride + 12 + (layout.norms === 0 ? 0 : 4)
  const content = new Uint8Array(HEAD_WORDS * 4 + gone.length * 4 + came.length * perRow)
  const words = new Uint32Array(content.buffer, 0, HEAD_WORDS + gone.length + came.length * (layout.norms === 0 ? 3 : 4))
  words.set([MAGIC, 0, layout.stride, came.length, gone.length])
  words.set(gone, HEAD_WORDS)
  words.set(came, HEAD_WORDS + gone.length)
  const { u32, u8 } = memory.views
  const aux = HEAD_WORDS + gone.length + came.length
  const norms = aux + came.length * 2
  let at = words.length * 4
  for (const [i, slot] of slots.entries()) {
    const block = memory.blockAt(slot >>> 12)
    const place = slot & (BLOCK_ROWS - 1)
    const from = (block + layout.aux + place * 8) >>> 2
    words[aux + 2 * i] = u32[from]!
    words[aux + 2 * i + 1] = u32[from + 1]!
    if (layout.norms !== 0) words[norms + i] = u32[(block + layout.norms + place * 4) >>> 2]!
    content.set(u8.subarray(block + place * layout.stride, block + (place + 1) * layout.stride), at)
    at += layout.stride
  }
  words[1] = crc32(content.subarray(CHECKED_FROM))
  return { content, rows: came.length }
}

/** The keys that a segment speaks of. */
export function segmentKeys(content: Uint8Array): Uint32Array {
  const { buffer } = content.slice(0, HEAD_WORDS * 4)
  const [, , , came = 0, gone = 0] = new Uint32Array(buffer)
  return new Uint32Array(content.slice(HEAD_WORDS * 4, (HEAD_WORDS + came + gone) * 4).buffer)
}

/**
 * Applies a segment to the rows.
 *
 * @throws `storage_damaged` when the content is not what was written.
 */
export function applySegment(rows: VectorRows, content: Uint8Array, name: string, number: number): void {
  const { layout } = rows.memory
  const aligned = content.byteOffset % 4 === 0 ? content : Uint8Array.from(content)
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >>> 2)
  const [magic, checksum, stride, came = 0, gone = 0] = words.subarray(0, HEAD_WORDS)
  const perRow = layout.stride + 12 + (layout.norms === 0 ? 0 : 4)
  const whole =
    words.length >= HEAD_WORDS &&
    magic === MAGIC &&
    stride === layout.stride &&
    content.byteLength === HEAD_WORDS * 4 + gone * 4 + came * perRow &&
    crc32(aligned.subarray(CHECKED_FROM)) === checksum
  if (!whole) throw damaged(name, number)
  for (let i = 0; i < gone; i++) rows.remove(words[HEAD_WORDS + i]!)
  const keys = HEAD_WORDS + gone
  const aux = keys + came
  const norms = aux + 2 * came
  const first = norms + (layout.norms === 0 ? 0 : came)
  const bytes = aligned.subarray(first * 4)
  if (!rows.restore(words.subarray(keys, aux), bytes, words.subarray(aux, norms), words.subarray(norms, first))) throw damaged(name, number)
}

function damaged(name: string, number: number): TandemError {
  return new TandemError(
    'storage_damaged',
    `Segment ${number} of the vector index "${name}" does not have the content its checksum promises: it was changed or the disk is faulty. Restore a backup, or drop the index and embed again.`,
    { details: { index: name, segment: number } },
  )
}
