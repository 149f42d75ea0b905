// The endpoints of the Open Inference Protocol, bound to models and predictions.
import type { Models } from '../../../capabilities/models/index.ts'
import type { Predictions } from '../../../capabilities/predictions/index.ts'
import { implement, type Route, respond } from '../../../endpoint.ts'
import { TandemError } from '../../../errors.ts'
import { readinessOf } from '../routes/health.ts'
import type { ServerParts } from '../server-parts.ts'
import * as endpoints from './schema.ts'
import { inputsOf, outputsOf, signatureOf } from './signature.ts'

export interface InferenceParts {
  readonly models: Models
  readonly predictions: Predictions
}

const EXTENSIONS = ['binary_tensor_data', 'model_repository', 'model_repository(unload_dependents)']
/** Project and file format, as the protocol wants it. */
const PLATFORM = 'tandem_tdm'

export interface InferenceServer extends Pick<ServerParts, 'about' | 'readiness'> {
  readonly isDraining: () => boolean
}

/** All but `infer`, which reads and writes bytes: see `mount-inference.ts`; its two routes are listed with a handler that never runs. */
export function inferenceRoutes({ models, predictions: _ }: InferenceParts, server: InferenceServer): Route[] {
  const metadata = async (name: string, version?: string) => {
    const signature = await signatureOf(models, name, version)
    const { items } = await models.listVersions(name, { limit: 100 })
    const versions = items.map((item) => item.version)
    return { name, versions, platform: PLATFORM, inputs: inputsOf(signature), outputs: outputsOf(signature) } as never
  }
  return [
    implement(endpoints.serverMetadata)(() => ({ name: 'tandem', version: server.about.version, extensions: EXTENSIONS })),
    implement(endpoints.serverLive)(() => ({ live: true })),
    implement(endpoints.serverReady)(async () => {
      const { ready } = await readinessOf(server)
      return ready ? { ready } : respond(503, { ready })
    }),
    implement(endpoints.modelMetadata)(({ params }) => metadata(params.model)),
    implement(endpoints.versionMetadata)(({ params }) => metadata(params.model, params.version)),
    implement(endpoints.modelReady)(async ({ params: { model: name } }) => {
      const { live, fallback } = await models.find(name)
      const ready = live?.answersCanary() === true || fallback !== undefined
      return ready ? { name, ready } : respond(503, { name, ready })
    }),
    implement(endpoints.versionReady)(async ({ params: { model: name, version } }) => {
      const ready = (await models.load(name, version)).answersCanary()
      return ready ? { name, ready } : respond(503, { name, ready })
    }),
    implement(endpoints.repositoryIndex)(({ input }) => {
      const entries = models.readiness().models.map(({ model: name, source, reason }) => {
        const version = source === 'model' ? models.serving(name)?.live?.version : undefined
        const state = source === 'none' ? ('UNAVAILABLE' as const) : ('READY' as const)
        return { name, ...(version === undefined ? {} : { version }), state, reason: reason ?? '' }
      })
      return input.ready === true ? entries.filter(({ state }) => state === 'READY') : entries
    }),
    implement(endpoints.loadModel)(async ({ params: { model: name }, input }) => {
      const { activeVersion, fallback } = await models.find(name)
      const version = input.parameters?.version ?? activeVersion
      if (version !== null) await models.load(name, version)
      else if (fallback === undefined) throw nothingToLoad(name)
      return {}
    }),
    implement(endpoints.unloadModel)(async ({ params, input }) => {
      await models.release(params.model, input.parameters?.version)
      return {}
    }),
    { endpoint: endpoints.inferByModel as Route['endpoint'], handler: notHere },
    { endpoint: endpoints.inferByVersion as Route['endpoint'], handler: notHere },
  ]
}

function notHere(): never {
  throw new TandemError('internal', 'An inference request reached the handler of JSON routes.')
}

function nothingToLoad(name: string): TandemError {
  return new TandemError('no_version', `Model "${name}" has no trained version to load. Train it with POST /v1/models/${name}/train.`, {
    details: { model: name },
  })
}
