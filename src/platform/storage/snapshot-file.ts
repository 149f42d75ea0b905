// A file that keeps what an index holds in memory, so that it need not be made again at the next start. It is never the only copy: one
// that is missing, cut off or damaged is as good as none. It is written beside its place and renamed once it is on the disk.
//
// "TDSNAP1\n", the parts, a footer of JSON { meta, parts: [offset, bytes, crc32] }, its length and crc32, and the first 8 bytes again.

import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

const MAGIC = Buffer.from('TDSNAP1\n')
const TRAILER_BYTES = 16
const MOST_FOOTER_BYTES = 64 * 2 ** 20

interface Part {
  readonly offset: number
  readonly bytes: number
  readonly crc: number
}

export interface Snapshot {
  /** What was written beside the parts; JSON. */
  readonly meta: unknown
  /** Sizes of the parts in bytes. */
  readonly parts: readonly number[]
  /**
   * Reads one part, into `into` when that has its size.
   *
   * @returns undefined when the part is not what was written.
   */
  read<Bytes extends Uint8Array = Uint8Array<ArrayBuffer>>(part: number, into?: Bytes): Promise<Bytes | undefined>
  close(): Promise<void>
}

/** Adds a part; its bytes may change once the promise resolves. */
export type AddPart = (bytes: Uint8Array) => Promise<void>

/**
 * Writes a snapshot in the place of the last one, which stays until the new one is whole and durable.
 *
 * @param write  adds the parts in order and returns the meta, JSON; when it throws, the last snapshot stays.
 */
export async function writeSnapshot(path: string, write: (add: AddPart) => Promise<unknown>): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  // Always the same name, so that those who die while they write leave one behind at most.
  const temporary = partOf(path)
  const file = await open(temporary, 'w')
  try {
    const parts: Part[] = []
    await file.write(MAGIC)
    let offset = MAGIC.length
    const meta = await write(async (bytes) => {
      parts.push({ offset, bytes: bytes.byteLength, crc: crc32(bytes) })
      offset = await writeAll(file, bytes, offset)
    })
    const footer = Buffer.from(JSON.stringify({ meta, parts: parts.map(({ offset: at, bytes, crc }) => [at, bytes, crc]) }))
    const trailer = Buffer.alloc(TRAILER_BYTES)
    trailer.writeUInt32LE(footer.length, 0)
    trailer.writeUInt32LE(crc32(footer), 4)
    MAGIC.copy(trailer, 8)
    await writeAll(file, Buffer.concat([footer, trailer]), offset)
    await file.sync()
    await file.close()
    await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(temporary, { force: true })
    throw error
  }
}

/** Opens a snapshot; undefined when there is none, or none that is whole. */
export async function openSnapshot(path: string): Promise<Snapshot | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch {
    return undefined
  }
  const footer = await readFooter(file).catch(() => undefined)
  if (footer === undefined) {
    await file.close()
    return undefined
  }
  return {
    meta: footer.meta,
    parts: footer.parts.map(({ bytes }) => bytes),
    async read<Bytes extends Uint8Array>(part: number, into?: Bytes) {
      const found = footer.parts[part]
      if (found === undefined || (into !== undefined && into.byteLength !== found.bytes)) return undefined
      const bytes = into ?? (new Uint8Array(found.bytes) as Uint8Array as Bytes)
      if (!(await readAll(file, bytes, found.offset)) || crc32(bytes) !== found.crc) return undefined
      return bytes
    },
    close: () => file.close(),
  }
}

/** Removes a snapshot, and what a process that died while it wrote one has left. */
export async function removeSnapshot(path: string): Promise<void> {
  await rm(path, { force: true })
  await rm(partOf(path), { force: true })
}

function partOf(path: string): string {
  return `${path}.part`
}

async function readFooter(file: FileHandle): Promise<{ readonly meta: unknown; readonly parts: readonly Part[] } | undefined> {
  const { size } = await file.stat()
  const trailer = Buffer.alloc(TRAILER_BYTES)
  if (size < MAGIC.length + TRAILER_BYTES || !(await readAll(file, trailer, size - TRAILER_BYTES))) return undefined
  const length = trailer.readUInt32LE(0)
  if (!trailer.subarray(8).equals(MAGIC) || length > Math.min(MOST_FOOTER_BYTES, size - TRAILER_BYTES - MAGIC.length)) return undefined
  const footer = Buffer.alloc(length)
  if (!(await readAll(file, footer, size - TRAILER_BYTES - length)) || crc32(footer) !== trailer.readUInt32LE(4)) return undefined
  const { meta, parts } = JSON.parse(footer.toString()) as { meta: unknown; parts: [number, number, number][] }
  return { meta, parts: parts.map(([offset, bytes, crc]) => ({ offset, bytes, crc })) }
}

async function readAll(file: FileHandle, into: Uint8Array, from: number): Promise<boolean> {
  for (let done = 0; done < into.byteLength; ) {
    const { bytesRead } = await file.read(into, done, into.byteLength - done, from + done)
    if (bytesRead === 0) return false
    done += bytesRead
  }
  return true
}

async function writeAll(file: FileHandle, bytes: Uint8Array, from: number): Promise<number> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, from + done)
    done += bytesWritten
  }
  return from + bytes.byteLength
}
