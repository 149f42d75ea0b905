// The register of fine-tuned embedding models: what each name stands for now, which version serves which collection, and how that changes.
// What is asked for often stands in memory, and is read again when a server says that it changed something.
import { createHash } from 'node:crypto'
import { TandemError } from '../../../errors.ts'
import type { Events } from '../../../platform/events/events.ts'
import type { Database, Queryable } from '../../../platform/storage/database.ts'
import type { TunedModel, TunedVersion, TunedVersionSummary } from './schema.ts'
import type { Activation, StoredTunedModel, StoredTunedVersion, TunedStore, VersionDetails } from './store.ts'
import { createTunedStore } from './store-sql.ts'

/** A version by the name that embeds with it: `campaigns@20261126_154500`. */
export interface TunedTarget {
  readonly name: string
  readonly model: string
  readonly version: string
  readonly base: string
  readonly sha256: string
  readonly method: VersionDetails['method']
}

export interface NewTunedVersion {
  readonly model: string
  readonly base: string
  readonly collection: string | null
  readonly file: Uint8Array
  readonly details: VersionDetails
  /** The version in service when the new one was judged. */
  readonly judgedAgainst: string | null
  readonly actor: string
}

export interface TunedModels {
  /** Reads what is stored, and begins to listen. */
  start(): Promise<void>
  refresh(): Promise<void>
  /** `name`: the version in service; `name@version`: that one. Undefined for what is not known, and for a model whose base serves. */
  resolve(name: string): TunedTarget | undefined
  /** Versions in service. */
  serving(): readonly TunedTarget[]
  /** The version that makes the vectors of a collection, by its name; undefined where the collection's own model does. */
  servingFor(collection: string): string | undefined
  /** Called after what serves has changed, here or on another server. Returns the function that stops it. */
  onChange(listener: (collection: string | null) => void): () => void
  content(target: TunedTarget): Promise<Uint8Array>
  list(): Promise<TunedModel[]>
  get(name: string): Promise<TunedModel>
  version(name: string, version: string): Promise<TunedVersion>
  /** Stores a version within a transaction, and puts it in service when its gate says so. Call `told` when that has committed. */
  publish(input: NewTunedVersion, tx: Queryable): Promise<{ readonly version: string; readonly told: () => Promise<void> }>
  activate(name: string, version: string, actor: string): Promise<TunedModel>
  /** What `rollback` would put in service; `conflict` when nothing served before. */
  previous(name: string): Promise<string | null>
  rollback(name: string, actor: string): Promise<TunedModel>
  delete(name: string): Promise<void>
  close(): void
}

export interface TunedModelsParts {
  readonly database: Database
  readonly events: Events
  readonly clock: () => number
  /** Collections whose vectors come from a version, by its name. */
  readonly collectionsOf: (target: string) => Promise<readonly string[]>
}

/** Older ones are deleted, but for the one in service and those whose vectors serve still. */
const VERSIONS_KEPT = 10
const HISTORY_KEPT = 50

