// Search for good hyper-parameters: seeded random draws, or successive halving, which gives many draws a little of the resource and
// the best of them ever more (Jamieson & Talwalkar 2016; scikit-learn HalvingRandomSearchCV).
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'
import { drawParameters, type ParameterSpace, type Parameters } from './parameter-space.ts'

export interface Trial {
  readonly parameters: Parameters
  /** Rows, trees or rounds that the judge was given. */
  readonly resource: number
  /** Higher is better; null when the judge failed. */
  readonly score: number | null
  /** Why it failed. */
  readonly error?: string
  /** Round of halving, from 0. */
  readonly round: number
}

export interface SearchResult {
  /** The best trial of the last round that has a score. */
  readonly best: Trial
  /** All trials in the order they ran. */
  readonly trials: readonly Trial[]
  /** Why the search ended. */
  readonly stopped: 'done' | 'budget' | 'canceled'
}

export interface SearchOptions {
  readonly space: ParameterSpace
  readonly rng: Pick<Rng, 'next'>
  /** Judges parameters with a resource, such as the mean score over folds. A `TandemError` it throws fails the trial, not the search. */
  readonly judge: (parameters: Parameters, resource: number) => number | Promise<number>
  /** Draws to begin with. */
  readonly candidates?: number
  /** Resource of the last round; for a random search of every trial. Default 1. */
  readonly maxResource?: number
  /** Sum of the resources of all trials that may be used. Default: no limit. */
  readonly budget?: number
  /** Milliseconds of a clock, with `budgetMs`. */
  readonly clock?: () => number
  readonly budgetMs?: number
  readonly isCanceled?: () => boolean
  readonly onTrial?: (trial: Trial) => void
}

export interface HalvingOptions extends SearchOptions {
  /** Resource of the first round. */
  readonly minResource: number
  /** One in `factor` stays for the next round, with `factor` times the resource. Default 3. */
  readonly factor?: number
}

/**
 * Judges random draws with the whole resource.
 *
 * @returns  the best of what the budget allowed.
 * @throws   `invalid_input` for counts below 1 or a space without values; `conflict` when no trial succeeded.
 * @example
 * await searchRandom({ space: { maxDepth: { low: 2, high: 12, integer: true } }, rng: createRng(7), judge: (p) => score(p), candidates: 20 })
 */
export function searchRandom(options: SearchOptions): Promise<SearchResult> {
  const { maxResource = 1 } = options
  return search(options, [maxResource], 1)
}

/**
 * Judges many draws with little, and the best with ever more.
 *
 * Of `candidates` draws, rounds run with minResource, minResource factor, ... up to maxResource.
 *
 * @throws   as `searchRandom`; `invalid_input` for a factor of 1 or less or a first resource above the last.
 */
export async function searchHalving(options: HalvingOptions): Promise<SearchResult> {
  const { minResource, maxResource = minResource, factor = 3 } = options
  if (!(factor > 1) || !(minResource > 0) || !(minResource <= maxResource)) {
    throw new TandemError(
      'invalid_input',
      `factor is ${factor} and the resource goes from ${minResource} to ${maxResource}. Pass a factor above 1 and ends in order above 0.`,
    )
  }
  const resources = [minResource]
  while (resources.at(-1)! * factor <= maxResource) resources.push(resources.at(-1)! * factor)
  return search(options, resources, factor)
}

async function search(options: SearchOptions, resources: readonly number[], factor: number): Promise<SearchResult> {
  const { space, rng, candidates = 10, onTrial } = options
  if (!Number.isInteger(candidates) || candidates < 1) {
    throw new TandemError('invalid_input', `candidates is ${candidates}. At least one draw is judged. Pass a whole number from 1.`)
  }
  let field = Array.from({ length: candidates }, () => drawParameters(space, rng))
  const mayGoOn = limitOf(options)
  const trials: Trial[] = []
  let stopped: SearchResult['stopped'] = 'done'
  for (const [round, resource] of resources.entries()) {
    const own: Trial[] = []
    for (const parameters of field) {
      const verdict = mayGoOn(resource)
      if (verdict !== 'go') {
        stopped = verdict
        break
      }
      const trial = { ...(await judged(options, parameters, resource)), round }
      own.push(trial)
      trials.push(trial)
      onTrial?.(trial)
    }
    if (stopped !== 'done') break
    const ranked = ranking(own)
    field = ranked.slice(0, Math.ceil(field.length / factor)).map(({ parameters }) => parameters)
    if (field.length === 0) break
  }
  const best = bestOf(trials)
  if (best === undefined) {
    const reason = trials.find(({ error }) => error !== undefined)?.error ?? 'the budget did not allow one'
    throw new TandemError('conflict', `None of ${trials.length} trials has a score: ${reason}`, { details: { trials: trials.length } })
  }
  return { best, trials, stopped }
}

function limitOf({
  budget = Number.POSITIVE_INFINITY,
  clock,
  budgetMs,
  isCanceled,
}: SearchOptions): (resource: number) => 'go' | 'budget' | 'canceled' {
  const end = clock === undefined || budgetMs === undefined ? undefined : clock() + budgetMs
  let used = 0
  return (resource) => {
    if (isCanceled?.()) return 'canceled'
    if (used + resource > budget || (end !== undefined && clock!() >= end)) return 'budget'
    used += resource
    return 'go'
  }
}

async function judged({ judge }: SearchOptions, parameters: Parameters, resource: number): Promise<Omit<Trial, 'round'>> {
  try {
    const score = await judge(parameters, resource)
    return Number.isNaN(score) ? { parameters, resource, score: null, error: 'the score is NaN' } : { parameters, resource, score }
  } catch (error) {
    if (TandemError.is(error) && error.code !== 'canceled') return { parameters, resource, score: null, error: error.message }
    throw error
  }
}

/** Trials with a score, the best first; of equals the one that ran first. */
function ranking(trials: readonly Trial[]): Trial[] {
  return trials.filter(({ score }) => score !== null).sort((a, b) => b.score! - a.score!)
}

/** Scores of different resources do not compare: the best of the last round that has one. */
function bestOf(trials: readonly Trial[]): Trial | undefined {
  const scored = trials.filter(({ score }) => score !== null)
  const last = scored.reduce((round, trial) => Math.max(round, trial.round), 0)
  return ranking(scored.filter(({ round }) => round === last))[0]
}
