// JSON of strangers: strict UTF-8, no keys that reach a prototype, bounded depth, and an error that says where.
import { isUtf8 } from 'node:buffer'
import { TandemError } from '../../errors.ts'
import { findJsonError } from './json-error.ts'

/** Parses a body. Throws `malformed_body` with the position, the line and the column. */
export function parseJson(bytes: Buffer, maxDepth = 32): unknown {
  if (!isUtf8(bytes)) throw malformed('The body is not valid UTF-8. Send JSON encoded as UTF-8.')
  let text = bytes.toString('utf8')
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const { position, line, column, problem } = findJsonError(text)
    throw malformed(`The body is not valid JSON: ${problem} at position ${position} (line ${line}, column ${column}).`, {
      position,
      line,
      column,
    })
  }
  if (typeof value === 'object' && value !== null) inspect(value, 1, maxDepth)
  return value
}

function inspect(value: object, depth: number, maxDepth: number): void {
  if (depth > maxDepth) {
    throw new TandemError('invalid_input', `The body is nested deeper than ${maxDepth} levels. Send a flatter one.`, {
      details: { maxDepth },
    })
  }
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) inspect(item, depth + 1, maxDepth)
    return
  }
  for (const key in value) {
    if (key === '__proto__') throw poisoned('__proto__')
    const item = (value as Record<string, unknown>)[key]
    if (typeof item !== 'object' || item === null) continue
    if (key === 'constructor' && Object.hasOwn(item, 'prototype')) throw poisoned('constructor.prototype')
    inspect(item, depth + 1, maxDepth)
  }
}

function poisoned(key: string): TandemError {
  return new TandemError('invalid_input', `The body has the key "${key}", which could change the program that reads it. Rename it.`, {
    details: { key },
  })
}

function malformed(message: string, details: Readonly<Record<string, unknown>> = {}): TandemError {
  return new TandemError('malformed_body', message, { details })
}
