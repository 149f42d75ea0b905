// Reads the features of a model from a JSON Schema object. Only what a table of numbers, booleans and categories can hold
// is supported; anything else is refused with the property named, so that nothing is silently ignored.
import { type FieldError, TandemError } from '../../errors.ts'
import { shown } from '../../platform/validation/describe-schema.ts'
import { type Feature, FLOAT32_LIMIT, propertySchema, TEXT_FORMAT } from './feature.ts'

export const MAX_FEATURES = 1000
const MAX_CATEGORIES = 10_000
const MAX_NAME_LENGTH = 200

type Schema = Readonly<Record<string, unknown>>

const SUPPORTED =
  'Supported: number and integer (minimum, maximum, exclusiveMinimum, exclusiveMaximum), boolean, string (free, with an enum, or of the format text, date or date-time), each also nullable'
const NOTES = ['title', 'description', '$comment', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$id', 'id']
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const

/**
 * The features in the order of the properties.
 *
 * @throws `invalid_input` that names every property that cannot be a feature, with paths below `/features`.
 */
export function parseFeatureSchema(given: unknown): Feature[] {
  const errors: FieldError[] = []
  const schema = isSchema(given) ? given : {}
  if (schema.type !== 'object' || !isSchema(schema.properties)) {
    throw wrong([
      {
        path: '/features',
        message: 'features must be a JSON Schema with "type": "object" and "properties", one property for each feature',
      },
    ])
  }
  refuseKeywords(schema, ['type', 'properties', 'required', 'additionalProperties', '$schema', ...NOTES], '/features', errors)
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    errors.push({
      path: '/features/additionalProperties',
      message: 'features.additionalProperties must be false or absent: a model only takes features it knows',
    })
  }
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const names = Object.keys(schema.properties)
  if (names.length === 0 || names.length > MAX_FEATURES) {
    errors.push({
      path: '/features/properties',
      message: `features.properties must hold 1 to ${MAX_FEATURES} features, got ${names.length}`,
    })
  }
  for (const name of required) {
    if (typeof name !== 'string' || !names.includes(name)) {
      errors.push({ path: '/features/required', message: `features.required names ${shown(name)}, which is not among the properties` })
    }
  }
  const features = names.slice(0, MAX_FEATURES).flatMap((name) => {
    const feature = parseProperty(name, (schema.properties as Schema)[name], required.has(name), errors)
    return feature === undefined ? [] : [feature]
  })
  if (errors.length > 0) throw wrong(errors)
  return features
}

/** The JSON Schema of features in the one form that is stored and shown, whatever form they came in. */
export function featureSchemaOf(features: readonly Feature[]): Record<string, unknown> {
  return {
    type: 'object',
    properties: Object.fromEntries(features.map((feature) => [feature.name, propertySchema(feature)])),
    required: features.filter((feature) => feature.required).map((feature) => feature.name),
    additionalProperties: false,
  }
}

