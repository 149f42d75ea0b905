// Reads fields of JSON that another library wrote, each with a sentence when it is not there.
import { unreadable } from './foreign-trees.ts'

/** A tree that nests its nodes goes as deep as it splits. */
const MAX_NESTING = 500
/** Lists and objects, and values: 8 million of the first take 0.5 GB when read, as do 64 million of the second. */
const MAX_CONTAINERS = 2 ** 23
const MAX_VALUES = 2 ** 26

/** @throws `invalid_input` for what is no JSON, and for JSON that would take far more memory than a model needs. */
export function parseJson(text: string, source: string): unknown {
  checkSize(text, source)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable(source, 'the file is not JSON, or was cut short', error)
  }
}

/** The parser makes an object of every bracket it sees, before anybody can ask what for. */
function checkSize(text: string, source: string): void {
  let [depth, containers, values] = [0, 0, 0]
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfText(text, at)
        break
      case 0x5b: // [
      case 0x7b: // {
        containers++
        if (++depth > MAX_NESTING) throw unreadable(source, `its JSON is nested deeper than ${MAX_NESTING}`)
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
      case 0x2c: // ,
        values++
    }
    if (containers > MAX_CONTAINERS || values > MAX_VALUES) {
      throw unreadable(source, `its JSON holds more than ${containers > MAX_CONTAINERS ? MAX_CONTAINERS : MAX_VALUES} parts`)
    }
  }
}

/** The place of the quote that ends the text which begins at `from`. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return at
  }
  return text.length
}

/** The field, or nothing for what is no object. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

export function objectOf(value: unknown, name: string, source: string): object {
  const field = fieldOf(value, name)
  if (typeof field === 'object' && field !== null) return field
  throw unreadable(source, `it has no "${name}"`)
}

export function listOf(value: unknown, name: string, source: string): readonly unknown[] {
  const field = fieldOf(value, name)
  if (Array.isArray(field)) return field
  throw unreadable(source, `"${name}" is ${shown(field)}, expected a list`)
}

export function textOf(value: unknown, name: string, source: string): string {
  const field = fieldOf(value, name)
  if (typeof field === 'string') return field
  throw unreadable(source, `"${name}" is ${shown(field)}, expected text`)
}

/** A list of finite numbers; of `count` of them when given. Booleans count 0 and 1. */
export function numbersOf(value: unknown, name: string, source: string, count?: number): Float64Array {
  const field = fieldOf(value, name)
  if (!Array.isArray(field) || (count !== undefined && field.length !== count)) {
    throw unreadable(
      source,
      `"${name}" is ${Array.isArray(field) ? `a list of ${field.length}` : shown(field)}, expected ${count ?? 'a list of'} numbers`,
    )
  }
  return Float64Array.from(field, (entry: unknown, at) => {
    const number = typeof entry === 'boolean' ? Number(entry) : entry
    if (typeof number === 'number' && Number.isFinite(number)) return number
    throw unreadable(source, `"${name}" has ${shown(entry)} at ${at}, expected a finite number`)
  })
}

/** A value of a file in a message, which must not be as long as the file. */
export function shown(value: unknown): string {
  const kind = Array.isArray(value) ? `a list of ${value.length}` : value !== null && typeof value === 'object' ? 'an object' : undefined
  const text = kind ?? JSON.stringify(value) ?? 'absent'
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
