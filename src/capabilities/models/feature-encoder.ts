// Turns a row of features into float32 numbers: the hot path of every prediction. The fast pass allocates nothing and
// answers true for a good row; whatever it does not like goes to the slow pass, which decides and collects all errors.
import { type FieldError, TandemError } from '../../errors.ts'
import { nearestName } from '../../platform/validation/describe-schema.ts'
import { dateNumber, describeFeature, type Feature, FLOAT32_LIMIT, MAX_CATEGORY_LENGTH, MAX_TEXT_LENGTH, valueProblem } from './feature.ts'

export type FeatureRow = Readonly<Record<string, unknown>>

/** Codes of the texts of each feature; null for features that are no category. */
export type CategoryTables = readonly (readonly string[] | null)[]

export interface RowEncoder {
  readonly features: readonly Feature[]
  /** Writes the row to `out` from `offset`; false when something is wrong, see `problems`. */
  encode(row: FeatureRow, out: Float32Array, offset: number): boolean
  /** Everything that is wrong with a row, with JSON pointers below `path`. */
  problems(row: unknown, path: string): FieldError[]
}

/** What stands in a row for a free text that is there; the text itself is read where it is needed. */
const PRESENT = 0

/** Errors told of one request. */
export const MAX_ERRORS = 20

const NUMBER = 0
const INTEGER = 1
const BOOLEAN = 2
const CATEGORY = 3
const OPEN_CATEGORY = 4
const TEXT = 5
const DATE = 6

/**
 * Compiles the encoder of a version. Cost: about 20 ns a feature and row.
 *
 * @param tables  the version's category tables; absent: the enums alone, open texts are missing.
 * @param tellsUnseen  whether the model knows a text that is in no table of the feature, as the code after the last; else it is missing.
 */
