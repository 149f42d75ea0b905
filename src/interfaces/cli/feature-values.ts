// The features of a model on the command line: read from words and table cells by the model's schema, and made up for examples.

import { booleanFromText, isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { TandemError } from '../../errors.ts'
import type { Cell } from '../../tandem.ts'

export type Features = Record<string, Cell>

interface Property {
  readonly kind: 'number' | 'integer' | 'boolean' | 'string'
  readonly nullable: boolean
  readonly schema: Readonly<Record<string, unknown>>
}

/** The features of a definition by name; JSON Schema as `feature-schema.ts` writes it. */
export function propertiesOf(featureSchema: unknown): ReadonlyMap<string, Property> {
  const properties = isRecord(featureSchema) && isRecord(featureSchema.properties) ? featureSchema.properties : {}
  return new Map(
    Object.entries(properties).map(([name, value]) => {
      const schema = isRecord(value) ? value : {}
      const types = [schema.type].flat()
      const kind = (['number', 'integer', 'boolean'] as const).find((type) => types.includes(type)) ?? 'string'
      return [name, { kind, nullable: types.includes('null'), schema }]
    }),
  )
}

/** The value a text stands for; a text that does not fit is kept, so that the server says what it expects. */
export function valueFromText(text: string, property: Property): Cell {
  if (property.kind === 'string') return text === '' ? null : text
  if (isMissingText(text)) return null
  if (property.kind === 'boolean') return booleanFromText(text) ?? text
  return numberFromText(text) ?? text
}

/** `name=value` words as features. */
export function featuresFromWords(words: readonly string[], featureSchema: unknown): Features {
  const properties = propertiesOf(featureSchema)
  const features: Features = {}
  for (const word of words) {
    const equals = word.indexOf('=')
    const name = word.slice(0, equals)
    const property = properties.get(name)
    if (property === undefined) {
      throw new TandemError('invalid_input', `The model has no feature "${name}". Its features: ${[...properties.keys()].join(', ')}.`)
    }
    features[name] = valueFromText(word.slice(equals + 1), property)
  }
  return features
}

/** One row of a table as features; columns that are no feature are left out. */
export function featuresFromCells(cells: Readonly<Record<string, string>>, properties: ReturnType<typeof propertiesOf>): Features {
  const features: Features = {}
  for (const [name, property] of properties) {
    const text = cells[name]
    if (text !== undefined) features[name] = valueFromText(text, property)
  }
  return features
}

/** A plausible row for an example: the middle of each range, the first of each list. */
export function sampleFeatures(featureSchema: unknown): Features {
  return Object.fromEntries([...propertiesOf(featureSchema)].map(([name, property]) => [name, sampleValue(property)]))
}

function sampleValue({ kind, nullable, schema }: Property): Cell {
  const example = [schema.examples].flat()[0]
  if (['string', 'number', 'boolean'].includes(typeof example)) return example as Cell
  if (Array.isArray(schema.enum)) return (schema.enum.find((value) => value !== null) as Cell | undefined) ?? null
  if (kind === 'boolean') return true
  if (kind === 'string' && (schema.format === 'date' || schema.format === 'date-time')) return '2026-01-31'
  if (kind === 'string') return nullable ? null : 'other'
  const low = numberOf(schema.minimum ?? schema.exclusiveMinimum)
  const high = numberOf(schema.maximum ?? schema.exclusiveMaximum)
  if (low === undefined && high === undefined) return 1
  const middle = low === undefined ? (high ?? 0) - 1 : high === undefined ? low + 1 : low + (high - low) * 0.6
  return kind === 'integer' ? Math.round(middle) : Number(middle.toPrecision(2)) >= (low ?? middle) ? Number(middle.toPrecision(2)) : middle
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
