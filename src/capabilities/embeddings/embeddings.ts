// Texts to vectors: who answers, what is known already, and the rest computed in batches. The vectors of one answer are of one model.
import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Embedder, EmbeddingsDefinition } from '../../definitions.ts'
import type { Embedding, EmbeddingBatch, EmbedOptions } from '../../embeddings.ts'
import { TandemError } from '../../errors.ts'
import type { PythonUse } from '../../platform/python/runtimes.ts'
import { checkEmbedders, DEFAULT_MODELS } from './check-embedders.ts'
import { checkTexts, fewerDimensions } from './check-texts.ts'
import { embedStream } from './embed-stream.ts'
import type { EmbeddingMetrics } from './metrics.ts'
import { createModelSlot, type ModelSlot } from './model-slot.ts'
import { folderOf } from './runtimes/create-runtime.ts'
import type { OpenedModel } from './runtimes/runtime.ts'
import type { EmbeddingStatus } from './schema.ts'
import type { EmbeddingStore } from './store.ts'
import { createStoredVectors, type StoredVectors } from './stored-vectors.ts'
import { createTunedSlots, type TunedSlotsParts } from './tuned-slots.ts'
import { createVectorCache, type VectorCache } from './vector-cache.ts'

export interface BatchOptions extends EmbedOptions {
  /**
   * False for bulk work: vectors of a model that computes them about as fast as they are looked up are not remembered, and the vectors of
   * equal texts may be one array, and those of a batch views of one. Default true.
   */
  readonly remember?: boolean
}

export interface Embeddings {
  /** One text. */
  embed(text: string, options?: EmbedOptions): Promise<Embedding>
  /** Any number of texts in one answer. */
  embedBatch(texts: readonly string[], options?: BatchOptions): Promise<EmbeddingBatch>
  /** As many texts as come, in their order, in bounded memory; all by the model that answered the first ones. */
  embedMany(texts: Iterable<string> | AsyncIterable<string>, options?: EmbedOptions): AsyncGenerator<Embedding>
  /** By that runtime and no other, past cache and queue, for comparing them. @throws `conflict` when the model is not computed there */
  encodeBy(model: string, runtime: 'node' | 'python', texts: readonly string[]): Promise<readonly Float32Array[]>
  status(): EmbeddingStatus
  /** The model that a fine-tuning starts from: the one named, or the first that can answer. A fine-tuned one stands for its base. */
  baseOf(name?: string): Promise<BaseModel>
  close(): Promise<void>
}

export interface BaseModel {
  readonly name: string
  readonly kind: Embedder['kind']
  /** Where its files lie; undefined for one without. */
  readonly folder: string | undefined
  readonly dimensions: number
  readonly fingerprint: string
}

export interface EmbeddingsParts {
  readonly definition?: EmbeddingsDefinition
  /** Where `tandem models pull` puts models. */
  readonly modelsDir: string
  /** The second tier of the cache; without it vectors are remembered in memory only. */
  readonly store?: EmbeddingStore
  /** The register of fine-tuned models. */
  readonly tuned?: TunedSlotsParts['tuned']
  readonly clock: () => number
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void }
  readonly metrics?: EmbeddingMetrics
  /** Of vectors in memory. */
  readonly cacheBytes: number
  /** Vectors kept in the database. */
  readonly cacheRows: number
  /** Told of the texts that were computed, not of those whose vector was known. */
  readonly onComputed?: (model: string, texts: readonly string[]) => void
  /** A model's thread without work ends after this time. Default 300,000. */
  readonly idleTimeoutMs?: number
  /** The Python workers, and the models they may compute. */
  readonly python?: PythonUse
}

/** What says that a model cannot answer, and not that it was asked wrongly. */
const FAILURES: ReadonlySet<string> = new Set(['dependency_missing', 'invalid_config', 'artifact_damaged', 'unavailable', 'internal'])
/** The event loop is given back after this. */
const SLICE_MS = 4

/**
 * Opens nothing yet: each model when it is first asked.
 *
 * @throws `invalid_config` when a model or the list of default ones makes no sense.
 */
