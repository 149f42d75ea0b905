// The endpoints of the runtimes, bound to them.
import { implement, type Route } from '../../../../endpoint.ts'
import { TandemError } from '../../../../errors.ts'
import { messageOf } from '../../../../platform/python/failure.ts'
import type { Runtimes } from '../../../../platform/python/runtimes.ts'
import * as endpoints from './schema.ts'

export function runtimeRoutes(runtimes: Runtimes): readonly Route[] {
  return [
    implement(endpoints.listRuntimes)(() => ({ items: [...runtimes.list()] })),
    implement(endpoints.getRuntime)(({ params }) => runtimes.get(params.runtime)),
    implement(endpoints.getRuntimeLog)(({ params, query }) => ({ items: [...runtimes.log(params.runtime, query.limit)] })),
    implement(endpoints.startRuntime)(({ params }) => runtimes.start(params.runtime)),
    implement(endpoints.stopRuntime)(({ params }) => runtimes.stop(params.runtime)),
    implement(endpoints.predictOnRuntime)(async ({ params, input: { rows, ...options } }) => {
      const { version, predictions } = await runtimes.predict(params.runtime, params.model, rows, options)
      return { model: params.model, version, predictions: [...predictions] }
    }),
    implement(endpoints.restartRuntime)(async ({ params }) => {
      try {
        return await runtimes.restart(params.runtime)
      } catch (error) {
        if (TandemError.is(error) && error.code !== 'invalid_config') throw error
        throw new TandemError('unavailable', `The new worker is not good, so the old one serves on. ${messageOf(error)}`, { cause: error })
      }
    }),
  ]
}
