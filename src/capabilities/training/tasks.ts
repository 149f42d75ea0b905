// What training runs in threads: everything that takes longer than a few milliseconds. Plain data in and out;
// matrices stand on shared memory and are not copied between threads.
import { fitSigmoidCalibration, type SigmoidCalibration } from '../../algorithms/calibrate/sigmoid-calibration.ts'
import type { SliceReport } from '../../algorithms/card/worst-slices.ts'
import type { Preparation } from '../../algorithms/columns/default-specs.ts'
import type { TabularKind } from '../../algorithms/columns/table.ts'
import type { ConformalCalibration } from '../../algorithms/conformal/conformal-calibration.ts'
import { classificationReport, predictedClasses, regressionReport } from '../../algorithms/metrics/reports.ts'
import { worthOfWeight } from '../../algorithms/metrics/worth-of-weight.ts'
import { sha256 } from '../../platform/storage/sha256.ts'
import { shareArray, shareFields } from '../../platform/threads/shared-arrays.ts'
import type { TaskContext } from '../../platform/threads/tasks.ts'
import {
  type AlgorithmName,
  type CategoryTables,
  encodeModelFile,
  type Feature,
  type FittedModel,
  fittedOutputs,
  type ModelHeader,
  predictFitted,
  type Version,
} from '../models/index.ts'
import { type CompareHeldOutInput, compareHeldOut } from './comparison/compare-held-out.ts'
import { calibrateCoverage, measureCoverage } from './coverage.ts'
import { type Documents, documentReader } from './documents.ts'
import { evaluate, type Measured } from './evaluate.ts'
import { type FillMatrixInput, fillMatrix, rowHashes } from './fill-matrix.ts'
import { type FitInput, fitModel, treeSet } from './fit-model.ts'
import { type FoldsInput, foldsOf } from './folds.ts'
import { encodeHeldOut } from './held-out-file.ts'
import { type HoldOutInput, holdOut } from './hold-out.ts'
import { lookAtModel } from './interchange/look-at-model.ts'
import { type TakeModelInput, takeModel } from './interchange/take-model.ts'
import { type WriteModelInput, writeModel } from './interchange/write-model.ts'
import { type JudgeNewRowsInput, judgeNewRows } from './new-rows/judge-new-rows.ts'
import { type Permutation, permutations } from './permutations.ts'
import { type ProfileInput, profileRows } from './profile-rows.ts'
import { type MatrixOrderInput, matrixOrder } from './python/matrix-order.ts'
import { type TakeOverInput, takeOver } from './python/take-over.ts'
import { type LossSums, lossesOf, report } from './report.ts'
import type { RowSplit } from './row-split.ts'
import { rowsOf } from './rows-of.ts'
import { type SampleInput, sampleRows } from './sample-rows.ts'
import { countTextsOf, fitText, placeRows, withScores } from './text-score-tasks.ts'
import type { CountTextsInput, FitTextInput, PlaceRowsInput, ScoredText } from './text-scores.ts'
import { weakSpots } from './weak-spots.ts'
import { type CounterfactualsTask, counterfactualsOf } from './what-if/counterfactuals-of.ts'
import { type PartialDependenceInput, partialDependenceOf } from './what-if/partial-dependence-of.ts'

export interface Table {
  readonly x: Float32Array
  readonly y: Float64Array
  readonly features: number
  /** 0 for regression. */
  readonly classes: number
  readonly columns: Columns
  /** Of the features that are free texts; their values are rows. */
  readonly documents: readonly Documents[]
  /** How much each row counts; absent: all alike. */
  readonly weights?: Float64Array
  /** Absent: rows are parted at random. */
  readonly split?: RowSplit
}

/** What the numbers of features and classes stand for. */
export interface Columns {
  readonly names: readonly string[]
  /** Empty for regression. */
  readonly labels: readonly string[]
  readonly kinds: readonly TabularKind[]
  /** Of each category the number of its texts; 0 for other features. */
  readonly codes: readonly number[]
  /** What single features become before they are learned from; absent: what they usually do. */
  readonly preparation?: Preparation
  /** Of a category that is prepared by its texts, all of them by code; null for other features. */
  readonly texts?: CategoryTables
}

/** All of an algorithm's options by name. */
export interface Recipe {
  readonly algorithm: AlgorithmName
  readonly options: Readonly<Version['parameters']>
}

export interface FoldRows {
  readonly train: Int32Array
  readonly test: Int32Array
}

export interface FileInput {
  readonly fitted: FittedModel
  readonly header: ModelHeader
}

export interface FoldResult {
  readonly predictions: Float64Array
  readonly metrics: Readonly<Record<string, number>>
  readonly losses: LossSums
}

/** Rows that a fold predicted without having learned from them, and what it said. */
export interface OutOfFold {
  readonly rows: Int32Array
  readonly predictions: Float64Array
}

