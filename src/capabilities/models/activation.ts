// How a version comes into service: verified first, then alias, history and event in one transaction, then swapped in memory.
// The model's row is held meanwhile, so two activations follow one another, on one server and across servers.
import { TandemError } from '../../errors.ts'
import type { Events } from '../../platform/events/events.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import type { Database, Queryable } from '../../platform/storage/database.ts'
import { type LiveModel, openModelFile } from './live-model.ts'
import type { ReportStore, VersionReports } from './reports/store.ts'
import type { Activation } from './schema.ts'
import { modelNotFound, type ServingRegistry, versionNotFound } from './serving.ts'
import { ACTIVE, type ModelStore, type StoredVersion, type VersionDetails } from './store.ts'

/** Runs work in one transaction: the database's own, or a job's `finish`. */
export type InTransaction = <Result>(work: (tx: Queryable) => Promise<Result>) => Promise<Result>

export interface NewVersion {
  readonly model: string
  /** The encoded model file. */
  readonly file: Uint8Array
  readonly algorithm: StoredVersion['algorithm']
  readonly details: Omit<VersionDetails, 'parent'>
  /** Absent: nothing was measured. */
  readonly reports?: VersionReports
  /** The version in service when the candidate was judged. When another one is by now, `publish` throws `conflict` with `details.active`. */
  readonly judgedAgainst: string | null
  readonly actor: string
  readonly action: 'train' | 'retrain' | 'import'
}

export interface Switched {
  readonly model: string
  readonly version: string
  readonly previous: string | null
}

export interface ActivationParts {
  readonly database: Database
  readonly store: ModelStore
  readonly reports: Pick<ReportStore, 'insert'>
  readonly artifacts: Artifacts
  readonly events: Events
  readonly clock: () => number
  readonly serving: ServingRegistry
}

interface Change {
  readonly model: string
  readonly version: string
  readonly actor: string
  readonly action: Activation['action']
  readonly reason: string
}

/**
 * Stores a trained version, and puts it in service when its gate says so.
 *
 * @throws `conflict` when the version in service is no longer the one it was judged against; `model_not_found`; `artifact_damaged`.
 */
export async function publishVersion(parts: ActivationParts, input: NewVersion, inTransaction: InTransaction): Promise<StoredVersion> {
  const { store, artifacts, clock, serving } = parts
  const { model, file, details } = input
  // Asks the canary before anything is stored.
  const identity = { name: model, version: 'candidate', artifact: '' }
  const live = openModelFile(file, identity)
  const artifact = await artifacts.put(file)
  const insert = async (tx: Queryable): Promise<StoredVersion> => {
    if (!(await store.lock(model, tx))) throw modelNotFound(model)
    const active = (await store.alias(model, ACTIVE, tx)) ?? null
    if (active !== input.judgedAgainst) throw championChanged(model, input.judgedAgainst, active)
    const createdAt = clock()
    const version = await freeVersionName(store, model, createdAt, tx)
    const row: StoredVersion = {
      model,
      version,
      createdAt,
      algorithm: input.algorithm,
      artifact,
      artifactBytes: file.length,
      details: { ...details, parent: active },
    }
    await store.insertVersion(row, tx)
    if (input.reports) await parts.reports.insert(model, version, input.reports, tx)
    const { activated, reason } = details.gate
    if (activated) await switchActive(parts, { model, version, actor: input.actor, action: input.action, reason }, tx)
    return row
  }
  const stored = await inTransaction(insert).catch(async (error: unknown) => {
    if (!(await store.usesArtifact(artifact))) await artifacts.delete(artifact)
    throw error
  })
  // A version of the same bytes may have been deleted since `put`.
  if (!(await artifacts.has(artifact))) await artifacts.put(file)
  if (details.gate.activated) {
    // Its messages name it too.
    identity.version = stored.version
    await serving.refresh(model, { ...live, version: stored.version, artifact })
    tellActivated(parts, { model, version: stored.version, previous: stored.details.parent }, input.action)
  }
  return stored
}

/**
 * Puts a stored version in service. It is loaded and asked first; the old one serves until then.
 *
 * @throws `version_not_found`, `artifact_damaged`, `artifact_not_found`.
 */
export async function activateVersion(parts: ActivationParts, change: Change): Promise<Switched> {
  const { database, serving } = parts
  const { model, version } = change
  const live = await verified(parts, model, version)
  const previous = await database.transaction((tx) => switchActive(parts, change, tx))
  await serving.refresh(model, live)
  if (previous !== version) tellActivated(parts, { model, version, previous }, change.action)
  return { model, version, previous }
}

