// Tensors of the Open Inference Protocol V2 as they travel: elements as JSON, flat or nested, or as bytes behind the JSON (the binary
// tensor data extension). Used by the server for what comes in, and by whoever calls another server of the protocol.
import { isUtf8 } from 'node:buffer'
import { TandemError } from '../../errors.ts'
import { DATATYPES, type Datatype, isDatatype, type NumberArray, type NumberDatatype, numberTypeOf } from './datatype.ts'

export interface Tensor {
  readonly name: string
  /** Row-major. */
  readonly shape: readonly number[]
  readonly datatype: Datatype
  /** `BYTES`: texts, null where the JSON has null. Else numbers; NaN where the JSON of a floating type has null. */
  readonly data: NumberArray | readonly (string | null)[]
}

/** A tensor as its message has it. */
interface Entry {
  readonly name: string
  readonly shape: readonly number[]
  readonly datatype: Datatype
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly data?: readonly unknown[]
}

const MAX_TENSORS = 10_000
const MAX_DIMENSIONS = 8
/** More elements than any body within reason holds; keeps the product of a shape exact. */
const MAX_ELEMENTS = 2 ** 31

/**
 * Reads the tensors of a message.
 *
 * @param entries  the value of `inputs` or `outputs`.
 * @param tail  the bytes behind the JSON; empty without the binary extension.
 * @param place  `inputs` or `outputs`, for the words of errors.
 * @throws `invalid_input` for what is not of the protocol; `malformed_body` where the tail is shorter or longer than the tensors say.
 */
export function decodeTensors(entries: unknown, tail: Uint8Array, place: string): Tensor[] {
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_TENSORS) {
    const got = Array.isArray(entries) ? `${entries.length}` : entries === undefined ? 'nothing' : typeof entries
    throw wrong(`/${place}`, `${place} must be an array of 1 to ${MAX_TENSORS} tensors, got ${got}`)
  }
  let offset = 0
  const names = new Set<string>()
  const tensors = entries.map((value, index): Tensor => {
    const at = `${place}[${index}]`
    const entry = checkEntry(value, at)
    const { name, shape, datatype } = entry
    if (names.has(name)) throw wrong(pointer(at), `${at}.name "${shown(name)}" is the name of another tensor as well`)
    names.add(name)
    const sizeBytes = entry.parameters?.binary_data_size
    if (sizeBytes === undefined) return { name, shape, datatype, data: fromJson(entry, at) }
    if (!Number.isSafeInteger(sizeBytes) || (sizeBytes as number) < 0) {
      throw wrong(pointer(at), `${at}.parameters.binary_data_size must be a number of bytes, got ${shown(sizeBytes)}`)
    }
    if (entry.data !== undefined) throw wrong(pointer(at), `${at} has both data and binary_data_size; send one of them`)
    const end = offset + (sizeBytes as number)
    if (end > tail.length) {
      throw malformed(
        `${at} ("${shown(name)}") needs bytes ${offset} to ${end} behind the JSON, but there are ${tail.length}. ` +
          'Inference-Header-Content-Length must be the length of the JSON in bytes, and the tensors must follow it in their order.',
      )
    }
    const data = fromBytes(entry, tail.subarray(offset, end), at)
    offset = end
    return { name, shape, datatype, data }
  })
  if (offset !== tail.length) {
    throw malformed(
      `${tail.length} bytes follow the JSON, but the binary_data_size of the ${place} add up to ${offset}. ` +
        'Inference-Header-Content-Length must be the length of the JSON in bytes.',
    )
  }
  return tensors
}