export interface JudgeInput {
  readonly table: Table
  readonly fitted: FittedModel
  readonly heldOut: Int32Array
  /** Hashes of all rows' contents. */
  readonly hashes: Uint32Array
  readonly target: string
  /** Labels in order; empty for regression. */
  readonly labels: readonly string[]
  readonly features: readonly Feature[]
  readonly categories: CategoryTables
  readonly seed: number
  /** Of each fold; absent when there are none. */
  readonly outOfFold: readonly OutOfFold[] | undefined
  readonly intervalCoverage: number
}

export interface Judgement {
  readonly metrics: Readonly<Record<string, number>>
  readonly calibration: (SigmoidCalibration & { readonly rows: number }) | null
  readonly conformal: ConformalCalibration | null
  readonly permutation: Permutation
  readonly canary: ModelHeader['canary']
  readonly evaluation: Measured
  readonly weakSpots: SliceReport
  readonly heldOutFile: Uint8Array
}

export interface CompareInput {
  readonly fitted: FittedModel
  /** The held-out rows, encoded as the champion reads them. */
  readonly x: Float32Array
  readonly documents: readonly Documents[]
  readonly y: Float64Array
  readonly weights?: Float64Array | undefined
  /** Classes of y, and for each the champion's column (-1: it does not know it). */
  readonly classColumns: readonly number[]
}

/** Fewer out-of-fold rows say nothing about how often a prediction is right. */
const FEWEST_CALIBRATION_ROWS = 20

/** The tasks by the name under which a thread knows them. */
export const trainingTasks = {
  'training.fill': (input: FillMatrixInput) => fillMatrix(input),
  // Row numbers and predictions of large tables are shared: the event loop would take milliseconds to copy them from task to task.
  'training.hold-out': (input: HoldOutInput) => shareFields(holdOut(input)),
  'training.folds': (input: FoldsInput) => foldsOf(input),
  'training.place-rows': (input: PlaceRowsInput) => placeRows(input),
  'training.count-texts': (input: CountTextsInput, { isCanceled }: TaskContext) => countTextsOf(input, isCanceled),
  'training.fit-text': (input: FitTextInput, { isCanceled }: TaskContext) => fitText(input, isCanceled),
  'training.tree-set': (input: FitInput, { isCanceled }: TaskContext) => treeSet(input, isCanceled),
  'training.fit': (input: FitInput, control: TaskContext) => fitModel(input, control),
  'training.matrix-order': (input: MatrixOrderInput) => matrixOrder(input),
  'training.take-over': (input: TakeOverInput) => takeOver(input),
  'training.take-model': (input: TakeModelInput) => takeModel(input),
  'training.look-at-model': (input: TakeModelInput) => lookAtModel(input),
  'training.write-model': (input: WriteModelInput) => writeModel(input),
  'training.fold': (input: FoldInput, control: TaskContext) => fitFold(input, control),
  'training.judge': (input: JudgeInput, control: TaskContext) => judge(input, control),
  'training.judge-new-rows': (input: JudgeNewRowsInput, { isCanceled, progress }: TaskContext) =>
    judgeNewRows(input, { isCanceled, onProgress: progress }),
  'training.row-hashes': (bytes: Uint8Array) => rowHashes(bytes),
  'training.profile': (input: ProfileInput) => profileRows(input),
  'training.sample': (input: SampleInput) => sampleRows(input),
  'training.partial-dependence': (input: PartialDependenceInput, { isCanceled }: TaskContext) => partialDependenceOf(input, isCanceled),
  'training.counterfactuals': (input: CounterfactualsTask, { isCanceled }: TaskContext) => counterfactualsOf(input, isCanceled),
  'training.file': ({ fitted, header }: FileInput) => encodeModelFile(fitted, header),
  'training.compare-versions': (input: CompareHeldOutInput) => compareHeldOut(input),
  'training.compare': (input: CompareInput) => compare(input),
} as const

export interface FoldInput extends Omit<FitInput, 'scores'> {
  /** What the words of its texts say, where that is known already. */
  readonly scored?: { readonly places: Int32Array; readonly texts: readonly ScoredText[] }
}

function fitFold({ scored, ...fold }: FoldInput, control: TaskContext): FoldResult {
  const input = scored === undefined ? fold : { ...fold, ...withScores(fold, scored, scored.texts) }
  const { table, test = new Int32Array() } = input
  // Folds judge by rows of their own.
  const { oobScore: _, ...options } = input.recipe.options
  const fitted = fitModel({ ...input, recipe: { ...input.recipe, options } }, control)
  const { x, y, weights } = rowsOf(table, test)
  const predictions = shareArray(predictFitted(fitted, x, test.length, documentReader(table.documents)))
  const { classes } = table
  return { predictions, metrics: report(y, predictions, classes, weights), losses: lossesOf(y, predictions, classes, weights) }
}

