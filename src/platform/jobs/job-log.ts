// What a job said while it ran, kept beside it: every new message with its time and progress, the last 500 of a job.
import type { Database } from '../storage/database.ts'
import type { JobLogEntry } from './jobs.ts'

export interface JobLogStore {
  append(job: string, entries: readonly JobLogEntry[]): Promise<void>
  /** Deletes all but the last 500. */
  trim(job: string): Promise<void>
  /** The last 500, oldest first. */
  list(job: string): Promise<JobLogEntry[]>
}

const MAX_LOG_ENTRIES = 500
/** Entries after which the store is trimmed: most jobs say less and never pay for it. */
const TRIM_EVERY = 100

export function createJobLogStore({ db }: Database): JobLogStore {
  return {
    async append(job, entries) {
      if (entries.length === 0) return
      const rows = entries.slice(-MAX_LOG_ENTRIES).map(({ at, progress, message }) => ({ job, at, progress, message }))
      await db.insertInto('job_log').values(rows).execute()
    },
    async trim(job) {
      // The id at which the last 500 begin; none while there are fewer.
      const oldest = await db
        .selectFrom('job_log')
        .select('id')
        .where('job', '=', job)
        .orderBy('id', 'desc')
        .offset(MAX_LOG_ENTRIES - 1)
        .limit(1)
        .executeTakeFirst()
      if (oldest !== undefined) await db.deleteFrom('job_log').where('job', '=', job).where('id', '<', oldest.id).execute()
    },
    async list(job) {
      const newest = db.selectFrom('job_log').select(['at', 'progress', 'message']).where('job', '=', job)
      return (await newest.orderBy('id', 'desc').limit(MAX_LOG_ENTRIES).execute()).reverse()
    },
  }
}

/** Entries on their way to the store; a message that is said again is not noted again. */
export interface JobLogBuffer {
  note(progress: number, message: string): void
  /** Writes what waits. Rejects when it cannot be written now; it stays waiting. */
  flush(): Promise<void>
}

export function createJobLogBuffer(job: string, store: Pick<JobLogStore, 'append' | 'trim'>, clock: () => number): JobLogBuffer {
  let waiting: JobLogEntry[] = []
  let last: string | undefined
  let writing: Promise<void> | undefined
  let untrimmed = 0
  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const entries = waiting
      waiting = []
      try {
        await store.append(job, entries)
      } catch (error) {
        waiting = [...entries, ...waiting].slice(-MAX_LOG_ENTRIES)
        throw error
      }
      untrimmed += entries.length
      if (untrimmed < TRIM_EVERY) continue
      untrimmed = 0
      await store.trim(job)
    }
  }
  return {
    note(progress, message) {
      if (message === last) return
      last = message
      waiting.push({ at: clock(), progress, message })
      // A job that says something thousands of times between two writes has its last words kept.
      if (waiting.length >= 2 * MAX_LOG_ENTRIES) waiting = waiting.slice(-MAX_LOG_ENTRIES)
    },
    flush() {
      writing ??= write().finally(() => {
        writing = undefined
      })
      return writing
    },
  }
}
