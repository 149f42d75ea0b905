// What a job is about and how long it takes, from what the server says of it.
import type { JobView } from '../../../../../src/platform/jobs/schema.ts'
import { jobsText } from '../../../text/jobs.ts'
import { millisecondsOf } from '../../../ui/format-time.ts'

export function isOver({ status }: JobView): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'canceled'
}

/** `train` is what the server calls it. */
export function nameOf({ kind }: Pick<JobView, 'kind'>): string {
  return jobsText.kinds[kind as keyof typeof jobsText.kinds] ?? kind
}

/** The version a training made. */
export function versionOf({
  result,
}: JobView): { readonly model: string; readonly version: string; readonly reason: string | undefined } | undefined {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined
  const { model, version, reason } = result
  if (typeof model !== 'string' || typeof version !== 'string') return undefined
  return { model, version, reason: typeof reason === 'string' ? reason : undefined }
}

/** From its start to its end, or until now. */
export function tookMs({ startedAt, finishedAt }: JobView, now?: number): number | undefined {
  const start = millisecondsOf(startedAt)
  const end = millisecondsOf(finishedAt) ?? now
  return start === undefined || end === undefined ? undefined : Math.max(0, end - start)
}

/** Before that a guess would jump about. */
const GUESS_AFTER = { ms: 2_000, progress: 0.03 }

/** How long it will still take if it goes on as it did; undefined while that cannot be said. */
export function leftMs(job: JobView, now: number): number | undefined {
  const taken = tookMs(job, now)
  if (job.status !== 'running' || taken === undefined || taken < GUESS_AFTER.ms || job.progress < GUESS_AFTER.progress) return undefined
  return (taken / job.progress) * (1 - job.progress)
}
