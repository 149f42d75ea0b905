// Moves models from Node to the Python workers by share. Every few seconds the same texts go through both, and what they took and how far
// they agree decides with the errors of the traffic whether the step is over, or all goes back. Kept in the database: a restart goes on.
import { vectorAgreement } from '../../../algorithms/metrics/vector-agreement.ts'
import { TandemError } from '../../../errors.ts'
import type { ServerEvents } from '../../../platform/events/create-events.ts'
import type { RuntimePath } from '../../../platform/python/schema.ts'
import type { Embeddings } from '../embeddings.ts'
import { decideStep } from './decide-step.ts'
import type { RecentTexts } from './recent-texts.ts'
import { type Rollout, type StartRollout, StartRolloutSchema } from './schema.ts'
import type { RolloutStore, StoredRollout } from './store.ts'

export interface RolloutsParts {
  readonly embeddings: Pick<Embeddings, 'encodeBy'>
  readonly store: RolloutStore
  readonly recent: RecentTexts
  /** What went through the workers. */
  readonly workerPaths: () => readonly RuntimePath[]
  readonly events: Pick<ServerEvents, 'emit' | 'on' | 'onGap'>
  readonly clock: () => number
  /** Milliseconds that only grow, by which both runtimes are timed; default `performance.now`. */
  readonly stopwatch?: () => number
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void }
  /** Default 5,000. */
  readonly checkEveryMs?: number
}

export interface Rollouts {
  /** Takes up what ran before. */
  start(): Promise<void>
  list(): readonly Rollout[]
  /** @throws `not_found` */
  get(model: string): Rollout
  /** @throws `conflict` when one of the model runs, or it is not computed in both runtimes; `unavailable` when the workers do not answer */
  begin(input: StartRollout): Promise<Rollout>
  /** Back to what the settings prefer. @throws `not_found`; `conflict` when there is nothing to take back */
  abort(model: string): Promise<Rollout>
  /** Of the model's batches that go to the workers; undefined: as the settings prefer. */
  share(model: string): number | undefined
  /** Checks now, for what waits for it. */
  check(): Promise<void>
  close(): Promise<void>
}

const CHECKED_TEXTS = 8
/** Shorter than this is as good as this: the ratio of two such times says how the system shared its cores, not which runtime is slower. */
const SHORTEST_MS = 1
const MOST_HISTORY = 20
/** Where the traffic has shown too few texts yet. */
const OWN_TEXTS = [
  'A summer sale of running shoes for women',
  'The invoice of March is overdue by two weeks.',
  'Wie richte ich den Drucker im zweiten Stock ein?',
  '12.5 % more clicks, at half the cost per order',
]

/** What this server has seen of the step that runs. */
interface Seen {
  readonly before: { readonly calls: number; readonly errors: number; readonly items: number }
  readonly ratios: number[]
  cosine: number | null
}

interface Entry {
  stored: StoredRollout
  seen: Seen
}

