// How a training is made: by the algorithm that was asked for, or by the best of those that fit the task, compared on the
// same folds as long as the budget lasts. Each candidate is told as it finishes.
import type { AlgorithmParameters } from '../../definitions.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import type { Candidate, ModelDefinition } from '../models/index.ts'
import { CANDIDATES, type CandidatePlan } from './candidates.ts'
import { type CrossValidation, crossValidate, type Folds, splitFolds } from './cross-validate.ts'
import { mainMetric } from './main-metric.ts'
import { recipeOf, shownParameters } from './recipe.ts'
import { candidateRecipes } from './recipes-for.ts'
import type { FoldRows, LossSums, Recipe, Table } from './tasks.ts'

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
}

export interface Chosen {
  readonly recipe: Recipe
  readonly folds: Folds
  /** Absent when an algorithm was asked for. */
  readonly candidates?: readonly Candidate[]
}

/** Progress of a training before and after. */
const FROM = 0.1
const SHARE = 0.55

export async function chooseRecipe(choosing: Choosing, context: JobContext): Promise<Chosen> {
  const { pool, table, task, algorithm, parameters, seed } = choosing
  const splits = await splitFolds(pool, choosing, seed, context.signal)
  if (algorithm === 'auto') return tryAll(choosing, splits, context)
  const recipe = recipeOf({ task, parameters }, algorithm, seed)
  const onProgress = (share: number, finished: number): void =>
    context.progress(FROM + SHARE * share, `Cross-validation: ${finished} of ${splits.length} folds`, 'comparing')
  return { recipe, folds: await crossValidate(pool, table, splits, recipe, { signal: context.signal, onProgress }) }
}

/** One that was tried, and what it takes to go on with it. */
interface Tried {
  readonly candidate: Candidate
  readonly recipe: Recipe
  readonly folds: Folds
}

async function tryAll(choosing: Choosing, splits: readonly FoldRows[], context: JobContext): Promise<Chosen> {
  const { task, seed, budgetSeconds, clock, plans: all = CANDIDATES } = choosing
  const recipes = candidateRecipes(task, seed, all)
  const first = recipes[0]!
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
    if (next === undefined) {
      context.progress(FROM, `The budget of ${budgetSeconds} s is used: tried ${index} of ${recipes.length}`)
      break
    }
    if (best === undefined || next.candidate.mean < best.candidate.mean) best = next
    tried.push(next.candidate)
    await context.report({ candidates: shown(tried, best.candidate) })
    context.progress(FROM + (SHARE * (index + 1)) / recipes.length, sentence(next.candidate, index + 1, recipes.length))
  }
  const { recipe, folds, candidate } = best!
  return { recipe, folds, candidates: shown(tried, candidate) }
}

async function tryOne(
  { pool, clock, table, task }: Choosing,
  splits: readonly FoldRows[],
  recipe: Recipe,
  { index, count, leftMs }: { readonly index: number; readonly count: number; readonly leftMs: number | undefined },
  context: JobContext,
): Promise<Tried | undefined> {
  const started = clock()
  const over = new AbortController()
  const timer = leftMs === undefined ? undefined : setTimeout(() => over.abort(), leftMs)
  const onProgress = (share: number): void =>
    context.progress(FROM + (SHARE * (index + share)) / count, `Trying ${index + 1} of ${count}: ${named(recipe)}`, 'comparing')
  onProgress(0)
  try {
    const folds = await crossValidate(pool, table, splits, recipe, {
      signal: AbortSignal.any([context.signal, over.signal]),
      onProgress,
    })
    return { candidate: judged(recipe, task, folds, clock() - started), recipe, folds }
  } catch (error) {
    if (over.signal.aborted && !context.signal.aborted) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function judged(
  recipe: Recipe,
  task: ModelDefinition['task'],
  { crossValidation: { mean: means, std }, losses }: CrossValidation,
  durationMs: number,
): Candidate {
  const metric = mainMetric(task)
  const mean = means[metric]!
  const half = halfWidth(losses, metric)
  const measured = { metric, mean, std: std[metric]!, low: Math.max(0, mean - half), high: mean + half }
  return { algorithm: recipe.algorithm, parameters: shownParameters(recipe), ...measured, durationMs, chosen: false }
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

function shown(tried: readonly Candidate[], best: Candidate): Candidate[] {
  return tried.map((candidate) => ({ ...candidate, chosen: candidate === best }))
}

const named = ({ algorithm }: Pick<Recipe, 'algorithm'>): string => algorithm.replaceAll('-', ' ')

function sentence({ algorithm, metric, mean, low, high }: Candidate, place: number, count: number): string {
  const name = metric === 'logLoss' ? 'log loss' : 'RMSE'
  return `Tried ${place} of ${count}: ${named({ algorithm })}, ${name} ${digits(mean)} (${digits(low)} to ${digits(high)})`
}

const digits = (value: number): string => value.toPrecision(4)
