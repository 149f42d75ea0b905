// Runs in a thread: what a version can promise. The scores come from rows that folds predicted (cross-conformal prediction, Vovk 2015);
// how often the promise is kept is measured on the held-out rows, which neither the folds nor the version have seen.
import {
  type ConformalCalibration,
  calibrateClasses,
  calibrateValues,
  calibrationRows,
  groupOf,
  highestPromise,
  intervalsAt,
  setsAt,
} from '../../algorithms/conformal/conformal-calibration.ts'
import { conformalInterval } from '../../algorithms/conformal/conformal-interval.ts'
import { conformalSet } from '../../algorithms/conformal/conformal-sets.ts'
import { wilsonInterval } from '../../algorithms/metrics/wilson-interval.ts'
import type { VersionReports } from '../models/index.ts'
import type { OutOfFold, Table } from './tasks.ts'

export type Coverage = NonNullable<VersionReports['evaluation']['coverage']>

/** Coverages that are measured, where so much can be promised. */
const LEVELS = [0.5, 0.8, 0.9, 0.95, 0.99]
/** The one whose parts are looked at. */
const MAIN_LEVEL = 0.9

/** Null when the folds left too few rows. */
export function calibrateCoverage(
  { y, classes }: Table,
  outOfFold: OutOfFold | undefined,
  fewestRows: number,
): ConformalCalibration | null {
  if (outOfFold === undefined || outOfFold.rows.length < fewestRows) return null
  const truth = Float64Array.from(outOfFold.rows, (row) => y[row]!)
  return classes === 0 ? calibrateValues(truth, outOfFold.predictions) : calibrateClasses(truth, inUnit(outOfFold.predictions))
}

/** Judges a calibration on rows it does not know: truths, and what the version said to them. */
export function measureCoverage(
  conformal: ConformalCalibration,
  truth: Float64Array,
  predictions: Float64Array,
  labels: readonly string[],
): Coverage {
  const judged = labels.length > 0 ? judgeSets(conformal, truth, inUnit(predictions)) : judgeIntervals(conformal, truth, predictions)
  const highest = highestPromise(conformal)
  const levels = LEVELS.filter((level) => level <= highest).map((level) => {
    const { inside, sizes } = judged(level)
    return { coverage: level, ...shareOf(inside), size: meanOf(sizes), ...sharesOf(sizes, labels.length) }
  })
  const main = highest < MAIN_LEVEL ? undefined : judged(MAIN_LEVEL)
  const partOf = labels.length > 0 ? (row: number) => truth[row]! : (row: number) => groupOf(conformal, predictions[row]!)
  const count = labels.length > 0 ? labels.length : conformal.groups.length
  const members = Array.from({ length: count }, () => [] as number[])
  for (let row = 0; row < truth.length; row++) members[partOf(row)]!.push(row)
  const parts = members.flatMap((rows, part) =>
    main === undefined || rows.length === 0
      ? []
      : [
          {
            part: labels[part] ?? rangeOf(conformal, part),
            rows: rows.length,
            ...shareOf(rows.map((row) => main.inside[row]!)),
            size: meanOf(rows.map((row) => main.sizes[row]!)),
          },
        ],
  )
  return {
    method: labels.length > 0 ? 'lac' : 'split',
    calibrationRows: calibrationRows(conformal),
    // What is told can be asked for.
    highest: Math.floor(highest * 1e4) / 1e4,
    levels,
    // Of very many classes those that are covered least.
    parts: parts.sort((a, b) => (labels.length > MOST_PARTS ? a.value - b.value : 0)).slice(0, MOST_PARTS),
  }
}

const MOST_PARTS = 20

interface Judged {
  /** 1 for rows whose truth is inside. */
  readonly inside: number[]
  /** Classes of the set, or width of the interval. */
  readonly sizes: number[]
}

function judgeSets(conformal: ConformalCalibration, truth: Float64Array, proba: Float64Array): (level: number) => Judged {
  const { nClasses } = conformal
  return (level) => {
    const sets = setsAt(conformal, level)
    const found = Array.from(truth, (_, row) => conformalSet(sets, proba.subarray(row * nClasses, (row + 1) * nClasses)))
    return { inside: found.map((set, row) => (set.includes(truth[row]!) ? 1 : 0)), sizes: found.map((set) => set.length) }
  }
}

function judgeIntervals(conformal: ConformalCalibration, truth: Float64Array, said: Float64Array): (level: number) => Judged {
  return (level) => {
    const intervals = intervalsAt(conformal, level)
    const found = Array.from(said, (value) => conformalInterval(intervals, value, groupOf(conformal, value)))
    return {
      inside: found.map(({ low, high }, row) => (truth[row]! >= low && truth[row]! <= high ? 1 : 0)),
      sizes: found.map(({ low, high }) => high - low),
    }
  }
}

const shareOf = (inside: readonly number[]): { value: number; low: number; high: number } =>
  wilsonInterval(
    inside.reduce((sum, each) => sum + each, 0),
    inside.length,
  )

const meanOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / sizes.length

/** Of sets: how many rows get one class alone. */
function sharesOf(sizes: readonly number[], classes: number): { single?: number } {
  return classes === 0 ? {} : { single: sizes.filter((size) => size === 1).length / sizes.length }
}

function rangeOf({ bounds }: ConformalCalibration, part: number): string {
  const [low, high] = [bounds[part - 1], bounds[part]].map((bound) => bound && Number(bound.toPrecision(4)))
  return low === undefined ? (high === undefined ? 'all' : `below ${high}`) : high === undefined ? `from ${low}` : `${low} to ${high}`
}

/** Sums of many trees may leave 0..1 by rounding. */
function inUnit(proba: Float64Array): Float64Array {
  return proba.map((p) => Math.min(1, Math.max(0, p)))
}
