// The loop that claims due jobs and keeps their leases. One claim per kind, so a full kind never holds up another.
// Woken at once by an enqueue here, by events of other servers, and otherwise by polling that slows down when idle.
import { TandemError } from '../../errors.ts'
import type { JobDispatch } from './dispatch.ts'
import { jobError } from './job-row.ts'
import type { JobRow } from './job-store.ts'
import { canceledError, type Handler, lostError, type RunningJob, type RunningJobParts, runJob } from './running-job.ts'

export interface RunnerSettings {
  /** A job whose worker is silent for so long is given to another. Renewed every third of it. Default 30,000. */
  readonly leaseMs: number
  /** Polling while there is work. Default 250. */
  readonly pollMinMs: number
  /** Polling when idle. Default 2,000. */
  readonly pollMaxMs: number
  /** How long a canceled handler may take to return before its job is written off and its slot freed. Default 10,000. */
  readonly cancelGraceMs: number
  /** How long handlers may take to return after `stop` has aborted them. Default 1,000. */
  readonly stopGraceMs: number
  /** With a dispatch: a job that is due for so long was lost on its way, and is looked for in the database. Default 5,000. */
  readonly overdueMs: number
}

export interface Runner {
  start(): void
  /** Looks for due jobs of this kind now; of every kind when none is named. */
  poke(kind?: string): void
  /** Aborts the job if it runs here. */
  cancel(id: string): void
  stop(drainMs: number): Promise<void>
}

interface RunnerParts extends RunningJobParts {
  readonly owner: string
  readonly handlers: ReadonlyMap<string, Handler>
  readonly settings: RunnerSettings
  /** What brings due jobs; absent: this server looks for them. */
  readonly dispatch?: JobDispatch | undefined
}

interface Slots {
  readonly kind: string
  readonly handler: Handler
  free: number
  claiming: Promise<void> | undefined
  again: boolean
}

export function createRunner(parts: RunnerParts): Runner {
  const { settings, handlers, log } = parts
  const kinds = new Map<string, Slots>()
  const active = new Set<RunningJob>()
  let stopping = false
  let pollTimer: ReturnType<typeof setTimeout> | undefined
  let leaseTimer: ReturnType<typeof setInterval> | undefined
  let idleMs = settings.pollMinMs

  /** While due jobs are brought, nobody looks for them. */
  const isBrought = (): boolean => parts.dispatch?.isUp() === true
  const launch = (slots: Slots, row: JobRow): RunningJob => {
    slots.free -= 1
    const job = runJob(row, slots.handler, parts)
    active.add(job)
    const leave = once(() => {
      active.delete(job)
      slots.free += 1
      poke(slots.kind)
    })
    parts.tell(row)
    leaveWhenDone(job, leave, parts)
    return job
  }
  const poke = (kind?: string): void => {
    if (isBrought()) return
    look(kind)
  }
  const look = (kind?: string): void => {
    if (kind === undefined) for (const slots of kinds.values()) wake(slots)
    else {
      const slots = kinds.get(kind)
      if (slots) wake(slots)
    }
  }
  const wake = (slots: Slots): void => {
    slots.again = true
    if (slots.claiming === undefined && slots.free > 0 && !stopping) slots.claiming = claimAll(slots)
  }
  const claimAll = async (slots: Slots): Promise<void> => {
    try {
      do {
        slots.again = false
        const rows = await claim(slots, parts)
        if (rows.length > 0) idleMs = settings.pollMinMs
        if (stopping) await giveBack(rows, parts)
        else for (const row of rows) launch(slots, row)
      } while (slots.again && slots.free > 0 && !stopping)
    } finally {
      // In the same turn as the last look at `again`, so that no wake between the two is lost.
      slots.claiming = undefined
    }
  }
  const poll = async (): Promise<void> => {
    let waitMs = idleMs
    idleMs = Math.min(idleMs * 2, settings.pollMaxMs)
    try {
      const free = [...kinds.values()].filter((slots) => slots.free > 0).map((slots) => slots.kind)
      const due = await parts.store.nextDue(free)
      if (due !== undefined) {
        const inMs = due - parts.clock()
        if (inMs <= (isBrought() ? -settings.overdueMs : 0)) look()
        else if (inMs > 0) waitMs = Math.min(waitMs, inMs)
      }
    } catch (error) {
      log.warn({ error: jobError(error) }, 'the queue could not be read; trying again')
    }
    if (!stopping) pollTimer = setTimeout(poll, waitMs)
  }
  const take = async (kind: string, id: string): Promise<void> => {
    const slots = kinds.get(kind)
    if (slots === undefined || slots.free <= 0 || stopping) return
    // Held while the database is asked, so that no other takes the place.
    slots.free -= 1
    const [row] = await claim({ kind, free: 1 }, parts, id)
    slots.free += 1
    if (row === undefined) return
    if (stopping) await giveBack([row], parts)
    else await launch(slots, row).done
  }
  return {
    start() {
      for (const [kind, handler] of handlers) {
        kinds.set(kind, { kind, handler, free: Math.max(1, handler.options.concurrency ?? 1), claiming: undefined, again: false })
      }
      parts.dispatch?.start(
        [...kinds.values()].map(({ kind, free }) => ({ kind, concurrency: free })),
        take,
      )
      void poll()
      leaseTimer = setInterval(() => void renewLeases(active, parts), settings.leaseMs / 3)
    },
    poke,
    cancel(id) {
      for (const job of active) if (job.id === id) job.abort('canceled', canceledError(job))
    },
    async stop(drainMs) {
      stopping = true
      parts.dispatch?.pause()
      clearTimeout(pollTimer)
      await Promise.allSettled([...kinds.values()].map((slots) => slots.claiming))
      await drain(active, drainMs, parts)
      clearInterval(leaseTimer)
    },
  }
}

