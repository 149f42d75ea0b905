// The runtimes over HTTP: where models are computed, and the Python workers.
import type { RuntimeLogLine, RuntimeView, WorkerAnswers, WorkerRow } from '../../platform/python/schema.ts'
import type { CallOptions } from '../../tandem.ts'
import { address, get, post } from './request.ts'
import type { Transport } from './transport.ts'

export type {
  RuntimeLogLine,
  RuntimePath,
  RuntimeView,
  WorkerAnswer,
  WorkerAnswers,
  WorkerRow,
  WorkerView,
} from '../../platform/python/schema.ts'

export interface RuntimesClient {
  /** `node` (the server itself) and `python` (its workers). */
  list(options?: CallOptions): Promise<readonly RuntimeView[]>
  get(runtime: string, options?: CallOptions): Promise<RuntimeView>
  /** The last lines its workers wrote, oldest first. */
  log(runtime: string, options?: CallOptions & { readonly limit?: number }): Promise<readonly RuntimeLogLine[]>
  start(runtime: string, options?: CallOptions): Promise<RuntimeView>
  stop(runtime: string, options?: CallOptions): Promise<RuntimeView>
  /** Each worker is replaced by a new one; the old one serves until that one answers. */
  restart(runtime: string, options?: CallOptions): Promise<RuntimeView>
  /** Asks a tabular model that only the workers have, such as `tabular.NAME`. @throws `unavailable` when no worker answers */
  predict(
    runtime: string,
    model: string,
    rows: readonly WorkerRow[],
    options?: CallOptions & { readonly version?: string; readonly timeoutMs?: number },
  ): Promise<WorkerAnswers & { readonly model: string }>
}

export function createRuntimesClient(transport: Transport): RuntimesClient {
  return {
    list: async (options) => (await transport.json<{ items: RuntimeView[] }>(get('/v1/runtimes', options))).items,
    get: (runtime, options) => transport.json(get(address`/v1/runtimes/${runtime}`, options)),
    log: async (runtime, options) =>
      (await transport.json<{ items: RuntimeLogLine[] }>(get(address`/v1/runtimes/${runtime}/log`, options))).items,
    start: (runtime, options) => transport.json(post(address`/v1/runtimes/${runtime}/start`, undefined, options)),
    stop: (runtime, options) => transport.json(post(address`/v1/runtimes/${runtime}/stop`, undefined, options)),
    predict: (runtime, model, rows, { version, timeoutMs, ...options } = {}) =>
      transport.json(post(address`/v1/runtimes/${runtime}/models/${model}/predict`, { rows, version, timeoutMs }, options)),
    restart: (runtime, options) => transport.json(post(address`/v1/runtimes/${runtime}/restart`, undefined, options)),
  }
}