export function createEmbeddings(parts: EmbeddingsParts): Embeddings {
  const { definition = {}, modelsDir, clock, log, metrics, idleTimeoutMs = 300_000 } = parts
  const embedders = checkEmbedders(definition)
  const defaults = definition.default ?? DEFAULT_MODELS
  const slots = new Map(
    Object.entries(embedders).map(([name, embedder]: [string, Embedder]) => [
      name,
      createModelSlot({
        ...{ name, embedder, modelsDir, clock, idleTimeoutMs, python: parts.python, warn: log.warn, onComputed: parts.onComputed },
        isSharedWithPython: parts.python?.models.has(name) === true,
        hasFallback: defaults.includes(name) && defaults.at(-1) !== name,
      }),
    ]),
  )
  const cache = createVectorCache(parts.cacheBytes)
  const stored = createStoredVectors({ store: parts.store, clock, log, mostRows: parts.cacheRows })
  const counts = { hits: 0, storedHits: 0, misses: 0 }

  const tunedSlots =
    parts.tuned &&
    createTunedSlots({
      ...parts,
      tuned: parts.tuned,
      embedders,
      slots,
      embedBatch: (...given) => embedBatch(...given),
      idleTimeoutMs,
      warn: log.warn,
    })
  const slotOf = async (name: string): Promise<ModelSlot> => {
    const slot = slots.get(name) ?? (await tunedSlots?.find(name))
    if (slot !== undefined) return slot
    const message = `There is no embedding model "${name}". Known: ${[...slots.keys()].join(', ')}.`
    throw new TandemError('invalid_input', message, { errors: [{ path: '/model', message }] })
  }

  /** The models that may answer, first the one that should. */
  const candidates = async (name: string | undefined): Promise<readonly ModelSlot[]> => {
    if (name !== undefined) return [await slotOf(name)]
    const all = defaults.map((each) => slots.get(each)!)
    const able = all.filter((slot) => slot.canTry())
    // All just failed: the last resort is to ask again.
    return able.length > 0 ? able : all.slice(-1)
  }

  const embedBatch: Embeddings['embedBatch'] = async (texts, { model, dimensions, signal, remember = true } = {}) => {
    const startedAt = performance.now()
    const checked = checkTexts(texts)
    signal?.throwIfAborted()
    let hashes: readonly string[] | undefined
    const answerBy = async (slot: ModelSlot): Promise<Answer> => {
      if (!remember && !slot.isCostly) return computeAll(slot, checked, dimensions)
      hashes ??= await hashTexts(checked)
      return answerFromTiers(slot, checked, hashes, dimensions, { cache, stored, counts })
    }
    let failed: unknown
    for (const slot of await candidates(model)) {
      try {
        const answer = await abortable(answerBy(slot), signal)
        slot.noteSuccess()
        const processingTimeMs = performance.now() - startedAt
        metrics?.observe(slot.name, { computed: texts.length - answer.cacheHits, hits: answer.cacheHits, seconds: processingTimeMs / 1000 })
        return { ...answer, model: slot.name, processingTimeMs }
      } catch (error) {
        if (!TandemError.is(error) || !FAILURES.has(error.code)) throw error
        failed = error
        const isNews = slot.noteFailure(error)
        if (model !== undefined) throw error
        metrics?.countFallback(slot.name)
        if (isNews) log.warn({ model: slot.name, error: error.message }, 'an embedding model cannot answer; the next one does')
      }
    }
    throw failed
  }

  const embeddings: Embeddings = {
    embedBatch,
    async embed(text, options) {
      const { vectors, model, fingerprint } = await embedBatch([text], options)
      return { vector: vectors[0]!, model, fingerprint }
    },
    async baseOf(name) {
      const named = name === undefined ? undefined : (parts.tuned?.resolve(name)?.base ?? name)
      for (const slot of await candidates(named)) {
        const embedder = embedders[slot.name]!
        const opened = await slot.open().catch((error: unknown) => {
          if (named !== undefined) throw error
        })
        if (opened !== undefined)
          return { name: slot.name, kind: embedder.kind, folder: folderOf(slot.name, embedder, modelsDir), ...opened }
      }
      throw new TandemError('unavailable', 'No embedding model can answer now, so there is none to start from.')
    },
    embedMany: (texts, options) => embedStream(texts, embedBatch, options),
    async encodeBy(model, runtime, texts) {
      const checked = checkTexts(texts)
      const slot = await slotOf(model)
      const { dimensions } = await slot.open()
      const { vectors } = await slot.encodeBy(runtime, checked)
      return checked.map((_, row) => vectors.slice(row * dimensions, (row + 1) * dimensions))
    },
    status: () => ({
      models: [...slots.values(), ...(tunedSlots?.all() ?? [])].map((slot) => slot.status()),
      default: [...defaults],
      cache: {
        ...{ entries: cache.entries, bytes: cache.bytes, limitBytes: parts.cacheBytes, evictions: cache.evictions },
        ...{ hits: counts.hits, storedHits: counts.storedHits, misses: counts.misses, dropped: stored.dropped },
      },
      waiting: [...slots.values()].reduce((sum, slot) => sum + slot.batcher.waiting, 0),
    }),
    async close() {
      await stored.close()
      await tunedSlots?.close()
      await Promise.all([...slots.values()].map((slot) => slot.close()))
    },
  }
  metrics?.read(() => embeddings.status())
  return embeddings
}

