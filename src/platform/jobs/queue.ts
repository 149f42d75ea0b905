// The durable queue on the database: at-least-once with leases; exactly-once for effects written through
// `context.finish`. Pattern: one table, claimed by UPDATE ... RETURNING (pg-boss, Solid Queue), SKIP LOCKED where there is.
import { TandemError } from '../../errors.ts'
import type { Events } from '../events/events.ts'
import type { Database, Queryable } from '../storage/database.ts'
import type { NewRow } from '../storage/tables.ts'
import { createAfterCommit } from './after-commit.ts'
import type { JobDispatch } from './dispatch.ts'
import { createJobLogStore } from './job-log.ts'
import { jobFromRow, newJobId, toJson } from './job-row.ts'
import { createJobStore, type JobRow } from './job-store.ts'
import type { EnqueueOptions, Job, Jobs } from './jobs.ts'
import { DEFAULT_MAX_ATTEMPTS } from './retry-policy.ts'
import { createRunner, type RunnerSettings } from './runner.ts'
import type { Handler, JobLog, OnFinished } from './running-job.ts'
import { createSchedules } from './schedules.ts'
import { createUpkeep } from './upkeep.ts'
import { waitForJob, watchJob } from './watch.ts'

export interface JobsOptions extends Partial<RunnerSettings> {
  readonly database: Database
  readonly events: Events
  readonly clock?: () => number
  /** Jitter; numbers in [0, 1). */
  readonly random?: () => number
  readonly log?: JobLog
  /** Names this queue in its leases. Default: random. */
  readonly owner?: string
  /** Makes what brings due jobs to servers. Default: each looks into the database. */
  readonly dispatch?: (() => JobDispatch) | undefined
  /** For metrics. */
  readonly onFinished?: OnFinished
  /** Finished jobs are deleted after this time. Default 30 days. */
  readonly retentionMs?: number
}

const DAY_MS = 86_400_000
const DEFAULT_DRAIN_MS = 10_000
const MAX_TOLD_PER_COMMIT = 200
const SILENT: JobLog = { info() {}, warn() {}, error() {} }

