// What the state of a job means.
import { TandemError } from '../../errors.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import { errorOfProblem } from './problem.ts'

/** Whether a job will not change any more. */
export function isFinished(job: JobView): boolean {
  return job.status === 'succeeded' || job.status === 'failed' || job.status === 'canceled'
}

/** The error of a job that did not succeed. */
export function errorOfJob(job: JobView): TandemError {
  const details = { jobId: job.id, status: job.status }
  if (job.status === 'canceled') return new TandemError('canceled', `The job ${job.id} was canceled.`, { details })
  return errorOfProblem({ code: job.error?.code, detail: job.error?.message }, `The job ${job.id} failed.`, details)
}

/** The version a training job made: its result is `{ version: "20261121_093000", ... }`. */
export function trainedVersion({ id, result }: JobView): string {
  if (typeof result === 'object' && result !== null && 'version' in result && typeof result.version === 'string') return result.version
  throw new TandemError('internal', `The job ${id} succeeded without naming its version.`, { details: { jobId: id } })
}