export function createRowEncoder(
  features: readonly Feature[],
  tables?: CategoryTables,
  tellsUnseen: (feature: number) => boolean = () => false,
): RowEncoder {
  const count = features.length
  const names = features.map((feature) => feature.name)
  const known = new Set(names)
  const kinds = Uint8Array.from(features, kindOf)
  const minimums = Float64Array.from(features, lowest)
  const maximums = Float64Array.from(features, highest)
  const optional = Uint8Array.from(features, (feature) => (feature.required ? 0 : 1))
  const nullable = Uint8Array.from(features, (feature) => (feature.nullable ? 1 : 0))
  const codes = features.map((feature, index) => codesOf(feature, tables?.[index] ?? undefined))
  const unseen = Float32Array.from(features, (_, index) => (tables?.[index] && tellsUnseen(index) ? tables[index].length : Number.NaN))

  const encode = (row: FeatureRow, out: Float32Array, offset: number): boolean => {
    let found = 0
    for (let i = 0; i < count; i++) {
      const value = row[names[i]!]
      let number = Number.NaN
      if (typeof value === 'number') {
        // NaN fails both comparisons, an infinity one of them: the bounds are always within float32.
        if (kinds[i]! > INTEGER || !(value >= minimums[i]!) || !(value <= maximums[i]!)) return encodeSlowly(row, out, offset)
        if (kinds[i] === INTEGER && Math.floor(value) !== value) return false
        number = value
      } else if (typeof value === 'string') {
        if (kinds[i]! < CATEGORY) return encodeSlowly(row, out, offset)
        const code = codes[i]!.get(value)
        if (code !== undefined) number = code
        else if (kinds[i] === TEXT) {
          if (value.length > MAX_TEXT_LENGTH) return false
          number = PRESENT
        } else if (kinds[i] === DATE) {
          const hours = dateNumber(value)
          if (hours === undefined) return false
          number = hours
        } else if (kinds[i] === CATEGORY || value.length > MAX_CATEGORY_LENGTH) return false
        else number = unseen[i]!
      } else if (typeof value === 'boolean') {
        if (kinds[i] !== BOOLEAN) return false
        number = value ? 1 : 0
      } else if (value === undefined) {
        if (optional[i] === 0) return false
        out[offset + i] = Number.NaN
        continue
      } else if (value !== null || nullable[i] === 0) return encodeSlowly(row, out, offset)
      out[offset + i] = number
      found++
    }
    // Keys that are no feature are found by counting, which needs no look-up.
    let keys = 0
    for (const _ in row) keys++
    return keys === found || encodeSlowly(row, out, offset)
  }

  /** For what the fast pass misreads: keys holding undefined, and features named as something every object inherits. */
  const encodeSlowly = (row: FeatureRow, out: Float32Array, offset: number): boolean => {
    if (problems(row, '').length > 0) return false
    for (let i = 0; i < count; i++) {
      const value = Object.hasOwn(row, names[i]!) ? row[names[i]!] : undefined
      if (typeof value !== 'string') out[offset + i] = numberOf(value, codes[i]!)
      else if (kinds[i] === DATE) out[offset + i] = dateNumber(value)!
      else out[offset + i] = kinds[i] === TEXT ? PRESENT : (codes[i]!.get(value) ?? unseen[i]!)
    }
    return true
  }

  const problems = (row: unknown, path: string): FieldError[] => {
    const place = path
      .replace(/^\//, '')
      .replaceAll('/', '.')
      .replace(/\.(\d+)/g, '[$1]')
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      return [{ path, message: `${place} must be an object of features, got ${row === null ? 'null' : typeof row}` }]
    }
    const errors: FieldError[] = []
    const add = (name: string, message: string): void => {
      if (errors.length < MAX_ERRORS) {
        errors.push({ path: `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, message: `${place}.${name} ${message}` })
      }
    }
    for (const feature of features) {
      const value = Object.hasOwn(row, feature.name) ? (row as FeatureRow)[feature.name] : undefined
      if (value === undefined) {
        if (feature.required) add(feature.name, `is required: ${describeFeature(feature)}`)
        continue
      }
      const problem = valueProblem(feature, value)
      if (problem !== undefined) add(feature.name, problem)
    }
    for (const name of Object.keys(row)) {
      if (errors.length >= MAX_ERRORS) break
      if (known.has(name) || (row as FeatureRow)[name] === undefined) continue
      const near = nearestName(name, names)
      const listed = `known: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`
      add(name.slice(0, 200), `is not a known feature; ${near === undefined ? listed : `did you mean "${near}"?`}`)
    }
    return errors
  }

  return { features, encode, problems }
}

/** The error for rows that do not fit. */
export function rowsError(model: string, errors: readonly FieldError[]): TandemError {
  const more = errors.length > 1 ? ` (${errors.length} problems${errors.length >= MAX_ERRORS ? ' or more' : ''}, all in errors)` : ''
  return new TandemError('invalid_input', `The features do not fit model "${model}": ${errors[0]?.message ?? 'unknown problem'}${more}.`, {
    errors,
  })
}

/** The number a valid value has in the matrix. */
export function numberOf(value: unknown, codes: ReadonlyMap<string, number>): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string') return codes.get(value) ?? Number.NaN
  return Number.NaN
}

/** Text to code, of a category. */
export function codesOf(feature: Feature, table: readonly string[] | undefined): ReadonlyMap<string, number> {
  if (feature.kind !== 'category') return NO_CODES
  return new Map((table ?? feature.values ?? []).map((text, code) => [text, code]))
}

const NO_CODES: ReadonlyMap<string, number> = new Map()

function kindOf(feature: Feature): number {
  if (feature.kind === 'number') return feature.integer ? INTEGER : NUMBER
  if (feature.kind === 'boolean') return BOOLEAN
  if (feature.kind === 'text') return TEXT
  if (feature.kind === 'date') return DATE
  return feature.values === undefined ? OPEN_CATEGORY : CATEGORY
}

function lowest(feature: Feature): number {
  if (feature.kind !== 'number') return 0
  const above = feature.exclusiveMinimum === undefined ? -FLOAT32_LIMIT : nextDouble(feature.exclusiveMinimum, 1)
  return Math.max(-FLOAT32_LIMIT, feature.minimum ?? -FLOAT32_LIMIT, above)
}

function highest(feature: Feature): number {
  if (feature.kind !== 'number') return 0
  const below = feature.exclusiveMaximum === undefined ? FLOAT32_LIMIT : nextDouble(feature.exclusiveMaximum, -1)
  return Math.min(FLOAT32_LIMIT, feature.maximum ?? FLOAT32_LIMIT, below)
}

/** The neighbouring double above (1) or below (-1), so that an exclusive bound is checked like an inclusive one. */
function nextDouble(value: number, direction: 1 | -1): number {
  if (value === 0) return direction * Number.MIN_VALUE
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 === direction > 0 ? 1n : -1n))
  return view.getFloat64(0)
}
