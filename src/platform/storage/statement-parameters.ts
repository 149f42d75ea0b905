// What may be bound to a statement, made equal for both engines before it reaches a driver: node:sqlite throws on
// booleans and undefined, pg quietly turns objects into JSON and dates into local text, and a NUL cuts text short.
import { TandemError } from '../../errors.ts'

export type StoredValue = null | number | bigint | string | Uint8Array<ArrayBuffer>

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

/**
 * Turns JavaScript values into what both engines store: undefined is null, booleans are 0 and 1, a Date is its milliseconds,
 * bytes are copied.
 *
 * @throws `invalid_input` for NaN, infinities, integers beyond 64 bits, text with a NUL character, and other objects.
 */
export function normaliseParameters(parameters: readonly unknown[]): StoredValue[] {
  const values = new Array<StoredValue>(parameters.length)
  for (let i = 0; i < parameters.length; i++) values[i] = normaliseParameter(parameters[i], i)
  return values
}

function normaliseParameter(value: unknown, index: number): StoredValue {
  switch (typeof value) {
    case 'string':
      // PostgreSQL cannot store it, and SQLite before 3.5x reads it back cut short.
      if (value.includes('\0')) throw refused(index, 'a text with a NUL character', 'Remove the character U+0000 from it')
      return value
    case 'number':
      if (!Number.isFinite(value)) throw refused(index, String(value), 'Store null for a missing number')
      return value
    case 'boolean':
      return value ? 1 : 0
    case 'bigint':
      if (value < MIN_INT64 || value > MAX_INT64) throw refused(index, 'an integer beyond 64 bits', 'Store it as text')
      return value
    case 'undefined':
      return null
    case 'object':
      return normaliseObject(value, index)
    default:
      throw refused(index, `a ${typeof value}`, 'Only null, numbers, text, dates and bytes can be stored')
  }
}

function normaliseObject(value: object | null, index: number): StoredValue {
  if (value === null) return null
  // Copied: a pooled Buffer would drag its whole pool through the worker's message, and the caller may reuse its array.
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (value instanceof ArrayBuffer) return new Uint8Array(value.slice(0))
  if (value instanceof Date) {
    const ms = value.getTime()
    if (Number.isNaN(ms)) throw refused(index, 'an invalid Date', 'Store null for a missing time')
    return ms
  }
  throw refused(index, Array.isArray(value) ? 'an array' : 'an object', 'Store it as JSON text with JSON.stringify')
}

function refused(index: number, what: string, remedy: string): TandemError {
  return new TandemError('invalid_input', `Parameter ${index + 1} of a database statement is ${what}, which cannot be stored. ${remedy}.`, {
    details: { parameter: index + 1 },
  })
}
