// Who answers for each model: the versions in memory. The truth is in the database; this is brought to it at start, after
// every change here, when another server tells of one, and by a slow poll. A version whose file is missing or damaged is
// tried again from 1 s to 60 s apart; meanwhile the version before it or the fallback answers.
import { TandemError } from '../../errors.ts'
import type { Artifacts } from '../../platform/storage/artifacts.ts'
import { type CheckedDefinition, checkDefinition, definitionText } from './definition.ts'
import { createFallback, type Fallback } from './fallback.ts'
import { type LiveModel, openModelFile } from './live-model.ts'
import type { ModelStore, StoredModel } from './store.ts'

export interface ModelLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** One model as it answers now. Replaced as a whole, never changed, so a request that holds one stays consistent. */
export interface Serving {
  readonly name: string
  readonly origin: 'config' | 'api'
  readonly definition: CheckedDefinition
  readonly updatedAt: number
  /** What the database says is in service. */
  readonly activeVersion: string | null
  /** The version in memory: the active one, or the one before it while the active one cannot be loaded. */
  readonly live: LiveModel | undefined
  readonly fallback: Fallback | undefined
  /** Why the active version does not answer: `artifact_damaged: ...`, `no_version: ...`. */
  readonly problem: string | null
}

export interface ServingRegistry {
  /** In memory only, for the hot path. */
  get(name: string): Serving | undefined
  all(): readonly Serving[]
  /** Brings one model to what the database says. `loaded` saves reading a version that was just verified. */
  refresh(name: string, loaded?: LiveModel): Promise<Serving | undefined>
  /** Brings every model that differs. */
  refreshAll(): Promise<void>
  /** A version that need not be active, from memory or the database. @throws `version_not_found`, `artifact_damaged`. */
  load(name: string, version: string): Promise<LiveModel>
  /** A version in memory. */
  peek(name: string, version: string): LiveModel | undefined
  evict(name: string, version?: string): void
  close(): void
}

export interface ServingParts {
  readonly store: ModelStore
  readonly artifacts: Artifacts
  readonly log: ModelLog
  /** Versions kept beside the active ones. */
  readonly cacheBytes: number
}

const RETRY_MIN_MS = 1000
const RETRY_MAX_MS = 60_000

