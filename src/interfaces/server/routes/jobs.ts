// Jobs over HTTP: look, cancel, retry, watch. Where an error was thrown is shown to admins only: stacks name files.
import { implement, type Principal, type Route } from '../../../endpoint.ts'
import { hasScope } from '../../../platform/auth/scopes.ts'
import { jobLogView, jobView } from '../../../platform/jobs/job-view.ts'
import type { Job, Jobs } from '../../../platform/jobs/jobs.ts'
import type { JobView } from '../../../platform/jobs/schema.ts'
import { cancelJob, countJobs, getJob, getJobLog, listJobs, retryJob, watchJob } from './schema.ts'

export type ServedJobs = Pick<Jobs, 'get' | 'list' | 'cancel' | 'retry' | 'watch' | 'recentCounts' | 'log'>

export function jobRoutes(jobs: ServedJobs): readonly Route[] {
  return [
    implement(listJobs)(async ({ query, principal }) => {
      const { items, nextCursor } = await jobs.list(query)
      return { items: items.map(viewFor(principal)), nextCursor }
    }),
    implement(countJobs)(() => jobs.recentCounts()),
    implement(getJob)(async ({ params, principal }) => viewFor(principal)(await jobs.get(params.job))),
    implement(getJobLog)(async ({ params }) => ({ items: (await jobs.log(params.job)).map(jobLogView) })),
    implement(cancelJob)(async ({ params, principal }) => viewFor(principal)(await jobs.cancel(params.job))),
    implement(retryJob)(async ({ params, principal }) => viewFor(principal)(await jobs.retry(params.job))),
    implement(watchJob)(({ params, signal, principal }) => views(jobs.watch(params.job, { signal }), viewFor(principal))),
  ]
}

function viewFor(principal: Principal): (job: Job) => JobView {
  const withStack = hasScope(principal, 'admin')
  return (job) => jobView(job, { withStack })
}

async function* views(jobs: AsyncIterable<Job>, view: (job: Job) => JobView): AsyncGenerator<JobView> {
  for await (const job of jobs) yield view(job)
}
