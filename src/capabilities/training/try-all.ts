// How a training is made: by the algorithm that was asked for, or by the best of those that fit the task, compared on the
// same folds as long as the budget lasts; where Python takes part, its fits stand among them. Each candidate is told as it finishes.
import type { AlgorithmParameters } from '../../definitions.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import type { Candidate, ModelDefinition } from '../models/index.ts'
import { CANDIDATES, type CandidatePlan, PYTHON_CANDIDATES } from './candidates.ts'
import { type CrossValidation, crossValidate, type Folds, splitFolds } from './cross-validate.ts'
import { mainMetric } from './main-metric.ts'
import type { PythonFit } from './python/fit-in-python.ts'
import { recipeOf, shownParameters } from './recipe.ts'
import { candidateRecipes, type PlannedRecipe } from './recipes-for.ts'
import type { LossSums } from './report.ts'
import type { FoldRows, Recipe, Table } from './tasks.ts'

export const DEFAULT_BUDGET_SECONDS = 60

export interface Choosing {
  readonly pool: ThreadPool
  readonly clock: () => number
  readonly table: Table
  readonly train: Int32Array
  readonly task: ModelDefinition['task']
  readonly algorithm: ModelDefinition['algorithm']
  readonly parameters: AlgorithmParameters | undefined
  readonly seed: number
  readonly budgetSeconds: number
  /** Absent: the table of `candidates.ts`. */
  readonly plans?: readonly CandidatePlan[]
  /** Fits what Python tries; absent: nothing of it is tried. */
  readonly byPython?: FitByPython | undefined
}

/** Undefined when it cannot. */
export type FitByPython = (recipe: Recipe, splits: readonly FoldRows[], context: JobContext) => Promise<PythonFit | undefined>

export interface Chosen {
  readonly recipe: Recipe
  readonly folds: Folds
  /** Absent when an algorithm was asked for. */
  readonly candidates?: readonly Candidate[]
  /** The fit itself, when Python's is the best. */
  readonly by?: PythonFit
}

const WITH_PYTHON = [...CANDIDATES, ...PYTHON_CANDIDATES]

/** Progress of a training before and after. */
const FROM = 0.1
const SHARE = 0.55

export async function chooseRecipe(choosing: Choosing, context: JobContext): Promise<Chosen> {
  const { pool, table, task, algorithm, parameters, seed } = choosing
  const splits = await splitFolds(pool, choosing, seed, context.signal)
  if (algorithm === 'auto') return tryAll(choosing, splits, context)
  // Both runtimes fit the same recipe: as long as it takes.
  const plan = { algorithm, parameters: parameters ?? {} }
  const both: Choosing = { ...choosing, plans: [plan, { ...plan, runtime: 'python' }], budgetSeconds: Number.POSITIVE_INFINITY }
  if (choosing.byPython !== undefined) return tryAll(both, splits, context)
  const recipe = recipeOf({ task, parameters }, algorithm, seed)
  const onProgress = (share: number, finished: number): void =>
    context.progress(FROM + SHARE * share, `Cross-validation: ${finished} of ${splits.length} folds`, 'comparing')
  return { recipe, folds: await crossValidate(pool, table, splits, recipe, { signal: context.signal, onProgress }) }
}

/** One that was tried, and what it takes to go on with it. */
export interface Tried {
  readonly candidate: Candidate
  readonly recipe: Recipe
  readonly folds: Folds
  readonly by?: PythonFit
}

async function tryAll(choosing: Choosing, splits: readonly FoldRows[], context: JobContext): Promise<Chosen> {
  const { task, seed, budgetSeconds, clock, byPython, plans = byPython === undefined ? CANDIDATES : WITH_PYTHON } = choosing
  const recipes = candidateRecipes(task, seed, plans)
  const first = recipes[0]!.recipe
  if (splits.length === 0) {
    context.progress(FROM + SHARE, `Too few rows to compare algorithms; taking ${named(first)}`)
    return { recipe: first, folds: { crossValidation: { folds: 0, mean: {}, std: {} }, outOfFold: undefined }, candidates: [] }
  }
  const until = clock() + budgetSeconds * 1000
  const tried: Candidate[] = []
  let best: Tried | undefined
  for (const [index, recipe] of recipes.entries()) {
    // The first has all the time it needs: there must be one.
    const leftMs = index === 0 ? undefined : until - clock()
    const next =
      leftMs !== undefined && leftMs <= 0
        ? undefined
        : await tryOne(choosing, splits, recipe, { index, count: recipes.length, leftMs }, context)
    if (next === 'unable') continue
    if (next === undefined) {
      context.progress(FROM, `The budget of ${budgetSeconds} s is used: tried ${index} of ${recipes.length}`)
      break
    }
    if (best === undefined || next.candidate.mean < best.candidate.mean) best = next
    tried.push(next.candidate)
    await context.report({ candidates: shown(tried, best.candidate) })
    context.progress(FROM + (SHARE * (index + 1)) / recipes.length, sentence(next.candidate, index + 1, recipes.length))
  }
  const { recipe, folds, candidate, by } = best!
  return { recipe, folds, candidates: shown(tried, candidate), ...(by === undefined ? {} : { by }) }
}

