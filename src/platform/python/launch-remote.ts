// A worker that somebody else runs: Tandem's own at an address, or any server of the Open Inference Protocol V2, such as MLServer or Triton.
// Nothing is started; its health is seen by its canaries.
import { messageOf, workerFailure } from './failure.ts'
import { createInferenceClient } from './inference-client.ts'
import { embedCanary, type LiveWorker, reportOf, type WorkerReport } from './live-worker.ts'

export interface RemoteOptions {
  readonly url: string
  /** Sent as a bearer token. */
  readonly key?: string
  readonly version: string
}

/** As Triton and KServe name it. */
const BINARY = 'binary_tensor_data'
const CONNECT_TIMEOUT_MS = 3_000

export async function connectRemote({ url, key, version }: RemoteOptions): Promise<LiveWorker> {
  const address = { url, ...(key === undefined ? {} : { token: key }) }
  let client = createInferenceClient(address)
  const { host } = new URL(url)
  try {
    const report = await tandemReport()
    const metadata = await client.metadata({ timeoutMs: CONNECT_TIMEOUT_MS })
    const served = typeof metadata.version === 'string' ? metadata.version : undefined
    if (report !== undefined && served !== undefined && served !== version) {
      throw workerFailure(
        'unreachable',
        `The worker at ${host} is version ${served}; this Tandem is ${version}. Bring them to the same version.`,
      )
    }
    // MLServer, for one, has no binary tensors.
    if (report === undefined && !(Array.isArray(metadata.extensions) && metadata.extensions.includes(BINARY))) {
      client.close()
      client = createInferenceClient(address, { binary: false })
    }
    const { promise: ended, resolve: end } = Promise.withResolvers<string>()
    return {
      ...{ origin: 'remote', client, pid: undefined, version: served, address: host, ended },
      canary: (timeoutMs) => (report === undefined ? readyCanary(timeoutMs) : embedCanary(client, timeoutMs)),
      async report(timeoutMs) {
        if (report === undefined) return undefined
        const said = await reportOf(client, timeoutMs)
        // Its version and its models are to be looked at anew.
        if (said.nonce !== report.nonce) end('was replaced by another')
        return said
      },
      retire: async () => client.close(),
      kill: () => client.close(),
    }
  } catch (error) {
    client.close()
    throw error
  }

  /** Undefined of a server that has no such route: then it is another product. */
  async function tandemReport(): Promise<WorkerReport | undefined> {
    try {
      return await reportOf(client, CONNECT_TIMEOUT_MS)
    } catch (error) {
      if (/answered (401|403)/.test(messageOf(error)))
        throw workerFailure('unreachable', `The worker at ${host} refuses the key it was given.`, error)
      if (/answered (404|405)/.test(messageOf(error))) return undefined
      throw error
    }
  }

  /** What can be asked of any server of the protocol without knowing its models: whether it says that it is ready. */
  async function readyCanary(timeoutMs: number): Promise<number> {
    const startedAt = performance.now()
    if (!(await client.isReady({ timeoutMs }))) throw workerFailure('unreachable', `The server at ${host} says that it is not ready.`)
    return performance.now() - startedAt
  }
}
