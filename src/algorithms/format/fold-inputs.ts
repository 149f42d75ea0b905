// What a Pipeline of scikit-learn does before its model, taken into the model: each column that the model sees is a function of one feature,
// so a split of the column is a split of the feature, and a weight of the column one of the feature. Nothing is prepared at a prediction.
import type { FittedColumn, PlacedColumn } from '../columns/column-spec.ts'
import type { LinearModel } from '../linear/linear-model.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'
import { MAX_CATEGORY } from '../tree/category-bins.ts'
import { fieldOf, listOf, numbersOf, shown } from './foreign-json.ts'
import { type ForeignSplit, floatBelow, unreadable } from './foreign-trees.ts'

/** A column that is a number: steps one after the other, and what a missing value becomes (NaN: it stays missing). */
interface NumberInput {
  readonly feature: number
  readonly steps: readonly { readonly sign: string; readonly by: number }[]
  readonly missing: number
}

/** A column that is a value of each category. */
interface TableInput {
  readonly feature: number
  readonly codes: readonly number[]
  readonly values: readonly number[]
  readonly unseen: number
  readonly missing: number
}

export type ModelInput = NumberInput | TableInput

const SIGNS: Readonly<Record<string, (value: number, by: number) => number>> = {
  '+': (value, by) => value + by,
  '-': (value, by) => value - by,
  '*': (value, by) => value * by,
  '/': (value, by) => value / by,
  max: Math.max,
  min: Math.min,
}

/** @throws `invalid_input` for what export_sklearn.py does not write. */
export function inputsOf(file: unknown, source: string): readonly ModelInput[] {
  return listOf(file, 'inputs', source).map((input): ModelInput => {
    const feature = fieldOf(input, 'feature') as number
    const maybe = (value: unknown): number => {
      if (value === null || Number.isFinite(value)) return (value as number | null) ?? Number.NaN
      throw unreadable(source, `an input becomes ${shown(value)}, expected a number or null`)
    }
    const missing = maybe(fieldOf(input, 'missing'))
    if (fieldOf(input, 'values') !== undefined) {
      const codes = [...numbersOf(input, 'codes', source)]
      const values = listOf(input, 'values', source).map(maybe)
      const odd = codes.find((code) => !(Number.isInteger(code) && code >= 0 && code <= MAX_CATEGORY))
      if (odd !== undefined) throw unreadable(source, `an input has the category ${odd}, expected 0 to ${MAX_CATEGORY}`)
      if (codes.length !== values.length) throw unreadable(source, `an input has ${values.length} values for ${codes.length} categories`)
      return { feature, codes, values, unseen: maybe(fieldOf(input, 'unseen')), missing }
    }
    const steps = listOf(input, 'steps', source).map((step) => {
      const [sign, by] = Array.isArray(step) ? step : []
      const isKnown = typeof sign === 'string' && Object.hasOwn(SIGNS, sign)
      if (isKnown && Number.isFinite(by) && !((sign === '*' || sign === '/') && by < (sign === '/' ? Number.MIN_VALUE : 0)))
        return { sign, by }
      throw unreadable(source, `an input is changed by ${shown(sign)} ${shown(by)}`)
    })
    return { feature, steps, missing }
  })
}

/**
 * The split of the feature that decides as this split of its column.
 *
 * @param casts  whether the model compares float32 numbers.
 */
export function foldSplit(split: ForeignSplit, input: ModelInput, casts: boolean): ForeignSplit {
  const listed = split.categories === undefined ? undefined : new Set(split.categories)
  const goesLeft = (value: number): boolean => {
    if (Number.isNaN(value)) return split.missingLeft
    return listed === undefined ? (casts ? Math.fround(value) : value) <= split.edge : listed.has(value)
  }
  const { feature, missing } = input
  const { categories: _, listedLeft: _2, othersLeft: _3, ...kept } = split
  if ('values' in input) {
    const categories = input.codes.filter((_code, at) => goesLeft(input.values[at]!))
    return { ...kept, feature, edge: 0, missingLeft: goesLeft(missing), categories, listedLeft: true, othersLeft: goesLeft(input.unseen) }
  }
  return { ...kept, feature, edge: lastLeft((x) => goesLeft(numberAfter(input, x))), missingLeft: goesLeft(missing) }
}

function numberAfter({ steps }: NumberInput, x: number): number {
  let value = x
  for (const { sign, by } of steps) value = SIGNS[sign]!(value, by)
  return value
}

