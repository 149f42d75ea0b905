// One embedding model in service: opened when first needed, asked in batches, left alone for a while after it failed.
import { existsSync } from 'node:fs'
import type { Embedder } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import type { PythonUse } from '../../platform/python/runtimes.ts'
import { type Batcher, type BatchLimits, createBatcher } from './batcher.ts'
import { createRuntime, folderOf } from './runtimes/create-runtime.ts'
import type { Encoded } from './runtimes/encoder.ts'
import type { EmbeddingRuntime, OpenedModel } from './runtimes/runtime.ts'
import type { EmbeddingModelStatus } from './schema.ts'

export interface ModelSlotOptions {
  readonly name: string
  readonly embedder: Embedder
  /** Where `tandem models pull` puts models. */
  readonly modelsDir: string
  readonly clock: () => number
  /** A thread without work ends after this time. */
  readonly idleTimeoutMs: number
  /** Told of the texts that were computed, not of those whose vector was known. */
  readonly onComputed?: ((model: string, texts: readonly string[]) => void) | undefined
  readonly python?: PythonUse
  /** Whether a worker may compute it too. */
  readonly isSharedWithPython: boolean
  /** Whether another model answers when this one cannot. */
  readonly hasFallback: boolean
  warn(details: object, message: string): void
  /** Of a fine-tuned version: what it was made from, and what answers. */
  readonly tuned?: { readonly base: string; readonly runtime: EmbeddingRuntime }
}

export interface ModelSlot {
  readonly name: string
  /** Whether computing takes long enough to keep vectors in the database too. */
  readonly isCostly: boolean
  readonly batcher: Batcher
  /** Whether its files are there. */
  isPresent(): boolean
  /** Whether it is worth asking now: it is there, and did not just fail. */
  canTry(): boolean
  open(): Promise<OpenedModel>
  /** By that runtime and no other, past cache and queue, for comparing them. @throws `conflict` when the model is not computed there */
  encodeBy(place: 'node' | 'python', texts: readonly string[]): Promise<Encoded>
  /** Counts vectors that came from the cache. */
  noteHits(count: number): void
  /** Returns whether this failure is news. */
  noteFailure(error: unknown): boolean
  noteSuccess(): void
  status(): EmbeddingModelStatus
  close(): Promise<void>
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** About 20 MB of texts of 1 KB. */
const MOST_WAITING = 20_000

/** A transformer's batch should take a fraction of a second; a table reads a thousand texts in that time. */
const LIMITS: Readonly<Record<Embedder['kind'], BatchLimits>> = {
  onnx: { texts: 64, characters: 12_000 },
  static: { texts: 512, characters: 400_000 },
  hash: { texts: 512, characters: 400_000 },
  'openai-compatible': { texts: 256, characters: 200_000 },
  python: { texts: 64, characters: 12_000 },
}

export function createModelSlot(options: ModelSlotOptions): ModelSlot {
  const { name, embedder, modelsDir, clock, idleTimeoutMs, python, isSharedWithPython, hasFallback, warn, tuned } = options
  const folder = tuned === undefined ? folderOf(name, embedder, modelsDir) : undefined
  const runtime: ReturnType<typeof createRuntime> =
    tuned?.runtime ?? createRuntime({ name, embedder, folder, idleTimeoutMs, python, isSharedWithPython, hasFallback, warn })
  const isInPython = python?.runtime.isEnabled === true && (isSharedWithPython || embedder.kind === 'python')
  let opened: OpenedModel | undefined
  let failure: { readonly message: string; readonly until: number; readonly pauseMs: number } | undefined
  const counts = { texts: 0, cacheHits: 0, busyMs: 0 }
  const batcher = createBatcher({
    limits: LIMITS[embedder.kind],
    mostWaiting: MOST_WAITING,
    async encode(texts) {
      const startedAt = performance.now()
      const encoded = await runtime.encode(texts)
      counts.busyMs += performance.now() - startedAt
      counts.texts += texts.length
      options.onComputed?.(name, texts)
      return encoded
    },
  })
  const isPresent = (): boolean => {
    if (embedder.kind === 'python') return isInPython
    return folder === undefined || isInPython || existsSync(folder)
  }
  const state = (): EmbeddingModelStatus['state'] => {
    if (failure !== undefined) return 'failed'
    if (opened !== undefined) return 'ready'
    return isPresent() ? 'idle' : 'absent'
  }
  return {
    name,
    // The vectors of the base are kept; those of an adapter over it are made of them in no time.
    isCostly: tuned === undefined && (embedder.kind === 'onnx' || embedder.kind === 'openai-compatible' || embedder.kind === 'python'),
    batcher,
    isPresent,
    canTry: () => (failure === undefined ? opened !== undefined || isPresent() : clock() >= failure.until),
    async open() {
      // A worker may come back with other weights, and says so here.
      if (opened !== undefined && !isInPython) return opened
      if (!isPresent() && embedder.kind !== 'python') {
        throw new TandemError(
          'conflict',
          `The model "${name}" is not on this server: there is no ${folder}. Bring it: tandem models pull ${name}`,
        )
      }
      opened = await runtime.open()
      return opened
    },
    async encodeBy(place, texts) {
      if (runtime.encodeBy !== undefined) return runtime.encodeBy(place, texts)
      const only = placeOf(embedder, undefined)
      if (place === only) return runtime.encode(texts)
      throw new TandemError('conflict', `The model "${name}" is computed by ${only} alone, not by ${place}.`)
    },
    noteHits(count) {
      counts.cacheHits += count
    },
    noteFailure(error) {
      const isNews = failure === undefined
      const pauseMs = Math.min(LONGEST_PAUSE_MS, failure === undefined ? FIRST_PAUSE_MS : failure.pauseMs * 2)
      failure = { message: error instanceof Error ? error.message : String(error), until: clock() + pauseMs, pauseMs }
      return isNews
    },
    noteSuccess() {
      failure = undefined
    },
    status: () => ({
      ...{
        name,
        base: tuned?.base ?? null,
        kind: embedder.kind,
        state: state(),
        error: failure?.message ?? null,
        runtime: placeOf(embedder, runtime.serving),
      },
      ...{ dimensions: opened?.dimensions ?? null, fingerprint: opened?.fingerprint ?? null },
      ...{ texts: counts.texts, cacheHits: counts.cacheHits, busySeconds: counts.busyMs / 1000 },
    }),
    close: () => runtime.close(),
  }
}

function placeOf({ kind }: Embedder, serving: 'node' | 'python' | undefined): EmbeddingModelStatus['runtime'] {
  if (kind === 'openai-compatible') return 'remote'
  return kind === 'python' ? 'python' : (serving ?? 'node')
}
