// Checks a collection's definition as a whole, and reads from its schema which properties can be filtered by.
import { z } from 'zod'
import type { FieldKind } from '../../algorithms/retrieval/field-columns.ts'
import type { AnyCollection } from '../../definitions.ts'
import { type FieldError, TandemError } from '../../errors.ts'
import { compileValidator, type JsonSchema, type Validator } from '../../platform/validation/index.ts'
import type { CollectionSource } from '../../sources.ts'
import { type CollectionDefinition, CollectionDefinitionSchema, CollectionName, type StoredDocument } from './schema.ts'
import type { StoredCollection } from './store.ts'
import { checkSource } from './sync/collection-source.ts'
import { parseTemplate } from './text-template.ts'

export interface FilterField {
  readonly name: string
  readonly kind: FieldKind
}

/** A definition that can be used. */
export interface CheckedCollection {
  /** As it is stored: one of the config without its source, whose address holds a secret that stays there. */
  readonly definition: CollectionDefinition
  readonly source: CollectionSource | undefined
  readonly fields: readonly FilterField[]
  /** What is wrong with a document; undefined when it fits. */
  readonly check: Validator
  /** The text that is searched. */
  textOf(document: StoredDocument): string
  /** Changes when the texts have to be made again. */
  readonly textKey: string
}

const RESERVED = ['and', 'or', 'not']
/** Longer strings are texts, of which nobody filters by the whole. */
const LONGEST_FILTER_STRING = 256

type Schema = Readonly<Record<string, unknown>>

/** @throws `invalid_input` that names every place that is wrong. */
export function checkCollection(name: string, given: unknown): CheckedCollection {
  if (!CollectionName.safeParse(name).success) {
    throw invalid(name, [{ path: '/name', message: 'a name starts with a small letter and has at most 64 letters, digits, "_" and "-"' }])
  }
  const result = CollectionDefinitionSchema.safeParse(given)
  if (!result.success) {
    throw invalid(
      name,
      result.error.issues.map(({ path, message }) => ({
        path: `/${path.join('/')}`,
        message: `${path.join('.') || 'definition'}: ${message}`,
      })),
    )
  }
  const definition = result.data
  const template = parseTemplate(definition.text)
  const checked = checkParts(name, definition, template.properties)
  checkSource(definition.source, definition.sync)
  return { ...checked, source: definition.source, textOf: template.render, textKey: definition.text }
}

/**
 * The definition of a collection as it was stored. One that has left the config may have had its texts made by a function: they stay as
 * they are.
 */
export function checkStored({ name, definition, textKey }: Pick<StoredCollection, 'name' | 'definition' | 'textKey'>): CheckedCollection {
  if (definition.text !== '') return checkCollection(name, definition)
  return { ...checkCollection(name, { ...definition, text: '{{id}}' }), definition, textKey }
}

/** The definition of a collection in `tandem.config.ts`. */
export function collectionFromConfig(name: string, { record, text, ...rest }: AnyCollection): CheckedCollection {
  let schema: unknown
  try {
    schema = z.toJSONSchema(record as z.ZodType, { io: 'input', target: 'draft-2020-12' })
  } catch (cause) {
    throw new TandemError(
      'invalid_config',
      `The record of collection "${name}" cannot be written as JSON Schema: ${(cause as Error).message}. Use objects, lists, strings, numbers and booleans, without transforms.`,
      { cause },
    )
  }
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  try {
    if (typeof text === 'string') return withoutSource(checkCollection(name, { schema, text, ...given }))
    // A function stays in this process; the template only says that there is one.
    const checked = withoutSource(checkCollection(name, { schema, text: '{{id}}', ...given }))
    const render = text as (document: StoredDocument) => string
    return {
      ...checked,
      definition: { ...checked.definition, text: '' },
      textOf: render,
      textKey: String(render),
    }
  } catch (error) {
    if (!TandemError.is(error)) throw error
    throw new TandemError('invalid_config', `Collection "${name}" of the config cannot be used. ${error.message}`, {
      errors: error.errors ?? [],
      cause: error,
    })
  }
}

function withoutSource(checked: CheckedCollection): CheckedCollection {
  const { source: _, ...definition } = checked.definition
  return { ...checked, definition }
}

