// What would have to change: rows near a given one that the model judges as wished (Wachter, Mittelstadt & Russell 2018), with few
// changes, observed values only, and several different ways (Mothilal, Sharma & Tan 2020). A beam search over single changes; no gradients,
// so any model.
import { TandemError } from '../../errors.ts'

export interface CounterfactualInput {
  /** Rows that give the values a feature may take, row-major; such as the training rows. */
  readonly x: Float32Array
  readonly rows: number
  readonly features: number
  /** One number a row, such as the probability of the wished class. */
  readonly predict: (x: Float32Array, rows: number) => ArrayLike<number>
}

export interface CounterfactualOptions {
  /** Smallest and largest prediction that counts as reached; an end left out is open. */
  readonly goal: { readonly low?: number; readonly high?: number }
  /** Features that cannot change, such as an age. */
  readonly immutable?: readonly number[]
  /** Features that can only rise or only fall. */
  readonly direction?: Readonly<Record<number, 'up' | 'down'>>
  /** By feature: the smallest and the largest value it may take. */
  readonly ranges?: Readonly<Record<number, { readonly low?: number; readonly high?: number }>>
  /** By feature: the values it may take, of those that were observed. */
  readonly allowed?: Readonly<Record<number, readonly number[]>>
  /** Features whose values are categories: any change costs the same. */
  readonly categorical?: readonly number[]
  /** Most features changed at once. Default 3. */
  readonly maxChanges?: number
  /** Ways to find, each changing another set of features. Default 3. */
  readonly count?: number
  /** Values tried for each feature. Default 20. */
  readonly valuesPerFeature?: number
  readonly isCanceled?: () => boolean
}

export interface Change {
  readonly feature: number
  readonly from: number
  readonly to: number
}

export interface Counterfactual {
  readonly changes: readonly Change[]
  readonly prediction: number
  /** Changes in units of each feature's spread over the rows, summed; smaller is nearer. */
  readonly distance: number
}

/** Partial changes kept at each depth. */
const BEAM = 12

interface State {
  readonly row: Float32Array
  readonly changed: readonly number[]
  readonly prediction: number
  readonly distance: number
}

/**
 * Finds near rows with the wished prediction, fewest changes first, then nearest.
 *
 * None only adds changes to another. An empty list means that none was found within `maxChanges`; a beam search may miss some.
 *
 * Cost: at most maxChanges x 12 x features x valuesPerFeature predictions.
 *
 * @param row  the row to explain, float32 features; NaN is missing and may be filled, never made.
 * @throws   `shape_mismatch` when lengths differ; `too_few_rows` without rows; `invalid_input` for a goal without an end or features that are
 *           none; `conflict` when the row meets the goal already; `canceled`.
 * @example
 * counterfactuals({ x, rows, features, predict }, row, { goal: { low: 0.5 }, immutable: [0] })
 * // [{ changes: [{ feature: 2, from: 1, to: 3 }], prediction: 0.61, distance: 0.8 }]
 */
export function counterfactuals(input: CounterfactualInput, row: Float32Array, options: CounterfactualOptions): Counterfactual[] {
  const { predict, features } = input
  const { goal, maxChanges = 3, count = 3, categorical = [] } = options
  check(input, row, options)
  const start = predict(row, 1)[0]!
  const miss = missOf(goal)
  if (miss(start) === 0)
    throw new TandemError('conflict', `The prediction is ${start}, which meets the goal already. Nothing has to change.`)
  const columns = Array.from({ length: features }, (_, feature) => columnOf(input, feature))
  const steps = columns.map((column, feature) => stepsOf(column, feature, row[feature]!, options))
  const spreads = columns.map((column, feature) => (categorical.includes(feature) ? 0 : spreadOf(column)))
  const distanceOf = (changed: Float32Array): number => {
    let sum = 0
    for (let f = 0; f < features; f++) sum += changeCost(row[f]!, changed[f]!, spreads[f]!)
    return sum
  }
  let beam: State[] = [{ row, changed: [], prediction: start, distance: 0 }]
  const found: State[] = []
  for (let depth = 1; depth <= maxChanges && found.length < count; depth++) {
    if (options.isCanceled?.()) throw new TandemError('canceled', 'The search for counterfactuals was canceled before it was done.')
    const states = expand(beam, steps, predict, distanceOf)
    const reached = states.filter(({ prediction }) => miss(prediction) === 0).sort((a, b) => a.distance - b.distance)
    for (const state of reached) if (found.length < count && isNew(state, found)) found.push(state)
    beam = diverse(
      states
        .filter((state) => miss(state.prediction) > 0 && isNew(state, found))
        .sort((a, b) => miss(a.prediction) - miss(b.prediction) || a.distance - b.distance),
    )
  }
  return found.map(({ row: changedRow, changed, prediction, distance }) => ({
    changes: [...changed].sort((a, b) => a - b).map((feature) => ({ feature, from: row[feature]!, to: changedRow[feature]! })),
    prediction,
    distance,
  }))
}

