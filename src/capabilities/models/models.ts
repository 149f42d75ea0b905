// The capability "models": what is defined, which versions exist, which one is in service, and who was when.
import type { AnyModel } from '../../definitions.ts'
import { TandemError } from '../../errors.ts'
import type { Events } from '../../platform/events/events.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import { decodeCursor, pageOf } from '../../platform/storage/cursor.ts'
import type { Database, Queryable } from '../../platform/storage/database.ts'
import { activateVersion, type InTransaction, type NewVersion, publishVersion, rollbackVersion, type Switched } from './activation.ts'
import { type CheckedDefinition, checkDefinition, defineFromConfig, definitionText } from './definition.ts'
import { definedInCode, deleteAnswers, deleteModel, deleteVersion, type Stored } from './delete-model.ts'
import type { LiveModel } from './live-model.ts'
import { createReportStore } from './reports/store-sql.ts'
import { createReportsOfVersions, type ReportsOfVersions } from './reports/version-reports.ts'
import type { Activation, Model, ModelDefinition, Version } from './schema.ts'
import { createServingRegistry, type ModelLog, modelNotFound, type Serving, versionNotFound } from './serving.ts'
import { ACTIVE, type ModelStore, type StoredModel, type StoredVersion } from './store.ts'
import { createModelStore } from './store-sql.ts'
import { sweepArtifacts } from './sweep-artifacts.ts'
import { showActivation, showModel, showVersion } from './views.ts'

export interface ModelsOptions {
  readonly database: Database
  readonly artifacts: Artifacts
  readonly events: Events
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: ModelLog
  /** The models of the config by name; stored at `start`. */
  readonly definitions?: Readonly<Record<string, AnyModel>>
  /** Versions kept in memory beside those in service. Default 256 MB. */
  readonly cacheBytes?: number
  /** How often other servers' changes are looked for on PostgreSQL, should their events be lost. Default 5000. */
  readonly pollMs?: number
}

export interface PageQuery {
  readonly limit?: number
  readonly cursor?: string
}

export interface PageAnswer<Item> {
  readonly items: Item[]
  readonly nextCursor?: string
}

export interface Readiness {
  readonly ready: boolean
  readonly models: readonly { readonly model: string; readonly source: 'model' | 'fallback' | 'none'; readonly reason: string | null }[]
}

export interface Models extends ReportsOfVersions {
  /** Stores the config's definitions and loads the versions in service. */
  start(): Promise<void>
  close(): void

  /** @throws `invalid_input`; `conflict` for a model of the config. */
  put(name: string, definition: ModelDefinition): Promise<{ readonly model: Model; readonly created: boolean }>
  get(name: string): Promise<Model>
  list(page?: PageQuery): Promise<PageAnswer<Model>>
  /** @throws `model_not_found`; `conflict` for a model of the config. */
  delete(name: string): Promise<void>
  /** Called when a model answers no more and before the last of its rows are deleted. */
  onDelete(listener: (name: string) => Promise<void>): void

  listVersions(model: string, page?: PageQuery): Promise<PageAnswer<Version>>
  /** By version or alias. */
  getVersion(model: string, version: string): Promise<Version>
  /** The file of held-out rows that training wrote; undefined for versions from before these were kept. */
  heldOut(model: string, version: string): Promise<{ readonly version: Version; readonly file: Uint8Array | undefined }>
  /** @throws `version_active` for the one in service and for those with an alias. */
  deleteVersion(model: string, version: string): Promise<void>
  listAliases(model: string): Promise<{ items: { alias: string; version: string }[] }>
  setAlias(model: string, alias: string, version: string): Promise<{ alias: string; version: string }>
  deleteAlias(model: string, alias: string): Promise<void>

  activate(model: string, version: string, by?: { readonly actor?: string; readonly reason?: string }): Promise<Switched>
  rollback(model: string, by?: { readonly actor?: string; readonly reason?: string }): Promise<Switched>
  listActivations(model: string, query?: PageQuery & { readonly at?: string }): Promise<PageAnswer<Activation>>

