// Who fits: Node, a Python worker with Node behind it, the faster of both, or the better of both. A worker that dies or is busy is tried
// once more; when Python cannot, Node learns the same recipe from the same rows, and the version, the job's log and the metrics say so.
// What only Python can learn fails with the way to mend it.
import { setTimeout } from 'node:timers/promises'
import { TandemError } from '../../../errors.ts'
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import { messageOf, workerFailure } from '../../../platform/python/failure.ts'
import { fallbackReasonOf } from '../../../platform/python/python-runtime.ts'
import type { FallbackReason } from '../../../platform/python/schema.ts'
import { type Candidate, type FittedModel, isPythonOnly, type ModelDefinition, type ModelLog, type Version } from '../../models/index.ts'
import { type Folds, splitFolds } from '../cross-validate.ts'
import type { FoldRows, Recipe } from '../tasks.ts'
import type { FitByPython } from '../try-all.ts'
import { fitInPython, type PythonFit, type PythonFitWanted, type PythonTraining } from './fit-in-python.ts'
import { missingPython } from './missing-python.ts'
import { type Pace, timeBoth } from './time-both.ts'

type RanBy = NonNullable<Version['runtime']>

export interface Learned {
  readonly recipe: Recipe
  readonly folds: Folds
  readonly fitted: FittedModel
  /** Absent when one recipe of one runtime was asked for. */
  readonly candidates?: readonly Candidate[]
  /** Absent when nobody asked for another runtime than Node. */
  readonly runtime?: RanBy
}

export interface LearningByRuntime extends Omit<PythonFitWanted, 'splits'> {
  /** The model's name. */
  readonly name: string
  readonly asked: Exclude<RanBy['asked'], 'node'>
  readonly algorithm: ModelDefinition['algorithm']
  readonly seed: number
  readonly log: ModelLog
  readonly clock: () => number
}

/** Learns in this process; with `byPython`, what that fits stands beside Node's candidates on the same folds. */
export type LearnInNode = (byPython?: FitByPython) => Promise<Omit<Learned, 'runtime'> & { readonly by?: PythonFit }>

const TRIED_AGAIN: ReadonlySet<FallbackReason> = new Set(['exited', 'unreachable', 'bad_answer', 'overloaded'])
/** What `tandem python setup` mends. */
const NOT_SET_UP: ReadonlySet<FallbackReason> = new Set(['disabled', 'not_started', 'model_missing'])

/** After it the end of a worker, or of a training that was cancelled there, has been noticed. */
const NOTICED_MS = 500

/**
 * @param python  undefined where the program has no workers.
 * @throws `dependency_missing` or `unavailable` where an algorithm that only Python has cannot be learned
 */
export async function learnByRuntime(
  python: PythonTraining | undefined,
  learning: LearningByRuntime,
  context: JobContext,
  inNode: LearnInNode,
): Promise<Learned> {
  const { asked, name, log } = learning
  const gaveUp = (failed: unknown, reason: FallbackReason): NonNullable<RanBy['fallback']> => {
    const message = messageOf(failed)
    python?.runtime.noteFallback(name, reason)
    log.warn({ model: name, reason, error: message }, 'Python could not train the model; Node does')
    context.progress(0.1, `Python could not train it: ${message} Node trains instead`, 'fitting')
    return { reason, message }
  }
  if (asked === 'best' && !isPythonOnly(learning.algorithm)) return learnTheBetter(python, learning, context, inNode, gaveUp)
  try {
    const pace = asked === 'fastest' ? await paceOf(python, learning, context) : undefined
    if (pace?.faster === 'node') return { ...(await inNode()), runtime: ranInNode(asked, null, pace.sentence) }
    const splits = await splitFolds(learning.pool, learning, learning.seed, context.signal)
    const { libraries, folds, fitted } = await askPython(python, learning, splits, learning.recipe, context)
    context.progress(0.85, `Fitted by ${namesOf(libraries)}`, 'fitting')
    const decided = pace === undefined ? {} : { decided: pace.sentence }
    return {
      ...{ recipe: learning.recipe, folds, fitted },
      runtime: { name: 'python', asked, fallback: null, ...decided, libraries: { ...libraries } },
    }
  } catch (error) {
    const reason = reasonToGoOn(error, context)
    if (isPythonOnly(learning.algorithm)) throw cannotLearn(learning.algorithm, reason, error)
    return { ...(await inNode()), runtime: ranInNode(asked, gaveUp(error, reason)) }
  }
}

