// How models and versions go: what is large in small steps, so that other work on the database gets its turn.
import type { AnyModel } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import type { Database } from '../../platform/storage/database.ts'
import { modelNotFound, versionNotFound } from './serving.ts'
import { ACTIVE, type ModelStore } from './store.ts'

/** What changes to stored models need. */
export interface Stored {
  readonly database: Database
  readonly store: ModelStore
  readonly artifacts: Artifacts
  readonly clock: () => number
}

const ROWS_PER_DELETE = 5000

/** @throws `model_not_found`; `conflict` for a model of the config. */
export async function deleteModel(
  { database, store, artifacts }: Stored,
  definitions: Readonly<Record<string, AnyModel>>,
  name: string,
): Promise<void> {
  const model = await store.find(name)
  if (model === undefined) throw modelNotFound(name)
  // One that has left the config may go.
  if (model.origin === 'config' && definitions[name] !== undefined) throw definedInCode(name, 'remove it there')
  // In steps, so that other writers get their turn; the model goes last, so a crash on the way leaves something to delete again.
  await deleteAnswers({ store }, name)
  const hashes = await database.transaction(async (tx) => {
    await store.lock(name, tx)
    return store.deleteModel(name, tx)
  })
  for (const hash of new Set(hashes)) if (!(await store.usesArtifact(hash))) await artifacts.delete(hash)
}

/** What was predicted, what came true, and the sums of both. */
export async function deleteAnswers({ store }: Pick<Stored, 'store'>, name: string): Promise<void> {
  for (const table of ['outcomes', 'predictions'] as const) {
    while ((await store.deleteRows(table, name, ROWS_PER_DELETE)) === ROWS_PER_DELETE);
  }
  await store.deleteHours(name)
}

/** @throws `version_active` for the one in service and for those with an alias. */
export async function deleteVersion({ database, store, artifacts }: Stored, name: string, version: string): Promise<void> {
  const artifact = await database.transaction(async (tx) => {
    await store.lock(name, tx)
    const found = await store.findVersion(name, version, tx)
    if (found === undefined) throw versionNotFound(name, version)
    const alias = (await store.aliases(name, tx)).find((entry) => entry.version === version)?.alias
    if (alias !== undefined) {
      const what =
        alias === ACTIVE ? 'is in service. Activate another version first' : `has the alias "${alias}". Delete or move the alias first`
      throw new TandemError('version_active', `Version ${version} of model "${name}" ${what}.`, { details: { version, alias } })
    }
    await store.deleteVersion(name, version, tx)
    return found.artifact
  })
  if (!(await store.usesArtifact(artifact))) await artifacts.delete(artifact)
}

/** The error for a change of a model that the config defines. */
export function definedInCode(name: string, remedy: string): TandemError {
  return new TandemError('conflict', `Model "${name}" is defined in code (tandem.config.ts); ${remedy}.`, { details: { origin: 'config' } })
}
