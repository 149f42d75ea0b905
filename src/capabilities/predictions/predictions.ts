// The capability "predictions": answers rows by the version in service or the fallback, logs them behind the answer, and
// joins what came true. One row is computed at once on the event loop (some 10 us); many rows give way every few milliseconds.
import { type FieldError, TandemError } from '../../errors.ts'
import type { Events } from '../../platform/events/events.ts'
import type { Database } from '../../platform/storage/database.ts'
import type { Metrics, PredictionMeter } from '../../platform/telemetry/metrics.ts'
import type { AnyPrediction, OutcomeInput } from '../../predictions.ts'
import {
  type Fallback,
  type FeatureRow,
  type LiveModel,
  MAX_ERRORS,
  type ModelLog,
  type Models,
  rowsError,
  type Scored,
  type Serving,
} from '../models/index.ts'
import { createPause } from '../training/index.ts'
import { type Explained, explainByFallback, explainByModel } from './explain.ts'
import { createOutcomeNews } from './outcome-news.ts'
import { type OnOutcomes, readOutcomes, storeOutcomes } from './outcomes.ts'
import { createPredictionBook, type PredictionBook } from './prediction-book.ts'
import { createPredictionFeed } from './prediction-feed.ts'
import { newPredictionId } from './prediction-id.ts'
import { createPredictionLog } from './prediction-log.ts'
import { type Explanation, MAX_EXPLAIN_ROWS, MAX_PREDICT_ROWS, type OutcomesAnswer } from './schema.ts'
import { createPredictionStore } from './store-sql.ts'

export interface PredictionsOptions {
  readonly models: Models
  readonly database: Database
  readonly clock: () => number
  readonly log: ModelLog
  readonly metrics?: Pick<Metrics, 'predictions' | 'countRefused' | 'countPredictionLogDropped'>
  readonly settings: { readonly predictionLogMaxRows: number }
  /** Usually `training.onOutcomes`. */
  readonly onOutcomes?: OnOutcomes
  /** Told of predictions, where somebody watches them, and of outcomes. */
  readonly events?: Pick<Events, 'isWanted' | 'tell' | 'emit'>
}

export interface PredictionOptions {
  /** A version or alias instead of the one in service. */
  readonly version?: string
  readonly importances?: boolean
  /** Adds what each feature adds to the answer. */
  readonly explain?: boolean
  /** Adds the set of classes or the interval that holds the truth so often, 0..1. */
  readonly coverage?: number
  /** False: the prediction is not logged and has no id. */
  readonly log?: boolean
  readonly requestId?: string
  readonly signal?: AbortSignal
}

export interface ExplainOptions {
  readonly version?: string
  /** The class to explain; the predicted one unless said. */
  readonly class?: string
  readonly signal?: AbortSignal
}

export interface ManyPredictions {
  readonly model: string
  readonly version: string | null
  readonly importances?: Readonly<Record<string, number>>
  readonly predictions: AnyPrediction[]
}

export interface Predictions extends PredictionBook {
  /** At once for the version in service; a promise when something has to be read first. @throws `invalid_input`, `model_not_found`, `version_not_found`, `no_version`. */
  predict(model: string, features: FeatureRow, options?: PredictionOptions): AnyPrediction | Promise<AnyPrediction>
  /** In the order of the rows. All are checked before any is answered. */
  predictMany(model: string, rows: readonly FeatureRow[], options?: PredictionOptions): Promise<ManyPredictions>
  /** What each feature adds to the answer; nothing is logged. @throws as `predict`; `conflict` for a version that cannot explain. */
  explain(model: string, features: FeatureRow, options?: ExplainOptions): Promise<Explanation>
  recordOutcomes(model: string, outcomes: readonly OutcomeInput[]): Promise<OutcomesAnswer>
  /** Makes everything predicted so far durable. */
  flush(): Promise<void>
  /** Writes what waits. */
  close(): Promise<void>
}

/** Who answers one request, the same for all its rows; made once for each version or fallback in service. */
interface Answering {
  readonly model: string
  readonly version: string | null
  readonly source: 'model' | 'fallback'
  readonly reason: string | undefined
  readonly by: LiveModel | Fallback
  readonly meter: PredictionMeter | undefined
}

/** Longest stretch of predictions on the event loop, which may be followed by a batch of the log in the same turn. */
const SLICE_MS = 2

