// The port to what was measured when versions were trained. Deleted with the version.

import type { ModelCard } from '../../../algorithms/card/model-card.ts'
import type { Queryable } from '../../../platform/storage/database.ts'
import type { NewRowsEvaluation, NewRowsSummary } from './new-rows/schema.ts'
import type { Evaluation, Profile } from './schema.ts'

export interface VersionReports {
  readonly evaluation: Omit<Evaluation, 'model' | 'version'>
  readonly profile: Omit<Profile, 'model' | 'version'>
  /** A .tdm file of held-out rows and what the version said to them; training writes and reads it. */
  readonly heldOut: Uint8Array
  /** Absent: of a version that training did not make. */
  readonly card?: ModelCard
  /** See `sample-file.ts`. */
  readonly sample?: Uint8Array
}

export interface ReportStore {
  insert(model: string, version: string, reports: VersionReports, on: Queryable): Promise<void>
  /** Undefined for versions from before reports were kept. */
  evaluation(model: string, version: string): Promise<VersionReports['evaluation'] | undefined>
  profile(model: string, version: string): Promise<VersionReports['profile'] | undefined>
  heldOut(model: string, version: string): Promise<VersionReports['heldOut'] | undefined>
  card(model: string, version: string): Promise<VersionReports['card'] | undefined>
  sample(model: string, version: string): Promise<VersionReports['sample'] | undefined>
  readonly newRows: NewRowsStore
}

export interface NewRowsStore {
  /** Only the newest 50 of a version stay. */
  insert(evaluation: NewRowsEvaluation): Promise<void>
  /** Newest first. */
  list(model: string, version: string): Promise<readonly NewRowsSummary[]>
  find(model: string, version: string, id: string): Promise<NewRowsEvaluation | undefined>
  /** False: there was none. */
  delete(model: string, version: string, id: string): Promise<boolean>
}
