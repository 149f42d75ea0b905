// Runs in a thread: what would have to change in a row for another answer. The search proposes; the version itself is asked of each way,
// on the very path of a prediction, before it is told.
import { textFromHours } from '../../../algorithms/columns/cell-text.ts'
import { type CounterfactualOptions, counterfactuals } from '../../../algorithms/explain/counterfactuals.ts'
import { type FieldError, TandemError } from '../../../errors.ts'
import {
  codesOf,
  dateNumber,
  decodeSample,
  type Feature,
  type FeatureRow,
  fittedOutputs,
  type LiveModel,
  openModelFile,
  predictFitted,
  rowsError,
  stepsOf,
} from '../../models/index.ts'
import { shortest } from '../profile-rows.ts'
import type { VersionFiles } from './partial-dependence-of.ts'
import type { Counterfactuals, CounterfactualsInput } from './schema.ts'

export interface CounterfactualsTask extends VersionFiles {
  readonly input: Omit<CounterfactualsInput, 'version'>
}

type Answer = Omit<Counterfactuals, 'model' | 'version'>
type Goal = Counterfactuals['goal']

const MOST_STEPS = 1e8
/** Of each feature. */
const MOST_VALUES = 20
const FEWEST_VALUES = 4
/** As the search does. */
const BEAM = 12

export function counterfactualsOf({ input, ...files }: CounterfactualsTask, isCanceled: () => boolean): Answer {
  const live = openModelFile(files.file, files)
  const { header, fitted, encoder } = live
  const { features } = header
  const row = input.features
  const x = new Float32Array(features.length)
  if (!encoder.encode(row, x, 0)) throw rowsError(files.name, encoder.problems(row, '/features'))
  const goal = goalOf(live, row, input.goal)
  const now = answerOf(live, row, goal)!
  if (now.isReached) {
    throw new TandemError(
      'conflict',
      `The answer is ${JSON.stringify(now.value)} already (${now.prediction}), as wished. Nothing has to change.`,
      {
        details: { value: now.value, prediction: now.prediction },
      },
    )
  }
  const sample = decodeSample(files.sample)
  const width = fittedOutputs(fitted)
  const miss = shortfallOf(goal, header.classes)
  const { maxChanges = 3, count = 3 } = input
  const values = Math.floor(MOST_STEPS / (maxChanges * BEAM * features.length * stepsOf(fitted)))
  const found = counterfactuals(
    {
      x: sample.x,
      rows: sample.rows,
      features: features.length,
      predict: (block, rows) => {
        const said = predictFitted(fitted, block, rows, (feature) => String(row[features[feature]!.name]))
        return Float64Array.from({ length: rows }, (_, at) => miss(said.subarray(at * width, (at + 1) * width)))
      },
    },
    x,
    {
      // The shortfall is below 0 until the goal is reached.
      goal: { low: 0 },
      maxChanges,
      // Some may not stand when they are asked.
      count: count * 2,
      valuesPerFeature: Math.min(MOST_VALUES, Math.max(FEWEST_VALUES, values)),
      categorical: features.flatMap(({ kind }, index) => (kind === 'number' || kind === 'date' ? [] : [index])),
      ...limitsOf(live, input),
      isCanceled,
    },
  )
  return {
    value: now.value,
    prediction: now.prediction,
    goal,
    counterfactuals: found
      .flatMap(({ changes, distance }) => {
        const told = changes.map(({ feature, to }) => ({
          feature: features[feature]!.name,
          from: (row[features[feature]!.name] ?? null) as string | number | boolean | null,
          to: shownValue(live, feature, to),
        }))
        const changed = { ...row, ...Object.fromEntries(told.map(({ feature, to }) => [feature, to])) }
        const then = answerOf(live, changed, goal)
        return then?.isReached ? [{ changes: told, value: then.value, prediction: then.prediction, distance }] : []
      })
      .slice(0, count),
  }
}

/** What the version answers to a row, on the path of every prediction; undefined when the row does not fit. */
function answerOf(
  live: LiveModel,
  row: FeatureRow,
  goal: Goal,
): { value: string | number; prediction: number; isReached: boolean } | undefined {
  const scored = live.score(row)
  if (scored === undefined) return undefined
  const { value, probabilities } = scored
  const prediction = goal.class === undefined ? (value as number) : probabilities![goal.class]!
  const isReached =
    goal.class === undefined
      ? prediction >= (goal.low ?? Number.NEGATIVE_INFINITY) && prediction <= (goal.high ?? Number.POSITIVE_INFINITY)
      : value === goal.class && prediction >= (goal.probability ?? 0)
  return { value, prediction, isReached }
}

/** 0 or more when reached; else how far from it, as a number below 0. */
function shortfallOf({ class: label, probability = 0, low, high }: Goal, classes: readonly string[]): (said: Float64Array) => number {
  if (label === undefined) {
    return (said) =>
      Math.min(low === undefined ? Number.MAX_VALUE : said[0]! - low, high === undefined ? Number.MAX_VALUE : high - said[0]!)
  }
  const column = classes.indexOf(label)
  return (said) => {
    let other = 0
    for (let k = 0; k < said.length; k++) if (k !== column && said[k]! > other) other = said[k]!
    return Math.min(said[column]! - other, said[column]! - probability)
  }
}

