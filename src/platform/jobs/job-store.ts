// Every statement on the table `jobs`. A claim writes a lease token; whoever finishes a job must show that token,
// so a worker that lost its lease changes nothing (a fencing token, Kleppmann 2016).
import type { SelectQueryBuilder } from 'kysely'
import { TandemError } from '../../errors.ts'
import { decodeCursor, encodeCursor } from '../storage/cursor.ts'
import type { Database, Queryable } from '../storage/database.ts'
import type { NewRow, Row, Tables } from '../storage/tables.ts'
import { createRecovery, type JobRecovery } from './job-recovery.ts'
import type { JobError, JobFilter, JobStatus } from './jobs.ts'

export type JobRow = Row<'jobs'>

/** A job that this worker holds. */
export interface Held {
  readonly id: string
  readonly token: string
}

export interface JobStore extends JobRecovery {
  /** Inserts, or returns the queued or running job that has the same unique key; safe against a race on both engines. */
  insert(row: NewRow<'jobs'>, db?: Queryable): Promise<{ readonly row: JobRow; readonly created: boolean }>
  find(id: string, db?: Queryable): Promise<JobRow | undefined>
  findMany(ids: readonly string[]): Promise<JobRow[]>
  list(filter: JobFilter): Promise<{ readonly rows: readonly JobRow[]; readonly nextCursor?: string }>
  /** With `finishedSince`, only of the finished jobs that ended since then. */
  counts(finishedSince?: number): Promise<Record<JobStatus, number>>
  /** Earliest `run_at` of the queued jobs of these kinds. */
  nextDue(kinds: readonly string[]): Promise<number | undefined>
  /** Takes up to `limit` due jobs of a kind, best first. */
  /** @param id  that one alone. */
  claim(
    kind: string,
    options: { limit: number; token: string; now: number; leaseUntil: number; id?: string | undefined },
  ): Promise<JobRow[]>
  /** Prolongs leases; what is not in the answer is lost. */
  renew(tokens: readonly string[], leaseUntil: number): Promise<Map<string, { readonly cancelRequested: boolean }>>
  /** Undefined when the lease is lost. */
  progress(
    held: Held,
    state: { fraction: number; message: string | null; stage: string | null },
  ): Promise<{ readonly cancelRequested: boolean } | undefined>
  /** Stores a result of a running job; false when the lease is lost. */
  report(held: Held, result: string): Promise<boolean>
  /** Undefined when the lease is lost or the job was canceled meanwhile. */
  succeed(held: Held, result: string, now: number, db?: Queryable): Promise<JobRow | undefined>
  /** With `retryAt`, queued again; without, failed for good. Undefined as for `succeed`. */
  fail(held: Held, error: JobError, options: { now: number; retryAt?: number; progress: number }): Promise<JobRow | undefined>
  /** Ends a job whose cancel was asked for. */
  endCanceled(held: Held, now: number): Promise<JobRow | undefined>
  /** Gives leases back; the attempt does not count. */
  release(held: readonly Held[], now: number): Promise<JobRow[]>
  /** Cancels a queued job, or asks for it on a running one. Undefined when it is neither. */
  requestCancel(id: string, now: number): Promise<JobRow | undefined>
  /** Queues a failed or canceled job again. Undefined when it is neither. */
  requeue(id: string, now: number): Promise<JobRow | undefined>
}

const FREE = { lease_token: null, lease_until: null } as const

export function createJobStore(database: Database): JobStore {
  return {
    ...createReads(database),
    ...createClaims(database),
    ...createEndings(database),
    ...createChanges(database),
    ...createRecovery(database),
  }
}

