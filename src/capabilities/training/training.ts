// The capability "training": rows in, a durable job, a judged version out; and again when enough outcomes have come.
import { totalmem } from 'node:os'
import { type ErrorCode, TandemError } from '../../errors.ts'
import type { Events } from '../../platform/events/events.ts'
import { jobView } from '../../platform/jobs/job-view.ts'
import type { Job, Jobs } from '../../platform/jobs/jobs.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import type { Database, Queryable } from '../../platform/storage/database.ts'
import type { ThreadPool } from '../../platform/threads/pool.ts'
import type { StreamThread } from '../../platform/threads/stream-thread.ts'
import type { TrainingRows, TrainOptions, TrainResult } from '../../tandem.ts'
import { asideColumns, DEFAULT_EVERY_OUTCOMES, type ModelLog, type Models, type NewRowsEvaluation, type Serving } from '../models/index.ts'
import { refuseOtherAside, withoutAside } from './aside-choices.ts'
import { type Choices, checkChoices, choicesOf, definedAlready, given, numbersFor, otherTarget, refuseSearch } from './choices.ts'
import { type CompareVersions, createComparison } from './comparison/comparison.ts'
import type { Reading } from './dialect.ts'
import { type InspectionOptions, inspect as inspectSurvey } from './inspection.ts'
import { FEWEST_ROWS, limitsOf, packRows, takeRows } from './intake.ts'
import { createInterchange, type Interchange } from './interchange/interchange.ts'
import { refuseTooLarge, type TrainingSize } from './memory.ts'
import { createEvaluateOnRows, type EvaluateOptions } from './new-rows/evaluate-on-rows.ts'
import type { PythonTraining } from './python/fit-in-python.ts'
import { checkPython, warnOfMissingPython } from './python/missing-python.ts'
import { DEFAULT_SEED } from './recipe.ts'
import { recipesFor } from './recipes-for.ts'
import { type RowLimits, type RowSource, readRows } from './row-batches.ts'
import { streamOf } from './row-source.ts'
import type { InspectRows } from './row-tasks.ts'
import type { Inspection, TableWarning } from './schema.ts'
import type { TrainingStore } from './store.ts'
import { createTrainingStore } from './store-sql.ts'
import { createTableSurvey } from './table-survey.ts'
import { createTables, type Tables } from './tables.ts'
import type { Recipe } from './tasks.ts'
import type { TrainPayload, TrainResultSummary } from './train-payload.ts'
import { createWhatIf, type WhatIf } from './what-if/what-if.ts'

export const TRAIN_JOB = 'train'

export interface TrainingSettings {
  readonly maxRows: number
  readonly uploadLimitBytes: number
  readonly tablesLimitBytes: number
  /** Most memory one training may take. Default: half of the machine's. */
  readonly memoryLimitBytes?: number
}

export interface TrainingOptions {
  readonly models: Models
  readonly database: Database
  readonly artifacts: Artifacts
  readonly jobs: Jobs
  /** A pool that runs `TRAINING_PROGRAM`. */
  readonly pool: ThreadPool
  /** A thread that runs `ROWS_PROGRAM`. */
  readonly streams: StreamThread
  readonly events: Events
  readonly clock: () => number
  readonly log: ModelLog
  readonly settings: TrainingSettings
  /** Trains what asks for the runtime python. Absent: Node does, and says so. */
  readonly python?: PythonTraining
  /** Stands in every version. */
  readonly libraryVersion: string
}

/** Who asked, beside what is asked. */
export type StartOptions = TrainOptions & { readonly actor?: string }

