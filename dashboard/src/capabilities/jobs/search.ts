import { oneOf, text } from '../../search-params.ts'
import type { JobStatus } from '../../ui/pill.tsx'

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'canceled'] as const satisfies readonly JobStatus[]

export interface JobsSearch {
  readonly status?: JobStatus
  /** The model it is about. */
  readonly subject?: string
}

export function jobsSearch(search: Record<string, unknown>): JobsSearch {
  return { status: oneOf(search, 'status', JOB_STATUSES), subject: text(search, 'subject') }
}
