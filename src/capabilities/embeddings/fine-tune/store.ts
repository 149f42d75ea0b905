// The port to fine-tuned embedding models: who there is, what serves, and the files of their versions.
import type { Queryable } from '../../../platform/storage/database.ts'
import type { TunedVersion } from './schema.ts'

export interface Activation {
  /** Null: the base. */
  readonly version: string | null
  readonly at: number
  readonly action: 'train' | 'activate' | 'rollback'
  readonly actor: string
}

export interface StoredTunedModel {
  readonly name: string
  readonly base: string
  readonly collection: string | null
  readonly active: string | null
  /** Oldest first. */
  readonly history: readonly Activation[]
  readonly createdAt: number
}

/** What the API shows of a version, but for what stands beside it. */
export type VersionDetails = Omit<TunedVersion, 'model' | 'version' | 'createdAt' | 'active' | 'artifact'>

export interface StoredTunedVersion {
  readonly model: string
  readonly version: string
  readonly createdAt: number
  readonly sha256: string
  readonly sizeBytes: number
  readonly details: VersionDetails
}

export interface TunedStore {
  models(on?: Queryable): Promise<StoredTunedModel[]>
  find(name: string, on?: Queryable): Promise<StoredTunedModel | undefined>
  /** Holds the model's row until the end of the transaction; false when there is none. */
  lock(name: string, on: Queryable): Promise<boolean>
  saveModel(model: StoredTunedModel, on: Queryable): Promise<void>
  /** Newest first. */
  versions(on?: Queryable): Promise<StoredTunedVersion[]>
  insertVersion(version: StoredTunedVersion, content: Uint8Array, on: Queryable): Promise<void>
  /** The file as it was stored; undefined for no such version. @throws `artifact_damaged` when it was changed. */
  content(model: string, version: string): Promise<Uint8Array | undefined>
  deleteVersions(model: string, versions: readonly string[], on: Queryable): Promise<void>
  deleteModel(name: string, on: Queryable): Promise<void>

  /** Keeps examples until their training has ended; returns what they are found by. */
  putExamples(content: Uint8Array, now: number): Promise<string>
  examples(id: string): Promise<Uint8Array | undefined>
  deleteExamples(id: string, on?: Queryable): Promise<void>
  /** Forgets examples of trainings that never came to an end. */
  sweepExamples(before: number): Promise<void>
}
