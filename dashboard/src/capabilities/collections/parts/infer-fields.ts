// Reads from sample documents which fields there are, of what type, which are worth searching in and which to filter by.
import type { NewCollection } from '../../../../../src/collections.ts'
import { newCollectionText as words } from '../../../text/collections.ts'

export type SampleDocument = Readonly<Record<string, unknown>>

export type FieldType = keyof typeof words.types

export interface SampleField {
  readonly name: string
  readonly type: FieldType
  readonly searched: boolean
  readonly filter: boolean
}

/** Longer ones are texts. */
const LONGEST_SHORT = 60
/** A field of which this share of the values differ tells documents apart and does not group them. */
const DISTINCT_SHARE = 0.8

/** JSON, a list of documents, or one a line. @throws Error that says what is wrong, and with which. */
export function parseSample(text: string): SampleDocument[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const parsed = parseWhole(trimmed)
  const wrong = parsed.findIndex((document) => typeof document !== 'object' || document === null || Array.isArray(document))
  if (wrong >= 0) throw new Error(words.notObject(wrong + 1))
  return parsed as SampleDocument[]
}

function parseWhole(text: string): unknown[] {
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? value : [value]
  } catch (whole) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    try {
      return lines.map((line) => JSON.parse(line) as unknown)
    } catch {
      throw new Error(words.notJson((whole as Error).message))
    }
  }
}

/** In the order in which the documents name them; without `id`, which every document has. */
export function inferFields(documents: readonly SampleDocument[]): SampleField[] {
  const names = [...new Set(documents.flatMap((document) => Object.keys(document)))].filter((name) => name !== 'id')
  const fields = names.map((name) => inferField(name, valuesOf(documents, name)))
  if (fields.some(({ searched }) => searched)) return fields
  const first = fields.findIndex(({ type }) => type === 'string' || type === 'text' || type === 'strings')
  return fields.map((field, place) => (place === first ? { ...field, searched: true } : field))
}

function inferField(name: string, values: readonly unknown[]): SampleField {
  const type = typeOf(values)
  if (type === 'text') return { name, type, searched: true, filter: false }
  if (type !== 'string') return { name, type, searched: false, filter: type !== 'other' }
  const isOfWords = values.some((value) => String(value).trim().includes(' '))
  const groups = values.length === 1 ? !isOfWords : new Set(values).size <= values.length * DISTINCT_SHARE
  return { name, type, searched: isOfWords || !groups, filter: groups }
}

function typeOf(values: readonly unknown[]): FieldType {
  const all = (test: (value: unknown) => boolean): boolean => values.length > 0 && values.every(test)
  if (all((value) => typeof value === 'number')) return 'number'
  if (all((value) => typeof value === 'boolean')) return 'boolean'
  if (all((value) => Array.isArray(value) && value.every((item) => typeof item === 'string'))) return 'strings'
  // A title may be a number among words; a file's numbers are then written as texts.
  if (!all((value) => typeof value === 'string' || typeof value === 'number')) return 'other'
  if (all((value) => /^\d{4}-\d\d-\d\d$/.test(String(value)))) return 'date'
  if (all((value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(String(value)))) return 'date-time'
  return values.some((value) => String(value).length > LONGEST_SHORT) ? 'text' : 'string'
}

function valuesOf(documents: readonly SampleDocument[], name: string): unknown[] {
  return documents.map((document) => document[name]).filter((value) => value !== null && value !== undefined && value !== '')
}

/** The first searched field by itself, each further one on a line with its name. */
export function templateOf(fields: readonly SampleField[]): string {
  const searched = fields.filter((field) => field.searched)
  return searched.map(({ name }, place) => (place === 0 ? `{{${name}}}` : `${name}: {{${name}}}`)).join('\n')
}

/** A document may lack any field but its id. */
export function definitionOf(fields: readonly SampleField[], text: string): NewCollection {
  const properties = Object.fromEntries(fields.map(({ name, type }) => [name, schemaOf(type)]))
  return {
    schema: { type: 'object', properties: { id: { type: 'string' }, ...properties }, required: ['id'] },
    text,
    filterable: fields.filter(({ filter, type }) => filter && type !== 'other').map(({ name }) => name),
  }
}

function schemaOf(type: FieldType): object {
  if (type === 'other') return {}
  if (type === 'strings') return { type: ['array', 'null'], items: { type: 'string' } }
  if (type === 'number' || type === 'boolean') return { type: [type, 'null'] }
  return type === 'string' ? { type: ['string', 'null'] } : { type: ['string', 'null'], format: type }
}
