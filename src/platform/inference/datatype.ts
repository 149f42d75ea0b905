// The element types of the Open Inference Protocol V2, their bytes, and the arrays that hold them here.
// Binary elements are little-endian; INT64 and UINT64 become numbers and are therefore exact up to 2^53 only, which is checked.
import { endianness } from 'node:os'
import { TandemError } from '../../errors.ts'

export type NumberArray = Float64Array | Float32Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array

interface NumberType {
  readonly bytes: number
  readonly integer: boolean
  readonly low: number
  readonly high: number
  /** An array for so many elements. */
  readonly make: (count: number) => NumberArray
  /** The elements in bytes that begin at an address of their own. */
  readonly view: (bytes: ArrayBuffer) => NumberArray
  readonly store: (values: ArrayLike<number>) => ArrayBuffer
}

const integer = (Kind: IntegerArray, low: number, high: number): NumberType => ({ ...held(Kind), integer: true, low, high })
const floating = (Kind: FloatArray, limit: number): NumberType => ({ ...held(Kind), integer: false, low: -limit, high: limit })

const SAFE = Number.MAX_SAFE_INTEGER
const FLOAT16_LIMIT = 65_504
const FLOAT32_LIMIT = 3.4028234663852886e38

const NUMBER_TYPES = {
  BOOL: integer(Uint8Array, 0, 1),
  UINT8: integer(Uint8Array, 0, 255),
  UINT16: integer(Uint16Array, 0, 65_535),
  UINT32: integer(Uint32Array, 0, 4_294_967_295),
  UINT64: { ...wide(BigUint64Array), integer: true, low: 0, high: SAFE },
  INT8: integer(Int8Array, -128, 127),
  INT16: integer(Int16Array, -32_768, 32_767),
  INT32: integer(Int32Array, -2_147_483_648, 2_147_483_647),
  INT64: { ...wide(BigInt64Array), integer: true, low: -SAFE, high: SAFE },
  FP16: { ...half(), integer: false, low: -FLOAT16_LIMIT, high: FLOAT16_LIMIT },
  FP32: floating(Float32Array, FLOAT32_LIMIT),
  FP64: floating(Float64Array, Number.MAX_VALUE),
} as const satisfies Readonly<Record<string, NumberType>>

export type NumberDatatype = keyof typeof NUMBER_TYPES
export type Datatype = NumberDatatype | 'BYTES'

export const DATATYPES: readonly Datatype[] = [...(Object.keys(NUMBER_TYPES) as NumberDatatype[]), 'BYTES']

export function isDatatype(value: unknown): value is Datatype {
  return typeof value === 'string' && (DATATYPES as readonly string[]).includes(value)
}

export function numberTypeOf(datatype: NumberDatatype): NumberType {
  return NUMBER_TYPES[datatype]
}

type IntegerArray =
  | Uint8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor
  | Int8ArrayConstructor
  | Int16ArrayConstructor
  | Int32ArrayConstructor
type FloatArray = Float32ArrayConstructor | Float64ArrayConstructor

function held(Kind: IntegerArray | FloatArray): Pick<NumberType, 'bytes' | 'make' | 'view' | 'store'> {
  const bytes = Kind.BYTES_PER_ELEMENT
  return {
    bytes,
    make: (count) => new Kind(count),
    view: (buffer) => new Kind(littleEndian(buffer, bytes)),
    store: (values) => littleEndian(Kind.from(values).buffer as ArrayBuffer, bytes),
  }
}

function wide(Kind: BigInt64ArrayConstructor | BigUint64ArrayConstructor): Pick<NumberType, 'bytes' | 'make' | 'view' | 'store'> {
  return {
    bytes: 8,
    make: (count) => new Float64Array(count),
    view(buffer) {
      const values = new Kind(littleEndian(buffer, 8))
      return Float64Array.from(values as BigInt64Array, (value, index) => {
        if (value <= SAFE && value >= -SAFE) return Number(value)
        throw new TandemError('invalid_input', `Element ${index} is ${value}; integers of 64 bits are read exactly up to 2^53 - 1 only.`)
      })
    },
    store: (values) => littleEndian(Kind.from(Array.from(values, BigInt)).buffer as ArrayBuffer, 8),
  }
}

function half(): Pick<NumberType, 'bytes' | 'make' | 'view' | 'store'> {
  return {
    bytes: 2,
    make: (count) => new Float32Array(count),
    view: (buffer) => Float32Array.from(new Uint16Array(littleEndian(buffer, 2)), numberOfHalf),
    store() {
      throw new TandemError('invalid_input', 'FP16 is read, not written. Send FP32.')
    },
  }
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent (bias 15), 10 of fraction. */
function numberOfHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const SWAPS = endianness() === 'BE'

/** The same buffer where the machine is little-endian, as nearly all are. */
function littleEndian(buffer: ArrayBuffer, bytes: number): ArrayBuffer {
  if (!SWAPS || bytes === 1) return buffer
  const view = Buffer.from(buffer)
  if (bytes === 2) view.swap16()
  else if (bytes === 4) view.swap32()
  else view.swap64()
  return buffer
}