export interface Training {
  /** Versions beside each other on the same held-out rows. */
  readonly compare: CompareVersions
  /** Models of other programs as versions, and versions for other programs. */
  readonly interchange: Interchange
  /** Judges a version on rows with the target, and keeps what it found. See `new-rows/`. */
  evaluate(model: string, version: string, rows: TrainingRows, options?: EvaluateOptions): Promise<NewRowsEvaluation>
  /** What a version would say of rows that were not sent. */
  readonly whatIf: WhatIf
  /** Takes the rows in and starts the job; the rows are durable when this returns. */
  start(model: string, rows: TrainingRows, options?: StartOptions): Promise<JobView>
  /** As `start`, and waits for the version. Rejects with the job's error. */
  train(model: string, rows: TrainingRows, options?: StartOptions): Promise<TrainResult>
  /** Trains again on the newest stored rows and every prediction whose outcome is known. One at a time for each model. */
  startAgain(model: string, options?: StartOptions): Promise<JobView>
  retrain(model: string, options?: StartOptions): Promise<TrainResult>
  /** The job when it has finished or the time is over, and its version when it succeeded. */
  waitFor(
    job: string,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<{ job: JobView; version?: TrainResult['version'] }>
  inspect(rows: TrainingRows, options?: { readonly target?: string }): Promise<Inspection>
  /** Takes up work on tables, and says which models cannot be trained here for want of Python. */
  begin(): void
  /** Tables that are uploaded once, to look at and to train on. */
  readonly tables: Tables
  /** To be called in the transaction that stores outcomes: starts a training when enough have come. Returns its job. */
  onOutcomes(model: string, tx: Queryable): Promise<string | undefined>
}

/** Datasets kept of a model; older ones are deleted after a training. */
const KEPT_DATASETS = 3

/** Kept with a training; wide tables have one a column. */
const MAX_WARNINGS = 50

export function createTraining(options: TrainingOptions): Training {
  const { models, jobs, database, artifacts, pool, python, streams, events, clock, log, settings, libraryVersion } = options
  const tables = createTables({ database, streams, clock, log, settings })
  const store = createTrainingStore(database)
  const memoryLimit = settings.memoryLimitBytes ?? totalmem() / 2
  const checkMemory = (size: TrainingSize, recipes: readonly Recipe[]): void => refuseTooLarge(size, recipes, pool.size, memoryLimit)
  const job = { models, store, artifacts, pool, python, log, clock, maxRows: settings.maxRows, libraryVersion, checkMemory }

  jobs.register<TrainPayload, void>(TRAIN_JOB, async (payload, context) => {
    // With what only a training needs: a hundred files, not loaded before the first one.
    const { runTrainJob } = await import('./train-job.ts')
    const version = await runTrainJob(job, payload, context)
    const { activated, reason } = version.gate
    log.info({ model: payload.model, version: version.version, activated, durationMs: version.durationMs }, `trained: ${reason}`)
    events.emit('model.trained', { model: payload.model, version: version.version, activated, reason })
    await pruneDatasets({ store, artifacts, jobs }, payload.model).catch((error: unknown) =>
      log.warn({ model: payload.model, error: String(error) }, 'old training rows could not be deleted'),
    )
  })

  // A training whose model is gone could end in nothing but an error, after all its work.
  models.onDelete(async (name) => {
    for (const status of ['queued', 'running'] as const) {
      const { items } = await jobs.list({ kind: TRAIN_JOB, subject: name, status, limit: 200 })
      // One that has ended meanwhile is refused, and needs nothing.
      for (const { id } of items) await jobs.cancel(id).catch(() => undefined)
    }
  })

  const intake = async (serving: Serving, rows: RowSource, asked: StartOptions) => {
    const { unknownColumns = 'reject', raggedRows = 'reject', signal } = asked
    const { definition, features } = serving.definition
    const recipes = recipesFor({ ...definition, ...given(asked) }, DEFAULT_SEED)
    return takeRows(
      rows,
      { store, artifacts, clock, streams, limits: settings },
      {
        model: serving.name,
        definition: serving.definition,
        unknownColumns,
        raggedRows,
        checkMemory: (taken) => checkMemory({ ...taken, features, weight: definition.weight, split: definition.split }, recipes),
        ...(signal ? { signal } : {}),
      },
    )
  }
  const inspect = async (rows: TrainingRows, asked: InspectionOptions): Promise<Inspection> => {
    if ('table' in rows) return (await tables.open(rows.table, readingOf(rows))).inspect(asked)
    if ('rows' in rows) return inspectRows(rows.rows, settings, asked)
    const { bytes, reading } = streamOf(rows)
    const argument: InspectRows = { reading, names: 'strict', limits: limitsOf(settings), ...asked }
    return streams.run<Inspection>('rows.inspect', argument, { input: bytes })
  }
  /** Rows that can be read twice: to look at them, and to take them in. */
  const held = async (source: TrainingRows, signal: AbortSignal | undefined): Promise<HeldRows & Partial<AsyncDisposable>> => {
    if ('table' in source) return tables.open(source.table, readingOf(source))
    if ('rows' in source) return { rows: () => source, inspect: async (asked) => inspectRows(source.rows, settings, asked) }
    const { bytes, reading } = streamOf(source)
    return tables.hold(bytes, reading, signal)
  }
  /** A model of the columns of a table. When the rows do not do, it is gone again. */
  const createFrom = async (name: string, source: TrainingRows, asked: StartOptions & { target: string }) => {
    const { target, algorithm, parameters, runtime, columns, weight, split, tune, signal } = asked
    if (tune !== undefined) refuseSearch({ algorithm: algorithm ?? 'auto', parameters, runtime })
    const table = await held(source, signal)
    try {
      const choices = withoutAside(numbersFor(algorithm, target, columns), { weight, split })
      const { rows, definition, warnings } = await table.inspect({ target, ...(choices ? { choices } : {}) })
      if (rows < FEWEST_ROWS) throw tooFewRows(rows)
      if ('csv' in source && source.decimal === undefined) refuseDecimalCommas(warnings, choices)
      const serving = await models.create(name, {
        ...definition,
        ...(algorithm && { algorithm }),
        ...(parameters && { parameters }),
        ...(runtime && { runtime }),
        ...(weight && { weight }),
        ...(split && { split }),
      } as never)
      try {
        checkPython(serving.definition.definition.algorithm, python)
        return { serving, warnings, dataset: await intake(serving, table.rows(), { ...asked, unknownColumns: 'ignore' }) }
      } catch (error) {
        await models.delete(name)
        throw error
      }
    } finally {
      await table[Symbol.asyncDispose]?.()
    }
  }

  const start: Training['start'] = async (name, rows, startOptions = {}) => {
    const { target, columns } = startOptions
    const choices = choicesOf(startOptions)
    const known = await models.current(name).catch((error: unknown) => {
      if (target !== undefined && TandemError.is(error) && error.code === 'model_not_found') return undefined
      throw error
    })
    if (known && target !== undefined && target !== known.definition.definition.target) throw otherTarget(known, target)
    if (known) checkChoices(known, choices)
    if (known) refuseOtherAside(known, startOptions)
    if (known) checkPython(choices.algorithm ?? known.definition.definition.algorithm, python)
    if (known && columns !== undefined && Object.keys(columns).length > 0) throw definedAlready(known)
    const { serving, dataset, warnings } = known
      ? { serving: known, warnings: [], dataset: await intake(known, await sourceOf(rows, tables, numbersOf(known)), startOptions) }
      : await createFrom(name, rows, { ...startOptions, target: target! })
    const payload: TrainPayload = {
      model: name,
      dataset: dataset.id,
      outcomes: false,
      definition: serving.definition.definition,
      action: 'train',
      ...choices,
      ...(warnings.length > 0 && { warnings: warnings.slice(0, MAX_WARNINGS) }),
    }
    return jobView(await jobs.enqueue(TRAIN_JOB, payload, { subject: name, createdBy: choices.actor }))
  }

  const startAgain: Training['startAgain'] = async (name, startOptions = {}) => {
    const choices = choicesOf(startOptions)
    const { definition } = await models.current(name).then((serving) => checkChoices(serving, choices))
    checkPython(choices.algorithm ?? definition.definition.algorithm, python)
    // Outcomes of predictions that do not know what their rows are weighed or parted by are not learned from.
    const learnsOutcomes = asideColumns(definition.definition, definition.features).every(({ isFeature }) => isFeature)
    const rows = ((await store.latestDataset(name))?.rows ?? 0) + (learnsOutcomes ? await store.countJudged(name) : 0)
    if (rows < FEWEST_ROWS) throw tooFewRows(rows)
    return jobView(
      await jobs.enqueue(TRAIN_JOB, retrainPayload(name, choices), {
        subject: name,
        uniqueKey: retrainKey(name),
        createdBy: choices.actor,
      }),
    )
  }

  const result = async (started: JobView, { onProgress, signal }: TrainOptions): Promise<TrainResult> => {
    for await (const state of jobs.watch(started.id, { signal })) onProgress?.(state.progress, state.message)
    const finished = await jobs.get(started.id)
    const version = await versionOf(models, finished)
    if (version === undefined) throw jobFailure(finished)
    return { job: jobView(finished), version }
  }

  const evaluateOnRows = createEvaluateOnRows({
    ...{ models, store, artifacts, pool, clock, memoryLimitBytes: memoryLimit },
    pack: (source, writer, signal) => packRows(source, { limits: settings, streams }, writer, signal),
  })

  return {
    start,
    startAgain,
    train: async (name, rows, startOptions = {}) => result(await start(name, rows, startOptions), startOptions),
    retrain: async (name, startOptions = {}) => result(await startAgain(name, startOptions), startOptions),
    async waitFor(id, waitOptions) {
      const state = await jobs.wait(id, waitOptions)
      if (state.status === 'failed' || state.status === 'canceled') throw jobFailure(state)
      const version = await versionOf(models, state)
      return { job: jobView(state), ...(version === undefined ? {} : { version }) }
    },
    tables,
    begin() {
      tables.start()
      warnOfMissingPython(models, python, log).catch((error: unknown) => log.warn({ error: String(error) }, 'models could not be listed'))
    },
    async evaluate(name, version, rows, asked = {}) {
      const label = 'table' in rows ? (await tables.describe(rows.table)).table.name : 'rows'
      return evaluateOnRows(name, version, await sourceOf(rows, tables), { ...asked, label })
    },
    compare: createComparison({ models, pool }),
    interchange: createInterchange({ models, artifacts, pool, clock, libraryVersion }),
    whatIf: createWhatIf({ models, artifacts, pool }),
    inspect: async (rows, { target } = {}) => inspect(rows, target === undefined ? {} : { target }),
    async onOutcomes(name, tx) {
      const retrain = models.serving(name)?.definition.definition.retrain
      if (retrain === undefined) return undefined
      if ((await models.outcomesSinceTraining(name, tx)) < (retrain.everyOutcomes ?? DEFAULT_EVERY_OUTCOMES)) return undefined
      const payload = retrainPayload(name, choicesOf({ actor: 'retrain' }))
      return (await jobs.enqueue(TRAIN_JOB, payload, { subject: name, uniqueKey: retrainKey(name), createdBy: 'retrain', tx })).id
    },
  }
}

/** Rows that can be read more than once. */
interface HeldRows {
  rows(): RowSource
  inspect(asked: InspectionOptions): Promise<Inspection>
}

/** @param numbers  columns that the model reads as numbers; of a table it is shown how they are read. */
async function sourceOf(rows: TrainingRows, tables: Tables, numbers?: readonly string[]): Promise<RowSource> {
  if ('table' in rows) return (await tables.open(rows.table, readingOf(rows))).rows()
  if ('rows' in rows) return rows
  const { bytes, reading } = streamOf(rows)
  return { bytes, reading: { ...reading, ...(numbers && { numbers }) }, names: 'strict' }
}

/** Columns of the rows that hold numbers, in whichever way these are written. */
function numbersOf({ definition: { definition, features } }: Serving): string[] {
  const { task, target, weight, split } = definition
  return [
    ...features.filter(({ kind }) => kind === 'number').map(({ name }) => name),
    ...(task === 'regression' ? [target] : []),
    ...(weight === undefined ? [] : [weight]),
    ...(split?.by === 'time' ? [split.column] : []),
  ]
}

function readingOf({ delimiter, encoding, header, decimal }: Extract<TrainingRows, { table: string }>): Reading {
  return {
    ...(delimiter && { delimiter }),
    ...(encoding && { encoding }),
    ...(header === undefined ? {} : { header }),
    ...(decimal && { decimal }),
  }
}

async function inspectRows(rows: readonly unknown[], limits: RowLimits, asked: InspectionOptions): Promise<Inspection> {
  const survey = createTableSurvey({ ragged: 'reject' })
  for await (const batch of readRows({ rows }, limits)) survey.add(batch)
  return inspectSurvey(survey.finish(), asked)
}

/** Of a stream nobody sees how it was read: a column of such numbers would become one of texts, or none, without a word. */
function refuseDecimalCommas(warnings: readonly TableWarning[], choices: TrainOptions['columns'] = {}): void {
  const column = warnings.find(({ code, column = '' }) => code === 'decimal_comma' && choices[column] === undefined)?.column
  if (column === undefined) return
  throw new TandemError(
    'invalid_input',
    `"${column}" holds numbers written with a comma. It is not plain whether the comma stands before decimals. Say decimal=, and 1.234,5 is read as 1234.5; or write them like 1234.5. To use them as they are, say what the column is.`,
    { errors: [{ path: `/columns/${column}`, message: `"${column}" holds numbers written with a comma` }] },
  )
}

const retrainKey = (model: string): string => `retrain:${model}`

function retrainPayload(model: string, choices: Choices): TrainPayload {
  return { model, dataset: null, outcomes: true, definition: null, action: 'retrain', ...choices }
}

async function versionOf(models: Models, { status, result }: Job): Promise<TrainResult['version'] | undefined> {
  if (status !== 'succeeded') return undefined
  const { model, version } = result as TrainResultSummary
  return models.getVersion(model, version)
}

function jobFailure({ id, status, error }: Job): TandemError {
  if (status === 'canceled') return new TandemError('canceled', `The training was canceled (job ${id}).`, { details: { job: id } })
  return new TandemError((error?.code as ErrorCode | undefined) ?? 'internal', error?.message ?? `The training failed (job ${id}).`, {
    details: { job: id },
  })
}

/** Keeps the newest datasets and those that a waiting or running job needs. */
async function pruneDatasets(
  { store, artifacts, jobs }: { store: TrainingStore; artifacts: Artifacts; jobs: Jobs },
  model: string,
): Promise<void> {
  const old = (await store.datasetParts(model)).slice(KEPT_DATASETS)
  if (old.length === 0) return
  const needed = new Set<string | null>()
  for (const status of ['queued', 'running'] as const) {
    let cursor: string | undefined
    do {
      const page = await jobs.list({ kind: TRAIN_JOB, status, limit: 200, ...(cursor === undefined ? {} : { cursor }) })
      for (const job of page.items) needed.add((job.payload as TrainPayload).dataset)
      cursor = page.nextCursor
    } while (cursor !== undefined)
  }
  for (const { id, parts } of old) {
    if (needed.has(id)) continue
    await store.deleteDataset(id)
    for (const hash of parts) await artifacts.delete(hash)
  }
}

function tooFewRows(rows: number): TandemError {
  return new TandemError('too_few_rows', `There are ${rows} rows, but training needs at least ${FEWEST_ROWS}. Add rows or outcomes.`, {
    details: { rows, minimum: FEWEST_ROWS },
  })
}
