// One worker that can be asked, wherever it runs: what is counted of it, its canary, and how it is left.

import type { Tensor } from '../inference/tensor.ts'
import { workerFailure } from './failure.ts'
import type { InferenceClient } from './inference-client.ts'

export interface LiveWorker {
  readonly origin: 'spawned' | 'adopted' | 'remote'
  readonly client: InferenceClient
  readonly pid: number | undefined
  readonly version: string | undefined
  /** Host of a remote. */
  readonly address: string | undefined
  /** Resolves with how it ended; the end of a remote is seen by its canaries, and that another is there now by its report. */
  readonly ended: Promise<string>
  /** Runs a real inference. Resolves with its milliseconds. */
  canary(timeoutMs: number): Promise<number>
  /** What the worker says of itself; undefined of a server that is no Tandem worker. */
  report(timeoutMs: number): Promise<WorkerReport | undefined>
  /** Lets it finish what it does within the grace, then ends it. Of one that is not ours: leaves it. */
  retire(graceMs: number): Promise<void>
  /** Ends it at once, when it is ours. */
  kill(): void
}

export interface WorkerReport {
  readonly rssBytes: number | undefined
  readonly inFlight: number | undefined
  /** How long the oldest inference has been running. */
  readonly oldestMs: number | undefined
  readonly device: string | undefined
  readonly python: string | undefined
  readonly packages: Readonly<Record<string, string>>
  readonly models: readonly string[]
  readonly nonce: string | undefined
}

const CANARY_TEXT = 'canary'

/** One short text through the real path of the embedding model. */
export async function embedCanary(client: InferenceClient, timeoutMs: number): Promise<number> {
  const startedAt = performance.now()
  const text: Tensor = { name: 'text', datatype: 'BYTES', shape: [1], data: [CANARY_TEXT] }
  const { outputs } = await client.infer({ model: 'embed', inputs: [text], parameters: { canary: true } }, { timeoutMs })
  const [output] = outputs
  if (output?.shape[0] !== 1 || output.shape.length !== 2 || output.data.length === 0) {
    throw workerFailure('bad_answer', `The canary's answer has the shape [${output?.shape.join(', ')}]; [1, dimensions] was expected.`)
  }
  return performance.now() - startedAt
}

export async function reportOf(client: InferenceClient, timeoutMs: number): Promise<WorkerReport> {
  const status = await client.json('GET', '/tandem/v1/status', { timeoutMs })
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value.slice(0, 200) : undefined)
  const count = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? Math.round(value) : undefined)
  const packages = typeof status.packages === 'object' && status.packages !== null ? Object.entries(status.packages) : []
  return {
    rssBytes: count(status.rss_bytes),
    inFlight: count(status.in_flight),
    oldestMs: typeof status.oldest_seconds === 'number' ? status.oldest_seconds * 1000 : undefined,
    device: text(status.device),
    python: text(status.python),
    packages: Object.fromEntries(packages.filter(([, version]) => typeof version === 'string').slice(0, 50)) as Record<string, string>,
    models: Array.isArray(status.models) ? status.models.filter((name) => typeof name === 'string').slice(0, 100) : [],
    nonce: text(status.nonce),
  }
}
