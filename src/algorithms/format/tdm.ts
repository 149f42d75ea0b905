// The .tdm model file: data, never code. Reading checks everything before anything is used.
//
//   0  8 bytes   magic 89 54 44 4D 0D 0A 1A 0A ("\x89TDM\r\n\x1a\n": shows when a transfer changed line ends, as PNG's does)
//   8  u32       format version, 1          12  u32  length of the header          16  u64  length of the file
//  24  header    JSON, sorted keys: { header, sections: [{ length, name, offset, type }] }
//   .  sections  each from a multiple of 64, one after the other, zeros between; offsets count from the first
//  -32 SHA-256 of everything before it. All numbers are little-endian.

import { TandemError } from '../../errors.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { sha256 as plainSha256, toHex } from './sha256.ts'

const SECTION_TYPES = {
  i8: Int8Array,
  u8: Uint8Array,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

export type SectionType = keyof typeof SECTION_TYPES
export type SectionArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

/** The content of a file. Section names keep their order. */
export interface TdmContent {
  readonly header: Readonly<Record<string, Json | undefined>>
  readonly sections: Readonly<Record<string, SectionArray>>
}

export interface TdmOptions {
  /** A faster SHA-256 of the platform, such as node:crypto's; the one in TypeScript when absent. */
  readonly sha256?: (bytes: Uint8Array) => Uint8Array
}

export const TDM_VERSION = 1
/** More is not a header. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024
const MAX_SECTIONS = 1024
const MAGIC = Uint8Array.of(0x89, 0x54, 0x44, 0x4d, 0x0d, 0x0a, 0x1a, 0x0a)
const PRELUDE_BYTES = 24
const DIGEST_BYTES = 32
const ALIGNMENT = 64
const UTF8 = new TextDecoder('utf-8', { fatal: true })
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

interface SectionEntry {
  readonly name: string
  readonly type: SectionType
  readonly offset: number
  readonly length: number
}

/**
 * Writes a file; equal content gives equal bytes, whatever the order of the header's keys.
 *
 * @throws   `invalid_input` for a header that JSON cannot keep or that is larger than 16 MB, and for a section that is no typed array.
 */
export function encodeTdm({ header, sections }: TdmContent, { sha256 = plainSha256 }: TdmOptions = {}): Uint8Array {
  requireLittleEndian()
  const entries: SectionEntry[] = []
  let offset = 0
  for (const [name, array] of Object.entries(sections)) {
    entries.push({ name, type: typeOf(name, array), offset, length: array.length })
    offset = aligned(offset + array.byteLength)
  }
  const headerBytes = new TextEncoder().encode(canonicalJson({ header, sections: entries.map((entry) => ({ ...entry })) }))
  if (headerBytes.length > MAX_HEADER_BYTES || entries.length > MAX_SECTIONS) {
    throw new TandemError(
      'invalid_input',
      `The header takes ${headerBytes.length} bytes and names ${entries.length} sections; at most ${MAX_HEADER_BYTES} bytes and ${MAX_SECTIONS} sections can be read back. Put large tables into sections.`,
    )
  }
  const start = aligned(PRELUDE_BYTES + headerBytes.length)
  const last = entries.at(-1)
  const end = last === undefined ? start : start + last.offset + sections[last.name]!.byteLength
  const bytes = new Uint8Array(end + DIGEST_BYTES)
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  view.setUint32(8, TDM_VERSION, true)
  view.setUint32(12, headerBytes.length, true)
  view.setBigUint64(16, BigInt(bytes.length), true)
  bytes.set(headerBytes, PRELUDE_BYTES)
  for (const entry of entries) {
    const array = sections[entry.name]!
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + entry.offset)
  }
  bytes.set(sha256(bytes.subarray(0, end)), end)
  return bytes
}

/**
 * Reads a file. The sections are views into `bytes`, which must not change afterwards; they are copied once when `bytes` lies at an odd address.
 *
 * @throws   `artifact_damaged` when anything is wrong, with what it is: a wrong length, byte, offset, type or hash.
 */
export function decodeTdm(bytes: Uint8Array, { sha256 = plainSha256 }: TdmOptions = {}): TdmContent {
  requireLittleEndian()
  const headerLength = checkPrelude(bytes)
  checkDigest(bytes, sha256)
  const { header, entries } = parseHeader(bytes.slice(PRELUDE_BYTES, PRELUDE_BYTES + headerLength))
  const start = aligned(PRELUDE_BYTES + headerLength)
  checkLayout(bytes, entries, PRELUDE_BYTES + headerLength, start)
  // Typed arrays of doubles need an address that 8 divides; a Buffer from a pool may lie anywhere.
  const source = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
  const sections = Object.fromEntries(
    entries.map(({ name, type, offset, length }) => [
      name,
      new SECTION_TYPES[type](source.buffer as ArrayBuffer, source.byteOffset + start + offset, length),
    ]),
  )
  return { header, sections }
}

