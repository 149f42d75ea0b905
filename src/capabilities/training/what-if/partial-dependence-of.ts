// Runs in a thread: how the answers of a version move with a feature, over its sample of training rows.
import { textFromHours } from '../../../algorithms/columns/cell-text.ts'
import { partialDependence } from '../../../algorithms/explain/partial-dependence.ts'
import { TandemError } from '../../../errors.ts'
import { decodeSample, fittedOutputs, type LiveModel, openModelFile, predictFitted, type SampleRows, stepsOf } from '../../models/index.ts'
import { shortest } from '../profile-rows.ts'
import type { PartialDependence } from './schema.ts'

export interface VersionFiles {
  readonly name: string
  readonly version: string
  readonly artifact: string
  readonly file: Uint8Array
  readonly sample: Uint8Array
}

export interface PartialDependenceInput extends VersionFiles {
  readonly feature: string
  readonly with: string | undefined
  readonly class: string | undefined
  readonly grid: number
  readonly rows: number
}

/** Steps, such as trees, that one request may take. */
const MOST_STEPS = 4e7
const FEWEST_ROWS = 30
/** Values of each side of a surface. */
const SURFACE_GRID = 12
/** Shares of rows between which the band lies. */
const BAND = [0.1, 0.9] as const

type Answer = Omit<PartialDependence, 'model' | 'version'>

export function partialDependenceOf(input: PartialDependenceInput, isCanceled: () => boolean): Answer {
  const live = openModelFile(input.file, input)
  const { header, fitted } = live
  const sample = decodeSample(input.sample)
  const column = classOf(live, input.class)
  const first = axisOf(live, sample, input.feature, '/feature', input.grid)
  const steps = stepsOf(fitted) * first.grid.length
  const used = thinned(sample, Math.max(FEWEST_ROWS, Math.floor(MOST_STEPS / steps)))
  const predict = predictorOf(live, used, column)
  const { mean, ice } = partialDependence({ ...used, predict }, first.index, { grid: first.grid, ice: true, isCanceled })
  const curves = Array.from({ length: used.rows }, (_, row) => ice!.subarray(row * first.grid.length, (row + 1) * first.grid.length))
  const band = first.grid.map((_, at) => {
    const answers = Float64Array.from(curves, (curve) => curve[at]!).sort()
    return BAND.map((share) => answers[Math.round(share * (answers.length - 1))]!)
  })
  const shown = Math.min(input.rows, used.rows)
  const rowsShown = Array.from({ length: shown }, (_, at) => {
    const row = Math.floor((at * used.rows) / shown)
    const own = used.x[row * used.features + first.index]!
    return { value: Number.isNaN(own) ? null : first.shown(own), answers: [...curves[row]!] }
  })
  return {
    feature: input.feature,
    kind: first.kind,
    target: header.task === 'classification' ? { class: header.classes[column]! } : {},
    output: header.task === 'classification' ? 'probability' : 'value',
    rows: used.rows,
    grid: first.grid.map(first.shown),
    mean: [...mean],
    low: band.map(([low]) => low!),
    high: band.map(([, high]) => high!),
    rowsShown,
    ...(input.with === undefined ? {} : { surface: surfaceOf(live, sample, input, column, isCanceled) }),
  }
}

function surfaceOf(
  live: LiveModel,
  sample: SampleRows,
  { feature, with: other = '' }: PartialDependenceInput,
  column: number,
  isCanceled: () => boolean,
): NonNullable<Answer['surface']> {
  if (other === feature) throw unfit('/with', `with is "${other}", which is the feature itself. Name another one`)
  const first = axisOf(live, sample, feature, '/feature', SURFACE_GRID)
  const second = axisOf(live, sample, other, '/with', SURFACE_GRID)
  const steps = stepsOf(live.fitted) * first.grid.length * second.grid.length
  const used = thinned(sample, Math.max(FEWEST_ROWS, Math.floor(MOST_STEPS / steps)))
  const x = used.x.slice()
  const mean = first.grid.map((value) => {
    for (let row = 0; row < used.rows; row++) x[row * used.features + first.index] = value
    const set = { ...used, x, predict: predictorOf(live, used, column) }
    return [...partialDependence(set, second.index, { grid: second.grid, isCanceled }).mean]
  })
  return { feature: other, grid: second.grid.map(second.shown), mean }
}

