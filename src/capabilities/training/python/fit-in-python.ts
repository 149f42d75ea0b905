// One training on a Python worker: the rows go there once, and predictions of each fold and the model in pieces come back. Bounded by the
// size of what is sent, the size of the model and a deadline. Closing the stream ends the work there.
import { TandemError } from '../../../errors.ts'
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import { workerFailure } from '../../../platform/python/failure.ts'
import type { PythonRuntime } from '../../../platform/python/python-runtime.ts'
import type { FallbackReason } from '../../../platform/python/schema.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import { type CrossValidation, meanAndSpread } from '../cross-validate.ts'
import type { FoldRows, Recipe, Table } from '../tasks.ts'
import type { MatrixOrder, MatrixOrderInput } from './matrix-order.ts'
import type { TakenOver, TakeOverInput, WorkerArtifact } from './take-over.ts'

export interface PythonTraining {
  readonly runtime: PythonRuntime
  /** Of a whole training on a worker; beyond it Node trains. */
  readonly timeoutMs: number
}

export interface PythonFitWanted {
  readonly pool: ThreadPool
  readonly table: Table
  readonly train: Int32Array
  readonly splits: readonly FoldRows[]
  readonly recipe: Recipe
}

export interface PythonFit {
  readonly fitted: TakenOver['fitted']
  readonly folds: CrossValidation
  /** Versions of what fitted it. */
  readonly libraries: Readonly<Record<string, string>>
  /** Of all folds and all rows together. */
  readonly fitSeconds: number
  /** What its process took beside: to load the library, to write the model. */
  readonly otherSeconds: number
}

/** A forest of 2,000 deep trees on 100,000 rows has about as many characters. */
const MOST_MODEL_CHARACTERS = 256 * 2 ** 20
/** How long a worker that is not there yet is waited for. */
const WAIT_MS = 60_000
const FROM = 0.1
const SHARE = 0.75

/** What a worker's error line means. */
const REASONS: Readonly<Record<string, FallbackReason>> = {
  dependency_missing: 'model_missing',
  training_ended: 'exited',
  out_of_memory: 'unsuited',
  storage_full: 'unsuited',
}

/** @throws `unavailable` with its reason when no worker can; `invalid_input` for what scikit-learn refuses; whatever the job was cancelled with */
export async function fitInPython(
  { runtime, timeoutMs }: PythonTraining,
  wanted: PythonFitWanted,
  context: JobContext,
): Promise<PythonFit> {
  const { pool, splits, table } = wanted
  const deadline = new AbortController()
  const timer = setTimeout(
    () => deadline.abort(workerFailure('timeout', `The Python worker did not train within ${timeoutMs / 1000} s.`)),
    timeoutMs,
  )
  const signal = AbortSignal.any([context.signal, deadline.signal])
  try {
    const input: MatrixOrderInput = { table, train: wanted.train, splits, recipe: wanted.recipe }
    const order = await pool.run<MatrixOrder>('training.matrix-order', input, { signal })
    if ('unsuited' in order) throw workerFailure('unsuited', order.unsuited)
    const lines = runtime.stream('/tandem/v1/train', order.body, {
      ...{ contentType: 'application/octet-stream', signal, wait: true, waitMs: Math.min(WAIT_MS, timeoutMs) },
    })
    const { result, ...sent } = await collect(lines, splits.length, context)
    const taking: TakeOverInput = { table, splits, ...sent, artifact: result.artifact as WorkerArtifact }
    const { fitted, folds } = await pool.run<TakenOver>('training.take-over', taking, { signal }).catch((error: unknown) => {
      if (!TandemError.is(error) || error.code === 'canceled') throw error
      throw workerFailure('bad_answer', error.message, error)
    })
    return {
      fitted,
      folds: {
        crossValidation: { folds: folds.length, ...meanAndSpread(folds.map(({ metrics }) => metrics)) },
        outOfFold: folds.length === 0 ? undefined : folds.map(({ predictions }, fold) => ({ rows: splits[fold]!.test, predictions })),
        losses: folds.map(({ losses }) => losses),
      },
      libraries: textsOf(result.libraries),
      fitSeconds: Math.max(0, Number(result.fitSeconds) || 0),
      otherSeconds: Math.max(0, Number(result.otherSeconds) || 0),
    }
  } catch (error) {
    // However the connection broke off, the reason to end it comes first.
    signal.throwIfAborted()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

interface Collected {
  readonly predictions: readonly string[]
  readonly pieces: readonly string[]
  readonly result: Readonly<Record<string, unknown>>
}

async function collect(lines: AsyncIterable<Readonly<Record<string, unknown>>>, folds: number, context: JobContext): Promise<Collected> {
  const predictions = new Array<string>(folds).fill('')
  const pieces: string[] = []
  let [characters, reached] = [0, FROM]
  for await (const line of lines) {
    if (line.type === 'progress') {
      reached = FROM + SHARE * Math.min(1, Math.max(0, Number(line.progress) || 0))
      context.progress(reached, `Python worker: ${String(line.message).slice(0, 200)}`, 'fitting')
    } else if (line.type === 'warning') context.progress(reached, `Python worker warns: ${String(line.message).slice(0, 300)}`, 'fitting')
    else if (line.type === 'fold' && Number(line.fold) < folds) predictions[Number(line.fold)] = String(line.predictions)
    else if (line.type === 'artifact') {
      const piece = String(line.text)
      characters += piece.length
      if (characters > MOST_MODEL_CHARACTERS)
        throw workerFailure('bad_answer', `The model is longer than ${MOST_MODEL_CHARACTERS} characters.`)
      pieces.push(piece)
    } else if (line.type === 'error') throw errorOf(line)
    else if (line.type === 'result' && typeof line.artifact === 'object' && line.artifact !== null)
      return { predictions, pieces, result: line }
  }
  throw workerFailure('exited', 'The Python worker ended the training without a result.')
}

function errorOf({ code, message }: Readonly<Record<string, unknown>>): TandemError {
  const reason = REASONS[String(code)]
  const said = `The Python worker said: ${String(message).slice(0, 500)}`
  return reason === undefined ? new TandemError('invalid_input', said) : workerFailure(reason, said)
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value)
      .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
      .slice(0, 20),
  )
}
