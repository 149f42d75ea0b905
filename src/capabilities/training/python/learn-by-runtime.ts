// Who fits: Node, or a Python worker with Node behind it. A worker that dies or is busy is tried once more; when Python cannot, Node learns the same
// recipe from the same rows, and the version, the job's log and the metrics say so.
import { setTimeout } from 'node:timers/promises'
import type { JobContext } from '../../../platform/jobs/jobs.ts'
import { messageOf, workerFailure } from '../../../platform/python/failure.ts'
import { fallbackReasonOf } from '../../../platform/python/python-runtime.ts'
import type { FallbackReason } from '../../../platform/python/schema.ts'
import type { Candidate, FittedModel, ModelLog, Version } from '../../models/index.ts'
import { type Folds, splitFolds } from '../cross-validate.ts'
import type { Recipe } from '../tasks.ts'
import { fitInPython, type PythonFit, type PythonFitWanted, type PythonTraining } from './fit-in-python.ts'

export interface Learned {
  readonly recipe: Recipe
  readonly folds: Folds
  readonly fitted: FittedModel
  /** Absent when an algorithm was asked for. */
  readonly candidates?: readonly Candidate[]
  /** Absent when nobody asked for another runtime than Node. */
  readonly runtime?: NonNullable<Version['runtime']>
}

export interface LearningInPython extends Omit<PythonFitWanted, 'splits'> {
  /** The model's name. */
  readonly name: string
  readonly seed: number
  readonly log: ModelLog
}

const TRIED_AGAIN: ReadonlySet<FallbackReason> = new Set(['exited', 'unreachable', 'bad_answer', 'overloaded'])

/** After it the end of a worker, or of a training that was cancelled there, has been noticed. */
const NOTICED_MS = 500

/**
 * @param python  undefined where the program has no workers.
 * @param inNode  learns the same in this process.
 */
export async function learnInPython(
  python: PythonTraining | undefined,
  { name, seed, log, ...wanted }: LearningInPython,
  context: JobContext,
  inNode: () => Promise<Learned>,
): Promise<Learned> {
  const splits = await splitFolds(wanted.pool, wanted, seed, context.signal)
  const ask = async (): Promise<PythonFit> => {
    if (python === undefined) throw workerFailure('disabled', 'This program has no Python workers.')
    return fitInPython(python, { ...wanted, splits }, context)
  }
  context.progress(0.1, 'Asking a Python worker to train', 'fitting')
  let failed: unknown
  for (let attempt = 1; attempt <= 2; attempt++) {
    try {
      const { libraries, ...made } = await ask()
      const { python: version = '', 'scikit-learn': library = '' } = libraries
      context.progress(0.85, `Fitted by Python ${version}, scikit-learn ${library}`, 'fitting')
      return { ...made, recipe: wanted.recipe, runtime: { name: 'python', asked: 'python', fallback: null, libraries: { ...libraries } } }
    } catch (error) {
      context.signal.throwIfAborted()
      const reason = fallbackReasonOf(error)
      if (reason === undefined) throw error
      failed = error
      if (attempt === 2 || !TRIED_AGAIN.has(reason)) break
      context.progress(0.1, `${messageOf(error)} Trying once more`, 'fitting')
      await setTimeout(NOTICED_MS, undefined, { signal: context.signal })
    }
  }
  const reason = fallbackReasonOf(failed)!
  const message = messageOf(failed)
  python?.runtime.noteFallback(name, reason)
  log.warn({ model: name, reason, error: message }, 'Python could not train the model; Node does')
  context.progress(0.1, `Python could not train it: ${message} Node trains instead`, 'fitting')
  return { ...(await inNode()), runtime: { name: 'node', asked: 'python', fallback: { reason, message }, libraries: {} } }
}