/** Elements of a shape; 1 for the empty shape. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

function checkEntry(value: unknown, at: string): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(pointer(at), `${at} must be an object`)
  const { name, shape, datatype, parameters, data } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || name === '' || name.length > 500) {
    throw wrong(pointer(at), `${at}.name must be a text of 1 to 500 characters`)
  }
  if (!isDatatype(datatype)) {
    throw wrong(pointer(at), `${at}.datatype must be one of ${DATATYPES.join(', ')}, got ${shown(datatype)}`)
  }
  const isShape = Array.isArray(shape) && shape.length <= MAX_DIMENSIONS && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  if (!isShape || elementsOf(shape) > MAX_ELEMENTS) {
    throw wrong(pointer(at), `${at}.shape must be at most ${MAX_DIMENSIONS} whole numbers from 0, such as [2, 19], got ${shown(shape)}`)
  }
  if (parameters !== undefined && (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters))) {
    throw wrong(pointer(at), `${at}.parameters must be an object, got ${shown(parameters)}`)
  }
  if (data !== undefined && !Array.isArray(data)) throw wrong(pointer(at), `${at}.data must be an array, got ${shown(data)}`)
  return { name, shape, datatype, ...(parameters && { parameters: parameters as never }), ...(data && { data }) } as Entry
}

function fromJson({ data, shape, datatype }: Entry, at: string): Tensor['data'] {
  if (data === undefined) {
    throw wrong(pointer(at), `${at} has neither data nor parameters.binary_data_size; shared memory is not read here`)
  }
  const elements = Array.isArray(data[0]) ? flattened(data, shape, at) : data
  const count = elementsOf(shape)
  if (elements.length !== count) {
    throw wrong(pointer(at), `${at}.shape [${shape.join(', ')}] has ${count} elements, but data has ${elements.length}`)
  }
  if (datatype === 'BYTES') {
    for (const [index, element] of elements.entries()) {
      if (typeof element !== 'string' && element !== null) {
        throw wrong(`${pointer(at)}/data`, `${at}.data[${index}] must be a text, as its datatype is BYTES, got ${shown(element)}`)
      }
    }
    return elements as (string | null)[]
  }
  return numbersOf(elements, datatype, at)
}

function numbersOf(elements: readonly unknown[], datatype: NumberDatatype, at: string): NumberArray {
  const { integer, low, high, make } = numberTypeOf(datatype)
  const numbers = make(elements.length)
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index]
    if (typeof element === 'number' && element >= low && element <= high && (!integer || Number.isInteger(element)))
      numbers[index] = element
    else if (datatype === 'BOOL' && typeof element === 'boolean') numbers[index] = element ? 1 : 0
    else if (element === null && !integer) numbers[index] = Number.NaN
    else {
      const range = datatype === 'BOOL' ? 'true or false' : `${integer ? 'a whole number' : 'a number'} from ${low} to ${high}`
      throw wrong(`${pointer(at)}/data`, `${at}.data[${index}] must be ${range}, as its datatype is ${datatype}, got ${shown(element)}`)
    }
  }
  return numbers
}

/** Nested arrays must have the form of the shape, at every depth. */
function flattened(data: readonly unknown[], shape: readonly number[], at: string): unknown[] {
  const flat: unknown[] = []
  const walk = (values: unknown, depth: number): void => {
    const size = shape[depth]
    if (size === undefined) {
      flat.push(values)
      return
    }
    if (!Array.isArray(values) || values.length !== size) {
      const got = Array.isArray(values) ? `an array of ${values.length}` : shown(values)
      throw wrong(
        `${pointer(at)}/data`,
        `${at}.data must be nested as its shape [${shape.join(', ')}]: ${size} at depth ${depth + 1}, got ${got}`,
      )
    }
    for (const value of values) walk(value, depth + 1)
  }
  walk(data, 0)
  return flat
}

function fromBytes({ shape, datatype, name }: Entry, bytes: Uint8Array, at: string): Tensor['data'] {
  const count = elementsOf(shape)
  if (datatype === 'BYTES') return textsOf(bytes, count, at)
  const type = numberTypeOf(datatype)
  if (bytes.length !== count * type.bytes) {
    throw wrong(
      pointer(at),
      `${at} ("${shown(name)}") has shape [${shape.join(', ')}] of ${datatype}, which is ${count * type.bytes} bytes, ` +
        `but binary_data_size is ${bytes.length}`,
    )
  }
  // A copy, because typed arrays begin at a multiple of their element's size only.
  const numbers = type.view(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer)
  if (datatype === 'BOOL') {
    const index = (numbers as Uint8Array).findIndex((value) => value > 1)
    if (index >= 0) throw wrong(pointer(at), `${at} has the byte ${numbers[index]} at ${index}; a BOOL is 0 or 1`)
  }
  return numbers
}

/** Each text behind its length, four bytes. */
function textsOf(bytes: Uint8Array, count: number, at: string): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const texts: string[] = []
  let offset = 0
  while (offset < buffer.length && texts.length <= count) {
    const start = offset + 4
    const end = start <= buffer.length ? start + buffer.readUInt32LE(offset) : Number.POSITIVE_INFINITY
    if (end > buffer.length) throw malformed(`${at}: text ${texts.length} ends behind the ${buffer.length} bytes of its tensor.`)
    const text = buffer.subarray(start, end)
    if (!isUtf8(text)) throw wrong(pointer(at), `${at}: text ${texts.length} is not valid UTF-8`)
    texts.push(text.toString('utf8'))
    offset = end
  }
  if (texts.length !== count || offset !== buffer.length) {
    const got = texts.length > count ? `more than ${count}` : String(texts.length)
    throw wrong(pointer(at), `${at} has a shape of ${count} elements, but its bytes hold ${got} texts`)
  }
  return texts
}

/** `inputs[2]` as `/inputs/2`. */
function pointer(at: string): string {
  return `/${at.replace('[', '/').replace(']', '')}`
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function wrong(path: string, message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path, message }] })
}

function malformed(message: string): TandemError {
  return new TandemError('malformed_body', message)
}