/** Undefined when the time is over, `unable` when Python cannot. */
async function tryOne(
  { pool, clock, table, task, byPython }: Choosing,
  splits: readonly FoldRows[],
  { recipe, runtime }: PlannedRecipe,
  { index, count, leftMs }: { readonly index: number; readonly count: number; readonly leftMs: number | undefined },
  context: JobContext,
): Promise<Tried | undefined | 'unable'> {
  const started = clock()
  const over = new AbortController()
  const timer = leftMs === undefined || leftMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => over.abort(), leftMs)
  const what = `Trying ${index + 1} of ${count}: ${named({ algorithm: recipe.algorithm, runtime })}`
  const onProgress = (share: number): void => context.progress(FROM + (SHARE * (index + share)) / count, what, 'comparing')
  onProgress(0)
  try {
    if (runtime === 'python') {
      const progress: JobContext['progress'] = (share, message) =>
        context.progress(FROM + (SHARE * (index + share)) / count, message, 'comparing')
      const watched: JobContext = { ...context, progress, signal: AbortSignal.any([context.signal, over.signal]) }
      const by = await byPython?.(recipe, splits, watched)
      if (by === undefined) return over.signal.aborted ? undefined : 'unable'
      return { candidate: judged({ recipe, runtime }, task, by.folds, clock() - started), recipe, folds: by.folds, by }
    }
    const folds = await crossValidate(pool, table, splits, recipe, {
      signal: AbortSignal.any([context.signal, over.signal]),
      onProgress,
    })
    return { candidate: judged({ recipe, runtime }, task, folds, clock() - started), recipe, folds }
  } catch (error) {
    if (over.signal.aborted && !context.signal.aborted) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
}

export function judged(
  { recipe, runtime }: PlannedRecipe,
  task: ModelDefinition['task'],
  { crossValidation: { mean: means, std }, losses }: CrossValidation,
  durationMs: number,
): Candidate {
  const metric = mainMetric(task)
  const mean = means[metric]!
  const half = halfWidth(losses, metric)
  const measured = { metric, mean, std: std[metric]!, low: Math.max(0, mean - half), high: mean + half }
  const ran = runtime === 'python' ? { runtime } : {}
  return { algorithm: recipe.algorithm, ...ran, parameters: shownParameters(recipe), ...measured, durationMs, chosen: false }
}

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054

/**
 * Half the 95 % interval of a mean loss over rows that were each judged once by a model that had not seen them: the normal
 * interval of a mean; for RMSE, the root of one, by the delta method.
 */
export function halfWidth(folds: readonly LossSums[], metric: Candidate['metric']): number {
  const total = (of: keyof LossSums): number => folds.reduce((sum, fold) => sum + fold[of], 0)
  const [rows, sum, squares] = [total('rows'), total('sum'), total('squares')]
  if (rows < 2) return 0
  const mean = sum / rows
  const half = Z * Math.sqrt(Math.max(0, squares - rows * mean * mean) / (rows - 1) / rows)
  if (metric === 'logLoss') return half
  return mean > 0 ? half / (2 * Math.sqrt(mean)) : 0
}

export function shown(tried: readonly Candidate[], best: Candidate): Candidate[] {
  return tried.map((candidate) => ({ ...candidate, chosen: candidate === best }))
}

export const named = ({ algorithm, runtime }: Pick<Candidate, 'algorithm' | 'runtime'>): string =>
  `${algorithm.replaceAll('-', ' ')}${runtime === 'python' ? ' by Python' : ''}`

function sentence(candidate: Candidate, place: number, count: number): string {
  const { metric, mean, low, high } = candidate
  const name = metric === 'logLoss' ? 'log loss' : 'RMSE'
  return `Tried ${place} of ${count}: ${named(candidate)}, ${name} ${digits(mean)} (${digits(low)} to ${digits(high)})`
}

export const digits = (value: number): string => value.toPrecision(4)