async function paceOf(python: PythonTraining | undefined, learning: LearningByRuntime, context: JobContext): Promise<Pace> {
  const askOnSample = (rows: Int32Array): Promise<PythonFit> =>
    askPython(python, { ...learning, train: rows }, [], learning.recipe, context)
  const pace = await timeBoth(learning, askOnSample, context)
  context.progress(0.1, pace.sentence, 'comparing')
  return pace
}

/** Both fit the same folds; the one with the lower loss is kept. */
async function learnTheBetter(
  python: PythonTraining | undefined,
  learning: LearningByRuntime,
  context: JobContext,
  inNode: LearnInNode,
  gaveUp: (failed: unknown, reason: FallbackReason) => NonNullable<RanBy['fallback']>,
): Promise<Learned> {
  const { asked } = learning
  let fallback: RanBy['fallback'] = null
  const { by, ...learned } = await inNode(async (recipe, splits, watched) => {
    // One that could not be asked once is not asked for each of its candidates.
    if (fallback !== null) return undefined
    try {
      return await askPython(python, learning, splits, recipe, watched)
    } catch (error) {
      if (!watched.signal.aborted) fallback = gaveUp(error, reasonToGoOn(error, watched))
      watched.signal.throwIfAborted()
      return undefined
    }
  })
  const decided = decisionOf(learned.candidates ?? [])
  if (by === undefined) return { ...learned, runtime: ranInNode(asked, fallback, decided) }
  context.progress(0.85, `Fitted by ${namesOf(by.libraries)}`, 'fitting')
  return { ...learned, runtime: { name: 'python', asked, fallback, decided, libraries: { ...by.libraries } } }
}

/** A training on a worker; one more try for what passes by itself. */
async function askPython(
  python: PythonTraining | undefined,
  wanted: Omit<PythonFitWanted, 'splits'>,
  splits: readonly FoldRows[],
  recipe: Recipe,
  context: JobContext,
): Promise<PythonFit> {
  if (python === undefined) throw workerFailure('disabled', 'This program has no Python workers.')
  const { pool, table, train } = wanted
  const ask = (): Promise<PythonFit> => fitInPython(python, { pool, table, train, splits, recipe }, context)
  context.progress(0.1, 'Asking a Python worker to train', 'fitting')
  try {
    return await ask()
  } catch (error) {
    const reason = reasonToGoOn(error, context)
    if (!TRIED_AGAIN.has(reason)) throw error
    context.progress(0.1, `${messageOf(error)} Trying once more`, 'fitting')
    await setTimeout(NOTICED_MS, undefined, { signal: context.signal })
    return ask()
  }
}

/** Why a worker could not. Throws what the job was cancelled with, and what no other runtime would do better. */
function reasonToGoOn(error: unknown, { signal }: JobContext): FallbackReason {
  signal.throwIfAborted()
  const reason = fallbackReasonOf(error)
  if (reason === undefined) throw error
  return reason
}

function cannotLearn(algorithm: ModelDefinition['algorithm'], reason: FallbackReason, cause: unknown): TandemError {
  const why = messageOf(cause)
  if (reason === 'unsuited') return new TandemError('invalid_input', why, { cause })
  const only = `Algorithm ${algorithm} is learned by a Python worker only, and none could: ${why}`
  if (!NOT_SET_UP.has(reason)) return new TandemError('unavailable', only, { details: { reason }, cause })
  return missingPython(algorithm, why, cause)
}

function ranInNode(asked: RanBy['asked'], fallback: RanBy['fallback'], decided?: string): RanBy {
  return { name: 'node', asked, fallback, ...(decided === undefined ? {} : { decided }), libraries: {} }
}

/** "log loss on the same folds: node 0.4123, python 0.4187"; the best of each. */
function decisionOf(candidates: readonly Candidate[]): string {
  const best = (runtime: 'node' | 'python'): Candidate | undefined =>
    candidates.filter((candidate) => (candidate.runtime ?? 'node') === runtime).sort((a, b) => a.mean - b.mean)[0]
  const [node, python] = [best('node'), best('python')]
  if (node === undefined || python === undefined) return 'Only one of them could be judged.'
  const metric = node.metric === 'logLoss' ? 'Log loss' : 'RMSE'
  return `${metric} on the same folds: Node ${node.mean.toPrecision(4)}, Python ${python.mean.toPrecision(4)}.`
}

function namesOf({ python = '', lightgbm, ...libraries }: Readonly<Record<string, string>>): string {
  return `Python ${python}, ${lightgbm === undefined ? `scikit-learn ${libraries['scikit-learn']}` : `LightGBM ${lightgbm}`}`
}
