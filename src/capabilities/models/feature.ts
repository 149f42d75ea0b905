// One input column of a model, as read from the JSON Schema of its features, and the words for what it accepts.
import { DATE_EXAMPLES, hoursFromText } from '../../algorithms/columns/cell-text.ts'
import { describeSchema, shown, typeOf } from '../../platform/validation/describe-schema.ts'

/** Values beyond it become infinite in float32, where trees compare. */
export const FLOAT32_LIMIT = 3.4028235e38

interface FeatureOptions {
  readonly name: string
  /** Must be present. */
  readonly required: boolean
  /** May be null, which means missing. */
  readonly nullable: boolean
  readonly description?: string
}

export interface NumberFeature extends FeatureOptions {
  readonly kind: 'number'
  readonly integer: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

export interface BooleanFeature extends FeatureOptions {
  readonly kind: 'boolean'
}

export interface CategoryFeature extends FeatureOptions {
  readonly kind: 'category'
  /** The allowed values in order; absent: any text, known values are learned from the training rows. */
  readonly values?: readonly string[]
}

/** Free text, read word by word: `{ "type": "string", "format": "text" }`. */
export interface TextFeature extends FeatureOptions {
  readonly kind: 'text'
}

/** A day or a moment in ISO form: `{ "type": "string", "format": "date" }`, or `date-time`. Models read its parts, such as the weekday. */
export interface DateFeature extends FeatureOptions {
  readonly kind: 'date'
  /** Whether the hours count. */
  readonly time: boolean
}

export type Feature = NumberFeature | BooleanFeature | CategoryFeature | TextFeature | DateFeature

/** Hours since 1970 that float32 still tells apart: the years 56 to 3883. */
const MOST_HOURS = 2 ** 24

/** The number that a model knows a date by; undefined for a text that is none, and for years that it cannot know. */
export function dateNumber(text: string): number | undefined {
  const hours = hoursFromText(text)
  return hours === undefined || Math.abs(hours) > MOST_HOURS ? undefined : hours
}

/** Longest free text. */
export const MAX_TEXT_LENGTH = 100_000
/** How a JSON Schema says that a string is free text. */
export const TEXT_FORMAT = 'text'

/** Longest text an open category takes. */
export const MAX_CATEGORY_LENGTH = 1000

/** The JSON Schema of one feature, in the one form that is stored. */
export function propertySchema(feature: Feature): Record<string, unknown> {
  const type = feature.kind === 'number' ? (feature.integer ? 'integer' : 'number') : feature.kind === 'boolean' ? 'boolean' : 'string'
  const schema: Record<string, unknown> = { type: feature.nullable ? [type, 'null'] : type }
  if (feature.kind === 'number') {
    for (const bound of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const) {
      if (feature[bound] !== undefined) schema[bound] = feature[bound]
    }
  }
  if (feature.kind === 'category' && feature.values) schema.enum = feature.nullable ? [...feature.values, null] : [...feature.values]
  if (feature.kind === 'text') schema.format = TEXT_FORMAT
  if (feature.kind === 'date') schema.format = feature.time ? 'date-time' : 'date'
  if (feature.description !== undefined) schema.description = feature.description
  return schema
}

/** What is wrong with a present value, as the end of a sentence (`must be ..., got ...`); undefined when it fits. */
export function valueProblem(feature: Feature, value: unknown): string | undefined {
  if (value === null && feature.nullable) return undefined
  if (typeof value === 'number' && feature.kind === 'number') return numberProblem(feature, value)
  if (typeof value === 'boolean' && feature.kind === 'boolean') return undefined
  if (typeof value === 'string' && feature.kind === 'category') {
    if (feature.values !== undefined) return feature.values.includes(value) ? undefined : mismatch(feature, value)
    return value.length > MAX_CATEGORY_LENGTH
      ? `must be a string of at most ${MAX_CATEGORY_LENGTH} characters, got ${value.length}`
      : undefined
  }
  if (typeof value === 'string' && feature.kind === 'text') {
    return value.length > MAX_TEXT_LENGTH ? `must be a text of at most ${MAX_TEXT_LENGTH} characters, got ${value.length}` : undefined
  }
  if (typeof value === 'string' && feature.kind === 'date' && dateNumber(value) !== undefined) return undefined
  return mismatch(feature, value)
}

/** What a feature accepts, in words: `a number between 0 and 1`. */
export function describeFeature(feature: Feature): string {
  const what =
    feature.kind === 'text'
      ? 'a text'
      : feature.kind === 'date'
        ? DATE_EXAMPLES
        : describeSchema(propertySchema({ ...feature, nullable: false }))
  return `${what}${feature.nullable ? ' or null' : ''}`
}

function numberProblem(feature: NumberFeature, value: number): string | undefined {
  if (!Number.isFinite(value)) return `must be a finite number, got ${value}. Leave the feature out, or send null if it may be missing`
  if (Math.abs(value) > FLOAT32_LIMIT) {
    return `must lie between -3.4028235e38 and 3.4028235e38 (models compute in float32), got ${value}`
  }
  const { minimum = value, maximum = value, exclusiveMinimum, exclusiveMaximum } = feature
  const fits =
    value >= minimum &&
    value <= maximum &&
    (exclusiveMinimum === undefined || value > exclusiveMinimum) &&
    (exclusiveMaximum === undefined || value < exclusiveMaximum) &&
    (!feature.integer || Number.isInteger(value))
  return fits ? undefined : mismatch(feature, value)
}

function mismatch(feature: Feature, value: unknown): string {
  const got =
    value === null ? 'null' : value === undefined ? 'nothing' : `${typeOf(value)} ${typeof value === 'bigint' ? value : shown(value)}`
  return `must be ${describeFeature(feature)}, got ${got}`
}