/** The largest float32 number that goes left, given that smaller ones do as well. */
function lastLeft(goesLeft: (x: number) => boolean): number {
  const float = new Float32Array(1)
  const bits = new Int32Array(float.buffer)
  // Float32 numbers in their order: from 0 up by their bits, from 0 down by those of their amount.
  const at = (place: number): number => {
    bits[0] = place >= 0 ? place : -0x80000000 - place
    return float[0]!
  }
  let [low, high] = [-0x7f7fffff, 0x7f7fffff]
  if (goesLeft(at(high))) return Number.POSITIVE_INFINITY
  if (!goesLeft(at(low))) return floatBelow(at(low))
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (goesLeft(at(middle))) low = middle
    else high = middle
  }
  return at(low)
}

/**
 * A linear model behind a preparation, as a sum over the features themselves. How they spread is not known, so importances are 0.
 *
 * @returns  and whether each feature may be missing.
 */
export function foldLinear(
  { nClasses, coefficients, intercepts }: LinearModel,
  inputs: readonly ModelInput[],
  nFeatures: number,
  source: string,
): { readonly model: AdditiveModel; readonly takesGaps: readonly boolean[] } {
  const nScores = intercepts.length
  const base = Float64Array.from(intercepts)
  const first: number[] = []
  const takesGaps: boolean[] = []
  const features: PlacedColumn[] = []
  const add = (column: FittedColumn, ...weights: readonly Float64Array[]): void => {
    features.push({ ...column, first: first.length / nScores })
    for (const own of weights) first.push(...own)
  }
  const scores = (weigh: (column: number) => number, columns: readonly number[]): Float64Array =>
    Float64Array.from({ length: nScores }, (_, score) =>
      columns.reduce((sum, column) => sum + coefficients[score * inputs.length + column]! * weigh(column), 0),
    )
  const byFeature = Map.groupBy(inputs.keys(), (at) => inputs[at]!.feature)
  for (let feature = 0; feature < nFeatures; feature++) {
    const columns = byFeature.get(feature) ?? []
    const own = columns.map((at) => inputs[at]!)
    const tables = own.filter((input): input is TableInput => 'values' in input)
    if (tables.length > 0 && tables.length < own.length) throw unreadable(source, `feature ${feature} is a number and a category to it`)
    const gap = scores((at) => inputs[at]!.missing, columns)
    const isGap = !gap.some(Number.isNaN)
    takesGaps.push(isGap)
    if (tables.length > 0) {
      const codes = [...new Set(tables.flatMap((table) => table.codes))].sort((a, b) => a - b)
      const placed = new Map(columns.map((at) => [at, new Map((inputs[at] as TableInput).codes.map((code, place) => [code, place]))]))
      const made = (at: number, code: number): number => {
        const { values, unseen } = inputs[at] as TableInput
        const place = placed.get(at)!.get(code)
        return place === undefined ? unseen : values[place]!
      }
      const weights = [...codes, -1].map((code) =>
        scores((at) => made(at, code), columns).map((weight) => (Number.isNaN(weight) ? 0 : weight)),
      )
      const column = { kind: 'one-hot', frequent: codes, rare: true, missing: isGap, ignoresMissing: false } as const
      add(column, ...weights, ...(isGap ? [gap] : []))
      continue
    }
    const constants = scores((at) => lineOf(inputs[at] as NumberInput, source).constant, columns)
    for (let score = 0; score < nScores; score++) base[score]! += constants[score]!
    const slopes = scores((at) => lineOf(inputs[at] as NumberInput, source).slope, columns)
    const column = { kind: 'number', fill: 0, center: 0, factor: 1, indicator: isGap } as const
    add(column, slopes, ...(isGap ? [gap.map((value, score) => value - constants[score]!)] : []))
  }
  const model: AdditiveModel = {
    ...{ kind: 'additive', nFeatures, nClasses, nScores, term: 'linear', base },
    link: nClasses === 0 ? 'identity' : nClasses === 2 ? 'sigmoid' : 'softmax',
    columns: { features, nColumns: first.length / nScores, clamped: false },
    first: Float64Array.from(first),
    second: new Float64Array(0),
    means: new Float64Array(nFeatures * nScores),
    importances: new Float64Array(nFeatures),
  }
  return { model, takesGaps }
}

function lineOf({ steps }: NumberInput, source: string): { readonly slope: number; readonly constant: number } {
  let [slope, constant] = [1, 0]
  for (const { sign, by } of steps) {
    if (sign === 'max' || sign === 'min')
      throw unreadable(source, 'its MinMaxScaler clips what a linear model weighs. Train with clip=False')
    constant = SIGNS[sign]!(constant, by)
    if (sign === '*' || sign === '/') slope = SIGNS[sign]!(slope, by)
  }
  return { slope, constant }
}
