// The vectors of a collection. Which model made them is noted with the collection and with each document, so that whatever was cut
// off goes on where it was: documents without a vector are embedded in the background; where another model is to serve, its vectors
// are made beside the old ones, which serve until the new ones are complete.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ranking } from '../../algorithms/retrieval/keyword-index.ts'
import { KeySet } from '../../algorithms/vector/key-set.ts'
import { TandemError } from '../../errors.ts'
import type { Embeddings } from '../embeddings/index.ts'
import { CollectionVectors, type CollectionVectorsOptions, type Served } from './collection-vectors.ts'
import type { Near, SemanticIndex, SemanticSearch, SemanticState } from './semantic.ts'
import type { ChangedDocument, TextRow, VectorSource } from './store.ts'
import { findWantedModel } from './wanted-model.ts'

export interface SemanticVectorsOptions extends CollectionVectorsOptions {
  /** The model; absent: the first that can answer. */
  readonly embedder: () => string | undefined
  readonly embeddings: Pick<Embeddings, 'embedBatch' | 'status'>
  /** Called when vectors were made that other servers should read. */
  readonly onEmbedded: () => void
}

/** So many changed documents are embedded before their writer is answered; more in the background. */
const FEW = 256
const BATCH = 512
const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 60_000
const CHECK_MODEL_EVERY_MS = 60_000
/** So long the server that wrote documents has to make their vectors. */
const OTHERS_WORK_MS = 30_000
/**
 * What the ranking of a model counts beside that of BM25. Measured on training queries: sentence encoders at equal weight help, tables
 * of word vectors as a hint only, and hashed words next to nothing.
 */
const WEIGHTS: Readonly<Record<string, number>> = { static: 0.25, hash: 0.1 }

export class SemanticVectors implements SemanticIndex {
  readonly #options: SemanticVectorsOptions
  #opening: Promise<void> | undefined
  readonly #vectors: CollectionVectors
  /** Whether the model that serves gave vectors that are not comparable with those in the index. */
  #hasChanged = false
  #embedded = 0
  #bytes = 0
  #running: Promise<void> | undefined
  /** Whether something came up while the work was running. */
  #again = false
  #timer: NodeJS.Timeout | undefined
  #later: NodeJS.Timeout | undefined
  readonly #closing = new AbortController()

  constructor(options: SemanticVectorsOptions) {
    this.#options = options
    this.#vectors = new CollectionVectors(options)
  }

