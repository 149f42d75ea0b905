// JSON with sorted keys: equal values give equal text, so that equal models give equal files.
import { TandemError } from '../../errors.ts'

/** What JSON can hold without loss. Keys whose value is undefined are left out. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * The text of a value, keys sorted by code unit at every depth.
 *
 * @throws `invalid_input` for NaN, infinities, functions, dates and other objects that JSON would change.
 */
export function canonicalJson(value: Json): string {
  return write(value, '')
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return JSON.stringify(value)
    throw unwritable(path, String(value))
  }
  if (Array.isArray(value)) return `[${value.map((item, index) => write(item, `${path}/${index}`)).join(',')}]`
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value))) throw unwritable(path, typeof value)
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${write(item, `${path}/${key}`)}`).join(',')}}`
}

function unwritable(path: string, what: string): TandemError {
  return new TandemError(
    'invalid_input',
    `The header holds ${what} at "${path || '/'}", which JSON cannot keep. Reading it back would give something else. Write null, a finite number, text, a list or a plain object.`,
    { details: { path } },
  )
}