function judge(input: JudgeInput, { isCanceled, progress }: TaskContext): Judgement {
  const { table, fitted, heldOut, seed, hashes, target, labels, intervalCoverage } = input
  const outOfFold = joinFolds(input.outOfFold)
  const { x, y, weights } = rowsOf(table, heldOut)
  const predictions = predictFitted(fitted, x, heldOut.length, documentReader(table.documents))
  const width = fittedOutputs(fitted)
  const metrics = report(y, predictions, table.classes, weights)
  const conformal = calibrateCoverage(table, outOfFold, FEWEST_CALIBRATION_ROWS)
  const coverage = conformal && measureCoverage(conformal, y, predictions, labels)
  const permutation = permutations(table, fitted, { x, y, weights }, seed, { isCanceled, onProgress: progress })
  const task = table.classes > 0 ? 'classification' : 'regression'
  const rows = {
    task,
    target,
    classes: labels,
    hashes: Uint32Array.from(heldOut, (row) => hashes[row]!),
    truth: y,
    predictions,
    weights,
  } as const
  return {
    metrics,
    ...{ calibration: calibrate(table, outOfFold), conformal },
    permutation,
    canary: canaryOf(table, x, predictions.subarray(0, width)),
    evaluation: evaluate({ yTrue: y, predictions, labels, metrics, coverage, intervalCoverage, seed, sampleWeight: weights }),
    weakSpots: weakSpots({ ...input, predictions, importances: permutation.mean }),
    heldOutFile: encodeHeldOut(rows, { sha256 }),
  }
}

function joinFolds(folds: JudgeInput['outOfFold']): OutOfFold | undefined {
  if (folds === undefined) return undefined
  const total = (of: keyof OutOfFold): number => folds.reduce((sum, fold) => sum + fold[of].length, 0)
  const joined = { rows: new Int32Array(total('rows')), predictions: new Float64Array(total('predictions')) }
  let [row, value] = [0, 0]
  for (const { rows, predictions } of folds) {
    joined.rows.set(rows, row)
    joined.predictions.set(predictions, value)
    row += rows.length
    value += predictions.length
  }
  return joined
}

/** The first row, its texts, and what was said to it. */
function canaryOf({ features, columns, documents }: Table, x: Float32Array, expected: Float64Array): ModelHeader['canary'] {
  const row = Array.from(x.subarray(0, features), (value) => (Number.isNaN(value) ? null : value))
  const readDocument = documentReader(documents)
  const texts = row.flatMap((value, feature) =>
    columns.kinds[feature] === 'text' && value !== null ? [[columns.names[feature]!, readDocument!(feature, value)]] : [],
  )
  return { row, ...(texts.length === 0 ? {} : { texts: Object.fromEntries(texts) }), expected: [...expected] }
}

/** The main metric alone: log loss, or root mean squared error. */
function compare({ fitted, x, documents, y, weights: sampleWeight, classColumns }: CompareInput): { readonly loss: number } {
  const rows = y.length
  const predictions = predictFitted(fitted, x, rows, documentReader(documents))
  const classes = classColumns.length
  if (classes === 0) return { loss: regressionReport(y, predictions, { sampleWeight }).rmse }
  const width = fittedOutputs(fitted)
  const mapped = new Float64Array(rows * classes)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let k = 0; k < classes; k++) {
      const column = classColumns[k]!
      const p = column < 0 ? 0 : predictions[row * width + column]!
      mapped[row * classes + k] = p
      sum += p
    }
    // Only classes that no longer exist: it says nothing about these.
    for (let k = 0; k < classes; k++) mapped[row * classes + k] = sum > 0 ? mapped[row * classes + k]! / sum : 1 / classes
  }
  return { loss: classificationReport(y, mapped, classes, { sampleWeight }).logLoss }
}

function calibrate({ y, classes, weights }: Table, outOfFold: OutOfFold | undefined): Judgement['calibration'] {
  if (classes === 0 || outOfFold === undefined || outOfFold.rows.length < FEWEST_CALIBRATION_ROWS) return null
  const { rows, predictions } = outOfFold
  const predicted = predictedClasses(predictions, classes)
  const top = Float64Array.from(predicted, (column, index) => Math.min(1, Math.max(0, predictions[index * classes + column]!)))
  const right = Uint8Array.from(predicted, (column, index) => (column === y[rows[index]!] ? 1 : 0))
  // The curve is smoothed as if it were of so many rows: weights are turned into as many as they are worth.
  const own = weights === undefined ? undefined : Float64Array.from(rows, (row) => weights[row]!)
  const worth = own === undefined ? 1 : worthOfWeight(own)
  const sampleWeight = own?.map((weight) => weight * worth)
  return { ...fitSigmoidCalibration(top, right, { sampleWeight }), rows: rows.length }
}
