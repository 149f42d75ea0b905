// The models of a server over HTTP: by name, all of them, and their definitions.
import type { CallOptions, TandemApi, TypedConfig, UntypedModelClient } from '../../tandem.ts'
import { address, get, put, remove } from './request.ts'
import type { Transport } from './transport.ts'

/** The part of the client that is about models as a whole. */
export type ModelsClient = Pick<TandemApi<TypedConfig>, 'models' | 'model' | 'listModels' | 'putModel' | 'deleteModel'>

export function createModelsClient(transport: Transport, model: (name: string) => UntypedModelClient): ModelsClient {
  return {
    models: modelsByName(model),
    model,
    listModels: (options) => transport.json(get('/v1/models', options)),
    putModel: (name, definition, options) => transport.json(put(address`/v1/models/${name}`, definition, options)),
    async deleteModel(name: string, options?: CallOptions) {
      await transport.json(remove(address`/v1/models/${name}`, options))
    },
  }
}

/** What JavaScript itself asks of any object: were these models, `await client.models` would call one. */
const NOT_MODELS = new Set(['then', 'toJSON', 'toString', 'valueOf', 'constructor'])

/** Makes the model of any name on first use; which names exist is known to the types and to the server. */
function modelsByName(create: (name: string) => UntypedModelClient): Readonly<Record<string, UntypedModelClient>> {
  const made = new Map<string, UntypedModelClient>()
  return new Proxy<Record<string, UntypedModelClient>>(Object.create(null), {
    get(_, name) {
      if (typeof name === 'symbol' || NOT_MODELS.has(name)) return undefined
      const known = made.get(name) ?? create(name)
      made.set(name, known)
      return known
    },
    has: (_, name) => typeof name === 'string' && !NOT_MODELS.has(name),
    set: () => false,
  })
}
