// The port to stored models, their versions, aliases and history. Every method takes an open transaction as its last
// argument to join it.
import type { Queryable } from '../../platform/storage/database.ts'
import type { NewRow, Row } from '../../platform/storage/tables.ts'
import type { ModelDefinition, Version } from './schema.ts'

/** Alias of the version in service. */
export const ACTIVE = 'active'

export interface StoredModel {
  readonly name: string
  readonly definition: ModelDefinition
  readonly origin: 'config' | 'api'
  readonly createdAt: number
  readonly updatedAt: number
}

/** Everything of a version that stands in `metadata`; the rest are columns. */
export type VersionDetails = Omit<Version, 'version' | 'createdAt' | 'algorithm' | 'artifact' | 'active'> & {
  /** Outcomes received until this time were known to the training. */
  readonly dataUntil: number
  /** What was predicted; a version of another target or task cannot be compared. */
  readonly target: string
  readonly task: 'classification' | 'regression'
}

export interface StoredVersion {
  readonly model: string
  readonly version: string
  readonly createdAt: number
  readonly algorithm: Version['algorithm']
  readonly artifact: string
  readonly artifactBytes: number
  readonly details: VersionDetails
}

/** What servers compare to see whether anything changed. */
export interface ModelState {
  readonly name: string
  readonly updatedAt: number
  readonly active: string | null
}

export interface ModelStore {
  /** Every model with its active version, by name. */
  states(on?: Queryable): Promise<readonly ModelState[]>
  state(name: string, on?: Queryable): Promise<ModelState | undefined>
  find(name: string, on?: Queryable): Promise<StoredModel | undefined>
  list(options: { readonly after?: string; readonly limit: number }, on?: Queryable): Promise<readonly StoredModel[]>
  /** Holds the model's row until the transaction ends, so that changes of one model follow one another. False: there is none. */
  lock(name: string, on: Queryable): Promise<boolean>
  save(model: StoredModel, on?: Queryable): Promise<void>
  /** Deletes the model's rows of one table, at most `limit` of them; returns how many. */
  deleteRows(table: 'predictions' | 'outcomes', name: string, limit: number, on?: Queryable): Promise<number>
  /** Deletes the running sums of the model's predictions and outcomes. */
  deleteHours(name: string, on?: Queryable): Promise<void>
  /** Deletes the model with all that is small; returns the artifacts it used. */
  deleteModel(name: string, on: Queryable): Promise<readonly string[]>

  insertVersion(version: StoredVersion, on: Queryable): Promise<void>
  findVersion(model: string, version: string, on?: Queryable): Promise<StoredVersion | undefined>
  /** Newest first. */
  listVersions(
    model: string,
    options: { readonly after?: readonly [number, string]; readonly limit: number },
    on?: Queryable,
  ): Promise<readonly StoredVersion[]>
  /** Names that begin with a second's timestamp. */
  versionsLike(model: string, prefix: string, on: Queryable): Promise<readonly string[]>
  deleteVersion(model: string, version: string, on: Queryable): Promise<void>
  /** Whether any version or dataset part uses the artifact. */
  usesArtifact(hash: string, on?: Queryable): Promise<boolean>
  /** Every part of every dataset. */
  datasetArtifacts(): Promise<readonly string[]>
  /** Stored files that no version uses, in order of their hashes. */
  unversionedArtifacts(options: { readonly after: string; readonly limit: number }): Promise<readonly string[]>
  /** Deletes those of the files that are older than a time and that no version uses by now; returns how many. */
  deleteUnusedArtifacts(hashes: readonly string[], before: number): Promise<number>

  aliases(model: string, on?: Queryable): Promise<readonly { readonly alias: string; readonly version: string }[]>
  alias(model: string, alias: string, on?: Queryable): Promise<string | undefined>
  setAlias(model: string, alias: string, version: string, at: number, on?: Queryable): Promise<void>
  deleteAlias(model: string, alias: string, on?: Queryable): Promise<boolean>

  insertActivation(activation: NewRow<'activations'>, on: Queryable): Promise<void>
  /** Newest first; `at`: only the one in service then. */
  listActivations(
    model: string,
    options: { readonly before?: number; readonly at?: number; readonly limit: number },
    on?: Queryable,
  ): Promise<readonly Row<'activations'>[]>

  /** Outcomes received after a time. */
  countOutcomes(model: string, after: number, on?: Queryable): Promise<number>
  /** Until when outcomes were known to the newest training; 0 before the first. */
  trainedUntil(model: string, on?: Queryable): Promise<number>
}
