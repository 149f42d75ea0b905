// The job "train": rows to matrix, hold out, cross-validate, fit, judge, gate, publish. Only orchestration stands here;
// all that computes runs in threads. Killed at any time it starts anew from the stored rows; its one effect, the version,
// is written in the same transaction that ends the job.
import { TandemError } from '../../errors.ts'
import type { JobContext } from '../../platform/jobs/jobs.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import {
  type CheckedDefinition,
  checkDefinition,
  type FittedModel,
  featureSchemaOf,
  type ModelHeader,
  type ModelLog,
  type Models,
  trainingRuntime,
  type Version,
  type VersionDetails,
  type VersionReports,
} from '../models/index.ts'
import { championLoss } from './champion-loss.ts'
import type { Folds } from './cross-validate.ts'
import { fitAll } from './fit-all.ts'
import { judgeGate } from './gate.ts'
import { mainMetric } from './main-metric.ts'
import type { TrainingSize } from './memory.ts'
import { modelDeleted, prepareTable } from './prepare-table.ts'
import type { Prepared } from './prepared-table.ts'
import type { ProfileInput } from './profile-rows.ts'
import type { PythonTraining } from './python/fit-in-python.ts'
import { type Learned, type LearnInNode, learnByRuntime } from './python/learn-by-runtime.ts'
import { DEFAULT_SEED, shownParameters } from './recipe.ts'
import { recipesFor } from './recipes-for.ts'
import { searchSettings } from './search-settings.ts'
import type { TrainingStore } from './store.ts'
import type { JudgeInput, Judgement, Recipe } from './tasks.ts'
import type { TrainPayload, TrainResultSummary } from './train-payload.ts'
import { type Choosing, chooseRecipe, DEFAULT_BUDGET_SECONDS } from './try-all.ts'
import { versionCard } from './version-card.ts'

export interface TrainJobParts {
  readonly models: Models
  readonly store: TrainingStore
  readonly artifacts: Artifacts
  readonly pool: ThreadPool
  readonly python: PythonTraining | undefined
  readonly log: ModelLog
  readonly clock: () => number
  readonly maxRows: number
  readonly libraryVersion: string
  /** Refuses what would not fit in memory. */
  readonly checkMemory: (size: TrainingSize, recipes: readonly Recipe[]) => void
}

export const INTERVAL_COVERAGE = 0.9