function checkPrelude(bytes: Uint8Array): number {
  const size = bytes.length
  for (let at = 0; at < Math.min(size, MAGIC.length); at++) {
    if (bytes[at] !== MAGIC[at]) throw damaged(`it does not begin like a .tdm file (byte ${at} is ${bytes[at]}, expected ${MAGIC[at]})`)
  }
  const smallest = aligned(PRELUDE_BYTES + 2) + DIGEST_BYTES
  if (size < smallest) throw damaged(`it has ${size} bytes, but the smallest file has ${smallest}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  const version = view.getUint32(8, true)
  const promised = view.getBigUint64(16, true)
  if (version !== TDM_VERSION) throw damaged(`it has format version ${version}, and this library reads ${TDM_VERSION}`)
  if (promised !== BigInt(size)) throw damaged(`it has ${size} bytes, but was written with ${promised}`)
  const headerLength = view.getUint32(12, true)
  if (headerLength > MAX_HEADER_BYTES) throw damaged(`its header claims ${headerLength} bytes, more than ${MAX_HEADER_BYTES}`)
  if (aligned(PRELUDE_BYTES + headerLength) + DIGEST_BYTES > size) {
    throw damaged(`its header claims ${headerLength} bytes of a file of ${size}`)
  }
  return headerLength
}

function checkDigest(bytes: Uint8Array, sha256: (bytes: Uint8Array) => Uint8Array): void {
  const end = bytes.length - DIGEST_BYTES
  const found = sha256(bytes.subarray(0, end))
  for (let at = 0; at < DIGEST_BYTES; at++) {
    if (found[at] === bytes[end + at]) continue
    throw damaged(`its content has SHA-256 ${toHex(found)}, but it was written with ${toHex(bytes.subarray(end))}`)
  }
}

function parseHeader(text: Uint8Array): { header: Record<string, Json>; entries: SectionEntry[] } {
  let parsed: unknown
  try {
    parsed = JSON.parse(UTF8.decode(text))
  } catch (error) {
    throw damaged('its header is not JSON', error)
  }
  if (!isRecord(parsed) || !isRecord(parsed.header) || !Array.isArray(parsed.sections)) {
    throw damaged('its header is not of the form { header, sections }')
  }
  if (parsed.sections.length > MAX_SECTIONS) throw damaged(`it names ${parsed.sections.length} sections, more than ${MAX_SECTIONS}`)
  return { header: parsed.header as Record<string, Json>, entries: parsed.sections.map(checkEntry) }
}

function checkEntry(entry: unknown, index: number): SectionEntry {
  if (!isRecord(entry)) throw damaged(`section ${index} is not described by an object`)
  const { name, type, offset, length } = entry
  if (typeof name !== 'string' || name === '__proto__') throw damaged(`section ${index} has no usable name`)
  if (typeof type !== 'string' || !Object.hasOwn(SECTION_TYPES, type)) throw damaged(`section "${name}" has the unknown type "${type}"`)
  return { name, type: type as SectionType, offset: checkCount(name, 'offset', offset), length: checkCount(name, 'length', length) }
}

function checkCount(section: string, key: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw damaged(`section "${section}" has the ${key} ${value}`)
}

/** Sections stand one after the other; any other layout is refused, so no two can share bytes and none can leave the file. */
function checkLayout(bytes: Uint8Array, entries: readonly SectionEntry[], headerEnd: number, start: number): void {
  const end = bytes.length - DIGEST_BYTES
  const seen = new Set<string>()
  let filled = headerEnd
  for (const { name, type, offset, length } of entries) {
    const at = start + offset
    const size = length * SECTION_TYPES[type].BYTES_PER_ELEMENT
    if (seen.has(name)) throw damaged(`it names section "${name}" twice`)
    seen.add(name)
    if (offset % ALIGNMENT !== 0) throw damaged(`section "${name}" starts at ${offset}, not at a multiple of ${ALIGNMENT}`)
    if (at < filled) throw damaged(`section "${name}" starts at ${at}, but the part before it ends at ${filled}`)
    if (at !== aligned(filled)) throw damaged(`section "${name}" starts at ${at}, expected ${aligned(filled)}`)
    if (at + size > end) throw damaged(`section "${name}" ends at ${at + size}, but the file's content ends at ${end}`)
    checkZeros(bytes, filled, at)
    filled = at + size
  }
  if (entries.length === 0) filled = start
  if (filled !== end) throw damaged(`its sections end at ${filled}, but the file's content ends at ${end}`)
  if (entries.length === 0) checkZeros(bytes, headerEnd, start)
}

function checkZeros(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) throw damaged(`byte ${at} between two parts is ${bytes[at]}, expected 0`)
}

function typeOf(name: string, array: unknown): SectionType {
  for (const [type, kind] of Object.entries(SECTION_TYPES)) {
    // A Buffer is a Uint8Array too.
    if (array instanceof kind && name !== '__proto__') return type as SectionType
  }
  throw new TandemError('invalid_input', `Section "${name}" cannot be written. Pass a typed array of 8 to 32 bit integers or of floats.`, {
    details: { section: name },
  })
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function requireLittleEndian(): void {
  if (IS_LITTLE_ENDIAN) return
  throw new TandemError('unavailable', 'This processor is big-endian, but .tdm files are little-endian. Use x64 or arm64.')
}

function damaged(what: string, cause?: unknown): TandemError {
  return new TandemError(
    'artifact_damaged',
    `The model file is damaged: ${what}. It was cut short or changed after it was written. Restore it from a copy, or train again.`,
    { cause },
  )
}
