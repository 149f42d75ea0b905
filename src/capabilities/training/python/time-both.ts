// Which runtime is faster for a training: both fit a sample of its rows, and what the folds and all rows would take is projected from it,
// in proportion to the rows. What Python takes beside fitting (a process that loads its library) does not grow with them.
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import type { ThreadPool } from '../../../platform/threads/pool.ts'
import type { FitInput } from '../fit-model.ts'
import type { Recipe, Table } from '../tasks.ts'
import type { PythonFit } from './fit-in-python.ts'

export interface Timing {
  readonly pool: ThreadPool
  readonly table: Table
  readonly train: Int32Array
  readonly recipe: Recipe
  readonly clock: () => number
}

export interface Pace {
  readonly faster: 'node' | 'python'
  /** What was measured. */
  readonly sentence: string
}

const SAMPLE_ROWS = 5000
const FOLDS = 5

/** @param askPython  fits the given rows there, without folds. */
export async function timeBoth(
  { pool, table, train, recipe, clock }: Timing,
  askPython: (rows: Int32Array) => Promise<PythonFit>,
  { signal }: JobContext,
): Promise<Pace> {
  const rows = sampleOf(train, table)
  // Python first: where there is none, Node need not be timed.
  const { fitSeconds, otherSeconds } = await askPython(rows)
  const started = clock()
  const input: FitInput = { table, recipe, train: rows }
  await pool.run('training.fit', input, { signal })
  const took = clock() - started
  const scale = train.length / rows.length
  // Node fits a fold a thread, and all rows on all threads; the worker fits one after the other on all of its.
  const nodeMs = took * scale * (Math.ceil(FOLDS / pool.size) + 1 / pool.size)
  const pythonMs = otherSeconds * 1000 + fitSeconds * 1000 * scale * (FOLDS + 1)
  const sentence = `Projected from ${rows.length} rows: Node ${seconds(nodeMs)}, Python ${seconds(pythonMs)}.`
  return { faster: pythonMs < nodeMs ? 'python' : 'node', sentence }
}

/** Evenly over the rows, which may be in some order, with a row of every class. */
function sampleOf(train: Int32Array, { y, classes }: Table): Int32Array {
  if (train.length <= SAMPLE_ROWS) return train
  const step = train.length / SAMPLE_ROWS
  const drawn = Int32Array.from({ length: SAMPLE_ROWS }, (_, at) => train[Math.floor(at * step)]!)
  const left = new Set(Array.from({ length: classes }, (_, code) => code))
  for (const row of drawn) left.delete(y[row]!)
  const more = left.size === 0 ? [] : train.filter((row) => left.delete(y[row]!))
  return Int32Array.from([...drawn, ...more])
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 0)} s`
