// zod schemas as JSON Schema (draft 2020-12, the dialect of OpenAPI 3.1): one form to check what comes in,
// one for the serialiser of what goes out.
import { z } from 'zod'

export type JsonSchema = { readonly [keyword: string]: unknown }

// An empty registry: names given with `.meta({ id })` are written in place instead of as references, so the paths
// of validation errors stay whole and the serialiser needs no reference resolution. Only recursion still refers.
const withoutNames = z.registry<Record<string, never>>()

export function isZod(schema: z.ZodType | JsonSchema): schema is z.ZodType {
  return typeof schema === 'object' && schema !== null && '_zod' in schema
}

/** What a caller may send: unknown keys as the schema says, defaults optional. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    metadata: withoutNames,
    // Every key of a JSON object is a string; Ajv would check each one of every record.
    override: ({ jsonSchema }) => {
      if (JSON.stringify(jsonSchema.propertyNames) === '{"type":"string"}') delete jsonSchema.propertyNames
    },
  })
  return rest
}

/**
 * What fast-json-stringify compiles. Differs from the plain schema in two places: `additionalProperties: false` is left
 * out (the serialiser drops unknown keys anyway, but a union would refuse the whole answer for one), and recursive
 * parts such as `z.json()` become "anything".
 */
export function serialiserSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, $defs: __, ...rest } = z.toJSONSchema(schema, { io: 'output', target: 'draft-2020-12', metadata: withoutNames })
  return relax(rest) as JsonSchema
}

function relax(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relax)
  if (typeof value !== 'object' || value === null) return value
  if ('$ref' in value) return {}
  const types = scalarTypes(value)
  if (types !== undefined) return { type: types }
  const entries = Object.entries(value).filter(
    ([key, entry]) => !(key === 'additionalProperties' && entry === false) && key !== 'propertyNames' && key !== 'examples',
  )
  return Object.fromEntries(entries.map(([key, entry]) => [key, key === 'properties' ? relaxProperties(entry) : relax(entry)]))
}

/** A union of plain scalars, told apart by `typeof`; as a union each would be validated for every answer. */
function scalarTypes(schema: object): string[] | undefined {
  const branches = 'anyOf' in schema && Array.isArray(schema.anyOf) ? (schema.anyOf as JsonSchema[]) : []
  const types = branches.map(({ type, ...rest }) =>
    Object.keys(rest).length === 0 && SCALARS.includes(type as string) ? (type as string) : '',
  )
  return types.length > 0 && !types.includes('') && new Set(types).size === types.length ? types : undefined
}

const SCALARS = ['string', 'number', 'boolean', 'null']

/** Names of properties are data: one called "examples" is not the keyword. */
function relaxProperties(properties: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties as Record<string, unknown>).map(([name, schema]) => [name, relax(schema)]))
}
