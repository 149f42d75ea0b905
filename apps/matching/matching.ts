// The matching application: the routes of the Python match predictor, answered by a model of this server.
import { type App, type AppHost, implement, TandemError, type UntypedModelClient } from 'tandem-ml'
import type { MatchRow } from './features.ts'
import * as api from './schema.ts'
import type { SimulatedMatch } from './simulate.ts'

/** What the endpoint calls an algorithm, and what that means here; the numbers are those of the service this one replaces. */
const ALGORITHMS = {
  random_forest: { algorithm: 'random-forest', parameters: { nEstimators: 100, maxDepth: 10, minSamplesSplit: 5 } },
  gradient_boosting: { algorithm: 'boosted-trees', parameters: { nEstimators: 100, learningRate: 0.1, maxDepth: 5 } },
} as const

/** Rows and seed of the sample data the first version is trained on. */
const SAMPLE = { rows: 400, seed: 7 }
const CANDIDATES = { rows: 50, seed: 21 }

/**
 * The ready application under /matching.
 *
 * @param options.model  name under which the config holds `matchModel`.
 * @example
 * defineTandem({ models: { match: matchModel }, apps: [matching()] })
 */
export function matching({ model: name = 'match' }: { readonly model?: string } = {}): App {
  return {
    name: 'matching',
    routes: (host) => [...statusRoutes(host, name), ...predictRoutes(host, name), ...trainRoutes(host, name)],
    async seed(host) {
      const model = host.model(name)
      if ((await model.versions({ limit: 1 })).items.length > 0) return
      const { version } = await model.train({ rows: trainingRows(await simulated(SAMPLE)) }, { activate: 'always' })
      host.log.info({ model: name, version: version.version, rows: version.rows }, 'trained the first version on simulated matches')
    },
  }
}

/** Loaded when it is needed: it brings all of the algorithms with it, which a server that only answers has no use for. */
async function simulated(options: { readonly rows: number; readonly seed: number }): Promise<readonly SimulatedMatch[]> {
  const { simulate } = await import('./simulate.ts')
  return simulate(options)
}

type Version = Awaited<ReturnType<UntypedModelClient['version']>>
type Prediction = Awaited<ReturnType<UntypedModelClient['predict']>>

function statusRoutes(host: AppHost, name: string): ReturnType<App['routes']> {
  const model = host.model(name)
  return [
    implement(api.getHealth)(async () => {
      const { serving } = await model.get()
      return { status: 'healthy', service: 'ml-matching', modelLoaded: serving.source === 'model', timestamp: now() }
    }),
    implement(api.getMlStatus)(async () => {
      const { serving, activeVersion, retrain } = await model.get()
      const [version, failed] = await Promise.all([
        activeVersion === null ? undefined : model.version(activeVersion),
        host.jobs.list({ kind: 'train', status: 'failed', subject: name, limit: 1 }),
      ])
      const [job] = failed.items
      return {
        available: serving.source === 'model',
        source: serving.source,
        reason: serving.reason,
        version: activeVersion,
        metrics: version === undefined ? null : metricsOf(version),
        outcomesSinceTraining: retrain?.outcomesSinceTraining ?? 0,
        outcomesUntilRetraining: untilRetraining(retrain),
        lastError: job?.error === undefined ? null : { ...job.error, timestamp: job.finishedAt ?? job.createdAt },
        timestamp: now(),
      }
    }),
    implement(api.listMatchModels)(async () => {
      const { items } = await model.versions({ limit: 200 })
      return items.map((version) => ({
        version: version.version,
        timestamp: version.createdAt,
        metrics: metricsOf(version),
        path: `/v1/models/${name}/versions/${version.version}`,
      }))
    }),
  ]
}