interface Axis {
  readonly index: number
  readonly kind: PartialDependence['kind']
  readonly grid: readonly number[]
  readonly shown: (value: number) => string | number | boolean
}

/** Values that a feature is set to. @throws `invalid_input` for what is no feature, or one without values to set. */
function axisOf({ header }: LiveModel, sample: SampleRows, name: string, path: string, most: number): Axis {
  const { features, categories } = header
  const index = features.findIndex((feature) => feature.name === name)
  const feature = features[index]
  if (feature === undefined) {
    const known = features.slice(0, 8).map((each) => each.name)
    throw unfit(path, `"${name}" is no feature of the model; known: ${known.join(', ')}${features.length > 8 ? ', ...' : ''}`)
  }
  if (feature.kind === 'text')
    throw unfit(path, `"${name}" is a free text, which has no values to set. Ask for a number, a category or a boolean`)
  const observed = observedOf(sample, index)
  if (observed.length === 0) throw unfit(path, `"${name}" is missing in all sampled training rows, so there are no values to set`)
  if (feature.kind === 'boolean') return { index, kind: 'boolean', grid: [0, 1], shown: (value) => value === 1 }
  if (feature.kind === 'category') {
    const texts = categories[index]!
    return { index, kind: 'category', grid: mostFrequent(observed, most), shown: (code) => texts[code]! }
  }
  if (feature.kind === 'date') {
    // Whole hours, of which the parts are.
    return { index, kind: 'date', grid: stepsBetween({ integer: true }, observed, most), shown: textFromHours }
  }
  return { index, kind: 'number', grid: stepsBetween(feature, observed, most), shown: shortest }
}

/** Rising, without missing ones. */
function observedOf({ x, rows, features }: SampleRows, index: number): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => x[row * features + index]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
}

function mostFrequent(sorted: Float32Array, most: number): number[] {
  const counts = new Map<number, number>()
  for (const code of sorted) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, most)
    .map(([code]) => code)
}

/** The observed values when they are few; else even steps between the 5 % and the 95 % quantile, as scikit-learn takes them. */
function stepsBetween(feature: { readonly integer: boolean }, sorted: Float32Array, most: number): number[] {
  const distinct = [...new Set(sorted)]
  if (distinct.length <= most) return distinct
  const [low, high] = [0.05, 0.95].map((share) => sorted[Math.round(share * (sorted.length - 1))]!) as [number, number]
  const steps = Array.from({ length: most }, (_, at) => low + ((high - low) * at) / (most - 1))
  return [...new Set(steps.map((value) => Math.fround(feature.integer ? Math.round(value) : value)))]
}

/** @returns the output that is followed. */
function classOf({ header: { task, classes } }: LiveModel, asked: string | undefined): number {
  if (task === 'regression') {
    if (asked === undefined) return 0
    throw unfit('/class', `class is "${asked}", but this model predicts numbers. Leave it out`)
  }
  if (asked === undefined) return classes.length === 2 ? 1 : 0
  const column = classes.indexOf(asked)
  if (column >= 0) return column
  throw unfit('/class', `"${asked}" is no class of the model; known: ${classes.slice(0, 8).join(', ')}`)
}

/** One number a row, of rows of the sample in their order, however often they are repeated. */
function predictorOf({ fitted }: LiveModel, { texts }: SampleRows, column: number): (x: Float32Array, rows: number) => Float64Array {
  const width = fittedOutputs(fitted)
  return (x, rows) => {
    const said = predictFitted(fitted, x, rows, (feature, row) => texts[feature]![row]!)
    return width === 1 ? said : Float64Array.from({ length: rows }, (_, row) => said[row * width + column]!)
  }
}

/** Evenly drawn rows. A text says by its value which row it stands in, so the texts stay. */
function thinned(sample: SampleRows, most: number): SampleRows {
  if (sample.rows <= most) return sample
  const x = new Float32Array(most * sample.features)
  for (let at = 0; at < most; at++) {
    const row = Math.floor((at * sample.rows) / most)
    x.set(sample.x.subarray(row * sample.features, (row + 1) * sample.features), at * sample.features)
  }
  return { ...sample, rows: most, x }
}

function unfit(path: string, message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path, message }] })
}
