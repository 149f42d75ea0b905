// The endpoints of training, bound to the capability.
import { type BodyStream, implement, type Route, respond } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { JobView } from '../../platform/jobs/schema.ts'
import type { TrainingRows } from '../../tandem.ts'
import * as endpoints from './schema.ts'
import type { Training } from './training.ts'

export function trainingRoutes(training: Training): Route[] {
  const answer = async (job: JobView, waitSeconds: number, signal: AbortSignal) => {
    if (waitSeconds > 0) {
      const done = await training.waitFor(job.id, { timeoutMs: waitSeconds * 1000, signal })
      if (done.version !== undefined) return respond(200, done)
      return respond(202, done, { location: `/v1/jobs/${job.id}` })
    }
    return respond(202, { job }, { location: `/v1/jobs/${job.id}` })
  }
  return [
    implement(endpoints.trainModel)(async ({ params, query, input, stream, principal, signal }) => {
      const { wait, ...options } = query
      const rows = stream === undefined ? { rows: input.rows } : rowsOf(stream)
      const seed = stream === undefined ? input.seed : undefined
      const job = await training.start(params.model, rows, { ...options, seed, actor: principal.name, signal })
      return answer(job, wait, signal)
    }),
    implement(endpoints.retrainModel)(async ({ params, query, principal, signal }) => {
      const job = await training.startAgain(params.model, { activate: query.activate, actor: principal.name })
      return answer(job, query.wait, signal)
    }),
    implement(endpoints.inspectTable)(async ({ query, stream }) => {
      if (stream === undefined) {
        throw new TandemError('unsupported_media_type', 'A table is inspected from its rows. Send text/csv or application/x-ndjson.')
      }
      return training.inspect(rowsOf(stream), query)
    }),
  ]
}

function rowsOf({ contentType, bytes }: BodyStream): TrainingRows {
  return contentType === 'text/csv' ? { csv: bytes } : { ndjson: bytes }
}
