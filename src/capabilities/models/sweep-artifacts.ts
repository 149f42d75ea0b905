// Deletes stored files that nothing uses: what a server leaves that dies between storing the parts of an upload and the
// dataset, or a model file and its version. In small steps, so that other work on the database gets its turn.
import type { ModelStore } from './store.ts'

export interface SweepOptions {
  readonly store: Pick<ModelStore, 'datasetArtifacts' | 'unversionedArtifacts' | 'deleteUnusedArtifacts'>
  readonly clock: () => number
  readonly stopped: () => boolean
}

/**
 * Younger files may belong to an upload under way here or on another server: its dataset is stored last. No upload lasts a day;
 * one that did would end with an error of its training and not with wrong rows.
 */
export const ORPHAN_AFTER_MS = 86_400_000
const HASHES_PER_STEP = 500
/** A file has up to 16 MB; other writers wait while these are deleted. */
const FILES_PER_DELETE = 10

/** @returns how many were deleted. */
export async function sweepArtifacts({ store, clock, stopped }: SweepOptions): Promise<number> {
  const before = clock() - ORPHAN_AFTER_MS
  // A dataset that is stored after this look has parts that are too young.
  const used = new Set(await store.datasetArtifacts())
  let deleted = 0
  let after = ''
  while (!stopped()) {
    const hashes = await store.unversionedArtifacts({ after, limit: HASHES_PER_STEP })
    const unused = hashes.filter((hash) => !used.has(hash))
    for (let at = 0; at < unused.length && !stopped(); at += FILES_PER_DELETE) {
      deleted += await store.deleteUnusedArtifacts(unused.slice(at, at + FILES_PER_DELETE), before)
    }
    const last = hashes.at(-1)
    if (last === undefined || hashes.length < HASHES_PER_STEP) break
    after = last
  }
  return deleted
}