export function createTunedModels({ database, events, clock, collectionsOf }: TunedModelsParts): TunedModels {
  const store = createTunedStore(database)
  let models = new Map<string, StoredTunedModel>()
  let targets = new Map<string, TunedTarget>()
  const listeners = new Set<(collection: string | null) => void>()
  let stop = (): void => {}

  const refresh = async (): Promise<void> => {
    const [stored, versions] = await Promise.all([store.models(), store.versions()])
    models = new Map(stored.map((model) => [model.name, model]))
    targets = new Map(versions.map(targetOf).map((target) => [target.name, target]))
  }
  const resolve = (name: string): TunedTarget | undefined => {
    const active = models.get(name)?.active
    return targets.get(typeof active === 'string' ? nameOf(name, active) : name)
  }
  const find = async (name: string): Promise<StoredTunedModel> => {
    const model = await store.find(name)
    if (model !== undefined) return model
    const known = (await store.models()).map((each) => each.name)
    const message = `There is no fine-tuned embedding model "${name}". ${known.length === 0 ? 'There are none yet.' : `Known: ${known.join(', ')}.`}`
    throw new TandemError('model_not_found', message, { details: { name } })
  }
  const get = async (name: string): Promise<TunedModel> => {
    const model = await find(name)
    return viewOf(
      model,
      (await store.versions()).filter((version) => version.model === name),
    )
  }
  const told = async (model: StoredTunedModel, previous: string | null, action: Activation['action']): Promise<void> => {
    await refresh()
    for (const listener of listeners) listener(model.collection)
    events.emit('embedding.activated', { model: model.name, version: model.active, previous, collection: model.collection, action })
  }
  const put = async (name: string, version: string | null, change: Pick<Activation, 'action' | 'actor'>): Promise<TunedModel> => {
    const { changed, previous } = await database.transaction(async (tx) => {
      if (!(await store.lock(name, tx))) await find(name)
      const model = (await store.find(name, tx))!
      const next = withActivation(model, { version, at: clock(), ...change })
      await store.saveModel(next, tx)
      return { changed: next, previous: model.active }
    })
    await told(changed, previous, change.action)
    return get(name)
  }
  /** Deletes the oldest versions beyond those that are kept. */
  const prune = async (name: string): Promise<void> => {
    const model = await store.find(name)
    const old: string[] = []
    for (const { version } of (await store.versions()).filter((each) => each.model === name).slice(VERSIONS_KEPT)) {
      if (version !== model?.active && (await collectionsOf(nameOf(name, version))).length === 0) old.push(version)
    }
    await database.transaction((tx) => store.deleteVersions(name, old, tx))
  }
  const previous = async (name: string): Promise<string | null> => {
    const { active, history } = await find(name)
    const versions = new Set((await store.versions()).filter(({ model }) => model === name).map(({ version }) => version))
    if (active === null) {
      throw new TandemError(
        'conflict',
        `The base of "${name}" is in service already; there is nothing to go back to. Activate a version instead.`,
      )
    }
    // What was put in service lies on what served before; a rollback takes it off again.
    const served: (string | null)[] = [null]
    for (const { version, action } of history) {
      if (action === 'rollback') served.pop()
      else served.push(version)
    }
    return served.slice(0, -1).findLast((version) => version === null || (version !== active && versions.has(version))) ?? null
  }

  return {
    async start() {
      await refresh()
      stop = events.on('embedding.activated', ({ collection, model, version }) => {
        // This server's own changes are known.
        if ((models.get(model)?.active ?? null) === version && targets.has(nameOf(model, version ?? ''))) return
        void refresh().then(
          () => {
            for (const listener of listeners) listener(collection)
          },
          () => {},
        )
      })
    },
    ...{ refresh, resolve, get, previous },
    serving: () => [...models.values()].flatMap(({ name }) => resolve(name) ?? []),
    servingFor(collection) {
      for (const model of models.values()) if (model.collection === collection && model.active !== null) return resolve(model.name)?.name
      return undefined
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async content({ model, version, name }) {
      const content = await store.content(model, version)
      if (content !== undefined) return content
      throw new TandemError('unavailable', `The version ${name} was deleted meanwhile.`)
    },
    async list() {
      const versions = await store.versions()
      return (await store.models()).map((model) =>
        viewOf(
          model,
          versions.filter((version) => version.model === model.name),
        ),
      )
    },
    async version(name, version) {
      const model = await find(name)
      return versionView(await findVersion(store, name, version), model)
    },
    async publish({ model: name, base, collection, file, details, judgedAgainst, actor }, tx) {
      const at = clock()
      await store.lock(name, tx)
      const known = (await store.find(name, tx)) ?? { name, base, collection, active: null, history: [], createdAt: at }
      if (known.active !== judgedAgainst) {
        throw new TandemError(
          'unavailable',
          `${name} has ${known.active ?? 'its base'} in service, but the new version was judged against ${judgedAgainst ?? 'the base'}. It is judged again.`,
        )
      }
      const versions = (await store.versions(tx)).filter((version) => version.model === name)
      const version = freeVersionName(at, new Set(versions.map((each) => each.version)))
      const sha256 = createHash('sha256').update(file).digest('hex')
      await store.insertVersion({ model: name, version, createdAt: at, sha256, sizeBytes: file.length, details }, file, tx)
      const moved = { ...known, base, collection }
      const next = details.gate.activated ? withActivation(moved, { version, at, action: 'train', actor }) : moved
      await store.saveModel(next, tx)
      return {
        version,
        told: async () => {
          await prune(name)
          await refresh()
          events.emit('embedding.trained', { model: name, version, activated: details.gate.activated, reason: details.gate.reason })
          if (details.gate.activated) await told(next, known.active, 'train')
        },
      }
    },
    async activate(name, version, actor) {
      await find(name)
      await findVersion(store, name, version)
      return put(name, version, { action: 'activate', actor })
    },
    rollback: async (name, actor) => put(name, await previous(name), { action: 'rollback', actor }),
    async delete(name) {
      const { active } = await find(name)
      if (active !== null) {
        throw new TandemError('conflict', `"${name}" has version ${active} in service. Roll back to its base first.`, {
          details: { active },
        })
      }
      for (const { version } of (await store.versions()).filter(({ model }) => model === name)) {
        const [collection] = await collectionsOf(nameOf(name, version))
        if (collection === undefined) continue
        throw new TandemError(
          'conflict',
          `The vectors of the collection "${collection}" come from ${nameOf(name, version)} still. Try again when it is embedded anew.`,
        )
      }
      await database.transaction((tx) => store.deleteModel(name, tx))
      await refresh()
      events.emit('embedding.activated', { model: name, version: null, previous: null, collection: null, action: 'delete' })
    },
    close: () => stop(),
  }
}

export const nameOf = (model: string, version: string): string => `${model}@${version}`

function targetOf({ model, version, sha256, details: { base, method } }: StoredTunedVersion): TunedTarget {
  return { name: nameOf(model, version), model, version, base, sha256, method }
}

function withActivation(model: StoredTunedModel, activation: Activation): StoredTunedModel {
  return { ...model, active: activation.version, history: [...model.history, activation].slice(-HISTORY_KEPT) }
}

async function findVersion(store: TunedStore, model: string, version: string): Promise<StoredTunedVersion> {
  const versions = (await store.versions()).filter((each) => each.model === model)
  const found = versions.find((each) => each.version === version)
  if (found !== undefined) return found
  const known = versions.map((each) => each.version).join(', ')
  throw new TandemError('version_not_found', `"${model}" has no version "${version}". Known: ${known || 'none'}.`, {
    details: { model, version },
  })
}

function freeVersionName(at: number, taken: ReadonlySet<string>): string {
  const stamp = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')
  let name = stamp
  for (let number = 2; taken.has(name); number++) name = `${stamp}_${number}`
  return name
}

function viewOf(model: StoredTunedModel, versions: readonly StoredTunedVersion[]): TunedModel {
  return {
    ...{ name: model.name, base: model.base, collection: model.collection, active: model.active },
    createdAt: new Date(model.createdAt).toISOString(),
    versions: versions.map((version) => summaryOf(version, model)),
    history: model.history.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })).reverse(),
  }
}

function summaryOf(
  { model, version, createdAt, sha256, sizeBytes, details }: StoredTunedVersion,
  { active }: StoredTunedModel,
): TunedVersionSummary {
  const { base, method, before, after, gain } = details
  return {
    ...{ model, version, createdAt: new Date(createdAt).toISOString(), active: version === active },
    ...{ base, method, before, after, gain, artifact: { sha256, bytes: sizeBytes } },
  }
}

function versionView(stored: StoredTunedVersion, model: StoredTunedModel): TunedVersion {
  return { ...stored.details, ...summaryOf(stored, model) }
}