function createReads({ db: root }: Database): Pick<JobStore, 'find' | 'findMany' | 'list' | 'counts' | 'nextDue'> {
  return {
    find: (id, db = root) => db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst(),

    async findMany(ids) {
      const rows: JobRow[] = []
      for (let start = 0; start < ids.length; start += 500) {
        const some = ids.slice(start, start + 500)
        rows.push(...(await root.selectFrom('jobs').selectAll().where('id', 'in', some).execute()))
      }
      return rows
    },

    async list({ status, kind, subject, cursor, limit = 50 }) {
      const size = Math.max(1, Math.min(Math.trunc(limit), 500))
      let query = root
        .selectFrom('jobs')
        .selectAll()
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(size + 1)
      if (status !== undefined) query = query.where('status', '=', status)
      if (kind !== undefined) query = query.where('kind', '=', kind)
      if (subject !== undefined) query = query.where('subject', '=', subject)
      if (cursor !== undefined) query = before(query, decodeCursor(cursor, ['number', 'string'])!)
      const rows = await query.execute()
      if (rows.length <= size) return { rows }
      const page = rows.slice(0, size)
      const last = page[size - 1]!
      return { rows: page, nextCursor: encodeCursor([last.created_at, last.id]) }
    },

    async counts(finishedSince) {
      const counts: Record<JobStatus, number> = { queued: 0, running: 0, succeeded: 0, failed: 0, canceled: 0 }
      const rows = await root
        .selectFrom('jobs')
        .select(['status', (eb) => eb.fn.countAll<number>().as('jobs')])
        .$if(finishedSince !== undefined, (query) =>
          query.where(({ or, eb }) => or([eb('finished_at', 'is', null), eb('finished_at', '>=', finishedSince!)])),
        )
        .groupBy('status')
        .execute()
      for (const row of rows) counts[row.status] = Number(row.jobs)
      return counts
    },

    async nextDue(kinds) {
      if (kinds.length === 0) return undefined
      const row = await root
        .selectFrom('jobs')
        .select((eb) => eb.fn.min('run_at').as('due'))
        .where('status', '=', 'queued')
        .where('kind', 'in', kinds)
        .executeTakeFirst()
      return row?.due === null || row?.due === undefined ? undefined : Number(row.due)
    },
  }
}

function before(query: SelectQueryBuilder<Tables, 'jobs', JobRow>, [createdAt, id]: readonly [number, string]): typeof query {
  return query.where(({ eb, refTuple, tuple }) => eb(refTuple('created_at', 'id'), '<', tuple(createdAt, id)))
}

function createClaims({ db: root, dialect }: Database): Pick<JobStore, 'claim' | 'renew' | 'progress'> {
  return {
    async claim(kind, { limit, token, now, leaseUntil, id }) {
      const rows = await root
        // Materialized, because PostgreSQL may run a LIMIT ... SKIP LOCKED sub-select of an IN more than once and then takes more rows than asked.
        .with(
          (cte) => cte('picked').materialized(),
          (db) => {
            const due = db
              .selectFrom('jobs')
              .select('id')
              .where('status', '=', 'queued')
              .where('kind', '=', kind)
              .where('run_at', '<=', now)
              .$if(id !== undefined, (query) => query.where('id', '=', id!))
              .orderBy('priority', 'desc')
              .orderBy('run_at')
              .orderBy('id')
              .limit(limit)
            return dialect.skipsLocked ? due.forUpdate().skipLocked() : due
          },
        )
        .updateTable('jobs')
        .set((eb) => ({
          status: 'running',
          attempts: eb('attempts', '+', 1),
          lease_token: token,
          lease_until: leaseUntil,
          started_at: now,
          progress: 0,
          message: null,
          stage: null,
        }))
        .where('id', 'in', (eb) => eb.selectFrom('picked').select('picked.id'))
        .where('status', '=', 'queued')
        .returningAll()
        .execute()
      // RETURNING promises no order.
      return rows.sort((a, b) => b.priority - a.priority || a.run_at - b.run_at || (a.id < b.id ? -1 : 1))
    },

    async renew(tokens, leaseUntil) {
      const held = new Map<string, { readonly cancelRequested: boolean }>()
      if (tokens.length === 0) return held
      const rows = await root
        .updateTable('jobs')
        .set({ lease_until: leaseUntil })
        .where('status', '=', 'running')
        .where('lease_token', 'in', tokens)
        .returning(['id', 'lease_token', 'cancel_requested'])
        .execute()
      for (const row of rows) held.set(`${row.lease_token} ${row.id}`, { cancelRequested: row.cancel_requested === 1 })
      return held
    },

    async progress({ id, token }, { fraction, message, stage }) {
      const row = await root
        .updateTable('jobs')
        .set({ progress: fraction, message, stage })
        .where('id', '=', id)
        .where('lease_token', '=', token)
        .where('status', '=', 'running')
        .returning('cancel_requested')
        .executeTakeFirst()
      return row && { cancelRequested: row.cancel_requested === 1 }
    },
  }
}