  get #serving(): Served | undefined {
    return this.#vectors.serving
  }

  get #building(): CollectionVectors['building'] {
    return this.#vectors.building
  }

  get weight(): number {
    const { models } = this.#options.embeddings.status()
    return WEIGHTS[models.find(({ name }) => name === this.#serving?.model)?.kind ?? ''] ?? 1
  }

  state(): SemanticState {
    const { model = null, dimensions = null, fingerprint = null } = this.#serving ?? {}
    return { model, dimensions, fingerprint, isRebuilding: this.#building !== undefined, embedded: this.#embedded, bytes: this.#bytes }
  }

  async apply(changes: readonly ChangedDocument[], isOwn: boolean): Promise<void> {
    await this.#open()
    const fingerprint = this.#serving?.fingerprint
    const stale = changes.filter(({ content, embedded }) => content !== null && (embedded === null || embedded !== fingerprint))
    const gone = changes.filter(({ content }) => content === null).map(({ row }) => row)
    // Vectors of changed texts stay until the new ones replace them: the work in the background may have done so already.
    await this.#vectors.delete(gone)
    if (stale.length > 0 && !isOwn) this.#lookLater()
    else if (stale.length > 0 && stale.length <= FEW) {
      const texts = stale.map(({ row, sequence, text }) => ({ row, sequence, text: text ?? '' }))
      await this.#embed(texts).catch(() => this.#start())
    } else if (stale.length > 0) this.#start()
    await this.#count()
  }

  async refresh(): Promise<void> {
    await this.#open()
    if (this.#serving === undefined) await this.#vectors.adopt()
    await this.#serving?.index.refresh()
    await this.#count()
  }

  async search(near: Near, { k, bits }: SemanticSearch): Promise<Ranking> {
    await this.#open()
    if (this.#serving === undefined) await this.#vectors.adopt()
    const serving = this.#serving
    if (serving === undefined) {
      const { store, uid } = this.#options
      if ((await store.count(uid)) === 0) return { rows: new Int32Array(), scores: new Float64Array() }
      throw new TandemError(
        'unavailable',
        `The collection "${this.#options.name}" has no vectors yet. Try again shortly, or search by words.`,
      )
    }
    const [vector, allowed] = await Promise.all([this.#vectorOf(near, serving), bits])
    const hits = await serving.index.search({
      vector,
      k: Math.min(k, 1000),
      ...(allowed === undefined ? {} : { filter: KeySet.ofBits(allowed) }),
    })
    return { rows: Int32Array.from(hits, ({ key }) => key), scores: Float64Array.from(hits, ({ score }) => score) }
  }

  async similarities(rows: Int32Array): Promise<(left: number, right: number) => number> {
    const { store, uid, embeddings } = this.#options
    const found = await store.byRows(uid, [...rows])
    const shown = found.filter(({ text }) => text.trim() !== '')
    const serving = this.#serving
    if (serving === undefined || shown.length === 0) return () => 0
    const { vectors } = await embeddings.embedBatch(
      shown.map(({ text }) => text),
      { model: serving.model },
    )
    const byRow = new Map(shown.map(({ row }, at) => [row, vectors[at]!]))
    return (left, right) => {
      const [x, y] = [byRow.get(rows[left]!), byRow.get(rows[right]!)]
      if (x === undefined || y === undefined) return 0
      return x.reduce((sum, value, at) => sum + value * y[at]!, 0)
    }
  }

  async drop(): Promise<void> {
    await this.close()
    await this.#vectors.drop()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#timer)
    clearTimeout(this.#later)
    await this.#running
    await this.#opening?.catch(() => {})
    await this.#vectors.close()
  }

  #open(): Promise<void> {
    this.#opening ??= this.#openStored().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #openStored(): Promise<void> {
    await this.#vectors.open()
    await this.#count()
    this.#start()
    // A better model may come, or the one that failed answer again.
    this.#timer = setInterval(() => this.#start(), CHECK_MODEL_EVERY_MS).unref()
  }

  /** A server that dies before it has made the vectors of what it wrote leaves them to the others. */
  #lookLater(): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined
      this.#start()
    }, OTHERS_WORK_MS).unref()
  }

  async #count(): Promise<void> {
    if (this.#serving === undefined) return
    this.#embedded = await this.#serving.index.count()
    this.#bytes = (await this.#serving.index.stats()).memoryBytes
  }

  async #vectorOf(near: Near, serving: Served): Promise<ArrayLike<number>> {
    if ('vector' in near) return near.vector
    const { embeddings, store, uid } = this.#options
    const text = 'text' in near ? near.text : ((await store.byRows(uid, [near.row]))[0]?.text ?? '')
    if (text.trim() === '') throw new TandemError('invalid_input', 'The document has no text to be similar to.')
    const { vectors, fingerprint } = await embeddings.embedBatch([text], { model: serving.model })
    if (fingerprint === serving.fingerprint) return vectors[0]!
    this.#hasChanged = true
    this.#start()
    throw new TandemError('unavailable', `The model "${serving.model}" has changed; the vectors of the collection are being made again.`)
  }

  /** Makes the vectors of documents and notes that they are there. */
  async #embed(documents: readonly TextRow[]): Promise<void> {
    const { store, uid, onEmbedded } = this.#options
    const first = await this.#into(this.#serving, documents)
    if (this.#building !== undefined) await this.#into(this.#building, documents)
    if (first === undefined) return
    await store.markEmbedded(uid, documents, first)
    // Changed or deleted while their vectors were made: whoever did may have been here before, and these came over what they left.
    const changed = await store.changedAmong(uid, documents)
    const gone = changed.filter(({ text }) => text === null).map(({ row }) => row)
    await this.#vectors.delete(gone)
    const newer = changed.flatMap(({ text, ...place }) => (text === null ? [] : [{ ...place, text }]))
    if (newer.length > 0) return this.#embed(newer)
    onEmbedded()
  }

  /** Into one index; the first vectors of a collection make it. Returns the fingerprint; undefined when the model has changed. */
  async #into(served: Served | undefined, documents: readonly TextRow[]): Promise<string | undefined> {
    const { embeddings, embedder } = this.#options
    const shown = documents.filter(({ text }) => text.trim() !== '')
    const blank = documents.filter(({ text }) => text.trim() === '').map(({ row }) => row)
    if (blank.length > 0) await served?.index.delete(blank)
    if (shown.length === 0) return served?.fingerprint
    const model = served?.model ?? embedder()
    const answer = await embeddings.embedBatch(
      shown.map(({ text }) => text),
      // A stop does not wait for hundreds of texts: what has no vector yet gets it after the next start.
      { ...(model === undefined ? {} : { model }), remember: shown.length <= FEW, signal: this.#closing.signal },
    )
    if (served !== undefined && answer.fingerprint !== served.fingerprint) {
      this.#hasChanged = true
      return undefined
    }
    const target = served ?? (await this.#vectors.makeFirst(answer))
    if (target.fingerprint !== answer.fingerprint) return undefined
    await target.index.upsert({ keys: shown.map(({ row }) => row), vectors: answer.vectors })
    return answer.fingerprint
  }

  async reconsider(): Promise<void> {
    await this.#open()
    this.#start()
  }

  /** Does in the background what is left to do; tries again after a failure. */
  #start(): void {
    if (this.#closing.signal.aborted) return
    this.#again = true
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
    })
  }

  async #work(): Promise<void> {
    const { log, name } = this.#options
    for (let retryMs = FIRST_RETRY_MS; !this.#closing.signal.aborted; retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)) {
      try {
        while (this.#again) {
          this.#again = false
          await this.#embedMissing()
          await this.#changeModel()
        }
        return
      } catch (error) {
        if (this.#closing.signal.aborted) return
        this.#again = true
        log.warn(
          { collection: name, error: error instanceof Error ? error.message : String(error), retryMs },
          'vectors could not be made; trying again',
        )
        await sleep(retryMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {})
      }
    }
  }

  async #embedMissing(): Promise<void> {
    const { store, uid } = this.#options
    while (!this.#closing.signal.aborted) {
      const documents = await store.unembedded(uid, BATCH)
      if (documents.length === 0) return
      await this.#embed(documents)
      await this.#count()
      // Of a model that has changed no vector was taken; it is its turn next.
      if ((await store.unembedded(uid, 1))[0]?.row === documents[0]!.row) return
    }
  }

  /** Where another model is to serve: makes its vectors, then lets it. */
  async #changeModel(): Promise<void> {
    const { store, uid, log, name } = this.#options
    const target = this.#building ?? (await this.#wantedModel())
    if (target === undefined || this.#serving === undefined) return
    const building = await this.#vectors.build(target)
    log.info({ collection: name, from: this.#serving.model, to: building.model }, 'vectors are made anew; the old ones serve meanwhile')
    for (;;) {
      if (this.#closing.signal.aborted) return
      const documents = await store.textsAfter(uid, building.after, BATCH)
      if (documents.length === 0) break
      if ((await this.#into(building, documents)) === undefined)
        throw new TandemError('unavailable', `The model "${building.model}" has changed again.`)
      building.after = documents.at(-1)!.row
      await this.#vectors.save()
    }
    const forgetOld = await this.#vectors.replace(building)
    await store.markAll(uid, building.fingerprint)
    await this.#count()
    await forgetOld()
    log.info({ collection: name, model: building.model }, 'the new vectors serve')
  }

  async #wantedModel(): Promise<VectorSource | undefined> {
    const { embeddings, embedder } = this.#options
    const serving = this.#serving
    if (serving === undefined) return undefined
    const wanted = await findWantedModel({ embeddings, embedder: embedder(), serving, hasChanged: this.#hasChanged })
    if (wanted === undefined) this.#hasChanged = false
    return wanted
  }
}