/**
 * Puts the version back that was in service before the present one.
 *
 * @throws `conflict` when there is none, or it was deleted.
 */
export async function rollbackVersion(parts: ActivationParts, change: Omit<Change, 'version' | 'action'>): Promise<Switched> {
  const { store, database, serving } = parts
  const { model } = change
  for (;;) {
    const active = await store.alias(model, ACTIVE)
    const target = await versionBefore(store, model, active)
    const live = await verified(parts, model, target)
    const previous = await database.transaction(async (tx) => {
      if (!(await store.lock(model, tx))) throw modelNotFound(model)
      // Another activation came between: what is "before" has changed.
      if ((await store.alias(model, ACTIVE, tx)) !== active) return undefined
      return switchActive(parts, { ...change, version: target, action: 'rollback' }, tx)
    })
    if (previous === undefined) continue
    await serving.refresh(model, live)
    tellActivated(parts, { model, version: target, previous }, 'rollback')
    return { model, version: target, previous }
  }
}

/** Walks back through the history: each rollback goes one step further, not to and fro between two versions. */
async function versionBefore(store: ModelStore, model: string, active: string | undefined): Promise<string> {
  if (active === undefined) {
    throw new TandemError(
      'conflict',
      `Model "${model}" has no version in service, so there is none to go back from. Train or activate one.`,
    )
  }
  const history = [...(await store.listActivations(model, { limit: 1000 }))].reverse()
  const stack: string[] = []
  for (const { action, version } of history) {
    if (action === 'rollback') {
      while (stack.length > 0 && stack.at(-1) !== version) stack.pop()
      if (stack.length === 0) stack.push(version)
    } else if (stack.at(-1) !== version) stack.push(version)
  }
  while (stack.at(-1) === active) stack.pop()
  for (const version of stack.reverse()) if (await store.findVersion(model, version)) return version
  throw new TandemError(
    'conflict',
    `Model "${model}" cannot roll back: no version was in service before ${active}${history.length > 1 ? ' that still exists' : ''}. Activate a version by name instead.`,
    { details: { active } },
  )
}

async function verified({ serving, store, artifacts }: ActivationParts, model: string, version: string): Promise<LiveModel> {
  const stored = await store.findVersion(model, version)
  if (stored === undefined) throw versionNotFound(model, version)
  const known = serving.get(model)?.live
  // Read again even when it is cached: what goes into service must survive a restart.
  const bytes = await artifacts.get(stored.artifact)
  if (known?.version === version && known.artifact === stored.artifact && known.answersCanary()) return known
  return openModelFile(bytes, { name: model, version, artifact: stored.artifact })
}

/** Alias and history, in the caller's transaction. Activating what is active already writes nothing. */
async function switchActive({ store, clock }: ActivationParts, change: Change, tx: Queryable): Promise<string | null> {
  const { model, version, actor, action, reason } = change
  if (!(await store.lock(model, tx))) throw modelNotFound(model)
  const previous = (await store.alias(model, ACTIVE, tx)) ?? null
  if (previous === version) return previous
  if ((await store.findVersion(model, version, tx)) === undefined) throw versionNotFound(model, version)
  const at = clock()
  await store.setAlias(model, ACTIVE, version, at, tx)
  await store.insertActivation({ model, version, previous, activated_at: at, actor, action, reason }, tx)
  return previous
}

function tellActivated({ events }: ActivationParts, { model, version, previous }: Switched, action: Activation['action']): void {
  events.emit('model.activated', { model, version, previous, action })
}

/** `20261121_093000`, then `20261121_093000_2` and so on; the model's row is held, so no other can take it. */
async function freeVersionName(store: ModelStore, model: string, time: number, tx: Queryable): Promise<string> {
  const stamp = new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
  const taken = new Set(await store.versionsLike(model, stamp, tx))
  let name = stamp
  for (let number = 2; taken.has(name); number++) name = `${stamp}_${number}`
  return name
}

function championChanged(model: string, judgedAgainst: string | null, active: string | null): TandemError {
  return new TandemError(
    'conflict',
    `Model "${model}" has version ${active} in service, but the candidate was judged against ${judgedAgainst ?? 'none'}. Judge it again.`,
    { details: { active, judgedAgainst } },
  )
}
