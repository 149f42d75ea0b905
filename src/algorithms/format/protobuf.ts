// Protocol Buffers, as far as ONNX needs them (protobuf.dev, "Encoding"): fields by number, read from bytes and written to bytes.

export interface ProtoField {
  /** The whole number of a varint or fixed field. */
  readonly number: number
  /** The content of a length-delimited field: text, a message or packed numbers. */
  readonly bytes: Uint8Array
  /** 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
  readonly wire: number
}

export type ProtoMessage = ReadonlyMap<number, readonly ProtoField[]>

/** Fields of one message: 8 million take 1 GB when read. */
const MAX_FIELDS = 2 ** 23
const NOTHING = new Uint8Array(0)

/**
 * Reads one message.
 *
 * @throws `RangeError` for bytes that are no message, with the place.
 */
export function readProto(bytes: Uint8Array): ProtoMessage {
  const message = new Map<number, ProtoField[]>()
  let at = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const varint = (): number => {
    const [value, next] = readVarint(bytes, at)
    at = next
    return value
  }
  let fields = 0
  while (at < bytes.length) {
    if (++fields > MAX_FIELDS) throw new RangeError(`byte ${at} is behind ${MAX_FIELDS} fields`)
    const key = varint()
    const wire = key & 7
    const field = Math.floor(key / 8)
    const list = message.get(field) ?? []
    message.set(field, list)
    if (wire === 0) list.push({ number: varint(), bytes: NOTHING, wire })
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : -1
      if (length < 0 || at + length > bytes.length) throw new RangeError(`byte ${at} begins a field that does not end`)
      const number = wire === 5 ? view.getFloat32(at, true) : wire === 1 ? view.getFloat64(at, true) : 0
      list.push({ number, bytes: bytes.subarray(at, at + length), wire })
      at += length
    }
  }
  return message
}

/** Text of a field; "" when it is absent. */
export function protoText(message: ProtoMessage, field: number): string {
  const last = message.get(field)?.at(-1)
  return last === undefined ? '' : new TextDecoder().decode(last.bytes)
}

export function protoMessages(message: ProtoMessage, field: number): ProtoMessage[] {
  return (message.get(field) ?? []).map(({ bytes }) => readProto(bytes))
}

/** Numbers of a repeated field, packed or one by one. */
export function protoNumbers(message: ProtoMessage, field: number, kind: 'float' | 'double' | 'integer'): number[] {
  const numbers: number[] = []
  for (const { bytes, number, wire } of message.get(field) ?? []) {
    if (wire !== 2) {
      numbers.push(number)
      continue
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (kind === 'float') for (let at = 0; at + 4 <= bytes.length; at += 4) numbers.push(view.getFloat32(at, true))
    else if (kind === 'double') for (let at = 0; at + 8 <= bytes.length; at += 8) numbers.push(view.getFloat64(at, true))
    else {
      for (let at = 0; at < bytes.length; ) {
        const [value, next] = readVarint(bytes, at)
        numbers.push(value)
        at = next
      }
    }
  }
  return numbers
}

/** A signed 64-bit varint; exact up to 2^53. */
function readVarint(bytes: Uint8Array, from: number): [value: number, next: number] {
  const first = bytes[from]
  if (first !== undefined && first < 0x80) return [first, from + 1]
  let value = 0n
  for (let at = from; at < bytes.length && at < from + 10; at++) {
    value |= BigInt(bytes[at]! & 0x7f) << BigInt(7 * (at - from))
    if (bytes[at]! < 0x80) return [Number(BigInt.asIntN(64, value)), at + 1]
  }
  throw new RangeError(`byte ${from} begins a number that does not end`)
}

const encoder = new TextEncoder()

/** Text, bytes or a message as a field. */
export function protoBytes(field: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === 'string' ? encoder.encode(content) : content
  return joined([varintOf(field * 8 + 2), varintOf(bytes.length), bytes])
}

/** A whole number as a field. */
export function protoInteger(field: number, value: number): Uint8Array {
  return joined([varintOf(field * 8), varintOf(value)])
}

/** Whole numbers as a packed field. */
export function protoIntegers(field: number, values: ArrayLike<number>): Uint8Array {
  const bytes: number[] = []
  for (let at = 0; at < values.length; at++) addVarint(bytes, values[at]!)
  return protoBytes(field, Uint8Array.from(bytes))
}

/** Floats as a packed field. */
export function protoFloats(field: number, values: ArrayLike<number>): Uint8Array {
  const floats = Float32Array.from(values)
  return protoBytes(field, new Uint8Array(floats.buffer))
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function varintOf(value: number): Uint8Array {
  const bytes: number[] = []
  addVarint(bytes, value)
  return Uint8Array.from(bytes)
}

/** A signed 64-bit varint; exact up to 2^53. */
function addVarint(bytes: number[], value: number): void {
  if (value >= 0) {
    // Tables hold a million of these: without BigInt.
    let left = value
    while (left >= 0x80) {
      bytes.push((left % 0x80) | 0x80)
      left = Math.floor(left / 0x80)
    }
    bytes.push(left)
    return
  }
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
}
