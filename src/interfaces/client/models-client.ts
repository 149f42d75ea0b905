// The models of a server over HTTP: by name, all of them, and their definitions.
import type { AlgorithmInfo, CallOptions, TandemApi, TypedConfig, UntypedModelClient } from '../../tandem.ts'
import { byName } from './by-name.ts'
import { address, get, put, remove } from './request.ts'
import type { Transport } from './transport.ts'

/** The part of the client that is about models as a whole. */
export type ModelsClient = Pick<TandemApi<TypedConfig>, 'models' | 'model' | 'listModels' | 'putModel' | 'deleteModel' | 'algorithms'>

export function createModelsClient(transport: Transport, model: (name: string) => UntypedModelClient): ModelsClient {
  return {
    models: byName(model),
    model,
    listModels: (options) => transport.json(get('/v1/models', options)),
    putModel: (name, definition, options) => transport.json(put(address`/v1/models/${name}`, definition, options)),
    async algorithms(options) {
      const { items } = await transport.json<{ items: AlgorithmInfo[] }>(get('/v1/algorithms', options))
      return items
    },
    async deleteModel(name: string, options?: CallOptions) {
      await transport.json(remove(address`/v1/models/${name}`, options))
    },
  }
}
