// Parts that the tests of embeddings share: a capability of real parts, and an upstream with real sockets that answers as it is told.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EmbeddingsDefinition } from '../../../definitions.ts'
import { createEmbeddings, type EmbeddingsParts } from '../embeddings.ts'

export interface LoggedLine {
  readonly details: object
  readonly message: string
}

export function embeddingsWith(definition: EmbeddingsDefinition, parts: Partial<EmbeddingsParts> = {}) {
  const logged: LoggedLine[] = []
  const note = (details: object, message: string): void => void logged.push({ details, message })
  const embeddings = createEmbeddings({
    ...{ definition, modelsDir: '/nowhere', clock: Date.now, log: { info: note, warn: note }, cacheBytes: 1 << 20, cacheRows: 1_000 },
    ...parts,
  })
  return { embeddings, logged, [Symbol.asyncDispose]: () => embeddings.close() }
}

export interface Upstream extends AsyncDisposable {
  readonly url: string
  /** Bodies of the requests so far. */
  readonly asked: { readonly model: string; readonly input: readonly string[]; readonly dimensions?: number }[]
  readonly keys: (string | undefined)[]
}

/** Gives each text a vector of its length and its first letter, unless `answer` says otherwise. */
export async function startUpstream(answer?: (request: number, response: ServerResponse) => boolean): Promise<Upstream> {
  const asked: Upstream['asked'] = []
  const keys: Upstream['keys'] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    asked.push(JSON.parse(body))
    keys.push(request.headers.authorization)
    if (answer?.(asked.length, response) === true) return
    const { input } = asked.at(-1)!
    const data = input.map((text, index) => ({ index, embedding: [text.length, text.charCodeAt(0), 3, 4] }))
    response.setHeader('content-type', 'application/json')
    // Backwards: only `index` says which text a vector belongs to.
    response.end(JSON.stringify({ data: data.reverse(), usage: { prompt_tokens: 7 * input.length } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    keys,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0)
}