function parseProperty(name: string, given: unknown, required: boolean, errors: FieldError[]): Feature | undefined {
  const path = `/features/properties/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  const fail = (message: string): undefined => {
    errors.push({ path, message: `features.properties.${name} ${message}` })
  }
  if (name === '' || name.length > MAX_NAME_LENGTH || name === '__proto__') {
    return fail(`is no name for a feature: it needs 1 to ${MAX_NAME_LENGTH} characters and is not __proto__`)
  }
  if (!isSchema(given)) return fail(`must be a JSON Schema. ${SUPPORTED}`)
  const { schema, nullable } = withoutNull(given)
  const type = schema.type ?? (typeof schema.const === 'string' || isTexts(schema.enum) ? 'string' : undefined)
  const description = given.description ?? schema.description
  const options = { name, required, nullable, ...(typeof description === 'string' ? { description: description.slice(0, 1000) } : {}) }
  const before = errors.length
  if (type === 'number' || type === 'integer') {
    refuseKeywords(schema, ['type', ...BOUNDS, ...NOTES, ...(nullable ? ['enum'] : [])], path, errors)
    const bounds = parseBounds(schema, path, errors)
    return errors.length > before ? undefined : { kind: 'number', integer: type === 'integer', ...options, ...bounds }
  }
  if (type === 'boolean') {
    refuseKeywords(schema, ['type', ...NOTES], path, errors)
    return errors.length > before ? undefined : { kind: 'boolean', ...options }
  }
  if (type === 'string') {
    // A config says it by `.meta({ text: true })`, which zod writes beside the type.
    const isText = schema.format === TEXT_FORMAT || schema.text === true || given.text === true
    if (isText) refuseKeywords(schema, ['type', 'format', 'text', ...NOTES], path, errors)
    if (isText) return errors.length > before ? undefined : { kind: 'text', ...options }
    if (schema.format === 'date' || schema.format === 'date-time') {
      // A zod date brings the pattern of its format.
      refuseKeywords(schema, ['type', 'format', 'pattern', ...NOTES], path, errors)
      return errors.length > before ? undefined : { kind: 'date', time: schema.format === 'date-time', ...options }
    }
    refuseKeywords(schema, ['type', 'enum', 'const', ...NOTES], path, errors)
    const values = schema.const !== undefined ? [schema.const] : schema.enum
    if (values !== undefined && !isTexts(values)) return fail('has an enum with values that are no strings, or the same string twice')
    if (values !== undefined && (values.length === 0 || values.length > MAX_CATEGORIES)) {
      return fail(`has an enum of ${values.length} values; 1 to ${MAX_CATEGORIES} are possible`)
    }
    return errors.length > before ? undefined : { kind: 'category', ...options, ...(values === undefined ? {} : { values }) }
  }
  return fail(`cannot be a feature: its type is ${shown(type ?? given)}. ${SUPPORTED}`)
}

/** `{ type: [x, null] }`, `{ anyOf: [x, { type: null }] }` and an enum with null all mean: x, may be missing. */
function withoutNull(given: Schema): { schema: Schema; nullable: boolean } {
  const branches = given.anyOf ?? given.oneOf
  if (Array.isArray(branches)) {
    const isNull = (branch: unknown): boolean => isSchema(branch) && branch.type === 'null'
    const rest = branches.filter((branch) => !isNull(branch))
    if (rest.length === 1 && isSchema(rest[0])) {
      const inner = withoutNull(rest[0])
      return { schema: inner.schema, nullable: inner.nullable || rest.length < branches.length }
    }
    // A union of text constants is an enum.
    const values = rest.flatMap((branch) => (isSchema(branch) ? (branch.const ?? branch.enum ?? [undefined]) : [undefined]))
    if (isTexts(values)) return { schema: { type: 'string', enum: values }, nullable: rest.length < branches.length }
    return { schema: given, nullable: false }
  }
  let schema = given
  let nullable = false
  if (Array.isArray(schema.type) && schema.type.includes('null')) {
    const types = schema.type.filter((type) => type !== 'null')
    schema = { ...schema, type: types.length === 1 ? types[0] : types }
    nullable = true
  } else if (Array.isArray(schema.type) && schema.type.length === 1) schema = { ...schema, type: schema.type[0] }
  if (Array.isArray(schema.enum) && schema.enum.includes(null)) {
    schema = { ...schema, enum: schema.enum.filter((value) => value !== null) }
    nullable = true
  }
  return { schema, nullable }
}

type Bounds = { [Bound in (typeof BOUNDS)[number]]?: number }

function parseBounds(schema: Schema, path: string, errors: FieldError[]): Bounds {
  const bounds: Bounds = {}
  for (const name of BOUNDS) {
    const value = schema[name]
    if (value === undefined) continue
    // zod gives every integer the bounds of a safe integer: they say nothing.
    if (schema.type === 'integer' && Math.abs(value as number) === Number.MAX_SAFE_INTEGER) continue
    if (typeof value !== 'number' || !(Math.abs(value) <= FLOAT32_LIMIT)) {
      errors.push({ path: `${path}/${name}`, message: `${name} must be a number within float32 (±3.4028235e38), got ${shown(value)}` })
    } else bounds[name] = value
  }
  const low = Math.max(bounds.minimum ?? -Infinity, bounds.exclusiveMinimum ?? -Infinity)
  const high = Math.min(bounds.maximum ?? Infinity, bounds.exclusiveMaximum ?? Infinity)
  if (low > high) errors.push({ path, message: `no number is at least ${low} and at most ${high}; correct minimum and maximum` })
  return bounds
}

function refuseKeywords(schema: Schema, known: readonly string[], path: string, errors: FieldError[]): void {
  for (const keyword of Object.keys(schema)) {
    if (known.includes(keyword)) continue
    errors.push({
      path: `${path}/${keyword}`,
      message: `${path.slice(1).replaceAll('/', '.')} uses "${keyword}", which features do not have. ${SUPPORTED}`,
    })
  }
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value)

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') && new Set(value).size === value.length

function wrong(errors: readonly FieldError[]): TandemError {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new TandemError('invalid_input', `The features cannot be used: ${errors[0]?.message}${more}.`, { errors: errors.slice(0, 20) })
}
