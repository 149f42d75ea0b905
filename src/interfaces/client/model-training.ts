// Training one model over HTTP.
import type { JobView } from '../../platform/jobs/schema.ts'
import type { JobsClient, ModelTraining, ModelVersions, TrainOptions, TrainResult } from '../../tandem.ts'
import { errorOfJob, isFinished, trainedVersion } from './job-state.ts'
import { markOf, trainingBody } from './training-body.ts'
import type { Request, Transport } from './transport.ts'

export function createModelTraining(
  path: string,
  transport: Transport,
  jobs: Pick<JobsClient, 'watch'>,
  versions: Pick<ModelVersions, 'version'>,
): ModelTraining {
  const startTraining: ModelTraining['startTraining'] = async (rows, options = {}) => {
    const { signal, target, weight, split, unknownColumns, raggedRows } = options
    const { job } = await transport.json<{ job: JobView }>({
      method: 'POST',
      path: `${path}/train`,
      query: { ...choices(options), target, weight, split: JSON.stringify(split), unknownColumns, raggedRows, ...markOf(rows) },
      ...trainingBody(rows, options),
      repeatable: 'with-key',
      unlimited: true,
      signal,
    })
    return job
  }
  const startRetraining: ModelTraining['startRetraining'] = async (options = {}) => {
    const { job } = await transport.json<{ job: JobView }>({
      method: 'POST',
      path: `${path}/retrain`,
      query: choices(options),
      repeatable: 'with-key',
      signal: options.signal,
    })
    return job
  }
  const follow = (job: JobView, options: TrainOptions): Promise<TrainResult> => followTraining(job, options, jobs, versions)
  return {
    startTraining,
    train: async (rows, options = {}) => follow(await startTraining(rows, options), options),
    startRetraining,
    retrain: async (options = {}) => follow(await startRetraining(options), options),
  }
}

/** In the query, where every kind of body leaves room for them. */
function choices({ activate, seed, algorithm, runtime, budgetSeconds, tune, parameters }: TrainOptions): Request['query'] {
  return {
    activate,
    seed,
    algorithm,
    runtime,
    budgetSeconds,
    tune,
    // Nothing of nothing.
    parameters: JSON.stringify(parameters),
  }
}

async function followTraining(
  started: JobView,
  { signal, onProgress }: TrainOptions,
  jobs: Pick<JobsClient, 'watch'>,
  versions: Pick<ModelVersions, 'version'>,
): Promise<TrainResult> {
  let job = started
  if (!isFinished(job)) {
    for await (const state of jobs.watch(job.id, { signal })) {
      job = state
      onProgress?.(job.progress, job.message)
    }
  }
  if (job.status !== 'succeeded') throw errorOfJob(job)
  return { job, version: await versions.version(trainedVersion(job), { signal }) }
}
