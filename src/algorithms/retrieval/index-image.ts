// What an index holds, as numbers and blocks of bytes that can be kept in a file. The blocks of an image are views of the index: they are
// to be written before it changes. Byte order is that of the machine: little-endian wherever Node.js runs.

export interface IndexImage {
  readonly numbers: readonly number[]
  readonly parts: readonly Uint8Array[]
}

export function bytesOf({ buffer, byteOffset, byteLength }: Int32Array | Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Whole words of a part; its bytes are copied only where they do not lie on a boundary. */
export function int32Of(bytes: Uint8Array): Int32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 4)
  return new Int32Array(buffer, byteOffset, byteLength >> 2)
}

export function float64Of(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 8)
  return new Float64Array(buffer, byteOffset, byteLength >> 3)
}

/** As JSON, which keeps half a pair of surrogates as it is. */
export function bytesOfStrings(strings: Iterable<string>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([...strings]))
}

export function stringsOf(bytes: Uint8Array): string[] {
  return JSON.parse(new TextDecoder().decode(bytes))
}

function aligned(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  return bytes.byteOffset % size === 0 && bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : Uint8Array.from(bytes)
}