export function createServingRegistry({ store, artifacts, log, cacheBytes }: ServingParts): ServingRegistry {
  const servings = new Map<string, Serving>()
  const queues = new Map<string, Promise<unknown>>()
  const retries = new Map<string, { timer: ReturnType<typeof setTimeout>; delayMs: number }>()
  const cache = createCache(cacheBytes)
  let closed = false

  const open = async (name: string, version: string): Promise<LiveModel> => {
    const known = cache.get(`${name} ${version}`)
    if (known) return known
    const stored = await store.findVersion(name, version)
    if (stored === undefined) throw versionNotFound(name, version)
    const live = openModelFile(await artifacts.get(stored.artifact), { name, version, artifact: stored.artifact })
    cache.set(`${name} ${version}`, live)
    return live
  }

  const bring = async (name: string, loaded: LiveModel | undefined): Promise<Serving | undefined> => {
    const [model, state] = [await store.find(name), await store.state(name)]
    if (model === undefined || state === undefined) {
      servings.delete(name)
      cache.drop(`${name} `)
      stopRetry(name)
      return undefined
    }
    const before = servings.get(name)
    const definition = definitionOf(model, before)
    let live = before?.live?.version === state.active ? before.live : undefined
    let problem = state.active === null ? 'no_version: the model has no trained version in service yet' : null
    if (state.active !== null && live === undefined) {
      try {
        live = loaded?.version === state.active ? loaded : await open(name, state.active)
      } catch (error) {
        problem = problemOf(error)
        live = before?.live
      }
    }
    const fallback = before && before.definition === definition ? before.fallback : createFallback(definition)
    const { origin, updatedAt } = model
    const now: Serving = { name, origin, definition, updatedAt, activeVersion: state.active, live, fallback, problem }
    if (closed) return now
    servings.set(name, now)
    tellChange(before, now)
    if (state.active !== null && problem !== null) retryLater(name)
    else stopRetry(name)
    return now
  }

  const tellChange = (before: Serving | undefined, now: Serving): void => {
    const about = { model: now.name, version: now.activeVersion, problem: now.problem }
    const broken = now.activeVersion !== null && now.problem !== null
    const wasBroken = before !== undefined && before.activeVersion !== null && before.problem !== null
    if (broken && now.problem !== before?.problem) {
      const answering = now.live ? `version ${now.live.version}` : now.fallback ? 'the fallback' : 'nothing'
      log.error({ ...about, answering }, 'the version in service cannot be loaded')
    } else if (wasBroken && !broken) log.info(about, 'the version in service is loaded again')
  }

  /** One after the other for each model, so that an older look at the database never overwrites a newer one. */
  const refresh = (name: string, loaded?: LiveModel): Promise<Serving | undefined> => {
    const turn = (queues.get(name) ?? Promise.resolve()).catch(() => undefined).then(() => bring(name, loaded))
    queues.set(name, turn)
    const leave = (): void => {
      if (queues.get(name) === turn) queues.delete(name)
    }
    turn.then(leave, leave)
    return turn
  }

  const retryLater = (name: string): void => {
    const last = retries.get(name)
    const delayMs = last === undefined ? RETRY_MIN_MS : Math.min(RETRY_MAX_MS, last.delayMs * 2)
    clearTimeout(last?.timer)
    const timer = setTimeout(() => {
      refresh(name).catch(() => retryLater(name))
    }, delayMs)
    timer.unref()
    retries.set(name, { timer, delayMs })
  }
  const stopRetry = (name: string): void => {
    clearTimeout(retries.get(name)?.timer)
    retries.delete(name)
  }

  return {
    get: (name) => servings.get(name),
    all: () => [...servings.values()],
    refresh,
    async refreshAll() {
      const states = await store.states()
      const names = new Set(states.map(({ name }) => name))
      for (const { name, updatedAt, active } of states) {
        const known = servings.get(name)
        if (known?.updatedAt !== updatedAt || known.activeVersion !== active) await refresh(name)
      }
      for (const name of servings.keys()) if (!names.has(name)) await refresh(name)
    },
    load: open,
    peek: (name, version) => cache.get(`${name} ${version}`),
    evict: (name, version) => cache.drop(version === undefined ? `${name} ` : `${name} ${version}`),
    close() {
      closed = true
      for (const { timer } of retries.values()) clearTimeout(timer)
      retries.clear()
    },
  }
}

export function versionNotFound(model: string, version: string): TandemError {
  return new TandemError(
    'version_not_found',
    `Model "${model}" has no version or alias "${version}". GET /v1/models/${model}/versions lists them.`,
    {
      details: { model, version },
    },
  )
}

export function modelNotFound(model: string): TandemError {
  return new TandemError(
    'model_not_found',
    `There is no model "${model}". GET /v1/models lists the models; PUT /v1/models/${model} makes one.`,
    {
      details: { model },
    },
  )
}

/** Keeps the parsed definition, its encoder and its fallback as long as the text is the same. */
function definitionOf(model: StoredModel, before: Serving | undefined): CheckedDefinition {
  const same = before !== undefined && definitionText(before.definition.definition) === definitionText(model.definition)
  return same ? before.definition : checkDefinition(model.name, model.definition, { isStored: true })
}

function problemOf(error: unknown): string {
  const code = TandemError.is(error) ? error.code : 'internal'
  const message = error instanceof Error ? error.message : String(error)
  return `${code === 'artifact_not_found' ? 'artifact_damaged' : code}: ${message}`
}

/** Least recently used versions, bounded by their bytes; one larger than the bound is kept alone. */
function createCache(limitBytes: number) {
  const entries = new Map<string, LiveModel>()
  let bytes = 0
  const remove = (key: string): void => {
    bytes -= entries.get(key)?.sizeBytes ?? 0
    entries.delete(key)
  }
  return {
    get(key: string): LiveModel | undefined {
      const live = entries.get(key)
      if (live === undefined) return undefined
      entries.delete(key)
      entries.set(key, live)
      return live
    },
    set(key: string, live: LiveModel): void {
      remove(key)
      entries.set(key, live)
      bytes += live.sizeBytes
      for (const oldest of entries.keys()) {
        if (bytes <= limitBytes || entries.size === 1) break
        remove(oldest)
      }
    },
    drop(prefix: string): void {
      for (const key of entries.keys()) if (key === prefix || (prefix.endsWith(' ') && key.startsWith(prefix))) remove(key)
    },
  }
}
