// Fine-tuning in this process, as the HTTP client shows it.

import type { TunedVersion } from '../../capabilities/embeddings/fine-tune/schema.ts'
import type { FineTuning } from '../../capabilities/embeddings/index.ts'
import type { FineTuneReport, FineTuneRequest, FollowedFineTuneOptions, TunedModelsClient } from '../../embeddings.ts'
import { type ErrorCode, TandemError } from '../../errors.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'

/** Starts a fine-tuning, and follows it to its version. */
export async function followFineTuning(
  fineTuning: FineTuning,
  jobs: Jobs,
  input: FineTuneRequest,
  { onProgress, signal }: FollowedFineTuneOptions = {},
): Promise<TunedVersion> {
  const { id } = await fineTuning.start(mutable(input))
  const asked = signal === undefined ? {} : { signal }
  for await (const { progress, message } of jobs.watch(id, asked)) onProgress?.(progress, message)
  const { status, result, error } = await jobs.get(id)
  if (status === 'succeeded') {
    const { model, version } = result as FineTuneReport
    return fineTuning.version(model, version)
  }
  const details = { jobId: id }
  if (status === 'canceled') throw new TandemError('canceled', `The fine-tuning ${id} was canceled.`, { details })
  throw new TandemError((error?.code ?? 'internal') as ErrorCode, error?.message ?? `The fine-tuning ${id} failed.`, { details })
}

export function startFineTuning(fineTuning: FineTuning, input: FineTuneRequest): ReturnType<FineTuning['start']> {
  return fineTuning.start(mutable(input))
}

export function tunedModelsHandle(fineTuning: FineTuning): TunedModelsClient {
  return {
    list: async () => ({ items: await fineTuning.list() }),
    get: (model) => fineTuning.get(model),
    version: (model, version) => fineTuning.version(model, version),
    activate: (model, version) => fineTuning.activate(model, version),
    rollback: (model) => fineTuning.rollback(model),
    delete: (model) => fineTuning.delete(model),
  }
}

/** Nothing is changed; only the schema's type does not say so. */
function mutable(input: FineTuneRequest): Parameters<FineTuning['start']>[0] {
  return input as Parameters<FineTuning['start']>[0]
}