export function createRollouts(parts: RolloutsParts): Rollouts {
  const { embeddings, store, recent, workerPaths, events, clock, stopwatch = () => performance.now(), log, checkEveryMs = 5_000 } = parts
  const entries = new Map<string, Entry>()
  let timer: NodeJS.Timeout | undefined
  let checking: Promise<void> | undefined

  const countsOf = (model: string): Seen['before'] => {
    const path = workerPaths().find((one) => one.path === 'embed' && one.model === model)
    return { calls: path?.calls ?? 0, errors: path?.errors ?? 0, items: path?.items ?? 0 }
  }
  const fresh = (model: string): Seen => ({ before: countsOf(model), ratios: [], cosine: null })
  const view = ({ stored: { rollout }, seen }: Entry): Rollout => {
    const now = countsOf(rollout.model)
    return {
      ...rollout,
      measured: {
        texts: now.items - seen.before.items,
        calls: now.calls - seen.before.calls,
        errors: now.errors - seen.before.errors,
        checks: seen.ratios.length,
        cosine: seen.cosine,
        latencyRatio: median(seen.ratios),
      },
    }
  }
  const load = async (): Promise<void> => {
    for (const stored of await store.list()) {
      const { model } = stored.rollout
      const known = entries.get(model)
      if (known !== undefined && known.stored.revision >= stored.revision) continue
      entries.set(model, { stored, seen: fresh(model) })
    }
  }
  /** Writes a change, or takes over what another server wrote meanwhile. */
  const change = async (entry: Entry, next: Partial<StoredRollout['rollout']>, reason: string): Promise<boolean> => {
    const { rollout, revision } = entry.stored
    const at = new Date(clock()).toISOString()
    const changed = { ...rollout, ...next, reason, steppedAt: at }
    const history = [...rollout.history, { at, share: changed.share, reason }].slice(-MOST_HISTORY)
    const stored = { rollout: { ...changed, history }, revision: revision + 1 }
    if (!(await store.save(stored.rollout, stored.revision, clock()))) {
      await load()
      return false
    }
    entry.stored = stored
    entry.seen = fresh(rollout.model)
    const { model, status, share } = changed
    log.info({ model, status, share }, `rollout: ${reason}`)
    events.emit('rollout.changed', { model, status, share, reason })
    return true
  }
  const timed = async <Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly ms: number }> => {
    const startedAt = stopwatch()
    const result = await work()
    return { result, ms: stopwatch() - startedAt }
  }
  const compare = async (entry: Entry): Promise<void> => {
    const { model } = entry.stored.rollout
    const texts = [...recent.take(model, CHECKED_TEXTS), ...OWN_TEXTS].slice(0, CHECKED_TEXTS)
    const node = await timed(() => embeddings.encodeBy(model, 'node', texts))
    const python = await timed(() => embeddings.encodeBy(model, 'python', texts))
    const { cosine } = vectorAgreement(node.result, python.result)
    entry.seen.cosine = Math.min(entry.seen.cosine ?? 1, cosine?.least ?? -1)
    entry.seen.ratios.push(Math.max(python.ms, SHORTEST_MS) / Math.max(node.ms, SHORTEST_MS))
    if (entry.seen.ratios.length > 100) entry.seen.ratios.shift()
  }
  const finish = (status: Rollout['status'], share: number) => ({ status, share, finishedAt: new Date(clock()).toISOString() })
  const look = async (entry: Entry): Promise<void> => {
    try {
      await compare(entry)
    } catch (error) {
      // The check itself counts among the calls that failed; Node answers the traffic meanwhile.
      log.warn({ model: entry.stored.rollout.model, error: String(error) }, 'a check of a rollout failed')
    }
    const rollout = view(entry)
    const decision = decideStep(rollout, clock() - Date.parse(rollout.steppedAt))
    if (decision.kind === 'back') await change(entry, finish('stepped-back', 0), decision.reason)
    if (decision.kind === 'complete') await change(entry, finish('complete', rollout.steps.at(-1)!), decision.reason)
    if (decision.kind === 'advance') await change(entry, { step: decision.step, share: rollout.steps[decision.step]! }, decision.reason)
  }
  const check = async (): Promise<void> => {
    for (const entry of entries.values()) if (entry.stored.rollout.status === 'running') await look(entry)
  }
  const tick = (): void => {
    checking ??= check()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the rollouts could not be checked; they are again soon'))
      .finally(() => {
        checking = undefined
      })
  }
  const watch = (): void => {
    timer ??= setInterval(tick, checkEveryMs).unref()
  }
  const reload = (): void => {
    load().then(watch, (error: unknown) => log.warn({ error: String(error) }, 'the rollouts could not be read'))
  }
  const stops = [events.on('rollout.changed', reload), events.onGap(reload)]
  const entryOf = (model: string): Entry => {
    const entry = entries.get(model)
    if (entry !== undefined) return entry
    throw new TandemError('not_found', `No rollout of "${model}" was started. Known: ${[...entries.keys()].join(', ') || 'none'}.`)
  }

  return {
    async start() {
      await load()
      if (entries.size > 0) watch()
    },
    list: () => [...entries.values()].map(view).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
    get: (model) => view(entryOf(model)),
    async begin(input) {
      const { model, steps, holdSeconds, minTexts, ...gates } = StartRolloutSchema.parse(input)
      checkSteps(steps)
      const known = entries.get(model)
      if (known?.stored.rollout.status === 'running') {
        throw new TandemError('conflict', `A rollout of "${model}" runs already, at ${known.stored.rollout.share * 100} %. Abort it first.`)
      }
      // Refuses a model that is not in both, and workers that do not answer, before anything changes.
      for (const runtime of ['node', 'python'] as const) await embeddings.encodeBy(model, runtime, OWN_TEXTS.slice(0, 1))
      const at = new Date(clock()).toISOString()
      const share = steps[0]!
      const reason = `Started at ${share * 100} %.`
      const rollout: StoredRollout['rollout'] = {
        ...{ model, from: 'node', to: 'python', status: 'running', share, steps, step: 0, holdSeconds, minTexts, gates, reason },
        ...{ startedAt: at, steppedAt: at, finishedAt: null, history: [{ at, share, reason }] },
      }
      const revision = (known?.stored.revision ?? 0) + 1
      if (!(await store.save(rollout, revision, clock()))) {
        await load()
        throw new TandemError('conflict', `Another server started a rollout of "${model}" at the same moment.`)
      }
      entries.set(model, { stored: { rollout, revision }, seen: fresh(model) })
      events.emit('rollout.changed', { model, status: 'running', share, reason })
      watch()
      return view(entryOf(model))
    },
    async abort(model) {
      const entry = entryOf(model)
      if (entry.stored.rollout.status === 'aborted') {
        throw new TandemError('conflict', `The rollout of "${model}" was aborted already: nothing of it is in force.`)
      }
      const isDone = await change(entry, finish('aborted', 0), 'Taken back by hand.')
      if (!isDone)
        throw new TandemError('conflict', `Another server changed the rollout of "${model}" at the same moment. Look at it again.`)
      return view(entry)
    },
    share(model) {
      const rollout = entries.get(model)?.stored.rollout
      return rollout === undefined || rollout.status === 'aborted' ? undefined : rollout.share
    },
    async check() {
      await checking
      await check()
    },
    async close() {
      clearInterval(timer)
      for (const stop of stops) stop()
      await checking
    },
  }
}

function checkSteps(steps: readonly number[]): void {
  const at = steps.findIndex((share, index) => index > 0 && share <= steps[index - 1]!)
  if (at < 0) return
  const message = `steps must grow: ${steps[at]} comes after ${steps[at - 1]}. For example [0.1, 0.5, 1].`
  throw new TandemError('invalid_input', message, { errors: [{ path: `/steps/${at}`, message }] })
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}
