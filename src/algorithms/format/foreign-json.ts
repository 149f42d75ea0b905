// Reads fields of JSON that another library wrote, each with a sentence when it is not there.
import { unreadable } from './foreign-trees.ts'

export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable(source, 'the file is not JSON, or was cut short', error)
  }
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

export function textOf(value: unknown, name: string, source: string): string {
  const field = fieldOf(value, name)
  if (typeof field === 'string') return field
  throw unreadable(source, `"${name}" is ${JSON.stringify(field)}, expected text`)
}

/** A list of finite numbers; of `count` of them when given. Booleans count 0 and 1. */
export function numbersOf(value: unknown, name: string, source: string, count?: number): Float64Array {
  const field = fieldOf(value, name)
  if (!Array.isArray(field) || (count !== undefined && field.length !== count)) {
    throw unreadable(
      source,
      `"${name}" is ${Array.isArray(field) ? `a list of ${field.length}` : JSON.stringify(field)}, expected ${count ?? 'a list of'} numbers`,
    )
  }
  return Float64Array.from(field, (entry: unknown, at) => {
    const number = typeof entry === 'boolean' ? Number(entry) : entry
    if (typeof number === 'number' && Number.isFinite(number)) return number
    throw unreadable(source, `"${name}" has ${JSON.stringify(entry)} at ${at}, expected a finite number`)
  })
}