export function createPredictions(options: PredictionsOptions): Predictions {
  const { models, database, clock, metrics, settings, onOutcomes, events } = options
  const store = createPredictionStore(database)
  const feed = events && createPredictionFeed(events)
  const news = events && createOutcomeNews(events)
  const log = createPredictionLog({ store, log: options.log, metrics, maxRows: settings.predictionLogMaxRows, onLogged: feed?.add })
  models.onDelete(log.forget)

  // What serves is replaced as a whole, never changed.
  const inService = new WeakMap<Serving, Answering>()
  /** Synchronous when everything is in memory. */
  const answering = (model: string, version: string | undefined): Answering | Promise<Answering> => {
    const serving = models.serving(model)
    if (serving === undefined) return models.find(model).then((found) => answeringOf(found, version))
    return answeringOf(serving, version)
  }
  const answeringOf = (serving: Serving, version: string | undefined): Answering | Promise<Answering> => {
    if (version === undefined || version === 'active' || version === serving.live?.version) {
      const known = inService.get(serving)
      if (known !== undefined) return known
      const made = answeringInService(serving, metrics)
      inService.set(serving, made)
      return made
    }
    const live = models.peek(serving.name, version)
    return live ? byVersion(live, metrics) : models.load(serving.name, version).then((loaded) => byVersion(loaded, metrics))
  }
  const count = ({ meter }: Answering, rows: number, started: number): void => meter?.observe(rows, (performance.now() - started) / 1000)
  const refuse = (who: Answering, errors: readonly FieldError[], rows: number): never => {
    metrics?.countRefused(who.model, who.version ?? '', rows)
    throw rowsError(who.model, errors)
  }

  const predictBy = (
    who: Answering,
    features: FeatureRow,
    { requestId, importances = false, coverage, log: isLogged = true }: PredictionOptions,
  ): AnyPrediction => {
    const started = performance.now()
    const scored = scoreOf(who, features, coverage)
    if (scored === undefined) return refuse(who, who.by.encoder.problems(features, '/features'), 1)
    const latencyUs = Math.round((performance.now() - started) * 1000)
    const at = clock()
    const prediction = shownPrediction(who, scored, newPredictionId(at), importances)
    if (isLogged) log.add({ prediction, features, at, latencyUs, requestId: requestId ?? null })
    count(who, 1, started)
    return isLogged ? prediction : withoutId(prediction)
  }

  const predictManyBy = async (
    who: Answering,
    rows: readonly FeatureRow[],
    { importances = false, explain: isExplained = false, coverage, log: isLogged = true, requestId, signal }: PredictionOptions,
  ): Promise<ManyPredictions> => {
    const started = performance.now()
    const at = clock()
    const predictions: AnyPrediction[] = []
    const errors: FieldError[] = []
    await inSlices(rows.length, (index) => {
      const scored = scoreOf(who, rows[index]!, coverage)
      if (scored !== undefined) predictions.push(shownPrediction(who, scored, newPredictionId(at), false))
      else errors.push(...who.by.encoder.problems(rows[index], `/rows/${index}`).slice(0, MAX_ERRORS - errors.length))
      signal?.throwIfAborted()
      return errors.length < MAX_ERRORS
    })
    if (errors.length > 0) return refuse(who, errors, rows.length)
    const latencyUs = Math.round(((performance.now() - started) * 1000) / rows.length)
    if (isExplained) {
      for (const [index, row] of rows.entries()) predictions[index] = await explained(who, row, predictions[index]!, signal)
    }
    await inSlices(isLogged ? rows.length : 0, (index) => {
      log.add({ prediction: predictions[index]!, features: rows[index]!, at, latencyUs, requestId: requestId ?? null })
      return true
    })
    count(who, rows.length, started)
    const answers = isLogged ? predictions : predictions.map(withoutId)
    return { model: who.model, version: who.version, ...(importances ? { importances: who.by.importances } : {}), predictions: answers }
  }

  const predictAndExplain = async (
    who: Answering | Promise<Answering>,
    features: FeatureRow,
    options: PredictionOptions,
  ): Promise<AnyPrediction> => {
    const found = await who
    // Explained first: what cannot be explained is not logged as answered.
    const scored = scoreOf(found, features)
    const why = scored && (await explanationOf(found, features, { value: scored.value, label: undefined }, options.signal))
    const prediction = predictBy(found, features, options)
    return why === undefined ? prediction : withExplanation(prediction, why)
  }

  return {
    predict(model, features, predictOptions = {}) {
      const who = answering(model, predictOptions.version)
      if (predictOptions.explain) return predictAndExplain(who, features, predictOptions)
      return who instanceof Promise
        ? who.then((found) => predictBy(found, features, predictOptions))
        : predictBy(who, features, predictOptions)
    },
    async predictMany(model, rows, predictOptions = {}) {
      const most = predictOptions.explain ? MAX_EXPLAIN_ROWS : MAX_PREDICT_ROWS
      if (rows.length === 0 || rows.length > most) throw rowCount(rows.length, most)
      return predictManyBy(await answering(model, predictOptions.version), rows, predictOptions)
    },
    async explain(model, features, { version, class: label, signal } = {}) {
      const who = await answering(model, version)
      const scored = scoreOf(who, features)
      if (scored === undefined) return refuse(who, who.by.encoder.problems(features, '/features'), 1)
      const { model: name, version: used, source } = who
      const why = await explanationOf(who, features, { value: scored.value, label }, signal)
      return { model: name, version: used, source, value: scored.value, ...why }
    },
    async recordOutcomes(model, outcomes) {
      const rows = readOutcomes(await models.find(model), outcomes, clock())
      // A prediction answered a moment ago may still wait to be written, and it must be found.
      await log.flush()
      const answer = await storeOutcomes({ database, store, onOutcomes }, model, rows)
      news?.add(model, answer.accepted)
      return answer
    },
    ...createPredictionBook({ store, models, flush: () => log.flush() }),
    flush: log.flush,
    close() {
      feed?.close()
      news?.close()
      return log.close()
    },
  }
}

