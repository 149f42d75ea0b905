// One model over HTTP. The types come from the config; at run time there is only its name.
import type { Version } from '../../capabilities/models/schema.ts'
import type { PredictAnswer } from '../../capabilities/predictions/schema.ts'
import { TandemError } from '../../errors.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type {
  AnyPrediction,
  Cell,
  JobsClient,
  PredictOptions,
  TrainingRows,
  TrainOptions,
  TrainResult,
  UntypedModelClient,
} from '../../tandem.ts'
import { errorOfJob, isFinished } from './jobs-client.ts'
import { requireFinite, requireFiniteRow, trainingBody } from './training-body.ts'
import type { Request, Transport } from './transport.ts'

type Row = Readonly<Record<string, Cell>>

export function createModelClient(name: string, transport: Transport, jobs: JobsClient): UntypedModelClient {
  const path = (rest = ''): string => `/v1/models/${encodeURIComponent(name)}${rest}`
  const versionPath = (version: string, rest = ''): string => path(`/versions/${encodeURIComponent(version)}${rest}`)
  const training = createTraining(path, transport)
  const ask = (json: object, { signal, ...query }: PredictOptions): Promise<PredictAnswer> =>
    // Twice asked is twice logged, and nothing worse.
    transport.json({ method: 'POST', path: path('/predict'), query: { ...query }, json, repeatable: true, signal })
  const versionOf = (version: string, signal?: AbortSignal): Promise<Version> =>
    transport.json({ method: 'GET', path: versionPath(version), signal })
  const finish = (job: JobView, options: TrainOptions): Promise<TrainResult> => followTraining(job, options, jobs, versionOf)

  return {
    name,
    async predict(features: Row, options = {}) {
      requireFiniteRow(features, '/features')
      return (await ask({ features }, options)) as AnyPrediction
    },
    async predictMany(rows: readonly Row[], options = {}) {
      requireFinite(rows, '/rows')
      const { predictions = [], model, version, importances } = await ask({ rows }, options)
      const shared = importances === undefined ? { model, version } : { model, version, importances }
      return predictions.map((prediction) => ({ ...shared, ...prediction })) as AnyPrediction[]
    },
    startTraining: training.start,
    train: async (rows, options = {}) => finish(await training.start(rows, options), options),
    retrain: async (options = {}) => finish(await training.again(options), options),
    recordOutcomes: (outcomes, { signal } = {}) =>
      transport.json({ method: 'POST', path: path('/outcomes'), json: { outcomes }, repeatable: 'with-key', signal }),
    predictions: ({ signal, ...query } = {}) => transport.json({ method: 'GET', path: path('/predictions'), query, signal }),
    get: ({ signal } = {}) => transport.json({ method: 'GET', path: path(), signal }),
    versions: ({ signal, ...query } = {}) => transport.json({ method: 'GET', path: path('/versions'), query, signal }),
    version: (version, { signal } = {}) => versionOf(version, signal),
    async activate(version, { signal, reason } = {}) {
      await transport.json({ method: 'POST', path: versionPath(version, '/activate'), ...because(reason), repeatable: 'with-key', signal })
    },
    async rollback({ signal, reason } = {}) {
      const request = { method: 'POST', path: path('/rollback'), ...because(reason), repeatable: 'with-key', signal } as const
      const { version, previous } = await transport.json<{ version: string; previous: string | null }>(request)
      return { version, previous }
    },
    async deleteVersion(version, { signal } = {}) {
      await transport.json({ method: 'DELETE', path: versionPath(version), signal })
    },
    activations: ({ signal, ...query } = {}) => transport.json({ method: 'GET', path: path('/activations'), query, signal }),
  }
}

/** Endpoints with an optional body take none rather than an empty one. */
function because(reason: string | undefined): { json?: { reason: string } } {
  return reason === undefined ? {} : { json: { reason } }
}

interface Training {
  start(rows: TrainingRows, options?: TrainOptions): Promise<JobView>
  again(options: TrainOptions): Promise<JobView>
}

function createTraining(path: (rest: string) => string, transport: Transport): Training {
  return {
    async start(rows, options = {}) {
      const { signal, target, unknownColumns } = options
      const { job } = await transport.json<{ job: JobView }>({
        method: 'POST',
        path: path('/train'),
        query: { ...choices(options), target, unknownColumns },
        ...trainingBody(rows),
        repeatable: 'with-key',
        unlimited: true,
        signal,
      })
      return job
    },
    async again({ signal, ...options }) {
      const request = { method: 'POST', path: path('/retrain'), query: choices(options), repeatable: 'with-key', signal } as const
      const { job } = await transport.json<{ job: JobView }>(request)
      return job
    },
  }
}

/** In the query, where every kind of body leaves room for them. */
function choices({ activate, seed, algorithm, parameters }: TrainOptions): Request['query'] {
  return { activate, seed, algorithm, parameters: parameters === undefined ? undefined : JSON.stringify(parameters) }
}

async function followTraining(
  started: JobView,
  { signal, onProgress }: TrainOptions,
  jobs: JobsClient,
  versionOf: (version: string, signal?: AbortSignal) => Promise<Version>,
): Promise<TrainResult> {
  let job = started
  if (!isFinished(job)) {
    for await (const state of jobs.watch(job.id, signal === undefined ? {} : { signal })) {
      job = state
      onProgress?.(job.progress, job.message)
    }
  }
  if (job.status !== 'succeeded') throw errorOfJob(job)
  return { job, version: await versionOf(trainedVersion(job), signal) }
}

/** The version a training job made: its result is `{ version: "20261121_093000", ... }`. */
export function trainedVersion({ id, result }: JobView): string {
  if (typeof result === 'object' && result !== null && 'version' in result && typeof result.version === 'string') return result.version
  throw new TandemError('internal', `The job ${id} succeeded without naming its version.`, { details: { jobId: id } })
}
