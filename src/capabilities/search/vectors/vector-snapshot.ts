// The memory of a vector index as a file, so that a million rows are there in a fraction of a second: blocks as they stand, and up to where
// the log is in them. What came later is read from the log, which alone is the truth: rows that change while the file is written are in
// later segments, and it is put in place only when those are durable.

import { BLOCK_ROWS, HEAD, type VectorMemory } from '../../../algorithms/vector/vector-memory.ts'
import { VectorRows } from '../../../algorithms/vector/vector-rows.ts'
import { openSnapshot, type Snapshot, writeSnapshot } from '../../../platform/storage/snapshot-file.ts'
import type { LogPosition, SegmentLog } from './segment-log.ts'
import type { StoredCodes, StoredIndex } from './vector-store.ts'

/** To be raised when the blocks of a memory are laid out differently. */
const FORMAT = 1
/** Blocks that are read at a time: the disk, the copying and the checksums go on beside each other. */
const READS = 4

interface SnapshotMeta {
  readonly format: number
  readonly token: string
  readonly dimensions: number
  readonly metric: string
  readonly slots: number
  /** Whether the sign codes are in the blocks; what they are relative to is the first part then. */
  readonly encoded: boolean
  readonly position: LogPosition
}

export interface SnapshotSource {
  readonly rows: VectorRows
  readonly log: SegmentLog
  readonly token: string
  /** The codes that the rows have now; undefined: none that count. */
  readonly codes: () => StoredCodes | undefined
}

/** Thrown to leave the last snapshot in place; never seen outside. */
const OUTDATED = new Error('the codes were made anew meanwhile')

/** Writes the rows as they are; false when they changed in a way that needs another try. Takes about 2 ms of the event loop per 10,000 rows. */
export async function saveVectorSnapshot(path: string, { rows, log, token, codes }: SnapshotSource): Promise<boolean> {
  const { memory } = rows
  const { layout, handle } = memory
  const position = log.position
  const made = codes()
  const blocks = Math.ceil(memory.slots / BLOCK_ROWS)
  const copy = new Uint8Array(made === undefined ? layout.codes : layout.bytes)
  try {
    await writeSnapshot(path, async (add) => {
      await add(made === undefined ? new Uint8Array() : bytesOf(made.mean))
      let slots = 0
      for (let block = 0; block < blocks; block++) {
        // A copy is one moment: of a row that moved meanwhile another block may hold the older place, and the log the right one.
        const at = memory.blockAt(block)
        copy.set(memory.views.u8.subarray(at, at + copy.length))
        slots = Math.min(memory.slots, blocks * BLOCK_ROWS)
        await add(copy)
      }
      if (codes() !== made) throw OUTDATED
      await log.flush()
      const { dimensions, metric } = handle
      return { format: FORMAT, token, dimensions, metric, slots, encoded: made !== undefined, position } satisfies SnapshotMeta
    })
    return true
  } catch (error) {
    if (error === OUTDATED) return false
    throw error
  }
}

export interface LoadedSnapshot {
  readonly rows: VectorRows
  readonly position: LogPosition
  /** Whether the codes are there too. */
  readonly encoded: boolean
}

/**
 * Reads a snapshot into a new memory; undefined when there is none that fits the stored index and its log.
 *
 * @param first  number of the first segment that the log still has.
 */
export async function loadVectorSnapshot(
  path: string,
  makeMemory: () => VectorMemory,
  stored: StoredIndex,
  first: number | undefined,
): Promise<LoadedSnapshot | undefined> {
  const snapshot = await openSnapshot(path)
  if (snapshot === undefined) return undefined
  try {
    const meta = snapshot.meta as SnapshotMeta
    if (!fits(meta, stored, first)) return undefined
    const rows = new VectorRows(makeMemory())
    const { layout } = rows.memory
    const bytes = meta.encoded ? layout.bytes : layout.codes
    const sizes = snapshot.parts.slice(1)
    if (sizes.length !== Math.ceil(meta.slots / BLOCK_ROWS) || sizes.some((size) => size !== bytes)) return undefined
    if (meta.encoded && !(await readMean(snapshot, rows.memory, stored))) return undefined
    rows.reserve(meta.slots)
    if (!(await readBlocks(snapshot, rows.memory, bytes)) || !rows.adopt(meta.slots)) return undefined
    rows.encodes = meta.encoded
    return { rows, position: meta.position, encoded: meta.encoded }
  } finally {
    await snapshot.close()
  }
}

/** Whether the log goes on from where the snapshot is. A log that was written anew since may have lost what was deleted in between. */
function fits(meta: SnapshotMeta, { token, dimensions, metric, lastSegment }: StoredIndex, first: number | undefined): boolean {
  if (meta.format !== FORMAT || meta.token !== token || meta.dimensions !== dimensions || meta.metric !== metric) return false
  const { last } = meta.position
  return last === lastSegment || (last < lastSegment && first !== undefined && first <= last + 1)
}

async function readMean(snapshot: Snapshot, memory: VectorMemory, { codes }: StoredIndex): Promise<boolean> {
  const mean = await snapshot.read(0)
  if (mean === undefined || codes === undefined || Buffer.compare(mean, bytesOf(codes.mean)) !== 0) return false
  memory.views.f32.set(codes.mean, HEAD.mean >>> 2)
  return true
}

async function readBlocks(snapshot: Snapshot, memory: VectorMemory, bytes: number): Promise<boolean> {
  const blocks = snapshot.parts.length - 1
  let next = 0
  let whole = true
  const reader = async (): Promise<void> => {
    while (next < blocks && whole) {
      const block = next++
      const at = memory.blockAt(block)
      if ((await snapshot.read(1 + block, memory.views.u8.subarray(at, at + bytes))) === undefined) whole = false
    }
  }
  await Promise.all(Array.from({ length: READS }, reader))
  return whole
}

function bytesOf(floats: Float32Array): Uint8Array {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
}
