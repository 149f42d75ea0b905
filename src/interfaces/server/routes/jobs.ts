// Jobs over HTTP: look, cancel, retry, watch.
import { implement, type Route } from '../../../endpoint.ts'
import { jobView } from '../../../platform/jobs/job-view.ts'
import type { Job, Jobs } from '../../../platform/jobs/jobs.ts'
import type { JobView } from '../../../platform/jobs/schema.ts'
import { cancelJob, getJob, listJobs, retryJob, watchJob } from './schema.ts'

export function jobRoutes(jobs: Pick<Jobs, 'get' | 'list' | 'cancel' | 'retry' | 'watch'>): readonly Route[] {
  return [
    implement(listJobs)(async ({ query }) => {
      const { items, nextCursor } = await jobs.list(query)
      return { items: items.map(jobView), nextCursor }
    }),
    implement(getJob)(async ({ params }) => jobView(await jobs.get(params.job))),
    implement(cancelJob)(async ({ params }) => jobView(await jobs.cancel(params.job))),
    implement(retryJob)(async ({ params }) => jobView(await jobs.retry(params.job))),
    implement(watchJob)(({ params, signal }) => views(jobs.watch(params.job, { signal }))),
  ]
}

async function* views(jobs: AsyncIterable<Job>): AsyncGenerator<JobView> {
  for await (const job of jobs) yield jobView(job)
}
