// A row of a source as a document: columns that are properties of the collection's schema, each as the type that the schema asks for.
import type { RowBatch, SourceColumn } from '../../../platform/sources/row-source.ts'
import { withoutNull } from '../collection-definition.ts'
import type { StoredDocument } from '../schema.ts'

type Wanted = 'string' | 'number' | 'boolean' | 'date' | 'date-time' | 'json' | 'texts' | 'numbers' | 'any'

interface Property {
  readonly name: string
  readonly wanted: Wanted
  readonly nullable: boolean
}

export interface RowFailure {
  readonly id: string | null
  readonly error: string
}

export interface ReadRows {
  readonly documents: StoredDocument[]
  readonly failures: RowFailure[]
}

export interface DocumentReader {
  read(batch: RowBatch): ReadRows
  /** Columns that are no property, so that nothing was taken from them. */
  ignored(columns: readonly SourceColumn[]): string[]
}

type Schema = Readonly<Record<string, unknown>>

/** @param idColumn  the column that becomes the id. */
export function createDocumentReader(schema: Schema, idColumn: string): DocumentReader {
  const properties = (schema.properties ?? {}) as Schema
  const known = new Map(Object.entries(properties).map(([name, property]) => [name, propertyOf(name, property)]))
  const isClosed = schema.additionalProperties === false
  return {
    ignored: (columns) => columns.flatMap(({ name, kind }) => (name === idColumn || known.has(name) || kind === 'plain' ? [] : [name])),
    read({ columns, rows }) {
      const documents: StoredDocument[] = []
      const failures: RowFailure[] = []
      for (const row of rows) {
        const made =
          columns[0]?.name === '' ? ofObject(row[0] as StoredDocument, idColumn, known, isClosed) : ofRow(row, columns, idColumn, known)
        if ('error' in made) failures.push(made as RowFailure)
        else documents.push(made.document)
      }
      return { documents, failures }
    },
  }
}

type Made = { readonly document: StoredDocument } | RowFailure

function ofRow(row: readonly unknown[], columns: readonly SourceColumn[], idColumn: string, known: ReadonlyMap<string, Property>): Made {
  const at = columns.findIndex(({ name }) => name.toLowerCase() === idColumn.toLowerCase())
  const id = textOfId(row[at])
  if (id === null) return { id: null, error: `the row has no id: its column "${idColumn}" is empty` }
  const document: Record<string, unknown> = { id }
  for (const [place, { name, kind }] of columns.entries()) {
    const property = known.get(name)
    // A column `id` beside another one that is the id.
    if (property === undefined || name === 'id') continue
    const value = row[place]
    try {
      const read = value === null || value === undefined ? null : valueAs(property, value, kind)
      if (read !== null) document[name] = read
      else if (property.nullable) document[name] = null
    } catch (error) {
      return { id, error: (error as Error).message }
    }
  }
  return { document: document as StoredDocument }
}

/** A line of NDJSON is a document already. */
function ofObject(given: StoredDocument, idColumn: string, known: ReadonlyMap<string, Property>, isClosed: boolean): Made {
  const id = textOfId(given[idColumn])
  if (id === null) return { id: null, error: `the line has no id: its property "${idColumn}" is absent` }
  const kept = isClosed ? Object.entries(given).filter(([name]) => known.has(name)) : Object.entries(given)
  return { document: { ...Object.fromEntries(kept), id } }
}

/** Null for what names nothing. */
export function textOfId(value: unknown): string | null {
  if (value === null || value === undefined || typeof value === 'object') {
    // Binary ids, such as UUIDs of 16 bytes.
    return Buffer.isBuffer(value) && value.length > 0 ? value.toString('hex') : null
  }
  const text = String(value).trim()
  return text === '' ? null : text
}

function valueAs({ name, wanted, nullable }: Property, value: unknown, kind: SourceColumn['kind']): unknown {
  // JSON is escaped here for the message only.
  const refuse = (what: string): never => {
    throw new Error(`${name}: ${what}`)
  }
  if (Buffer.isBuffer(value)) {
    // BIT(1) and BOOLEAN of some drivers.
    return wanted === 'boolean' && value.length === 1 ? value[0] !== 0 : value.toString('base64')
  }
  if (kind === 'loose' && value === '' && (wanted !== 'string' || nullable)) return null
  switch (wanted) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value)
    case 'number':
      return numberOf(value, refuse)
    case 'boolean':
      return booleanOf(value)
    case 'date':
      return /^\d{4}-\d\d-\d\d/.test(String(value)) ? String(value).slice(0, 10) : value
    case 'date-time':
      return timeOf(value)
    case 'json':
      return typeof value === 'string' ? parsed(value, refuse) : value
    case 'texts':
      return listOf(value, refuse)
    case 'numbers': {
      const list = listOf(value, refuse)
      return Array.isArray(list) ? list.map((item) => numberOf(item, refuse)) : list
    }
    default:
      if (kind === 'json') return parsed(String(value), refuse)
      return kind === 'exact' && Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
}

/** JSON, or values separated by `;` or `|`, else by commas: what stands between them may hold commas itself. */
function listOf(value: unknown, refuse: (what: string) => never): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (text.startsWith('[')) return parsed(text, refuse)
  const separator = [';', '|'].find((mark) => text.includes(mark)) ?? ','
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function numberOf(value: unknown, refuse: (what: string) => never): unknown {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string' || value.trim() === '') return value
  const number = Number(value)
  if (/^\s*[+-]?\d+\s*$/.test(value) && !Number.isSafeInteger(number)) {
    refuse(`${value.trim()} is beyond what a number holds exactly (2^53); make the property a string`)
  }
  return Number.isFinite(number) ? number : value
}

function booleanOf(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1
  const text = String(value).trim().toLowerCase()
  if (['true', 't', 'yes', 'y', '1'].includes(text)) return true
  return ['false', 'f', 'no', 'n', '0'].includes(text) ? false : value
}

/** ISO 8601; a time without a zone is taken as UTC, a day as its beginning. */
function timeOf(value: unknown): unknown {
  const text = String(value).trim()
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return `${text}T00:00:00Z`
  return /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : value
}

function parsed(text: string, refuse: (what: string) => never): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return refuse(`"${text.slice(0, 80)}" is no JSON`)
  }
}

function propertyOf(name: string, given: unknown): Property {
  const schema = withoutNull(given)
  const nullable = acceptsNull(given)
  const { type, format } = schema ?? {}
  const base = { name, nullable }
  if (type === 'number' || type === 'integer') return { ...base, wanted: 'number' }
  if (type === 'boolean') return { ...base, wanted: 'boolean' }
  const { type: ofItems } = withoutNull(schema?.items) ?? {}
  if (type === 'array' && ofItems === 'string') return { ...base, wanted: 'texts' }
  if (type === 'array' && (ofItems === 'number' || ofItems === 'integer')) return { ...base, wanted: 'numbers' }
  if (type === 'array' || type === 'object') return { ...base, wanted: 'json' }
  if (type === 'string') return { ...base, wanted: format === 'date' || format === 'date-time' ? format : 'string' }
  const texts = Array.isArray(schema?.enum) && schema.enum.every((value) => typeof value === 'string')
  return { ...base, wanted: texts ? 'string' : 'any' }
}

function acceptsNull(given: unknown): boolean {
  const { type, anyOf, oneOf } = given as Schema
  if (Array.isArray(type)) return type.includes('null')
  const branches = anyOf ?? oneOf
  return Array.isArray(branches) ? branches.some((branch) => (branch as Schema | null)?.type === 'null') : type === 'null'
}
