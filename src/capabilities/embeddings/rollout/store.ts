import type { Rollout } from './schema.ts'

/** A rollout as it is kept; what is measured is each server's own. */
export interface StoredRollout {
  readonly rollout: Omit<Rollout, 'measured'>
  /** Counts the changes: two servers cannot both take the same step. */
  readonly revision: number
}

export interface RolloutStore {
  list(): Promise<readonly StoredRollout[]>
  /** In the place of an older one of the model, unless that is as new: then false, and nothing is written. */
  save(rollout: StoredRollout['rollout'], revision: number, now: number): Promise<boolean>
}