function predictRoutes(host: AppHost, name: string): ReturnType<App['routes']> {
  const model = host.model(name)
  const makeCandidates = async () =>
    (await simulated(CANDIDATES)).map(({ features }, index) => ({
      id: `candidate-${index + 1}`,
      name: `Simulated creator ${index + 1}`,
      features,
    }))
  let made: ReturnType<typeof makeCandidates> | undefined
  return [
    implement(api.predictMatch)(async ({ input, signal }) => {
      const prediction = await model.predict(input, { importances: true, signal })
      return {
        ...scoresOf(prediction),
        // Asked for above. Of the version; or the weights of the fallback.
        featureImportance: prediction.importances!,
        modelVersion: prediction.version,
        source: prediction.source,
        predictionId: prediction.predictionId,
      }
    }),
    implement(api.listMatches)(async ({ query, signal }) => {
      made ??= makeCandidates()
      const candidates = await made
      const predictions = await model.predictMany(
        candidates.map(({ features }) => features),
        { signal },
      )
      const matches = candidates.map((candidate, index) => ({
        ...candidate,
        ...scoresOf(predictions[index]!),
        predictionId: predictions[index]!.predictionId,
      }))
      matches.sort((left, right) => right.score - left.score)
      const { version, source } = predictions[0]!
      return { simulated: true, modelVersion: version, source, matches: matches.slice(0, query.limit) }
    }),
    implement(api.giveFeedback)(async ({ input, signal }) => {
      const predictionId = await predictionOf(model, input, signal)
      const answer = await model.recordOutcomes([{ predictionId, value: labelOf(input.outcome) }], { signal })
      if (answer.unknown.length > 0) {
        throw new TandemError(
          'prediction_not_found',
          `There is no prediction "${predictionId}" of the model "${name}". Send the predictionId of an answer of /matching/predict, or the features.`,
          { details: { predictionId } },
        )
      }
      if (answer.conflicting.length > 0) {
        throw new TandemError(
          'conflict',
          `The prediction "${predictionId}" has another outcome already, and the first one counts. Send the features with the outcome to add a collaboration.`,
          { details: { predictionId } },
        )
      }
      const { retrain } = await model.get()
      return {
        status: answer.duplicates > 0 ? 'duplicate' : 'recorded',
        predictionId,
        outcomesUntilRetraining: untilRetraining(retrain),
        ...(answer.job === undefined ? {} : { retraining: { job: answer.job } }),
      }
    }),
  ]
}

function trainRoutes(host: AppHost, name: string): ReturnType<App['routes']> {
  const model = host.model(name)
  return [
    implement(api.trainMatch)(async ({ input, signal }) => {
      const { features, outcomes, algorithm, runtime, activate } = input
      if (features.length !== outcomes.length) {
        throw new TandemError(
          'shape_mismatch',
          `There are ${features.length} rows of features but ${outcomes.length} outcomes. Send one outcome for every row, in the same order.`,
          { details: { features: features.length, outcomes: outcomes.length } },
        )
      }
      const rows = trainingRows(features.map((row, index) => ({ features: row, success: outcomes[index]! })))
      const { version } = await model.train({ rows }, { ...ALGORITHMS[algorithm], ...(runtime && { runtime }), activate, signal })
      return {
        status: 'success',
        metrics: metricsOf(version),
        samples: version.rows,
        modelVersion: version.version,
        timestamp: version.createdAt,
        activated: version.gate.activated,
        reason: version.gate.reason,
      }
    }),
    implement(api.loadMatchModel)(async ({ params, signal }) => {
      await model.activate(params.version, { signal, reason: 'loaded through /matching' })
      return { status: 'success', version: params.version }
    }),
  ]
}

/** The prediction a feedback is about; features that were never predicted are predicted now, so that the outcome has its row. */
async function predictionOf(
  model: UntypedModelClient,
  { predictionId, features }: { readonly predictionId?: string | undefined; readonly features?: MatchRow | undefined },
  signal: AbortSignal,
): Promise<string> {
  if ((predictionId === undefined) === (features === undefined)) {
    const found = predictionId === undefined ? 'neither' : 'both'
    throw new TandemError(
      'invalid_input',
      `The feedback holds ${found} of predictionId and features. Send the predictionId of an answer, or the 19 features, not ${found}.`,
      { errors: [{ path: '/predictionId', message: `one of predictionId and features must be there; ${found} is` }] },
    )
  }
  return predictionId ?? (await model.predict(features!, { signal })).predictionId
}

function trainingRows(matches: readonly { readonly features: MatchRow; readonly success: boolean }[]): Record<string, number | string>[] {
  return matches.map(({ features, success }) => ({ ...features, success: labelOf(success) }))
}

function labelOf(success: boolean): 'yes' | 'no' {
  return success ? 'yes' : 'no'
}

function scoresOf({ probabilities, confidence }: Prediction): { score: number; confidence: number; successProbability: number } {
  const score = percent(probabilities?.yes ?? 0)
  return { score, confidence: percent(confidence), successProbability: score }
}

function metricsOf({ metrics, crossValidation }: Version): api.Metrics {
  return {
    accuracy: metrics.accuracy ?? 0,
    precision: metrics.precision ?? 0,
    recall: metrics.recall ?? 0,
    f1_score: metrics.f1 ?? 0,
    cv_score: crossValidation.mean.accuracy ?? 0,
    cv_std: crossValidation.std.accuracy ?? 0,
  }
}

function untilRetraining(retrain: { readonly outcomesSinceTraining: number; readonly everyOutcomes: number } | null): number {
  return retrain === null ? 0 : Math.max(0, retrain.everyOutcomes - retrain.outcomesSinceTraining)
}

/** A share as percent with two decimals. */
function percent(share: number): number {
  return Math.round(share * 10_000) / 100
}

function now(): string {
  return new Date().toISOString()
}