/** Calls `work` for 0, 1 ... until it says false, giving way every few milliseconds. */
async function inSlices(count: number, work: (index: number) => boolean): Promise<void> {
  const pause = createPause(SLICE_MS)
  for (let index = 0; index < count; index++) {
    if (!work(index)) return
    if ((index & 15) === 15 && pause.due()) await pause.rest()
  }
}

/** @throws `no_version` when neither a version nor a fallback can answer. */
function answeringInService({ name, live, fallback, problem }: Serving, metrics: PredictionsOptions['metrics']): Answering {
  const reason = problem ?? undefined
  if (live) return { ...byVersion(live, metrics), reason }
  if (fallback) {
    const meter = metrics?.predictions(name, '', 'fallback', reason?.split(':', 1)[0])
    return { model: name, version: null, source: 'fallback', reason, by: fallback, meter }
  }
  throw new TandemError(
    problem?.startsWith('no_version') === false ? 'unavailable' : 'no_version',
    `Model "${name}" cannot answer: ${problem ?? 'no_version: no version is in service'}. It has no fallback. Train it with POST /v1/models/${name}/train.`,
    { details: { model: name } },
  )
}

function byVersion(live: LiveModel, metrics: PredictionsOptions['metrics']): Answering {
  const { name, version } = live
  return { model: name, version, source: 'model', reason: undefined, by: live, meter: metrics?.predictions(name, version, 'model') }
}

function scoreOf({ by }: Answering, features: FeatureRow, coverage?: number): Scored | undefined {
  if (typeof features !== 'object' || features === null) return undefined
  return by.score(features, coverage)
}

function explanationOf(
  { by }: Answering,
  features: FeatureRow,
  asked: { readonly value: string | number; readonly label: string | undefined },
  signal?: AbortSignal,
): Promise<Explained> | Explained {
  return 'fitted' in by ? explainByModel(by, features, asked, signal) : explainByFallback(by, features, asked)
}

async function explained(who: Answering, features: FeatureRow, prediction: AnyPrediction, signal?: AbortSignal): Promise<AnyPrediction> {
  return withExplanation(prediction, await explanationOf(who, features, { value: prediction.value, label: undefined }, signal))
}

function withExplanation(prediction: AnyPrediction, { contributions, ...why }: Explained): AnyPrediction {
  return { ...prediction, contributions, explained: why }
}

/** The type has an id because all but those who ask for no log get one. */
function withoutId({ predictionId: _, ...prediction }: AnyPrediction): AnyPrediction {
  return prediction as AnyPrediction
}

function shownPrediction(
  { model, version, source, reason, by }: Answering,
  { value, probabilities, confidence, interval, set, coverage }: Scored,
  predictionId: string,
  importances: boolean,
): AnyPrediction {
  const prediction: { -readonly [Name in keyof AnyPrediction]: AnyPrediction[Name] } = {
    model,
    version,
    predictionId,
    value,
    confidence,
    source,
  }
  if (probabilities !== undefined) prediction.probabilities = probabilities
  if (interval !== undefined) prediction.interval = interval
  if (set !== undefined) prediction.set = set
  if (coverage !== undefined) prediction.coverage = coverage
  if (reason !== undefined) prediction.reason = reason
  if (importances) prediction.importances = by.importances
  return prediction
}

function rowCount(rows: number, most: number): TandemError {
  return new TandemError(
    'invalid_input',
    `The request has ${rows} rows; 1 to ${most} can be ${most < MAX_PREDICT_ROWS ? 'explained' : 'predicted'} at once.`,
    {
      errors: [{ path: '/rows', message: `rows must hold 1 to ${most} rows, got ${rows}` }],
    },
  )
}
