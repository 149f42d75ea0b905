// Checks values with Ajv compiled from a zod schema or a JSON Schema: no coercion in bodies, so "3" is not a number
// and false is not 0. The first error decides; all errors are collected only for small bodies, because 60,000
// unknown keys in one megabyte would hold the event loop for 28 ms.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { z } from 'zod'
import type { FieldError } from '../../errors.ts'
import { fieldErrors } from './field-errors.ts'
import { readFromText } from './from-text.ts'
import { inputSchema, isZod, type JsonSchema } from './json-schema.ts'

/** Undefined when the value fits (defaults are then filled in), else what is wrong. */
export type Validator = (value: unknown, sizeBytes?: number) => readonly FieldError[] | undefined

export interface ValidatorOptions {
  /** What the root is called in sentences. Default `body`. */
  readonly root?: string
  /** Reads numbers and booleans from text: for query strings only. */
  readonly fromText?: boolean
  /** Default 20. */
  readonly maxErrors?: number
}

/** Bodies up to this size get every error, larger ones the first. */
export const ALL_ERRORS_LIMIT_BYTES = 64 * 1024

// zod writes a pattern beside these names, which is what decides; Ajv only has to know the word.
const FORMATS_WITH_PATTERN = [
  'base64',
  'base64url',
  'cidrv4',
  'cidrv6',
  'cuid',
  'cuid2',
  'e164',
  'emoji',
  'guid',
  'jwt',
  'ksuid',
  'lowercase',
  'mac',
  'nanoid',
  'ulid',
  'uppercase',
  'xid',
  'float32',
  'float64',
]

function createAjv(allErrors: boolean, validateSchema: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    coerceTypes: false,
    useDefaults: true,
    verbose: true,
    strictTypes: false,
    strictTuples: false,
    allowUnionTypes: true,
    // Schemas of models come and go at run time; a cache in Ajv would keep each for ever.
    addUsedSchema: false,
    validateSchema,
  })
  ;(addFormats as unknown as (target: Ajv2020) => void)(ajv)
  for (const name of FORMATS_WITH_PATTERN) if (ajv.formats[name] === undefined) ajv.addFormat(name, true)
  return ajv
}

/**
 * Compiles a schema once; the result is called per request. A zod schema is compiled at the first call and not checked
 * against the schema of schemas, which is zod's work: compiling all routes with it took 0.5 s of every start.
 *
 * @example
 * const check = compileValidator(z.strictObject({ limit: z.int().max(100) }))
 * check({ limit: 'many' }) // [{ path: '/limit', message: 'limit must be an integer of at most 100, got string "many"' }]
 */
export function compileValidator(schema: z.ZodType | JsonSchema, options: ValidatorOptions = {}): Validator {
  const { root = 'body', fromText = false, maxErrors = 20 } = options
  const own = isZod(schema)
  const json = own ? inputSchema(schema) : schema
  let first: ValidateFunction | undefined = own ? undefined : createAjv(false, true).compile(json)
  let all: ValidateFunction | undefined
  const read = fromText ? readFromText(json) : undefined
  return (value, sizeBytes = 0) => {
    read?.(value)
    first ??= createAjv(false, false).compile(json)
    if (first(value)) return undefined
    if (sizeBytes > ALL_ERRORS_LIMIT_BYTES) return fieldErrors(first.errors ?? [], { root, limit: maxErrors })
    // Only a schema that was ever violated pays for the second compilation.
    all ??= createAjv(true, false).compile(json)
    const errors = all(value) ? first.errors : all.errors
    return fieldErrors(errors ?? [], { root, limit: maxErrors })
  }
}
