// The endpoints of training, bound to the capability.
import type { AlgorithmParameters } from '../../definitions.ts'
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
      const { wait, parameters, ...options } = query
      const asked = { ...options, parameters: readParameters(parameters), actor: principal.name, signal }
      // There is no input beside a stream.
      const { rows, ...own } = input ?? { rows: [] }
      const job = await training.start(params.model, stream === undefined ? { rows } : rowsOf(stream), { ...asked, ...own })
      return answer(job, wait, signal)
    }),
    implement(endpoints.retrainModel)(async ({ params, query, principal, signal }) => {
      const { wait, parameters, ...options } = query
      const job = await training.startAgain(params.model, { ...options, parameters: readParameters(parameters), actor: principal.name })
      return answer(job, wait, signal)
    }),
    implement(endpoints.inspectTable)(async ({ query, stream }) => {
      if (stream === undefined) {
        throw new TandemError('unsupported_media_type', 'A table is inspected from its rows. Send text/csv or application/x-ndjson.')
      }
      return training.inspect(rowsOf(stream), query)
    }),
  ]
}

/** Of a query, whose values are texts. What they say is checked where the training starts. */
function readParameters(text: string | undefined): AlgorithmParameters | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    throw new TandemError('invalid_input', 'The parameters of the query are no JSON. Write them as {"nEstimators":200}, URL-encoded.', {
      errors: [{ path: '/parameters', message: 'query.parameters must be a JSON object' }],
    })
  }
}

function rowsOf({ contentType, bytes }: BodyStream): TrainingRows {
  return contentType === 'text/csv' ? { csv: bytes } : { ndjson: bytes }
}
