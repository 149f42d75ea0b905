// Runs in a thread: what the training rows look like, feature by feature. Ranges and counts are of all rows; quantiles of
// at most 50,000 evenly drawn ones.
import { textFromHours } from '../../algorithms/columns/cell-text.ts'
import type { CategoryTables, Feature, VersionReports } from '../models/index.ts'
import type { Table } from './tasks.ts'

export interface ProfileInput {
  readonly table: Table
  readonly train: Int32Array
  readonly features: readonly Feature[]
  readonly categories: CategoryTables
}

type FeatureProfile = VersionReports['profile']['features'][number]

const MAX_QUANTILE_ROWS = 50_000
const MAX_CATEGORIES = 100

export function profileRows({ table, train, features, categories }: ProfileInput): VersionReports['profile'] {
  return {
    rows: train.length,
    features: features.map((feature, index) => {
      const { values, missing } = columnOf(table, train, index)
      const { name, required, nullable } = feature
      const shared = { name, required, nullable, missing: values.length === 0 ? 0 : missing / values.length }
      if (feature.kind === 'number') return { kind: feature.integer ? 'integer' : 'number', ...shared, ...numbers(values, missing) }
      if (feature.kind === 'boolean') return { kind: 'boolean', ...shared, ...booleans(values) }
      if (feature.kind === 'date') return { kind: 'date', ...shared, ...dates(values, missing) }
      if (feature.kind === 'text') return { kind: 'text', ...shared, typical: null }
      return { kind: 'category', ...shared, ...counted(values, categories[index] ?? []) }
    }),
  }
}

/** Plain loops: mapping a million rows of twenty features by callbacks takes a second and more. */
function columnOf({ x, features }: Table, train: Int32Array, index: number): { values: Float32Array; missing: number } {
  const values = new Float32Array(train.length)
  let missing = 0
  for (let at = 0; at < train.length; at++) {
    const value = x[train[at]! * features + index]!
    values[at] = value
    if (Number.isNaN(value)) missing++
  }
  return { values, missing }
}

type Summary = Omit<FeatureProfile, 'name' | 'kind' | 'required' | 'nullable' | 'missing'>

function numbers(values: Float32Array, missing: number): Summary {
  const known = values.length - missing
  if (known === 0) return { typical: null }
  let minimum = Number.POSITIVE_INFINITY
  let maximum = Number.NEGATIVE_INFINITY
  let sum = 0
  for (const value of values) {
    if (Number.isNaN(value)) continue
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
    sum += value
  }
  const step = Math.max(1, values.length / MAX_QUANTILE_ROWS)
  const drawn = Float32Array.from({ length: Math.ceil(values.length / step) }, (_, at) => values[Math.floor(at * step)]!)
  // NaN is sorted to the end; a drawn value, not one between two, so that whole numbers stay whole.
  const present = drawn.filter((value) => !Number.isNaN(value)).sort()
  const sorted = present.length > 0 ? present : Float32Array.of(minimum)
  const quantile = (share: number): number => shortest(sorted[Math.floor(share * (sorted.length - 1))]!)
  return {
    typical: quantile(0.5),
    minimum: shortest(minimum),
    maximum: shortest(maximum),
    mean: shortest(Math.fround(sum / known)),
    quantiles: { p5: quantile(0.05), p25: quantile(0.25), p50: quantile(0.5), p75: quantile(0.75), p95: quantile(0.95) },
  }
}

function dates(values: Float32Array, missing: number): Summary {
  const { minimum, maximum, typical } = numbers(values, missing)
  if (minimum === undefined || maximum === undefined) return { typical: null }
  return { typical: textFromHours(Math.floor(typical as number)), earliest: textFromHours(minimum), latest: textFromHours(maximum) }
}

function booleans(values: Float32Array): Summary {
  const { typical, ...counts } = counted(values, ['false', 'true'])
  return { typical: typical === null ? null : typical === 'true', ...counts }
}

function counted(values: Float32Array, texts: readonly string[]): Summary {
  const counts = new Uint32Array(texts.length)
  for (const value of values) if (!Number.isNaN(value)) counts[value]!++
  const order = [...counts.keys()].filter((code) => counts[code]! > 0).sort((a, b) => counts[b]! - counts[a]! || a - b)
  return {
    typical: order.length === 0 ? null : texts[order[0]!]!,
    categories: order.slice(0, MAX_CATEGORIES).map((code) => ({ value: texts[code]!, count: counts[code]! })),
    distinct: order.length,
  }
}

/** The shortest decimal that is this float32: 0.1 and not 0.10000000149011612. */
export function shortest(value: number): number {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}