  /** The model as it answers now, from memory: the hot path. Undefined: ask `find`. */
  serving(name: string): Serving | undefined
  /** As `serving`, looking in the database when it is not in memory. @throws `model_not_found`. */
  find(name: string): Promise<Serving>
  /** As `find`, read anew: what another server has changed a moment ago counts. For work that begins with a definition. */
  current(name: string): Promise<Serving>
  /** A version or alias in memory; undefined: ask `load`. */
  peek(name: string, version: string): LiveModel | undefined
  /** A version or alias. @throws `version_not_found`, `artifact_damaged`. */
  load(name: string, version: string): Promise<LiveModel>
  /** Drops a version, or all that are not in service, from memory. @throws `conflict` for the one in service. */
  release(name: string, version?: string): Promise<void>
  /** For training: stores a version, and puts it in service when its gate says so. See `publishVersion`. */
  publish(version: NewVersion, inTransaction?: InTransaction): Promise<Version>
  /** Stores a definition that was inferred from rows. @throws `conflict` when the model exists by now. */
  create(name: string, definition: ModelDefinition): Promise<Serving>
  /** How many outcomes came since the newest training knew of them. */
  outcomesSinceTraining(name: string, on?: Queryable): Promise<number>
  /** Deletes files that a server which died has left and nothing uses; older than a day, in small steps. Returns how many. */
  sweep(): Promise<number>
  /** Whether every model that has a version answers its canary or by its fallback. */
  readiness(): Readiness
}