export async function runTrainJob(parts: TrainJobParts, payload: TrainPayload, job: JobContext): Promise<Version> {
  const { context, log } = logged(job, parts.clock)
  const started = parts.clock()
  const { model, action } = payload
  const definition =
    payload.definition === null
      ? (await parts.models.find(model)).definition
      : checkDefinition(model, payload.definition, { isStored: true })
  const algorithm = payload.algorithm ?? definition.definition.algorithm
  const seed = payload.seed ?? definition.definition.seed ?? DEFAULT_SEED
  const { task, parameters } = definition.definition
  const asked = { task, algorithm, parameters: payload.parameters ?? parameters }
  const { tune } = payload
  const recipes = recipesFor({ ...asked, tune }, seed)
  const prepared = await prepareTable(parts, payload, definition, { recipes, now: started }, context)
  const choosing = { ...parts, ...prepared, ...asked, seed, budgetSeconds: payload.budgetSeconds ?? DEFAULT_BUDGET_SECONDS }
  const inNode: LearnInNode = (byPython) => learnInNode({ ...choosing, byPython }, tune, prepared, context)
  const who = trainingRuntime({ algorithm, runtime: payload.runtime ?? definition.definition.runtime })
  const learning = { ...parts, ...prepared, recipe: recipes[0]!, algorithm, seed, name: model }
  const learned: Learned =
    who === 'node' ? await inNode() : await learnByRuntime(parts.python, { ...learning, asked: who }, context, inNode)
  const { recipe, folds, fitted, candidates, runtime } = learned
  const { table, train, rows } = prepared
  const profiling: ProfileInput = { table, train, features: definition.features, categories: rows.categories }
  const [judgement, profile, sample] = await Promise.all([
    judge(parts.pool, prepared, { fitted, folds, seed, definition }, context),
    parts.pool.run<VersionReports['profile']>('training.profile', profiling, { signal: context.signal }),
    parts.pool.run<Uint8Array>('training.sample', { table, train }, { signal: context.signal }),
  ])
  const header = headerOf({ parts, payload, definition, prepared, recipe, seed, judgement })
  const file = await parts.pool.run<Uint8Array>('training.file', { fitted, header }, { signal: context.signal })
  const details = detailsOf({ definition, prepared, recipe, seed, judgement, folds, fitted, header, started, parts })
  const { description } = definition.definition
  const durationMs = parts.clock() - started
  const { skippedRows } = prepared
  const card = versionCard({ model, algorithm: recipe.algorithm, description, details, durationMs, skippedRows, judgement, profile })
  const tried = candidates === undefined ? {} : { candidates: [...candidates] }
  const noticed = payload.warnings?.length ? { warnings: payload.warnings } : {}
  const ran = runtime === undefined ? {} : { runtime }
  const { weight } = definition.definition
  const weighed = weight === undefined ? {} : { weight }
  for (;;) {
    const champion = (await parts.models.find(model)).activeVersion
    const gate = await contest(parts, payload, definition, prepared, judgement, champion, context)
    context.progress(0.98, gate.activated ? 'Putting the new version in service' : 'Storing the new version', 'storing')
    const input = {
      model,
      file,
      algorithm: recipe.algorithm,
      actor: payload.actor,
      action,
      judgedAgainst: champion,
      details: { ...details, gate, durationMs: parts.clock() - started, ...tried, ...ran },
      reports: { evaluation: { ...judgement.evaluation, ...weighed, log }, profile, card, sample, heldOut: judgement.heldOutFile },
    }
    try {
      return await parts.models.publish(input, async (work) => {
        let result: Awaited<ReturnType<typeof work>> | undefined
        await context.finish(async (tx): Promise<TrainResultSummary> => {
          // A model of the same name that was made anew meanwhile has nothing to do with these rows.
          if (payload.dataset !== null && (await parts.store.findDataset(payload.dataset, tx)) === undefined) throw modelDeleted(model)
          result = await work(tx)
          const { version } = result as { version: string }
          const { count, skippedRows } = prepared
          return { model, version, activated: gate.activated, reason: gate.reason, rows: count, skippedRows, ...tried, ...noticed }
        })
        return result!
      })
    } catch (error) {
      // Another version came into service since the contest: hold it again.
      if (!(TandemError.is(error) && error.code === 'conflict' && 'judgedAgainst' in error.details) || context.signal.aborted) throw error
    }
  }
}

async function learnInNode(
  choosing: Choosing,
  tune: number | null | undefined,
  prepared: Prepared,
  context: JobContext,
): ReturnType<LearnInNode> {
  const chosen = await (tune ? searchSettings({ ...choosing, tune }, context) : chooseRecipe(choosing, context))
  if (chosen.by !== undefined) return { ...chosen, fitted: chosen.by.fitted }
  const { algorithm, options } = chosen.recipe
  const what = options.nEstimators === undefined ? algorithm.replaceAll('-', ' ') : `${options.nEstimators} trees`
  const message = `Fitting ${what} on ${prepared.train.length} rows`
  return { ...chosen, fitted: await fitAll(choosing.pool, prepared, chosen.recipe, context, message) }
}

/** Messages of a training that are kept with its version. */
const MAX_LOG_ENTRIES = 200

/** Notes each new message with its time. */
function logged(job: JobContext, clock: () => number): { readonly context: JobContext; readonly log: VersionReports['evaluation']['log'] } {
  const log: { at: string; progress: number; message: string }[] = []
  const progress: JobContext['progress'] = (fraction, message, stage) => {
    if (message !== undefined && message !== log.at(-1)?.message && log.length < MAX_LOG_ENTRIES) {
      log.push({ at: new Date(clock()).toISOString(), progress: fraction, message })
    }
    job.progress(fraction, message, stage)
  }
  return { context: { ...job, progress }, log }
}