function checkParts(
  name: string,
  definition: CollectionDefinition,
  shown: readonly string[],
): Pick<CheckedCollection, 'definition' | 'fields' | 'check'> {
  const schema = definition.schema as Schema
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const errors: FieldError[] = []
  if (schema.type !== 'object' || !isSchema(schema.properties)) {
    errors.push({ path: '/schema', message: 'schema must be a JSON Schema with "type": "object" and "properties"' })
  } else if (kindOf(properties.id) !== 'string') {
    errors.push({ path: '/schema/properties/id', message: 'schema.properties.id must be there, of type string: documents are known by it' })
  }
  for (const property of shown) {
    if (!(property in properties)) errors.push({ path: '/text', message: `text shows {{${property}}}, which is no property of the schema` })
  }
  for (const property of RESERVED) {
    if (property in properties) {
      errors.push({
        path: `/schema/properties/${property}`,
        message: `a property cannot be called "${property}": in filters it joins conditions`,
      })
    }
  }
  const fields = fieldsOf(properties, definition.filterable, errors)
  if (errors.length > 0) throw invalid(name, errors)
  return { definition, fields, check: compileDocumentCheck(name, schema) }
}

function fieldsOf(properties: Schema, filterable: readonly string[] | undefined, errors: FieldError[]): FilterField[] {
  if (filterable === undefined) {
    return Object.entries(properties).flatMap(([name, property]) => {
      const kind = kindOf(property)
      return name === 'id' || kind === undefined || isText(property) ? [] : [{ name, kind }]
    })
  }
  return filterable.flatMap((name, place) => {
    const kind = kindOf(properties[name])
    if (kind !== undefined) return [{ name, kind }]
    const what =
      name in properties ? 'is neither a number, a boolean, a string, a date nor a list of strings' : 'is no property of the schema'
    errors.push({ path: `/filterable/${place}`, message: `filterable: "${name}" ${what}` })
    return []
  })
}

/** What a property compares as; undefined for what does not compare. */
function kindOf(given: unknown): FieldKind | undefined {
  const schema = withoutNull(given)
  if (schema === undefined) return undefined
  const { type, format, items } = schema
  if (type === 'number' || type === 'integer') return 'number'
  if (type === 'boolean') return 'boolean'
  if (type === 'array') return kindOf(items) === 'string' ? 'string' : undefined
  if (type === 'string') return format === 'date' || format === 'date-time' ? 'date' : 'string'
  return Array.isArray(schema.enum) && schema.enum.every((value) => typeof value === 'string') ? 'string' : undefined
}

function isText(given: unknown): boolean {
  const schema = withoutNull(given)
  if (schema?.type !== 'string') return false
  return (
    schema.format === 'text' || schema.text === true || (typeof schema.maxLength === 'number' && schema.maxLength > LONGEST_FILTER_STRING)
  )
}

/** Nullable schemas by what they are otherwise. */
export function withoutNull(given: unknown): Schema | undefined {
  if (!isSchema(given)) return undefined
  const branches = given.anyOf ?? given.oneOf
  if (Array.isArray(branches)) {
    const rest = branches.filter((branch) => isSchema(branch) && branch.type !== 'null')
    return rest.length === 1 ? withoutNull(rest[0]) : undefined
  }
  if (!Array.isArray(given.type)) return given
  const types = given.type.filter((type) => type !== 'null')
  return types.length === 1 ? { ...given, type: types[0] } : undefined
}

/** A schema is compiled to code, so what cannot be is told where it is defined, and not at the first document. */
function compileDocumentCheck(name: string, schema: Schema): Validator {
  try {
    return compileValidator(withoutUnknownFormats(schema) as JsonSchema, { root: 'document' })
  } catch (cause) {
    throw invalid(name, [{ path: '/schema', message: `schema cannot be compiled: ${(cause as Error).message}` }])
  }
}

/** `format: "text"` and `text: true` are ours. */
function withoutUnknownFormats(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnknownFormats)
  if (!isSchema(value)) return value
  const { text, format, ...rest } = value
  const kept = {
    ...(text === undefined || text === true ? {} : { text }),
    ...(format === undefined || format === 'text' ? {} : { format }),
  }
  return Object.fromEntries(Object.entries({ ...rest, ...kept }).map(([key, entry]) => [key, withoutUnknownFormats(entry)]))
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)

function invalid(name: string, errors: readonly FieldError[]): TandemError {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new TandemError('invalid_input', `Collection "${name}" cannot be defined so: ${errors[0]?.message}${more}.`, {
    errors: errors.slice(0, 20),
  })
}
