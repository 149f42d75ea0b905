// A JSON Schema for the eye: one line per field with its type, limits and meaning; and a sample value.
import type { Json } from '../openapi-schemas.ts'
import { escapeHtml } from './html.ts'

type Schemas = Readonly<Record<string, Json>>

/** Levels written out; deeper ones are named only. */
const MAX_DEPTH = 3

export function renderSchema(schema: Json, schemas: Schemas, depth = 0): string {
  const name = referenceOf(schema)
  if (name !== undefined && depth > 0) return ''
  const target = name === undefined ? schema : (schemas[name] ?? {})
  const title = name === undefined ? '' : `<p class="schema-name"><a href="#schema-${name}">${escapeHtml(name)}</a></p>`
  const branches = (target.anyOf ?? target.oneOf) as readonly Json[] | undefined
  if (branches?.some((branch) => branch.properties !== undefined) === true) {
    const parts = branches.map(
      (branch, index) => `<li><span class="muted">${index === 0 ? 'either' : 'or'}</span>${renderSchema(branch, schemas, depth)}</li>`,
    )
    return `${title}<ul class="branches">${parts.join('')}</ul>`
  }
  const properties = Object.entries((target.properties ?? {}) as Schemas)
  if (properties.length === 0) {
    const item = target.items as Json | undefined
    const inner = item?.properties === undefined ? '' : renderSchema(item, schemas, depth + 1)
    return depth === 0 ? `${title}<p class="type">${renderType(target)}</p>${inner}` : inner
  }
  const required = (target.required ?? []) as readonly string[]
  return `${title}<ul class="fields">${properties.map(([key, value]) => renderField(key, value, required.includes(key), schemas, depth)).join('')}</ul>`
}

function renderField(key: string, schema: Json, required: boolean, schemas: Schemas, depth: number): string {
  const inner = nestedOf(schema)
  const nested = inner === undefined || depth >= MAX_DEPTH ? '' : renderSchema(inner, schemas, depth + 1)
  const note = typeof schema.description === 'string' ? `<span class="note">${escapeHtml(schema.description)}</span>` : ''
  return `<li><code>${escapeHtml(key)}</code>${required ? '<span class="required" title="required">*</span>' : ''} <span class="type">${renderType(schema)}</span>${note}${nested}</li>`
}

function nestedOf(schema: Json): Json | undefined {
  if (schema.properties !== undefined) return schema
  const { items, additionalProperties: values } = schema as { items?: Json; additionalProperties?: Json | boolean }
  if (items?.properties !== undefined) return items
  return typeof values === 'object' && values.properties !== undefined ? values : undefined
}

function referenceOf(schema: Json): string | undefined {
  return typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
}

function renderType(schema: Json): string {
  const name = referenceOf(schema)
  if (name !== undefined) return `<a href="#schema-${name}">${escapeHtml(name)}</a>`
  const item = referenceOf((schema.items ?? {}) as Json)
  if (item !== undefined) return `array of <a href="#schema-${item}">${escapeHtml(item)}</a>`
  const fallback = schema.default === undefined ? '' : ` <span class="muted">default ${escapeHtml(JSON.stringify(schema.default))}</span>`
  return escapeHtml(typeName(schema)) + fallback
}

/** `integer 1..200`, `"a" | "b"`, `array of string, at most 5`. */
export function typeName(schema: Json): string {
  const name = referenceOf(schema)
  if (name !== undefined) return name
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (Array.isArray(schema.enum)) {
    const shown = schema.enum.slice(0, 8).map((value) => JSON.stringify(value))
    return shown.join(' | ') + (schema.enum.length > 8 ? ` | … (${schema.enum.length})` : '')
  }
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Json[] | undefined
  if (branches !== undefined) return [...new Set(branches.map(typeName))].join(' or ')
  const types = [schema.type].flat().filter((type) => type !== undefined)
  if (types.includes('array'))
    return `array of ${schema.items === undefined ? 'any' : typeName(schema.items as Json)}${countLimits(schema)}`
  if (types.includes('object') && typeof schema.additionalProperties === 'object') {
    return `object of ${typeName(schema.additionalProperties as Json)}`
  }
  const base = types.length === 0 ? 'any' : types.join(' or ')
  return `${base}${typeof schema.format === 'string' ? ` (${schema.format})` : ''}${numberLimits(schema)}`
}

function numberLimits(schema: Json): string {
  const bound = (value: unknown): number | undefined =>
    typeof value === 'number' && Math.abs(value) !== Number.MAX_SAFE_INTEGER ? value : undefined
  const low = bound(schema.minimum)
  const high = bound(schema.maximum)
  if (low !== undefined && high !== undefined) return ` ${low}..${high}`
  if (low !== undefined) return ` ≥ ${low}`
  if (high !== undefined) return ` ≤ ${high}`
  const letters = bound(schema.maxLength)
  return letters === undefined ? '' : `, at most ${letters} characters`
}

function countLimits(schema: Json): string {
  const { minItems, maxItems } = schema
  const parts = [minItems === undefined ? '' : `at least ${String(minItems)}`, maxItems === undefined ? '' : `at most ${String(maxItems)}`]
  const text = parts.filter(Boolean).join(', ')
  return text === '' ? '' : `, ${text}`
}

/** A value that shows the shape; required fields only, unless there are none. */
export function sampleOf(schema: Json, schemas: Schemas, depth = 0): unknown {
  const name = referenceOf(schema)
  if (name !== undefined) return depth > 6 ? null : sampleOf(schemas[name] ?? {}, schemas, depth + 1)
  const examples = schema.examples as readonly unknown[] | undefined
  if (examples !== undefined && examples.length > 0) return examples[0]
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const branches = (schema.anyOf ?? schema.oneOf) as readonly Json[] | undefined
  if (branches?.[0] !== undefined) return sampleOf(branches[0], schemas, depth + 1)
  const type = [schema.type].flat()[0]
  if (type === 'object') return depth > 4 ? {} : sampleObject(schema, schemas, depth)
  if (type === 'array') return depth > 4 || schema.items === undefined ? [] : [sampleOf(schema.items as Json, schemas, depth + 1)]
  if (type === 'number' || type === 'integer') return sampleNumber(schema)
  if (type === 'boolean') return true
  if (type === 'string') return schema.format === 'date-time' ? '2026-01-31T12:00:00Z' : 'text'
  return null
}

function sampleObject(schema: Json, schemas: Schemas, depth: number): unknown {
  const properties = Object.entries((schema.properties ?? {}) as Schemas)
  const values = schema.additionalProperties
  if (properties.length === 0) return typeof values === 'object' ? { name: sampleOf(values as Json, schemas, depth + 1) } : {}
  const required = (schema.required ?? []) as readonly string[]
  const shown = required.length > 0 ? properties.filter(([key]) => required.includes(key)) : properties.slice(0, 2)
  return Object.fromEntries(shown.map(([key, value]) => [key, sampleOf(value, schemas, depth + 1)]))
}

function sampleNumber(schema: Json): number {
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number }
  if (minimum !== undefined && Math.abs(minimum) < Number.MAX_SAFE_INTEGER) {
    if (schema.type !== 'integer' && maximum !== undefined && Math.abs(maximum) < Number.MAX_SAFE_INTEGER) return (minimum + maximum) / 2
    return Math.max(minimum, 1)
  }
  return 1
}
