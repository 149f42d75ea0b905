// Fine-tuning over HTTP: started, followed to its version, and what was made of it put in service or taken back.

import type { TunedModel, TunedVersion } from '../../capabilities/embeddings/fine-tune/schema.ts'
import type { FineTuneReport, FollowedFineTuneOptions, TunedModelsClient } from '../../embeddings.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type { CallOptions, JobsClient } from '../../tandem.ts'
import { errorOfJob, isFinished } from './job-state.ts'
import { address, get, post, remove } from './request.ts'
import type { Transport } from './transport.ts'

export interface FineTuningClient {
  start(path: string, input: object, options?: CallOptions): Promise<JobView>
  /** Until its end; the version it made. */
  follow(path: string, input: object, options?: FollowedFineTuneOptions): Promise<TunedVersion>
  readonly tuned: TunedModelsClient
}

export function createFineTuningClient(transport: Transport, jobs: Pick<JobsClient, 'watch'>): FineTuningClient {
  const start: FineTuningClient['start'] = async (path, input, options) =>
    (await transport.json<{ job: JobView }>({ ...post(path, input, options), unlimited: true })).job
  const version = (model: string, name: string, options?: CallOptions): Promise<TunedVersion> =>
    transport.json(get(address`/v1/embeddings/models/${model}/versions/${name}`, options))
  const change = (path: string, options?: CallOptions): Promise<TunedModel> => transport.json(post(path, undefined, options))
  return {
    start,
    async follow(path, input, { onProgress, signal } = {}) {
      const asked = signal === undefined ? {} : { signal }
      let job = await start(path, input, asked)
      if (!isFinished(job)) {
        for await (const state of jobs.watch(job.id, asked)) {
          job = state
          onProgress?.(job.progress, job.message)
        }
      }
      if (job.status !== 'succeeded') throw errorOfJob(job)
      const made = job.result as unknown as FineTuneReport
      return version(made.model, made.version, asked)
    },
    tuned: {
      list: (options) => transport.json(get('/v1/embeddings/models', options)),
      get: (model, options) => transport.json(get(address`/v1/embeddings/models/${model}`, options)),
      version,
      activate: (model, name, options) => change(address`/v1/embeddings/models/${model}/versions/${name}/activate`, options),
      rollback: (model, options) => change(address`/v1/embeddings/models/${model}/rollback`, options),
      async delete(model, options) {
        await transport.json(remove(address`/v1/embeddings/models/${model}`, options))
      },
    },
  }
}
