// A training that searches the settings of its algorithm: the settings as asked for first, then seeded draws by successive halving on
// the same folds, with a growing share of each fold's training rows, as long as the budget lasts. The best on whole folds is kept.
import { createRng, hashSeed } from '../../algorithms/math/rng.ts'
import type { Parameters } from '../../algorithms/search/parameter-space.ts'
import { searchHalving } from '../../algorithms/search/search-parameters.ts'
import { TandemError } from '../../errors.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import { crossValidate, splitFolds } from './cross-validate.ts'
import { mainMetric } from './main-metric.ts'
import { recipeOf } from './recipe.ts'
import { spaceOf } from './search-space.ts'
import type { FoldRows, Table } from './tasks.ts'
import { mix } from './text-hash.ts'
import { type Choosing, type Chosen, chooseRecipe, digits, judged, named, shown, type Tried } from './try-all.ts'

export interface Searching extends Choosing {
  /** Settings that are drawn. */
  readonly tune: number
}

const FACTOR = 3
/** Training rows of a fold below which a share of them says little. */
const FEWEST_ROWS = 200
/** Progress of a training before, after the settings that were asked for, and after the search. */
const [FROM, BETWEEN, TO] = [0.1, 0.2, 0.65]
const SEARCH = 0x74756e65

export async function searchSettings(searching: Searching, context: JobContext): Promise<Chosen> {
  const { pool, clock, table, task, algorithm, seed, budgetSeconds, tune, parameters: fixed = {} } = searching
  const until = clock() + budgetSeconds * 1000
  const splits = await splitFolds(pool, searching, seed, context.signal)
  const first = await chooseRecipe(
    algorithm === 'auto'
      ? { ...searching, byPython: undefined, budgetSeconds: budgetSeconds / 2 }
      : { ...searching, byPython: undefined, algorithm: 'auto', plans: [{ algorithm, parameters: fixed }] },
    within(context),
  )
  const own = first.recipe.algorithm
  const space = spaceOf(own, fixed)
  if (splits.length === 0 || Object.keys(space).length === 0) {
    context.progress(TO, `There is nothing to search of ${named({ algorithm: own })}`)
    return first
  }
  const rows = Math.min(...splits.map(({ train }) => train.length))
  const levels = rows >= FEWEST_ROWS * FACTOR ** 2 ? FACTOR ** 2 : rows >= FEWEST_ROWS * FACTOR ? FACTOR : 1
  const trials = countTrials(tune, levels)
  const metric = mainMetric(task)
  const full: Tried[] = []
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), Math.max(0, until - clock()))
  const signal = AbortSignal.any([context.signal, over.signal])
  let done = 0
  const judge = async (drawn: Parameters, level: number): Promise<number> => {
    const started = clock()
    const recipe = recipeOf({ task, parameters: { ...readable(drawn), ...fixed } }, own, seed)
    const parts = level === levels ? splits : splits.map((split) => ({ ...split, train: shareOf(table, split, level / levels, seed) }))
    const what = `Searching ${named({ algorithm: own })}: ${done + 1} of ${trials}`
    const onProgress = (share: number): void => context.progress(BETWEEN + ((TO - BETWEEN) * (done + share)) / trials, what, 'comparing')
    onProgress(0)
    const folds = await crossValidate(pool, table, parts, recipe, { signal, onProgress })
    done++
    if (level === levels) {
      full.push({ recipe, folds, candidate: judged({ recipe, runtime: 'node' }, task, folds, clock() - started) })
      await context.report({ candidates: candidatesOf(first, full) })
    }
    return -folds.crossValidation.mean[metric]!
  }
  try {
    await searchHalving({
      ...{ space, judge, candidates: tune, minResource: 1, maxResource: levels, factor: FACTOR },
      ...{ rng: createRng(hashSeed(seed, SEARCH)), clock, budgetMs: Math.max(0, until - clock()), isCanceled: () => signal.aborted },
    })
  } catch (error) {
    context.signal.throwIfAborted()
    // The time is over, or no draw could be fitted: what was asked for is there in any case.
    if (!over.signal.aborted && !(TandemError.is(error) && error.code === 'conflict')) throw error
  } finally {
    clearTimeout(timer)
  }
  const best = full.reduce<Tried | undefined>(
    (one, other) => (one === undefined || other.candidate.mean < one.candidate.mean ? other : one),
    undefined,
  )
  const asked = first.candidates?.find(({ chosen }) => chosen)
  const ended = done < trials ? `; the budget of ${budgetSeconds} s is used` : ''
  if (best === undefined || (asked !== undefined && asked.mean <= best.candidate.mean)) {
    context.progress(TO, `Searched ${done} of ${trials} settings, none was better${ended}`)
    return { ...first, candidates: candidatesOf(first, full) }
  }
  context.progress(
    TO,
    `Searched ${done} of ${trials} settings; ${asked === undefined ? '' : `${digits(asked.mean)} became `}${digits(best.candidate.mean)}${ended}`,
  )
  return { recipe: best.recipe, folds: best.folds, candidates: candidatesOf(first, full) }
}

/** Those tried first, then those that saw whole folds. */
function candidatesOf(first: Chosen, full: readonly Tried[]) {
  const all = [...(first.candidates ?? []), ...full.map(({ candidate }) => candidate)]
  const best = all.reduce((one, other) => (other.mean < one.mean ? other : one))
  return shown(all, best)
}

/** Four digits: people read them, and more make no difference. */
function readable(drawn: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(drawn).map(([name, value]) => [name, typeof value === 'number' ? Number(value.toPrecision(4)) : value]),
  )
}

function countTrials(draws: number, levels: number): number {
  let [trials, field] = [0, draws]
  for (let level = 1; level <= levels; level *= FACTOR) {
    trials += field
    field = Math.ceil(field / FACTOR)
  }
  return trials
}

/** A share of a fold's training rows, class by class; a larger share holds a smaller one. */
function shareOf({ y, classes }: Table, { train }: FoldRows, share: number, seed: number): Int32Array {
  const groups = new Map<number, number[]>()
  for (const row of train) {
    const group = classes > 0 ? y[row]! : 0
    const own = groups.get(group)
    if (own === undefined) groups.set(group, [row])
    else own.push(row)
  }
  const order = (row: number): number => mix(row ^ seed)
  const chosen = [...groups.values()].flatMap((rows) =>
    rows.sort((a, b) => order(a) - order(b) || a - b).slice(0, Math.max(1, Math.ceil(rows.length * share))),
  )
  return Int32Array.from(chosen).sort()
}

/** A context whose progress ends where the search begins. */
function within(context: JobContext): JobContext {
  const progress: JobContext['progress'] = (fraction, message, stage) =>
    context.progress(FROM + ((BETWEEN - FROM) * (fraction - FROM)) / (TO - FROM), message, stage)
  return { ...context, progress }
}