function goalOf(live: LiveModel, row: FeatureRow, asked: CounterfactualsInput['goal']): Goal {
  const { task, classes } = live.header
  const { class: label, probability, low, high } = asked ?? {}
  if (task === 'regression') {
    if (label !== undefined || probability !== undefined)
      throw unfit('/goal', 'goal names a class, but this model predicts numbers. Give low, high or both')
    if (low === undefined && high === undefined) throw unfit('/goal', 'goal needs low, high or both: which number shall be reached')
    if (low !== undefined && high !== undefined && low > high)
      throw unfit('/goal', `goal goes from ${low} to ${high}; low must not exceed high`)
    return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) }
  }
  if (low !== undefined || high !== undefined) throw unfit('/goal', 'goal has low or high, but this model predicts classes. Give a class')
  const known = classes.slice(0, 8).join(', ')
  if (label === undefined) {
    if (classes.length !== 2) throw unfit('/goal', `goal needs a class, because there are ${classes.length}: ${known}`)
    const now = live.score(row)!.value
    return { class: classes.find((each) => each !== now)!, ...(probability === undefined ? {} : { probability }) }
  }
  if (!classes.includes(label)) throw unfit('/goal/class', `"${label}" is no class of the model; known: ${known}`)
  return { class: label, ...(probability === undefined ? {} : { probability }) }
}

type Limits = Pick<CounterfactualOptions, 'immutable' | 'direction' | 'ranges' | 'allowed'>

/** Names as numbers. Texts cannot change: what they would have to say is no value that was seen. */
function limitsOf({ header }: LiveModel, { immutable = [], limits = {} }: CounterfactualsTask['input']): Limits {
  const { features, categories } = header
  const errors: FieldError[] = []
  const indexOf = (name: string, path: string): number => {
    const index = features.findIndex((feature) => feature.name === name)
    if (index < 0) errors.push({ path, message: `"${name}" is no feature of the model` })
    return index
  }
  const fixed = immutable.map((name, at) => indexOf(name, `/immutable/${at}`))
  const direction: Record<number, 'up' | 'down'> = {}
  const ranges: Record<number, { low?: number; high?: number }> = {}
  const allowed: Record<number, number[]> = {}
  for (const [name, limit] of Object.entries(limits)) {
    const path = `/limits/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const index = indexOf(name, path)
    const feature = features[index]
    if (feature === undefined) continue
    const isNumber = feature.kind === 'number'
    if (!isNumber && (limit.low !== undefined || limit.high !== undefined || limit.direction !== undefined)) {
      errors.push({ path, message: `"${name}" is no number; limit it by values` })
    }
    if (limit.low !== undefined && limit.high !== undefined && limit.low > limit.high) {
      errors.push({ path, message: `"${name}" goes from ${limit.low} to ${limit.high}; low must not exceed high` })
    }
    if (limit.direction !== undefined) direction[index] = limit.direction
    if (limit.low !== undefined || limit.high !== undefined) {
      ranges[index] = { ...(limit.low === undefined ? {} : { low: limit.low }), ...(limit.high === undefined ? {} : { high: limit.high }) }
    }
    if (limit.values !== undefined) allowed[index] = limit.values.map((value) => codeOf(feature, categories[index], value, path, errors))
  }
  if (errors.length > 0) throw new TandemError('invalid_input', `${errors[0]!.message}.`, { errors })
  const texts = features.flatMap(({ kind }, index) => (kind === 'text' ? [index] : []))
  return { immutable: [...fixed, ...texts], direction, ranges, allowed }
}

function codeOf(
  feature: Feature,
  table: readonly string[] | null | undefined,
  value: string | number | boolean,
  path: string,
  errors: FieldError[],
): number {
  if (feature.kind === 'number' && typeof value === 'number') return Math.fround(value)
  if (feature.kind === 'boolean' && typeof value === 'boolean') return value ? 1 : 0
  if (feature.kind === 'date' && typeof value === 'string') {
    const hours = dateNumber(value)
    if (hours === undefined) errors.push({ path, message: `${JSON.stringify(value)} is no date; write it like 2026-11-26` })
    return hours ?? Number.NaN
  }
  const code = typeof value === 'string' ? codesOf(feature, table ?? undefined).get(value) : undefined
  if (code === undefined)
    errors.push({ path, message: `${JSON.stringify(value)} is no value of "${feature.name}" that was seen in training` })
  return code ?? Number.NaN
}

function shownValue({ header }: LiveModel, index: number, value: number): string | number | boolean {
  const feature = header.features[index]!
  if (feature.kind === 'category') return header.categories[index]![value]!
  if (feature.kind === 'boolean') return value === 1
  if (feature.kind === 'date') return textFromHours(value)
  return shortest(value)
}

function unfit(path: string, message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path, message }] })
}
