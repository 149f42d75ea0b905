// What a training sends to a Python worker: the numbers Node would learn from, row by row, and the fold of each. As
// worker/tandem_worker/train_matrix.py reads it: a line of JSON, then x, y, weights where there are any, and folds in little-endian bytes. Runs in a thread.
import { PYTHON_LEARNERS, type PythonLearner, type Version } from '../../models/index.ts'
import { rowsOf } from '../rows-of.ts'
import type { FoldRows, Recipe, Table } from '../tasks.ts'

export interface MatrixOrderInput {
  readonly table: Table
  readonly train: Int32Array
  readonly splits: readonly FoldRows[]
  readonly recipe: Recipe
}

export type MatrixOrder =
  | { readonly body: Uint8Array }
  /** Why a worker cannot learn from these rows, as a sentence. */
  | { readonly unsuited: string }

/** The worker takes 64 MB; a little is left for the first line. */
export const MOST_ORDER_BYTES = 63 * 2 ** 20
/** Of all folds together: they come back as text. */
const MOST_PREDICTION_BYTES = 64 * 2 ** 20

/** Cost: one copy of the rows, on shared memory. */
export function matrixOrder({ table, train, splits, recipe }: MatrixOrderInput): MatrixOrder {
  const { features, classes } = table
  const rows = train.length
  const cells = rows * features
  const weighted = table.weights !== undefined
  const bytes = cells * 4 + rows * (weighted ? 17 : 9)
  if (bytes > MOST_ORDER_BYTES || rows * Math.max(1, classes) * 8 > MOST_PREDICTION_BYTES) {
    return { unsuited: `${rows} rows of ${features} features are more than the ${MOST_ORDER_BYTES / 2 ** 20} MB a worker is sent.` }
  }
  const { x, y, weights } = rowsOf(table, train)
  const absent = table.columns.labels.find((_, code) => !y.includes(code))
  if (absent !== undefined) return { unsuited: `The class "${absent}" has no row to learn from beside the held-out ones.` }
  const learner = PYTHON_LEARNERS[recipe.algorithm]!
  const gaps = learner.takesMissing ? [] : gapsOf(x, features, table.columns.names)
  if (gaps.length > 0) {
    return {
      unsuited: `${recipe.algorithm} learns from whole rows only, but there are gaps: ${gaps.join(', ')}. Fill them, leave these columns out, or choose hist-gradient-boosting, extra-trees or lightgbm.`,
    }
  }
  const { randomState, ...options } = recipe.options
  const head = {
    algorithm: learner.algorithm,
    task: classes > 0 ? 'classification' : 'regression',
    ...{ rows, features, classes, folds: splits.length, seed: randomState },
    ...(weighted ? { weighted } : {}),
    ...(table.split?.by === 'time' ? { growing: true } : {}),
    parameters: workerParameters(learner, options),
  }
  const line = new TextEncoder().encode(`${JSON.stringify(head)}\n`)
  const body = new Uint8Array(new SharedArrayBuffer(line.length + bytes))
  body.set(line)
  body.set(new Uint8Array(x.buffer, x.byteOffset, x.byteLength), line.length)
  body.set(new Uint8Array(y.buffer, y.byteOffset, y.byteLength), line.length + cells * 4)
  if (weights !== undefined)
    body.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength), line.length + cells * 4 + rows * 8)
  body.set(foldsOf(table, train, splits), body.length - rows)
  return { body }
}

/** Names that scikit-learn has and a recipe has not. */
const WORKER_NAMES: Readonly<Record<string, string>> = { maxLeaves: 'maxLeafNodes' }

function workerParameters({ algorithm, told }: PythonLearner, options: Version['parameters']): Record<string, unknown> {
  const entries = told.flatMap((name) => (options[name] === undefined ? [] : [[WORKER_NAMES[name] ?? name, options[name]] as const]))
  // Left to itself it would stop early on large tables, judged by rows it keeps back.
  return { ...Object.fromEntries(entries), ...(algorithm === 'hist-gradient-boosting' ? { earlyStopping: false } : {}) }
}

const SHOWN_GAPS = 5

/** Columns with missing values and how many, as they are said: "age (12 rows)". */
function gapsOf(x: Float32Array, features: number, names: readonly string[]): string[] {
  const counts = new Uint32Array(features)
  for (let at = 0; at < x.length; at++) if (Number.isNaN(x[at]!)) counts[at % features]!++
  const found = names.flatMap((name, index) => (counts[index]! > 0 ? [`${name} (${counts[index]} rows)`] : []))
  return found.length > SHOWN_GAPS ? [...found.slice(0, SHOWN_GAPS), `${found.length - SHOWN_GAPS} more columns`] : found
}

/** What the worker reads as "judged by no fold". */
const NO_FOLD = 255

/** The fold that judges each row of `train`. Of growing windows a fold learns from rows of no fold and of the folds before it, else from all rows of others. */
function foldsOf({ y }: Table, train: Int32Array, splits: readonly FoldRows[]): Uint8Array {
  const foldOf = new Uint8Array(y.length).fill(NO_FOLD)
  for (const [fold, { test }] of splits.entries()) for (const row of test) foldOf[row] = fold
  return Uint8Array.from(train, (row) => foldOf[row]!)
}
