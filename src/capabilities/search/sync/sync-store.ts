// The port to where the progress of syncs is kept.
import type { SyncReport } from './schema.ts'

/** A sync that runs or was cut off. */
export interface OpenSync {
  /** The cursor's value it reads from; absent: all. */
  readonly since?: string | undefined
  /** The greatest value of the cursor when it began: where the next one reads from. */
  readonly newest?: string | undefined
  /** The last row that was written. */
  readonly after?: string | undefined
  readonly expected?: number | undefined
  /** Whether all rows are read, and what is gone is deleted now. */
  readonly deleting?: boolean
  readonly report: SyncReport
}

export interface SyncState {
  /** Of the source and the schema that the rest is about. */
  readonly key: string
  readonly newest?: string | undefined
  readonly open?: OpenSync | undefined
  readonly last?: SyncReport | undefined
}

export interface SyncStore {
  find(uid: string): Promise<SyncState | undefined>
  save(uid: string, state: SyncState, now: number): Promise<void>
}