function createEndings({ db: root }: Database): Pick<JobStore, 'report' | 'succeed' | 'fail' | 'endCanceled' | 'release'> {
  const held = (db: Queryable, { id, token }: Held) =>
    db.updateTable('jobs').where('id', '=', id).where('lease_token', '=', token).where('status', '=', 'running')
  return {
    report: async (job, result) => Number((await held(root, job).set({ result }).executeTakeFirst()).numUpdatedRows) > 0,

    succeed: (job, result, now, db = root) =>
      held(db, job)
        .where('cancel_requested', '=', 0)
        .set({ ...FREE, status: 'succeeded', progress: 1, message: null, stage: null, result, error: null, finished_at: now })
        .returningAll()
        .executeTakeFirst(),

    fail(job, error, { now, retryAt, progress }) {
      const text = JSON.stringify(error)
      const ending = held(root, job).where('cancel_requested', '=', 0).returningAll()
      return retryAt === undefined
        ? ending.set({ ...FREE, status: 'failed', progress, error: text, finished_at: now }).executeTakeFirst()
        : ending.set({ ...FREE, status: 'queued', progress: 0, error: text, run_at: retryAt }).executeTakeFirst()
    },

    endCanceled: (job, now) =>
      held(root, job)
        .where('cancel_requested', '=', 1)
        .set({ ...FREE, status: 'canceled', finished_at: now })
        .returningAll()
        .executeTakeFirst(),

    async release(jobs, now) {
      const released: JobRow[] = []
      for (const job of jobs) {
        const row = await held(root, job)
          .set((eb) => ({
            ...FREE,
            // A cancel that was asked for and not yet seen must not be lost with the lease.
            status: eb
              .case()
              .when('cancel_requested', '=', 1)
              .then('canceled' as const)
              .else('queued' as const)
              .end(),
            finished_at: eb.case().when('cancel_requested', '=', 1).then(now).else(null).end(),
            attempts: eb
              .case()
              .when('attempts', '>', 0)
              .then(eb('attempts', '-', 1))
              .else(0)
              .end(),
            progress: 0,
            message: null,
            stage: null,
          }))
          .returningAll()
          .executeTakeFirst()
        if (row) released.push(row)
      }
      return released
    },
  }
}

function createChanges({ db: root }: Database): Pick<JobStore, 'insert' | 'requestCancel' | 'requeue'> {
  const active = (db: Queryable, key: string) =>
    db.selectFrom('jobs').selectAll().where('unique_key', '=', key).where('status', 'in', ['queued', 'running']).executeTakeFirst()
  return {
    async insert(values, db = root) {
      // The one that stood in the way may finish before it is read: then there is room for ours.
      for (let tries = 0; tries < 20; tries++) {
        const row = await db
          .insertInto('jobs')
          .values(values)
          .onConflict((conflict) => conflict.doNothing())
          .returningAll()
          .executeTakeFirst()
        if (row) return { row, created: true }
        const existing = values.unique_key ? await active(db, values.unique_key) : undefined
        if (existing) return { row: existing, created: false }
      }
      throw new TandemError(
        'conflict',
        `Job "${values.kind}" could not be enqueued: jobs with unique key "${values.unique_key}" come and go. Try again.`,
      )
    },

    async requestCancel(id, now) {
      const queued = await root
        .updateTable('jobs')
        .set({ status: 'canceled', cancel_requested: 1, finished_at: now })
        .where('id', '=', id)
        .where('status', '=', 'queued')
        .returningAll()
        .executeTakeFirst()
      if (queued) return queued
      return root
        .updateTable('jobs')
        .set({ cancel_requested: 1 })
        .where('id', '=', id)
        .where('status', '=', 'running')
        .returningAll()
        .executeTakeFirst()
    },

    async requeue(id, now) {
      const requeue = root
        .updateTable('jobs')
        .set({
          ...FREE,
          status: 'queued',
          attempts: 0,
          progress: 0,
          message: null,
          stage: null,
          error: null,
          result: null,
          cancel_requested: 0,
          run_at: now,
          started_at: null,
          finished_at: null,
        })
        .where('id', '=', id)
        .where('status', 'in', ['failed', 'canceled'])
        .returningAll()
      try {
        return await requeue.executeTakeFirst()
      } catch (error) {
        // Only the rule of one active job per unique key can stand in the way; anything else stays as it is.
        const row = await root.selectFrom('jobs').select('unique_key').where('id', '=', id).executeTakeFirst()
        const other = row?.unique_key ? await active(root, row.unique_key) : undefined
        if (!other) throw error
        throw new TandemError(
          'conflict',
          `Job ${id} cannot be queued again: job ${other.id} with the same unique key "${row?.unique_key}" is ${other.status}. Wait for it, or cancel it first.`,
          { details: { id, other: other.id }, cause: error },
        )
      }
    },
  }
}