interface Tiers {
  readonly cache: VectorCache
  readonly stored: StoredVectors
  readonly counts: { hits: number; storedHits: number; misses: number }
}

type Answer = Omit<EmbeddingBatch, 'model' | 'processingTimeMs'>

async function openFor(slot: ModelSlot, wanted: number | undefined): Promise<OpenedModel> {
  const opened = await slot.open()
  if (wanted === undefined || wanted <= opened.dimensions) return opened
  const message = `dimensions is ${wanted}; vectors of "${slot.name}" have ${opened.dimensions}. Ask for ${opened.dimensions} or fewer.`
  throw new TandemError('invalid_input', message, { errors: [{ path: '/dimensions', message }] })
}

async function computeAll(slot: ModelSlot, texts: readonly string[], wanted: number | undefined): Promise<Answer> {
  const { dimensions, fingerprint } = await openFor(slot, wanted)
  const computed = await slot.batcher.compute(texts, texts, true)
  const width = wanted ?? dimensions
  const vectors = computed.map(({ vector }) => (width === dimensions ? vector : fewerDimensions(vector, width)))
  return { vectors, fingerprint, dimensions: width, cacheHits: 0, tokens: computed.reduce((sum, { tokens }) => sum + tokens, 0) }
}

async function answerFromTiers(
  slot: ModelSlot,
  texts: readonly string[],
  hashes: readonly string[],
  wanted: number | undefined,
  { cache, stored, counts }: Tiers,
): Promise<Answer> {
  const { dimensions, fingerprint } = await openFor(slot, wanted)
  const keys = hashes.map((one) => fingerprint + one)
  const vectors: (Float32Array | undefined)[] = keys.map((key) => cache.get(key))
  let missing = placesOf(vectors)
  counts.hits += texts.length - missing.length
  if (slot.isCostly && missing.length > 0) {
    const found = await stored.find(fingerprint, [...new Set(missing.map((at) => hashes[at]!))])
    for (const at of missing) {
      const vector = found.get(hashes[at]!)
      // A row of another width was damaged.
      if (vector?.length !== dimensions) continue
      vectors[at] = vector
      cache.set(keys[at]!, vector)
      counts.storedHits++
    }
    missing = placesOf(vectors)
  }
  counts.misses += missing.length
  const cacheHits = texts.length - missing.length
  slot.noteHits(cacheHits)
  let tokens = 0
  if (missing.length > 0) {
    const computed = await slot.batcher.compute(
      missing.map((at) => texts[at]!),
      missing.map((at) => keys[at]!),
    )
    for (const [index, at] of missing.entries()) {
      const { vector, tokens: read } = computed[index]!
      vectors[at] = vector
      tokens += read
      cache.set(keys[at]!, vector)
      if (slot.isCostly) stored.add(fingerprint, { textHash: hashes[at]!, vector })
    }
  }
  const width = wanted ?? dimensions
  // What is handed out is the caller's own: a change must not reach the cache.
  return { vectors: vectors.map((vector) => fewerDimensions(vector!, width)), fingerprint, dimensions: width, cacheHits, tokens }
}

function placesOf(vectors: readonly (Float32Array | undefined)[]): number[] {
  const places: number[] = []
  for (const [at, vector] of vectors.entries()) if (vector === undefined) places.push(at)
  return places
}

async function hashTexts(texts: readonly string[]): Promise<string[]> {
  const hashes: string[] = []
  let sliceEnd = performance.now() + SLICE_MS
  for (const text of texts) {
    hashes.push(hash('sha256', text, 'base64url'))
    if (performance.now() < sliceEnd) continue
    await nextTurn()
    sliceEnd = performance.now() + SLICE_MS
  }
  return hashes
}

/** The model goes on: others may wait for the same texts, and the cache keeps them. */
function abortable<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
