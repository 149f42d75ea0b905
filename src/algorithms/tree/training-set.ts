// What a tree learner is given: a row-major float32 matrix, targets and weights; and the checks every learner makes first.

import { TandemError } from '../../errors.ts'

/** Classes need no doubles: bytes are an eighth of the memory. */
export type Targets = Float64Array | Float32Array | Uint8Array | Uint16Array | Uint32Array | Int32Array

export interface TrainingSet<Y extends Targets = Targets> {
  /** Row-major, `rows * features`; NaN means missing. */
  readonly x: Float32Array
  readonly rows: number
  readonly features: number
  /** Class index 0..classes-1, or a number for regression. */
  readonly y: Y
  /** One weight >= 0 a row; absent means 1. A row of weight 0 is left out. */
  readonly weights?: Float64Array | Float32Array
  /** Number of classes; 0 for regression. */
  readonly classes: number
  /** Features whose values are categories: whole numbers from 0, without order. */
  readonly categorical?: readonly number[]
}

/** More classes make histograms too large and do not fit the packed row format of the forest. */
export const MAX_CLASSES = 1024

/** Gradients and hessians, weights times something, are float32. */
const WEIGHTS = { least: 1e-30, most: 1e30 }

/** float32 leaves hold differences from the mean up to this size. */
const MAX_TARGET = 1e38

/**
 * Refuses a set that no learner can use.
 *
 * @throws `shape_mismatch`, `too_few_rows`, `too_few_classes`, `invalid_input`.
 */
export function checkTrainingSet(set: TrainingSet): void {
  checkTrainingShape(set)
  checkTargets(set)
  checkTrainingWeights(set)
}

/** The checks that hang on weights. */
export function checkTrainingWeights(set: TrainingSet): void {
  if (set.weights) checkWeights(set.weights, set.rows)
  if (set.classes > 0) checkClasses(set)
}

/** The checks that do not look at every row. */
export function checkTrainingShape({ x, y, rows, features, classes, categorical }: TrainingSet): void {
  checkKind('x', x, ['Float32Array'], 'values')
  checkKind('y', y, ['Float64Array', 'Float32Array', 'Uint8Array', 'Uint16Array', 'Uint32Array', 'Int32Array'], 'targets')
  if (!Number.isInteger(rows) || !Number.isInteger(features) || rows < 0 || features < 1) {
    throw new TandemError(
      'shape_mismatch',
      `The set says ${rows} rows and ${features} features. Both are whole numbers, and there is at least one feature.`,
    )
  }
  if (x.length !== rows * features) {
    throw new TandemError(
      'shape_mismatch',
      `x has ${x.length} values, but ${rows} rows of ${features} features need ${rows * features}. Pass one value for each row and feature, row after row.`,
    )
  }
  if (y.length !== rows) {
    throw new TandemError('shape_mismatch', `y has ${y.length} targets for ${rows} rows. Pass one target for each row.`)
  }
  if (rows < 2) {
    throw new TandemError(
      'too_few_rows',
      `There ${rows === 1 ? 'is 1 row' : 'are 0 rows'}; a tree needs at least 2 to find a split. Add rows.`,
    )
  }
  if (!Number.isInteger(classes) || classes < 0 || classes > MAX_CLASSES) {
    throw new TandemError(
      'invalid_input',
      `classes is ${classes}; it is 0 for regression or a whole number up to ${MAX_CLASSES}. Merge rare classes.`,
    )
  }
  if (classes === 1) throw oneClass(rows)
  const wrong = categorical?.find((f) => !Number.isInteger(f) || f < 0 || f >= features)
  if (wrong !== undefined) {
    throw new TandemError('invalid_input', `categorical names feature ${wrong}, but features are numbered from 0 to ${features - 1}.`)
  }
}

/** By name: an array of another realm, as test runners make them, is no instance of this one's class. */
function checkKind(name: string, value: unknown, kinds: readonly string[], of: string): void {
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (ArrayBuffer.isView(value) && kinds.includes(kind)) return
  const given = Array.isArray(value) ? 'an array' : kind
  throw new TandemError('invalid_input', `${name} is ${given}; trees take a ${kinds[0]}. Write ${kinds[0]}.from(${of}).`)
}

function checkTargets({ y, rows, classes }: TrainingSet): void {
  for (let i = 0; i < rows; i++) {
    const value = y[i]!
    if (!Number.isFinite(value)) {
      throw new TandemError(
        'invalid_input',
        `The target of row ${i} is ${value}. A target must be a finite number: leave out rows whose target is unknown.`,
        { details: { row: i } },
      )
    }
    if (classes > 0 && (value < 0 || value >= classes || !Number.isInteger(value))) {
      throw new TandemError(
        'invalid_input',
        `The target of row ${i} is ${value}, but there are ${classes} classes: it must be a whole number from 0 to ${classes - 1}.`,
        { details: { row: i } },
      )
    }
    if (Math.abs(value) > MAX_TARGET) {
      throw new TandemError(
        'invalid_input',
        `The target of row ${i} is ${value}, beyond ${MAX_TARGET}. Scale the target down, or learn its logarithm.`,
        { details: { row: i } },
      )
    }
  }
}

function checkWeights(weights: Float64Array | Float32Array, rows: number): void {
  if (weights.length !== rows) {
    throw new TandemError('shape_mismatch', `There are ${weights.length} weights for ${rows} rows. Pass one weight for each row, or none.`)
  }
  let positive = 0
  let largest = 0
  for (let i = 0; i < rows; i++) {
    const value = weights[i]!
    if (value > largest) largest = value
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      throw new TandemError('invalid_input', `The weight of row ${i} is ${value}. A weight is a finite number of at least 0.`, {
        details: { row: i },
      })
    }
    if (value > 0) positive++
  }
  if (positive < 2) {
    throw new TandemError('too_few_rows', `Only ${positive} of ${rows} rows have a weight above 0; a tree needs at least 2.`)
  }
  if (largest < WEIGHTS.least || largest > WEIGHTS.most) {
    throw new TandemError(
      'invalid_input',
      `The largest weight is ${largest}, those of classes included. It must be from ${WEIGHTS.least} to ${WEIGHTS.most}: multiply all weights by one number.`,
      { details: { largest } },
    )
  }
}

function checkClasses({ y, weights, rows }: TrainingSet): void {
  let first = -1
  for (let i = 0; i < rows; i++) {
    if (weights && weights[i] === 0) continue
    if (first < 0) first = y[i]!
    else if (y[i] !== first) return
  }
  throw oneClass(rows)
}

function oneClass(rows: number): TandemError {
  return new TandemError(
    'too_few_classes',
    `All ${rows} rows have the same class, so there is nothing to tell apart. Add rows of another class.`,
  )
}
