// What was predicted by any model, over HTTP.
import type { PredictionsClient } from '../../predictions.ts'
import { chunksOf } from './event-stream.ts'
import { errorOfConnection } from './problem.ts'
import { address, get } from './request.ts'
import type { Transport } from './transport.ts'

export function createPredictionsClient(transport: Transport): PredictionsClient {
  return {
    list: (filter) => transport.json(get('/v1/predictions', filter)),
    get: (id, options) => transport.json(get(address`/v1/predictions/${id}`, options)),
    count: (conditions) => transport.json(get('/v1/predictions/count', conditions)),
    async *export({ signal, ...conditions }) {
      const response = await transport.open({ ...get('/v1/predictions/export', conditions), accept: '*/*', signal })
      if (response.body === null) return
      const decoder = new TextDecoder()
      try {
        for await (const chunk of chunksOf(response.body)) yield decoder.decode(chunk, { stream: true })
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        throw errorOfConnection(error, transport.url)
      }
    },
  }
}
