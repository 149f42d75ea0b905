// The indexes of a collection's vectors: the one that is searched and the one that is being made to take its place, opened as they are
// noted with the collection.
import type { Database } from '../../platform/storage/database.ts'
import type { SnapshotTimes } from '../../platform/storage/snapshot-keeper.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { SearchStore, VectorSource, VectorState } from './store.ts'
import type { ExactVectorIndex } from './vectors/exact-vector-index.ts'
import { dropVectorIndex, openVectorIndex } from './vectors/open-vector-index.ts'
import type { ScanThreads } from './vectors/scan-threads.ts'

export interface CollectionVectorsOptions {
  readonly uid: string
  readonly name: string
  readonly store: SearchStore
  readonly database: Database
  readonly threads: ScanThreads
  readonly log: Log
  /** Where copies of the indexes are kept to open them quickly; absent: nowhere. */
  readonly snapshotDir: string | undefined
  readonly snapshots: SnapshotTimes
}

export interface Served extends VectorSource {
  readonly index: ExactVectorIndex
}

export class CollectionVectors {
  serving: Served | undefined
  /** `after`: the last row that has its vector. */
  building: (Served & { after: number }) | undefined
  readonly #options: CollectionVectorsOptions
  #making: Promise<Served> | undefined
  #adopting: Promise<void> | undefined

  constructor(options: CollectionVectorsOptions) {
    this.#options = options
  }

  /** Opens what the collection has. */
  async open(): Promise<void> {
    const { store, uid } = this.#options
    const { serving, building } = await store.vectors(uid)
    if (serving !== undefined) this.serving = await this.#openIndex(serving)
    if (building !== undefined) this.building = { ...(await this.#openIndex(building)), after: building.after }
  }

  /** Another server has made the first vectors, or let another model serve. */
  adopt(): Promise<void> {
    const adopt = async (): Promise<void> => {
      const { serving } = await this.#options.store.vectors(this.#options.uid)
      if (serving !== undefined && this.serving === undefined) this.serving = await this.#openIndex(serving)
    }
    this.#adopting ??= adopt().finally(() => {
      this.#adopting = undefined
    })
    return this.#adopting
  }

  /** Writers and the work in the background may come at once, and there is to be one index. */
  makeFirst(source: VectorSource): Promise<Served> {
    const make = async (): Promise<Served> => {
      await this.adopt()
      if (this.serving === undefined) {
        this.serving = await this.#openIndex(source)
        await this.save()
      }
      return this.serving
    }
    this.#making ??= make().finally(() => {
      this.#making = undefined
    })
    return this.#making
  }

  /** Begins the index that is to take the place of the one that serves. */
  async build(source: VectorSource): Promise<Served & { after: number }> {
    this.building ??= { ...(await this.#openIndex(source)), after: -1 }
    return this.building
  }

  /** Lets the index that was built serve; the old one is closed and forgotten by the function that it returns. */
  async replace(building: Served & { after: number }): Promise<() => Promise<void>> {
    const old = this.serving
    this.serving = building
    this.building = undefined
    await this.save()
    return async () => {
      const { database, snapshotDir } = this.#options
      await old?.index.close()
      if (old !== undefined) await dropVectorIndex(database, this.#nameOf(old), snapshotDir)
    }
  }

  async delete(rows: readonly number[]): Promise<void> {
    if (rows.length === 0) return
    for (const part of [this.serving, this.building]) await part?.index.delete(rows)
  }

  /** Notes with the collection which indexes there are. */
  save(): Promise<void> {
    const { store, uid } = this.#options
    const of = ({ model, fingerprint, dimensions }: VectorSource): VectorSource => ({ model, fingerprint, dimensions })
    const state: VectorState = {
      ...(this.serving === undefined ? {} : { serving: of(this.serving) }),
      ...(this.building === undefined ? {} : { building: { ...of(this.building), after: this.building.after } }),
    }
    return store.setVectors(uid, state)
  }

  /** Forgets what is stored of the collection's vectors; to be called when they are closed. */
  async drop(): Promise<void> {
    const { database, store, uid, snapshotDir } = this.#options
    const { serving, building } = await store.vectors(uid)
    for (const source of [serving, building]) if (source !== undefined) await dropVectorIndex(database, this.#nameOf(source), snapshotDir)
  }

  async close(): Promise<void> {
    await this.serving?.index.close()
    await this.building?.index.close()
  }

  async #openIndex(source: VectorSource): Promise<Served> {
    const { database, threads, log, name, snapshotDir, snapshots } = this.#options
    const { model, fingerprint, dimensions } = source
    const index = await openVectorIndex({
      ...{ name: this.#nameOf(source), database, threads, dimensions, snapshots, ...(snapshotDir === undefined ? {} : { snapshotDir }) },
      onError: (error) => log.warn({ collection: name, error: String(error) }, 'the vectors of a collection could not be tidied'),
    })
    return { model, fingerprint, dimensions, index }
  }

  #nameOf({ fingerprint }: VectorSource): string {
    return `${this.#options.uid}:${fingerprint}`
  }
}
