// Reads single files out of a zip archive, as wheels are: stored or deflated, up to 4 GB. Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.
import { createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'
import { TandemError } from '../../../errors.ts'

export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly packedBytes: number
  readonly bytes: number
  readonly headerAt: number
}

export interface ZipFile extends AsyncDisposable {
  readonly entries: readonly ZipEntry[]
  /** Writes the content of an entry to a file. */
  extract(entry: ZipEntry, path: string): Promise<void>
}

const END_BYTES = 22
const LONGEST_COMMENT = 65_535
const [END, CENTRAL, LOCAL] = [0x06054b50, 0x02014b50, 0x04034b50]
const [STORED, DEFLATED] = [0, 8]

/** @throws `artifact_damaged` when the file is no whole zip archive. */
export async function openZip(path: string): Promise<ZipFile> {
  const file = await open(path)
  try {
    const entries = await readDirectory(file, path)
    return {
      entries,
      extract: (entry, to) => extract(file, entry, to, path),
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function readDirectory(file: FileHandle, path: string): Promise<ZipEntry[]> {
  const { size } = await file.stat()
  const tail = await read(file, Math.max(0, size - END_BYTES - LONGEST_COMMENT), Math.min(size, END_BYTES + LONGEST_COMMENT), path)
  let end = tail.length - END_BYTES
  while (end >= 0 && tail.readUInt32LE(end) !== END) end--
  if (end < 0) throw damaged(path, 'its directory is missing')
  const [count, length, from] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)]
  const directory = await read(file, from, length, path)
  const entries: ZipEntry[] = []
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== CENTRAL)
      throw damaged(path, `entry ${entries.length} of its directory is cut`)
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    entries.push({
      name: directory.toString('utf8', at + 46, at + 46 + nameBytes),
      method: directory.readUInt16LE(at + 10),
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerAt: directory.readUInt32LE(at + 42),
    })
    at += 46 + nameBytes + extraBytes + commentBytes
  }
  return entries
}

async function extract(file: FileHandle, entry: ZipEntry, to: string, path: string): Promise<void> {
  const header = await read(file, entry.headerAt, 30, path)
  if (header.readUInt32LE(0) !== LOCAL) throw damaged(path, `${entry.name} does not stand where its directory says`)
  const start = entry.headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed = file.createReadStream({ start, end: start + entry.packedBytes - 1, autoClose: false })
  if (entry.method === STORED) await pipeline(packed, createWriteStream(to))
  else if (entry.method === DEFLATED) await pipeline(packed, createInflateRaw(), createWriteStream(to))
  else throw damaged(path, `${entry.name} is packed by method ${entry.method}; stored and deflated are known`)
}

async function read(file: FileHandle, from: number, length: number, path: string): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, from)
  if (bytesRead < length) throw damaged(path, `it ends after ${from + bytesRead} bytes`)
  return buffer
}

function damaged(path: string, why: string): TandemError {
  return new TandemError('artifact_damaged', `${path} is no whole zip archive: ${why}.`)
}