export function createModels(options: ModelsOptions): Models {
  const { database, artifacts, events, clock, log, definitions = {}, cacheBytes = 256 * 1024 * 1024, pollMs = 5000 } = options
  const store = createModelStore(database)
  const reports = createReportStore(database.db)
  const serving = createServingRegistry({ store, artifacts, log, cacheBytes })
  const parts = { database, store, reports, artifacts, events, clock, serving }
  const stops: (() => void)[] = []
  const deleteListeners: ((name: string) => Promise<void>)[] = []
  let closed = false

  const find = async (name: string): Promise<Serving> => {
    const found = serving.get(name) ?? (await serving.refresh(name))
    if (found === undefined) throw modelNotFound(name)
    return found
  }
  const current = async (name: string): Promise<Serving> => {
    const found = await serving.refresh(name)
    if (found === undefined) throw modelNotFound(name)
    return found
  }
  const show = async (model: StoredModel): Promise<Model> => showModel(model, serving.get(model.name) ?? (await find(model.name)), store)
  const resolve = async (name: string, reference: string): Promise<string> => (await store.alias(name, reference)) ?? reference
  const stored = async (name: string, reference: string): Promise<StoredVersion> => {
    await find(name)
    const version = await store.findVersion(name, await resolve(name, reference))
    if (version === undefined) throw versionNotFound(name, reference)
    return version
  }
  const activeOf = (name: string): Promise<string | undefined> => store.alias(name, ACTIVE)
  const save = (name: string, checked: CheckedDefinition, origin: StoredModel['origin'], mayChange: boolean): Promise<boolean> =>
    saveDefinition({ database, store, clock }, { name, checked, origin, mayChange })
  const put = async (name: string, definition: ModelDefinition, mayChange: boolean): Promise<{ created: boolean; now: Serving }> => {
    const created = await save(name, checkDefinition(name, definition), 'api', mayChange)
    const now = await serving.refresh(name)
    events.emit('model.updated', { model: name })
    if (now === undefined) throw modelNotFound(name)
    return { created, now }
  }

  return {
    async start() {
      for (const [name, model] of Object.entries(definitions)) await save(name, defineFromConfig(name, model), 'config', true)
      await serving.refreshAll()
      const changed = ({ model }: { readonly model: string }): void => {
        serving.refresh(model).catch((error: unknown) => log.warn({ model, error: String(error) }, 'a changed model could not be read'))
      }
      stops.push(events.on('model.updated', changed), events.on('model.activated', changed))
      if (database.engine === 'postgres') stops.push(poll(pollMs, () => serving.refreshAll(), log))
    },
    close() {
      closed = true
      for (const stop of stops) stop()
      serving.close()
    },
    async put(name, definition) {
      const { created } = await put(name, definition, true)
      return { created, model: await this.get(name) }
    },
    create: async (name, definition) => (await put(name, definition, false)).now,
    async get(name) {
      const model = await store.find(name)
      if (model === undefined) throw modelNotFound(name)
      return show(model)
    },
    async list({ limit = 50, cursor } = {}) {
      const [after] = decodeCursor(cursor, ['string']) ?? []
      const rows = await store.list({ after, limit: limit + 1 })
      const page = pageOf(
        rows,
        limit,
        (row) => row,
        (row) => [row.name],
      )
      return { ...page, items: await Promise.all(page.items.map(show)) }
    },
    async delete(name) {
      await deleteModel(parts, definitions, name)
      await serving.refresh(name)
      for (const listener of deleteListeners) await listener(name)
      // What was predicted until the refresh may have been written meanwhile.
      await deleteAnswers(parts, name)
      events.emit('model.updated', { model: name })
    },
    onDelete(listener) {
      deleteListeners.push(listener)
    },
    async listVersions(name, { limit = 50, cursor } = {}) {
      await find(name)
      const after = decodeCursor(cursor, ['number', 'string'])
      const active = await activeOf(name)
      const rows = await store.listVersions(name, { after, limit: limit + 1 })
      return pageOf(
        rows,
        limit,
        (row) => showVersion(row, active),
        (row) => [row.createdAt, row.version],
      )
    },
    getVersion: async (name, version) => showVersion(await stored(name, version), await activeOf(name)),
    ...createReportsOfVersions({ reports, stored }),
    async heldOut(name, reference) {
      const version = showVersion(await stored(name, reference), await activeOf(name))
      return { version, file: await reports.heldOut(name, version.version) }
    },
    async deleteVersion(name, version) {
      await find(name)
      await deleteVersion(parts, name, version)
      serving.evict(name, version)
    },
    async listAliases(name) {
      await find(name)
      return { items: [...(await store.aliases(name))] }
    },
    async setAlias(name, alias, version) {
      await find(name)
      await setAlias(parts, name, alias, version)
      return { alias, version }
    },
    async deleteAlias(name, alias) {
      await find(name)
      if (alias === ACTIVE) throw reservedAlias()
      if (!(await store.deleteAlias(name, alias))) throw new TandemError('not_found', `Model "${name}" has no alias "${alias}".`)
    },
    async activate(name, reference, { actor = 'program', reason } = {}) {
      const { version } = await stored(name, reference)
      return activateVersion(parts, { model: name, version, actor, action: 'activate', reason: reason ?? `Activated by ${actor}.` })
    },
    async rollback(name, { actor = 'program', reason } = {}) {
      await find(name)
      return rollbackVersion(parts, { model: name, actor, reason: reason ?? `Rolled back by ${actor}.` })
    },
    async listActivations(name, { limit = 50, cursor, at } = {}) {
      await find(name)
      const [before] = decodeCursor(cursor, ['number']) ?? []
      const rows = await store.listActivations(name, { before, at: at === undefined ? undefined : Date.parse(at), limit: limit + 1 })
      return pageOf(rows, limit, showActivation, (row) => [row.id])
    },
    serving: serving.get,
    find,
    current,
    peek(name, version) {
      return serving.peek(name, version)
    },
    async load(name, reference) {
      await find(name)
      return serving.load(name, await resolve(name, reference))
    },
    async release(name, reference) {
      const { activeVersion } = await find(name)
      const version = reference === undefined ? undefined : await resolve(name, reference)
      if (activeVersion !== null && (version ?? activeVersion) === activeVersion) throw staysInMemory(name, activeVersion)
      serving.evict(name, version)
    },
    async publish(version, inTransaction = (work) => database.transaction(work)) {
      const row = await publishVersion(parts, version, inTransaction)
      return showVersion(row, row.details.gate.activated ? row.version : undefined)
    },
    outcomesSinceTraining: async (name, on) => store.countOutcomes(name, await store.trainedUntil(name, on), on),
    async sweep() {
      const deleted = await sweepArtifacts({ store, clock, stopped: () => closed })
      if (deleted > 0) log.info({ deleted }, 'stored files that nothing uses were deleted')
      return deleted
    },
    readiness: () => readinessOf(serving.all()),
  }
}