async function judge(
  pool: ThreadPool,
  { table, heldOut, hashes, rows }: Prepared,
  { fitted, folds, seed, definition }: { fitted: FittedModel; folds: Folds; seed: number; definition: CheckedDefinition },
  context: JobContext,
): Promise<Judgement> {
  const { outOfFold } = folds
  const { features } = definition
  const { target } = definition.definition
  const fixed = { hashes, target, features, categories: rows.categories, labels: rows.classes, intervalCoverage: INTERVAL_COVERAGE }
  const input: JudgeInput = { table, fitted, heldOut, seed, outOfFold, ...fixed }
  const message = `Judging on ${heldOut.length} held-out rows`
  context.progress(0.86, message, 'judging')
  return pool.run<Judgement>('training.judge', input, {
    signal: context.signal,
    onProgress: (fraction) => context.progress(0.86 + 0.1 * fraction, message),
  })
}

async function contest(
  parts: TrainJobParts,
  { model, activate }: TrainPayload,
  { definition }: CheckedDefinition,
  prepared: Prepared,
  { metrics }: Judgement,
  version: string | null,
  context: JobContext,
): Promise<VersionDetails['gate']> {
  const { task } = definition
  const own = { task, heldOutRows: prepared.heldOut.length, candidateLoss: metrics[mainMetric(task)]! }
  if (version === null) return judgeGate(activate, own)
  context.progress(0.97, `Comparing with version ${version} on the same rows`)
  return judgeGate(activate, {
    ...own,
    champion: { version, loss: await championLoss(parts, { model, version }, definition, prepared, context.signal) },
  })
}

interface Made {
  readonly parts: TrainJobParts
  readonly definition: CheckedDefinition
  readonly prepared: Prepared
  readonly recipe: Recipe
  readonly seed: number
  readonly judgement: Judgement
}

function headerOf({
  parts,
  payload,
  definition: { definition, features },
  prepared: { rows },
  recipe,
  seed,
  judgement,
}: Made & { readonly payload: TrainPayload }): ModelHeader {
  const { calibration, conformal, canary } = judgement
  return {
    kind: 'tandem-model',
    model: payload.model,
    task: definition.task,
    target: definition.target,
    classes: rows.classes,
    features,
    categories: rows.categories,
    algorithm: recipe.algorithm,
    parameters: shownParameters(recipe),
    seed,
    libraryVersion: parts.libraryVersion,
    dataFingerprint: rows.fingerprint,
    calibration,
    intervalHalfWidth: null,
    intervalCoverage: INTERVAL_COVERAGE,
    conformal,
    canary,
  }
}

function detailsOf({
  definition: { definition, features },
  prepared: { rows, heldOut, count, split },
  judgement,
  folds,
  fitted,
  header,
  started,
}: Made & { readonly folds: Folds; readonly fitted: FittedModel; readonly header: ModelHeader; readonly started: number }): Omit<
  VersionDetails,
  'parent' | 'gate' | 'durationMs'
> {
  const byFeature = <Value>(value: (index: number) => Value): Record<string, Value> =>
    Object.fromEntries(features.map(({ name }, index) => [name, value(index)]))
  const { mean, std } = judgement.permutation
  return {
    parameters: { ...header.parameters },
    seed: header.seed,
    rows: count,
    holdoutRows: heldOut.length,
    ...(definition.weight === undefined ? {} : { weight: definition.weight }),
    ...(split === undefined ? {} : { split }),
    metrics: { ...judgement.metrics, ...outOfBagMetric(fitted) },
    crossValidation: folds.crossValidation,
    importances: byFeature((index) => fitted.importances[index]!),
    permutationImportances: byFeature((index) => ({ mean: mean[index]!, std: std[index]! })),
    ...(definition.task === 'classification' ? { classes: [...rows.classes] } : {}),
    features: featureSchemaOf(features) as VersionDetails['features'],
    dataFingerprint: rows.fingerprint,
    libraryVersion: header.libraryVersion,
    dataUntil: started,
    target: definition.target,
    task: definition.task,
  }
}

/** What a forest says to the rows that its trees did not draw; absent when every tree drew every row. */
function outOfBagMetric(fitted: FittedModel): { readonly oobScore?: number } {
  const score = 'oobScore' in fitted ? fitted.oobScore : 'ensemble' in fitted ? fitted.ensemble.oobScore : undefined
  return score === undefined || Number.isNaN(score) ? {} : { oobScore: score }
}
