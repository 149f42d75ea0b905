// Cross-validation of a training: every row that is not held out (of a split by time all but the earliest) is predicted once by a
// model that has not seen it.
import type { ThreadPool } from '../../platform/threads/pool.ts'
import type { VersionDetails } from '../models/index.ts'
import type { FoldsInput } from './folds.ts'
import type { LossSums } from './report.ts'
import type { FoldInput, FoldResult, FoldRows, JudgeInput, Recipe, Table } from './tasks.ts'
import { scoreTextsOnce } from './text-scores.ts'

export interface Folds {
  readonly crossValidation: VersionDetails['crossValidation']
  readonly outOfFold: JudgeInput['outOfFold']
}

export interface CrossValidation extends Folds {
  /** Of each fold, in their order. */
  readonly losses: readonly LossSums[]
}

export interface FoldsWanted {
  readonly signal: AbortSignal
  /** Share of the work that is done, and folds that are finished. */
  readonly onProgress: (share: number, finished: number) => void
}

/** The folds of the rows that are not held out; none when they are too few. The same for the same rows and seed. */
export function splitFolds(
  pool: ThreadPool,
  { table, train }: { readonly table: Table; readonly train: Int32Array },
  seed: number,
  signal: AbortSignal,
): Promise<readonly FoldRows[]> {
  const input: FoldsInput = { table, train, seed }
  return pool.run<readonly FoldRows[]>('training.folds', input, { signal })
}

/** Fits and judges each fold in a thread, as many at a time as there are. */
export async function crossValidate(
  pool: ThreadPool,
  table: Table,
  splits: readonly FoldRows[],
  recipe: Recipe,
  { signal: stop, onProgress: told }: FoldsWanted,
): Promise<CrossValidation> {
  const count = splits.length
  if (count === 0) return { crossValidation: { folds: 0, mean: {}, std: {} }, outOfFold: undefined, losses: [] }
  const scores = await scoreTextsOnce(pool, table, splits, recipe, stop)
  const done = new Float64Array(count)
  let finished = 0
  const failed = new AbortController()
  const signal = AbortSignal.any([stop, failed.signal])
  const running = splits.map(async (split, fold) => {
    const scored = scores && { places: scores.places, texts: scores.folds[fold]! }
    const input: FoldInput = { table, recipe, ...split, ...(scored ? { scored } : {}) }
    const onProgress = (fraction: number): void => {
      done[fold] = fraction
      told(done.reduce((sum, value) => sum + value, 0) / count, finished)
    }
    const result = await pool.run<FoldResult>('training.fold', input, { signal, onProgress })
    finished++
    onProgress(1)
    return { ...result, rows: split.test }
  })
  try {
    const folds = await Promise.all(running)
    const crossValidation = { folds: count, ...meanAndSpread(folds.map(({ metrics }) => metrics)) }
    const outOfFold = folds.map(({ rows, predictions }) => ({ rows, predictions }))
    return { crossValidation, outOfFold, losses: folds.map((fold) => fold.losses) }
  } catch (error) {
    failed.abort()
    await Promise.allSettled(running)
    throw error
  }
}

/** Of metrics that have a meaning in every fold. */
export function meanAndSpread(all: readonly Readonly<Record<string, number>>[]): {
  mean: Record<string, number>
  std: Record<string, number>
} {
  const mean: Record<string, number> = {}
  const std: Record<string, number> = {}
  for (const name of Object.keys(all[0] ?? {})) {
    // A metric that has no meaning in one fold has none here.
    if (!all.every((metrics) => name in metrics)) continue
    const values = all.map((metrics) => metrics[name]!)
    const average = values.reduce((sum, value) => sum + value, 0) / values.length
    mean[name] = average
    std[name] = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length)
  }
  return { mean, std }
}