function check(
  { x, rows, features }: CounterfactualInput,
  row: Float32Array,
  { goal, immutable = [], maxChanges = 3, count = 3 }: CounterfactualOptions,
): void {
  if (x.length !== rows * features || row.length !== features) {
    throw new TandemError(
      'shape_mismatch',
      `x has ${x.length} values and the row ${row.length}, but ${rows} rows of ${features} features were announced.`,
    )
  }
  if (rows < 1)
    throw new TandemError('too_few_rows', 'There are 0 rows, so no value has been observed. Pass rows like those of the training.')
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = goal
  if (!(low <= high) || (goal.low === undefined && goal.high === undefined)) {
    throw new TandemError('invalid_input', `The goal goes from ${goal.low} to ${goal.high}. Pass low, high or both in order.`)
  }
  for (const feature of immutable) {
    if (!Number.isInteger(feature) || feature < 0 || feature >= features) {
      throw new TandemError('invalid_input', `Feature ${feature} is none of 0 to ${features - 1}.`)
    }
  }
  if (!Number.isInteger(maxChanges) || maxChanges < 1 || !Number.isInteger(count) || count < 1) {
    throw new TandemError('invalid_input', `maxChanges is ${maxChanges} and count ${count}. Both are whole numbers from 1.`)
  }
}

/** How far a prediction is from the goal; 0 when it is reached. */
function missOf({
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
}: CounterfactualOptions['goal']): (prediction: number) => number {
  return (prediction) => (prediction < low ? low - prediction : prediction > high ? prediction - high : 0)
}

/** Observed values of a feature, rising. */
function columnOf({ x, rows, features }: CounterfactualInput, feature: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, at) => x[at * features + feature]!)
    .filter((value) => Number.isFinite(value))
    .sort()
}

/** Values to try: all observed ones, or evenly spaced ranks of them. */
function stepsOf(column: Float32Array, feature: number, own: number, options: CounterfactualOptions): Float32Array {
  const { immutable = [], direction = {}, ranges = {}, allowed: listed = {}, categorical = [], valuesPerFeature = 20 } = options
  if (immutable.includes(feature)) return new Float32Array(0)
  const distinct = column.filter((value, at) => at === 0 || value !== column[at - 1])
  const way = direction[feature]
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = ranges[feature] ?? {}
  const values = listed[feature]
  const allowed = distinct.filter(
    (value) =>
      value !== own &&
      !(way === 'up' && value < own) &&
      !(way === 'down' && value > own) &&
      value >= low &&
      value <= high &&
      (values === undefined || values.includes(value)),
  )
  if (allowed.length <= valuesPerFeature || categorical.includes(feature)) return allowed
  return Float32Array.from(
    { length: valuesPerFeature },
    (_, at) => allowed[Math.round((at * (allowed.length - 1)) / (valuesPerFeature - 1))]!,
  )
}

/** Half the distance between the 25 % and the 75 % rank, the whole range, or 1. */
function spreadOf(column: Float32Array): number {
  if (column.length === 0) return 1
  const quarter = (share: number): number => column[Math.round(share * (column.length - 1))]!
  return (quarter(0.75) - quarter(0.25)) / 2 || column.at(-1)! - column[0]! || 1
}

/** A change of category, or from missing to a value, costs 1. */
function changeCost(from: number, to: number, spread: number): number {
  if (from === to || (Number.isNaN(from) && Number.isNaN(to))) return 0
  return spread === 0 || Number.isNaN(from) ? 1 : Math.abs(to - from) / spread
}

/** Every state with one feature more changed. */
function expand(
  beam: readonly State[],
  steps: readonly Float32Array[],
  predict: CounterfactualInput['predict'],
  distanceOf: (row: Float32Array) => number,
): State[] {
  const tries = beam.flatMap((state) =>
    steps.flatMap((values, feature) => (state.changed.includes(feature) ? [] : Array.from(values, (value) => ({ state, feature, value })))),
  )
  const width = steps.length
  const block = new Float32Array(tries.length * width)
  for (const [at, { state, feature, value }] of tries.entries()) {
    block.set(state.row, at * width)
    block[at * width + feature] = value
  }
  const predictions = tries.length === 0 ? [] : predict(block, tries.length)
  return tries.map(({ state, feature }, at) => {
    const row = block.subarray(at * width, (at + 1) * width)
    return { row, changed: [...state.changed, feature], prediction: predictions[at]!, distance: distanceOf(row) }
  })
}

/** Whether no way found so far changes the same features or only some of them. */
function isNew({ changed }: State, found: readonly State[]): boolean {
  return !found.some((other) => other.changed.every((feature) => changed.includes(feature)))
}

/** The first states of each set of features, so that one promising feature does not fill the beam. */
function diverse(states: readonly State[]): State[] {
  const kept = new Map<string, State>()
  for (const state of states) {
    const key = [...state.changed].sort((a, b) => a - b).join()
    if (!kept.has(key)) kept.set(key, state)
    if (kept.size === BEAM) break
  }
  return [...kept.values()]
}