/** One transaction, so that of two servers that start with the same config one writes and the other finds nothing to do. */
async function saveDefinition(
  { database, store, clock }: { database: Database; store: ModelStore; clock: () => number },
  { name, checked, origin, mayChange }: { name: string; checked: CheckedDefinition; origin: StoredModel['origin']; mayChange: boolean },
): Promise<boolean> {
  return database.transaction(async (tx) => {
    await store.lock(name, tx)
    const known = await store.find(name, tx)
    const { definition } = checked
    const same = known !== undefined && definitionText(known.definition) === definitionText(definition)
    if (same && known.origin === origin) return false
    if (origin === 'api' && known?.origin === 'config') throw definedInCode(name, 'change it there and restart')
    if (!mayChange && known !== undefined) {
      throw new TandemError('conflict', `Model "${name}" was created by another request meanwhile. Send the rows again to train it.`)
    }
    const now = clock()
    // The time also tells other servers that something changed, so it must move.
    const updatedAt = Math.max(now, (known?.updatedAt ?? 0) + 1)
    await store.save({ name, definition, origin, createdAt: known?.createdAt ?? now, updatedAt }, tx)
    return known === undefined
  })
}

async function setAlias({ database, store, clock }: Stored, name: string, alias: string, version: string): Promise<void> {
  if (alias === ACTIVE) throw reservedAlias()
  // A name that looks like a version would hide that version.
  if (!/^[a-z][a-z0-9_-]{0,39}$/.test(alias)) {
    throw new TandemError(
      'invalid_input',
      `"${alias}" is no alias: use a small letter, then at most 39 small letters, digits, "_" or "-".`,
      {
        errors: [{ path: '/alias', message: 'alias must match ^[a-z][a-z0-9_-]{0,39}$' }],
      },
    )
  }
  await database.transaction(async (tx) => {
    await store.lock(name, tx)
    if ((await store.findVersion(name, version, tx)) === undefined) throw versionNotFound(name, version)
    await store.setAlias(name, alias, version, clock(), tx)
  })
}

function readinessOf(servings: readonly Serving[]): Readiness {
  const models = servings.map(({ name, live, fallback, problem, activeVersion }) => {
    const answers = live?.answersCanary() === true
    const source = answers ? ('model' as const) : fallback ? ('fallback' as const) : ('none' as const)
    return {
      model: name,
      source,
      reason: live && !answers ? 'canary: the version answers differently than when it was trained' : problem,
      activeVersion,
    }
  })
  return {
    // A model that was never trained has nothing to be ready with; it must not keep a new server from traffic.
    ready: models.every(({ source, activeVersion }) => source !== 'none' || activeVersion === null),
    models: models.map(({ activeVersion: _, ...model }) => model),
  }
}

function poll(everyMs: number, work: () => Promise<void>, log: ModelLog): () => void {
  let stopped = false
  let timer: ReturnType<typeof setTimeout>
  const next = (): void => {
    timer = setTimeout(async () => {
      await work().catch((error: unknown) => log.warn({ error: String(error) }, 'models could not be compared with the database'))
      if (!stopped) next()
    }, everyMs)
    timer.unref()
  }
  next()
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}

function staysInMemory(model: string, version: string): TandemError {
  return new TandemError(
    'conflict',
    `Version ${version} of model "${model}" is in service and stays in memory. Activate another version, or name one that is not in service.`,
    { details: { model, version } },
  )
}

function reservedAlias(): TandemError {
  return new TandemError('conflict', 'The alias "active" is the version in service. Use activate or rollback to move it.')
}
