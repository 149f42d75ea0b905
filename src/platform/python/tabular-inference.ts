// Rows asked of a tabular model that a worker serves: Tandem's own `tabular.NAME`, or a model of any server of the Open Inference Protocol.
// Rows with the same columns go together in one request; what comes back is checked before anybody sees it.
import { TandemError } from '../../errors.ts'
import type { NumberArray } from '../inference/datatype.ts'
import type { Tensor } from '../inference/tensor.ts'
import { workerFailure } from './failure.ts'
import type { InferAnswer } from './inference-client.ts'
import type { PythonRuntime } from './python-runtime.ts'
import { createRowBatcher, type RowBatcher, refuseOverload } from './row-batcher.ts'
import type { WorkerAnswer, WorkerAnswers, WorkerRow } from './schema.ts'

export interface WorkerPredictOptions {
  readonly version?: string
  /** Default 30,000. */
  readonly timeoutMs?: number
}

/**
 * @throws `invalid_input` for rows of different columns, and for what the worker refuses; `overloaded`; `unavailable` when no worker answers
 */
export type PredictOnWorker = (model: string, rows: readonly WorkerRow[], options?: WorkerPredictOptions) => Promise<WorkerAnswers>

const TIMEOUT_MS = 30_000
const MOST_ROWS = 1024
/** Of all models together. */
const MOST_WAITING = 20_000

interface Versioned extends WorkerAnswer {
  readonly version: string | null
}

export function createTabularInference(runtime: Pick<PythonRuntime, 'infer'>): PredictOnWorker {
  const batchers = new Map<string, RowBatcher<WorkerRow, Versioned>>()
  const batcherOf = (key: string, model: string, version: string | undefined): RowBatcher<WorkerRow, Versioned> => {
    const known = batchers.get(key)
    if (known !== undefined) return known
    // Whoever uses names of models made up anew leaves nothing behind.
    for (const [other, batcher] of batchers) if (batcher.isIdle) batchers.delete(other)
    const made = createRowBatcher<WorkerRow, Versioned>({
      mostRows: MOST_ROWS,
      async ask(rows, timeoutMs) {
        const call = { model, ...(version === undefined ? {} : { version }), inputs: tensorsOf(rows) }
        return answersOf(await runtime.infer(call, { path: 'predict', items: rows.length, timeoutMs }), rows.length)
      },
    })
    batchers.set(key, made)
    return made
  }
  return async (model, rows, { version, timeoutMs = TIMEOUT_MS } = {}) => {
    if (rows.length === 0) throw wrong('There are no rows.', '/rows', 'rows must hold at least one row')
    const columns = columnsOf(rows)
    refuseOverload(
      [...batchers.values()].reduce((sum, { waiting }) => sum + waiting, 0),
      rows.length,
      MOST_WAITING,
    )
    const answers = await batcherOf(JSON.stringify([model, version, columns]), model, version).run(rows, timeoutMs)
    return { version: answers[0]!.version, predictions: answers.map(({ version: _, ...answer }) => answer) }
  }
}

/** Names with what stands in them, or how many numbers; the same for all rows of a request. */
function columnsOf(rows: readonly WorkerRow[]): number | string {
  const first = shapeOf(rows[0]!)
  for (const [at, row] of rows.entries()) {
    const own = shapeOf(row)
    if (own === first) continue
    const said = typeof own === 'number' || typeof first === 'number' ? `${own} against ${first}` : 'other features'
    throw wrong(`Row ${at} differs from row 0: ${said}. Send rows of one form.`, `/rows/${at}`, `rows[${at}] must have what rows[0] has`)
  }
  return typeof first === 'number' ? first : JSON.stringify(kindsOf(rows))
}

function shapeOf(row: WorkerRow): number | string {
  return Array.isArray(row) ? row.length : Object.keys(row).sort().join('\n')
}

function kindsOf(rows: readonly WorkerRow[]): (readonly [string, 'text' | 'number'])[] {
  const records = rows as readonly Readonly<Record<string, unknown>>[]
  return Object.keys(records[0]!)
    .sort()
    .map((name) => {
      const texts = records.filter((row) => typeof row[name] === 'string').length
      if (texts > 0 && records.some((row) => typeof row[name] === 'number' || typeof row[name] === 'boolean')) {
        throw wrong(`Feature "${name}" is a text in some rows and a number in others.`, `/rows`, `${name} must be of one kind in all rows`)
      }
      return [name, texts > 0 ? 'text' : 'number'] as const
    })
}

function tensorsOf(rows: readonly WorkerRow[]): Tensor[] {
  const first = rows[0]!
  if (Array.isArray(first)) {
    const data = Float64Array.from(rows.flatMap((row) => row as readonly (number | null)[]).map((value) => value ?? Number.NaN))
    return [{ name: 'features', shape: [rows.length, first.length], datatype: 'FP64', data }]
  }
  const records = rows as readonly Readonly<Record<string, number | string | boolean | null>>[]
  return kindsOf(rows).map(([name, kind]): Tensor => {
    const shape = [rows.length]
    if (kind === 'text') return { name, shape, datatype: 'BYTES', data: records.map((row) => row[name] as string | null) }
    const data = Float64Array.from(records, (row) => (row[name] === null ? Number.NaN : Number(row[name])))
    return { name, shape, datatype: 'FP64', data }
  })
}

function answersOf({ outputs, parameters, modelVersion }: InferAnswer, rows: number): Versioned[] {
  const said = outputs.find(({ name }) => name === 'predict') ?? outputs[0]
  if (said === undefined || said.data.length !== rows) {
    throw workerFailure('bad_answer', `The worker gave ${said?.data.length ?? 0} answers to ${rows} rows.`)
  }
  const chances = outputs.find(({ name }) => name === 'predict_proba')
  const width = chances === undefined ? 0 : chances.data.length / rows
  if (!Number.isInteger(width)) throw workerFailure('bad_answer', `The worker gave ${chances!.data.length} probabilities to ${rows} rows.`)
  const named = Array.isArray(parameters.classes) && parameters.classes.length === width ? parameters.classes.map(String) : undefined
  const classes = named ?? Array.from({ length: width }, (_, code) => String(code))
  const version = modelVersion ?? null
  return Array.from({ length: rows }, (_, row) => {
    const value = said.data[row]
    if (value === null || value === undefined) throw workerFailure('bad_answer', `The worker gave no answer to row ${row}.`)
    const own = { version, value: typeof value === 'bigint' ? Number(value) : value }
    if (chances === undefined) return own
    const data = chances.data as NumberArray
    return { ...own, probabilities: Object.fromEntries(classes.map((label, k) => [label, Number(data[row * width + k])])) }
  })
}

function wrong(message: string, path: string, detail: string): TandemError {
  return new TandemError('invalid_input', message, { errors: [{ path, message: detail }] })
}