export function createJobs(options: JobsOptions): Jobs {
  const { database, events, clock = Date.now, random = Math.random, log = SILENT, retentionMs = 30 * DAY_MS, onFinished } = options
  const owner = options.owner ?? crypto.randomUUID()
  const settings: RunnerSettings = {
    leaseMs: options.leaseMs ?? 30_000,
    pollMinMs: options.pollMinMs ?? 250,
    pollMaxMs: options.pollMaxMs ?? 2_000,
    cancelGraceMs: options.cancelGraceMs ?? 10_000,
    stopGraceMs: options.stopGraceMs ?? 1_000,
    overdueMs: options.overdueMs ?? 5_000,
  }
  const store = createJobStore(database)
  const jobLog = createJobLogStore(database)
  const handlers = new Map<string, Handler>()
  const dispatch = options.dispatch?.()
  // Its own listener below hears this at once, which is what wakes the workers here.
  const tell = (row: Pick<JobRow, 'id' | 'kind' | 'status' | 'progress' | 'message'> | JobRow): void => {
    const { id, kind, status, progress, message } = row
    if (status === 'queued' && 'run_at' in row) dispatch?.announce(row, clock())
    events.emit('job.updated', { id, kind, status, progress, message })
  }
  const runner = createRunner({ database, store, jobLog, clock, random, log, tell, owner, handlers, settings, onFinished, dispatch })
  const upkeep = createUpkeep({
    database,
    store,
    clock,
    log,
    tell,
    owner,
    retentionMs,
    everyMs: settings.leaseMs / 3,
    onRecovered: runner.poke,
  })
  const afterCommit = createAfterCommit(store, (rows) => {
    // Not more, so that a bulk insert does not fill the channel to the other servers.
    for (const row of rows.slice(0, MAX_TOLD_PER_COMMIT)) if (row.status === 'queued') tell(row)
    for (const row of rows.slice(MAX_TOLD_PER_COMMIT)) if (row.status === 'queued') dispatch?.announce(row, clock())
    for (const kind of new Set(rows.map((row) => row.kind))) runner.poke(kind)
  })
  let state: 'new' | 'started' | 'stopped' = 'new'
  let listening: readonly (() => void)[] = []

  const insert = async (kind: string, payload: unknown, enqueue: EnqueueOptions): Promise<Job> => {
    const { row, created } = await store.insert(newRow(kind, payload, enqueue, handlers.get(kind), clock()), enqueue.tx)
    if (created && enqueue.tx) afterCommit.add(row.id)
    else if (created) tell(row)
    return jobFromRow(row)
  }
  const schedules = createSchedules({
    database,
    clock,
    log,
    async enqueue({ name, kind, payload }, tx: Queryable) {
      await insert(kind, JSON.parse(payload), { tx, uniqueKey: `schedule:${name}`, createdBy: `schedule:${name}` })
    },
    onFired: runner.poke,
  })
  const get = async (id: string): Promise<Job> => jobFromRow((await store.find(id)) ?? notFound(id))

  return {
    register(kind, handler, kindOptions = {}) {
      if (state !== 'new')
        throw new TandemError('invalid_config', `Job kind "${kind}" was registered after start. Register every kind before.`)
      if (handlers.has(kind))
        throw new TandemError('invalid_config', `Job kind "${kind}" is registered twice. Give each handler its own kind.`)
      handlers.set(kind, { run: handler as Handler['run'], options: kindOptions })
    },
    enqueue: (kind, payload, enqueue = {}) => insert(kind, payload, enqueue),
    get,
    async list(filter = {}) {
      const { rows, nextCursor } = await store.list(filter)
      return { items: rows.map(jobFromRow), ...(nextCursor === undefined ? {} : { nextCursor }) }
    },
    async cancel(id) {
      const row = await store.requestCancel(id, clock())
      if (!row) throw wrongState(await get(id), 'be canceled: it has finished')
      tell(row)
      if (row.status === 'running') {
        runner.cancel(id)
        events.emit('job.cancel', { id })
      }
      return jobFromRow(row)
    },
    async retry(id) {
      const row = await store.requeue(id, clock())
      if (!row) throw wrongState(await get(id), 'be queued again: only failed and canceled jobs can')
      tell(row)
      return jobFromRow(row)
    },
    wait: (id, { timeoutMs, signal } = {}) => waitForJob(id, { events, read: get, timeoutMs, signal }),
    watch: (id, { signal } = {}) => watchJob(id, { events, read: get, signal }),
    schedule: schedules.put,
    unschedule: schedules.remove,
    schedules: schedules.list,
    counts: store.counts,
    async recentCounts() {
      const { queued, running, succeeded, failed, canceled } = await store.counts(clock() - DAY_MS)
      return { queued, running, succeeded24h: succeeded, failed24h: failed, canceled24h: canceled }
    },
    async log(id) {
      await get(id)
      return jobLog.list(id)
    },
    async start() {
      if (state !== 'new') return
      state = 'started'
      await upkeep.start()
      listening = [
        events.on('job.updated', ({ status, kind }) => {
          if (status === 'queued') runner.poke(kind)
        }),
        events.on('job.cancel', ({ id }) => runner.cancel(id)),
      ]
      runner.start()
      schedules.start()
    },
    async stop({ drainMs = DEFAULT_DRAIN_MS } = {}) {
      afterCommit.close()
      if (state === 'started') {
        state = 'stopped'
        await schedules.stop()
        await runner.stop(drainMs)
        for (const stopListening of listening) stopListening()
        await upkeep.stop()
      }
      state = 'stopped'
      await dispatch?.close()
    },
  }
}

function newRow(kind: string, payload: unknown, enqueue: EnqueueOptions, handler: Handler | undefined, now: number): NewRow<'jobs'> {
  return {
    id: newJobId(now),
    kind,
    status: 'queued',
    priority: Math.trunc(enqueue.priority ?? 0),
    payload: toJson(payload, `The payload of a ${kind} job`),
    result: null,
    error: null,
    progress: 0,
    message: null,
    attempts: 0,
    max_attempts: Math.max(1, Math.trunc(enqueue.maxAttempts ?? handler?.options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS)),
    created_at: now,
    run_at: Math.trunc(enqueue.runAt ?? now),
    started_at: null,
    finished_at: null,
    lease_token: null,
    lease_until: null,
    cancel_requested: 0,
    unique_key: enqueue.uniqueKey ?? null,
    created_by: enqueue.createdBy ?? null,
    subject: enqueue.subject ?? null,
    stage: null,
  }
}

function notFound(id: string): never {
  throw new TandemError(
    'job_not_found',
    `There is no job "${id}". Finished jobs are deleted after some time; list the jobs to see those kept.`,
    {
      details: { id },
    },
  )
}

function wrongState(job: Job, what: string): TandemError {
  return new TandemError('conflict', `Job ${job.id} is ${job.status} and cannot ${what}.`, { details: { id: job.id, status: job.status } })
}
