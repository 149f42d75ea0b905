// What a version promises of a row at a coverage that the caller chooses: the classes or the interval that hold the truth so often.
import {
  type ConformalCalibration,
  calibrationRows,
  groupOf,
  highestPromise,
  intervalsAt,
  setsAt,
} from '../../algorithms/conformal/conformal-calibration.ts'
import { type ConformalInterval, conformalInterval } from '../../algorithms/conformal/conformal-interval.ts'
import { type ConformalSets, conformalSet } from '../../algorithms/conformal/conformal-sets.ts'
import { TandemError } from '../../errors.ts'

/** One of the two; the most likely class first. */
export interface Promised {
  readonly coverage: number
  readonly set?: string[]
  readonly interval?: readonly [number, number]
}

/** From what the model said to a row, and a coverage. @throws `invalid_input`, `no_calibration`. */
export type PromiseCoverage = (said: Float64Array, coverage: number) => Promised

export interface CalibratedVersion {
  /** Read when something is said of it: a version gets its name when it is stored. */
  readonly identity: { readonly name: string; readonly version: string }
  /** Labels in order; empty for numbers. */
  readonly classes: readonly string[]
  /** Null when too few rows told; absent in files of before it was kept. */
  readonly conformal: ConformalCalibration | null | undefined
}

/** Coverages whose thresholds are kept at hand. */
const MOST_KEPT = 8

export function createCoverage(version: CalibratedVersion): PromiseCoverage {
  const { classes, conformal } = version
  const rules = new Map<number, ConformalSets | ConformalInterval>()
  const ruleAt = (coverage: number): ConformalSets | ConformalInterval => {
    checkCoverage(coverage)
    if (!conformal) throw uncalibrated(version)
    const rule = classes.length > 0 ? setsAt(conformal, coverage) : intervalsAt(conformal, coverage)
    if (coverage > highestPromise(conformal)) throw tooFewRows(version, conformal, coverage)
    if (rules.size >= MOST_KEPT) rules.clear()
    rules.set(coverage, rule)
    return rule
  }
  const proba = new Float64Array(classes.length)
  return (said, coverage) => {
    const rule = rules.get(coverage) ?? ruleAt(coverage)
    if (rule.kind === 'conformal-sets') {
      // Sums of many trees may leave 0..1 by rounding.
      for (let k = 0; k < proba.length; k++) proba[k] = Math.min(1, Math.max(0, said[k]!))
      return { coverage, set: conformalSet(rule, proba).map((code) => classes[code]!) }
    }
    const { low, high } = conformalInterval(rule, said[0]!, groupOf(conformal!, said[0]!))
    return { coverage, interval: [low, high] }
  }
}

/** A fallback was not measured: only all classes together are sure to hold the true one. */
export function promiseOfFallback(classes: readonly string[], value: string, coverage: number): Promised {
  checkCoverage(coverage)
  return { coverage, set: [value, ...classes.filter((label) => label !== value)] }
}

function checkCoverage(coverage: number): void {
  if (coverage > 0 && coverage < 1) return
  throw new TandemError(
    'invalid_input',
    `coverage is ${coverage}. It is a share between 0 and 1, without these. Ask for example for 0.9.`,
    {
      errors: [{ path: '/coverage', message: `coverage must lie between 0 and 1, got ${coverage}` }],
    },
  )
}

function uncalibrated({ identity: { name, version }, conformal }: CalibratedVersion): TandemError {
  const why =
    conformal === null ? 'too few rows, or none, were there to measure how often it is right' : 'it was made before calibration was kept'
  return new TandemError(
    'no_calibration',
    `Version ${version} of model "${name}" can promise no coverage: ${why}. Train it again${conformal === null ? ' with more rows' : ''}, or ask without "coverage".`,
    { details: { model: name, version, calibrationRows: 0 } },
  )
}

function tooFewRows({ identity: { name, version } }: CalibratedVersion, conformal: ConformalCalibration, coverage: number): TandemError {
  const rows = calibrationRows(conformal)
  // Rounded down: what is told can be asked for.
  const highest = Math.floor(highestPromise(conformal) * 1e4) / 1e4
  const parts = conformal.groups.length > 1 ? ` in ${conformal.groups.length} groups by what is predicted` : ''
  return new TandemError(
    'no_calibration',
    `Version ${version} of model "${name}" cannot promise a coverage of ${coverage}: its ${rows} calibration rows${parts} allow at most ${highest}. Ask for less, or train with more rows.`,
    { details: { model: name, version, calibrationRows: rows, highestCoverage: highest } },
  )
}
