// Schedules: rows with the time of their next run. Whoever moves `next_run_at` on enqueues the job, both in one
// transaction, so that of many servers exactly one fires, and a run missed while none was up fires once.
import { TandemError } from '../../errors.ts'
import type { Database, Queryable } from '../storage/database.ts'
import type { Row } from '../storage/tables.ts'
import { nextRun } from './cron.ts'
import { jobError, toJson } from './job-row.ts'
import type { Schedule } from './jobs.ts'
import type { JobLog } from './running-job.ts'

/** How often schedules written by other servers are looked for. */
const LOOK_EVERY_MS = 5_000

export interface Schedules {
  put(name: string, schedule: { cron: string; timezone?: string; kind: string; payload?: unknown }): Promise<Schedule>
  remove(name: string): Promise<void>
  list(): Promise<readonly Schedule[]>
  start(): void
  stop(): Promise<void>
}

interface SchedulesParts {
  readonly database: Database
  readonly clock: () => number
  readonly log: JobLog
  /** Enqueues in the transaction that moves the schedule on. */
  readonly enqueue: (schedule: Row<'schedules'>, tx: Queryable) => Promise<void>
  readonly onFired: (kind: string) => void
}

export function createSchedules({ database, clock, log, enqueue, onFired }: SchedulesParts): Schedules {
  let timer: ReturnType<typeof setTimeout> | undefined
  let ticking: Promise<void> | undefined
  let started = false

  const fire = async (row: Row<'schedules'>): Promise<void> => {
    const now = clock()
    const next = nextRun(row.cron, row.timezone, now)
    const fired = await database.transaction(async (tx) => {
      const moved = await tx
        .updateTable('schedules')
        .set({ next_run_at: next, last_run_at: now })
        .where('name', '=', row.name)
        .where('next_run_at', '=', row.next_run_at)
        .where('enabled', '=', 1)
        .returning('name')
        .executeTakeFirst()
      if (moved) await enqueue(row, tx)
      return moved !== undefined
    })
    if (fired) onFired(row.kind)
  }
  const tick = async (): Promise<void> => {
    let waitMs = LOOK_EVERY_MS
    try {
      const due = await database.db
        .selectFrom('schedules')
        .selectAll()
        .where('enabled', '=', 1)
        .where('next_run_at', '<=', clock())
        .execute()
      for (const row of due) {
        await fire(row).catch((error: unknown) =>
          log.error({ schedule: row.name, error: jobError(error) }, 'a schedule could not be fired'),
        )
      }
      const next = await database.db
        .selectFrom('schedules')
        .select((eb) => eb.fn.min('next_run_at').as('at'))
        .where('enabled', '=', 1)
        .executeTakeFirst()
      // At least 100 ms, so that a schedule that cannot be fired does not spin.
      if (next?.at !== null && next?.at !== undefined) waitMs = Math.max(100, Math.min(waitMs, Number(next.at) - clock()))
    } catch (error) {
      log.warn({ error: jobError(error) }, 'the schedules could not be read; trying again')
    }
    if (started) timer = setTimeout(run, waitMs)
  }
  const run = (): void => {
    ticking = tick()
  }
  return {
    async put(name, { cron, timezone = 'UTC', kind, payload }) {
      if (name.length === 0 || name.length > 200) {
        throw new TandemError('invalid_input', `The name of a schedule has 1 to 200 characters; this one has ${name.length}.`)
      }
      const now = clock()
      const text = toJson(payload, `The payload of schedule "${name}"`)
      const values = { cron, timezone, kind, payload: text, enabled: 1, updated_at: now }
      const next = nextRun(cron, timezone, now)
      const row = await database.db
        .insertInto('schedules')
        .values({ name, ...values, next_run_at: next, last_run_at: null })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet((eb) => ({
            ...values,
            next_run_at: eb
              .case()
              .when(eb.and([eb('schedules.cron', '=', cron), eb('schedules.timezone', '=', timezone)]))
              .then(eb.ref('schedules.next_run_at'))
              .else(eb.ref('excluded.next_run_at'))
              .end(),
          })),
        )
        .returningAll()
        .executeTakeFirstOrThrow()
      if (started) {
        clearTimeout(timer)
        await ticking
        clearTimeout(timer)
        run()
      }
      return scheduleFromRow(row)
    },
    async remove(name) {
      await database.db.deleteFrom('schedules').where('name', '=', name).execute()
    },
    async list() {
      const rows = await database.db.selectFrom('schedules').selectAll().where('enabled', '=', 1).orderBy('name').execute()
      return rows.map(scheduleFromRow)
    },
    start() {
      started = true
      run()
    },
    async stop() {
      started = false
      clearTimeout(timer)
      await ticking
    },
  }
}

function scheduleFromRow(row: Row<'schedules'>): Schedule {
  return {
    name: row.name,
    cron: row.cron,
    timezone: row.timezone,
    kind: row.kind,
    payload: JSON.parse(row.payload),
    nextRunAt: row.next_run_at,
    lastRunAt: row.last_run_at,
  }
}
