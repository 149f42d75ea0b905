// Jobs over HTTP.
import type { JobLogView } from '../../platform/jobs/schema.ts'
import type { JobsClient } from '../../tandem.ts'
import { address, get, post } from './request.ts'
import type { Transport } from './transport.ts'
import { watchJob } from './watch-job.ts'

export function createJobsClient(transport: Transport): JobsClient {
  return {
    get: (id, options) => transport.json(get(address`/v1/jobs/${id}`, options)),
    list: (options) => transport.json(get('/v1/jobs', options)),
    counts: (options) => transport.json(get('/v1/jobs/counts', options)),
    log: async (id, options) => (await transport.json<{ items: JobLogView[] }>(get(address`/v1/jobs/${id}/log`, options))).items,
    cancel: (id, options) => transport.json(post(address`/v1/jobs/${id}/cancel`, undefined, options)),
    retry: (id, options) => transport.json(post(address`/v1/jobs/${id}/retry`, undefined, options)),
    watch: (id, { signal } = {}) => watchJob(transport, id, signal),
  }
}
