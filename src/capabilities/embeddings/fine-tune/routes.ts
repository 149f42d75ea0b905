// The endpoints of fine-tuning, bound to the capability.
import { implement, type Principal, type Route, respond } from '../../../endpoint.ts'
import type { JobView } from '../../../platform/jobs/schema.ts'
import type { FineTuning } from './fine-tuning.ts'
import * as endpoints from './schema.ts'

export function fineTuningRoutes(fineTuning: FineTuning): Route[] {
  interface Start {
    readonly query: { readonly wait: number }
    readonly principal: Principal
    readonly signal: AbortSignal
  }
  const start = async (input: endpoints.FineTuneInput, { query: { wait }, principal, signal }: Start) => {
    const started = await fineTuning.start(input, principal.name)
    const job: JobView = wait === 0 ? started : await fineTuning.wait(started.id, { timeoutMs: wait * 1000, signal })
    return respond(job.finishedAt === undefined ? 202 : 200, { job }, { location: `/v1/jobs/${job.id}` })
  }
  return [
    implement(endpoints.fineTuneEmbeddings)((call) => start(call.input, call)),
    implement(endpoints.fineTuneCollection)((call) => start({ ...call.input, collection: call.params.collection }, call)),
    implement(endpoints.listTunedModels)(async () => ({ items: await fineTuning.list() })),
    implement(endpoints.getTunedModel)(({ params }) => fineTuning.get(params.model)),
    implement(endpoints.getTunedVersion)(({ params }) => fineTuning.version(params.model, params.version)),
    implement(endpoints.activateTunedVersion)(({ params, principal }) => fineTuning.activate(params.model, params.version, principal.name)),
    implement(endpoints.rollbackTunedModel)(({ params, principal }) => fineTuning.rollback(params.model, principal.name)),
    implement(endpoints.deleteTunedModel)(async ({ params }) => {
      await fineTuning.delete(params.model)
      return { deleted: params.model }
    }),
  ]
}