async function claim(
  { kind, free }: Pick<Slots, 'kind' | 'free'>,
  { store, clock, owner, settings, log }: RunnerParts,
  id?: string,
): Promise<JobRow[]> {
  const now = clock()
  try {
    return await store.claim(kind, { limit: free, token: `${owner}:${crypto.randomUUID()}`, now, leaseUntil: now + settings.leaseMs, id })
  } catch (error) {
    log.warn({ kind, error: jobError(error) }, 'jobs could not be claimed; trying again at the next poll')
    return []
  }
}

/** Frees the slot when the handler returns, or when it ignores its cancel for too long. */
function leaveWhenDone(job: RunningJob, leave: () => void, { settings, log }: RunnerParts): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stopWatching = onceCanceled(job, () => {
    timer = setTimeout(async () => {
      log.warn(
        { job: job.id, kind: job.kind, waitedMs: settings.cancelGraceMs },
        'a canceled job ignores its signal and still runs; its result will be discarded and its slot is used again',
      )
      await job.giveUp().catch((error: unknown) => log.warn({ job: job.id, error: jobError(error) }, 'the cancel could not be stored'))
      leave()
    }, settings.cancelGraceMs)
  })
  void job.done.then(() => {
    stopWatching()
    clearTimeout(timer)
    leave()
  })
}

function onceCanceled(job: RunningJob, call: () => void): () => void {
  const listener = (): void => {
    if (job.ending === 'canceled') call()
  }
  job.signal.addEventListener('abort', listener, { once: true })
  return () => job.signal.removeEventListener('abort', listener)
}

async function renewLeases(active: ReadonlySet<RunningJob>, { store, clock, settings, log }: RunnerParts): Promise<void> {
  const jobs = [...active].filter((job) => job.ending !== 'lost')
  const leaseUntil = clock() + settings.leaseMs
  try {
    const held = await store.renew([...new Set(jobs.map((job) => job.token))], leaseUntil)
    for (const job of jobs) {
      const state = held.get(`${job.token} ${job.id}`)
      if (!active.has(job)) continue
      if (!state) job.abort('lost', lostError(job))
      else {
        job.leaseUntil = leaseUntil
        if (state.cancelRequested) job.abort('canceled', canceledError(job))
      }
    }
  } catch (error) {
    log.warn({ running: jobs.length, error: jobError(error) }, 'leases could not be renewed')
    // Nobody may go on working on a job that another may have taken up.
    for (const job of jobs) if (job.leaseUntil <= clock()) job.abort('lost', lostError(job))
  }
}

async function drain(active: ReadonlySet<RunningJob>, drainMs: number, { store, clock, settings, tell, log }: RunnerParts): Promise<void> {
  await within(drainMs, [...active])
  const reason = new TandemError('unavailable', 'The server is stopping; the job will be continued by another one or after the restart.')
  for (const job of active) job.abort('stopping', reason)
  await within(settings.stopGraceMs, [...active])
  const left = [...active]
  for (const job of left) {
    log.warn({ job: job.id, kind: job.kind }, 'a job did not return in time at shutdown; its lease is given back and its result discarded')
    job.abort('lost', reason)
  }
  await giveBack(
    left.map((job) => ({ id: job.id, lease_token: job.token })),
    { store, clock, tell, log },
  )
}

async function giveBack(
  rows: readonly Pick<JobRow, 'id' | 'lease_token'>[],
  { store, clock, tell, log }: Pick<RunnerParts, 'store' | 'clock' | 'tell' | 'log'>,
): Promise<void> {
  const held = rows.map((row) => ({ id: row.id, token: row.lease_token ?? '' }))
  try {
    for (const row of await store.release(held, clock())) tell(row)
  } catch (error) {
    log.error({ error: jobError(error) }, 'leases could not be given back; those jobs go on when their leases have run out')
  }
}

async function within(ms: number, jobs: readonly RunningJob[]): Promise<void> {
  if (jobs.length === 0) return
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.all(jobs.map((job) => job.done)), late])
  clearTimeout(timer)
}

function once(call: () => void): () => void {
  let called = false
  return () => {
    if (called) return
    called = true
    call()
  }
}
