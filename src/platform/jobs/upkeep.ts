// What keeps the table of jobs healthy: taking up the jobs of dead workers, deleting old finished ones.
import type { Database } from '../storage/database.ts'
import { jobError } from './job-row.ts'
import type { JobRow, JobStore } from './job-store.ts'
import type { JobLog } from './running-job.ts'

const PRUNE_EVERY_MS = 3_600_000

/** Queues of this process by database: on SQLite, which one process holds alone, every other owner is dead. */
const livingOwners = new WeakMap<Database, Set<string>>()

export interface Upkeep {
  /** Takes up at once what can be, then looks again regularly. */
  start(): Promise<void>
  stop(): Promise<void>
}

interface UpkeepParts {
  readonly database: Database
  readonly store: JobStore
  readonly clock: () => number
  readonly log: JobLog
  readonly tell: (row: JobRow) => void
  readonly owner: string
  readonly retentionMs: number
  readonly everyMs: number
  readonly onRecovered: (kind: string) => void
}

export function createUpkeep({ database, store, clock, log, tell, owner, retentionMs, everyMs, onRecovered }: UpkeepParts): Upkeep {
  let timer: ReturnType<typeof setTimeout> | undefined
  let working: Promise<void> | undefined
  let stopped = false
  let prunedAt = Number.NEGATIVE_INFINITY

  const work = async (): Promise<void> => {
    try {
      for (const row of await store.recover(clock())) {
        log.warn(
          { job: row.id, kind: row.kind, attempts: row.attempts, status: row.status },
          'a job whose worker died was taken up again or ended',
        )
        tell(row)
        if (row.status === 'queued') onRecovered(row.kind)
      }
      if (clock() - prunedAt >= PRUNE_EVERY_MS) {
        prunedAt = clock()
        const deleted = await store.prune(clock() - retentionMs)
        if (deleted > 0) log.info({ deleted }, 'old finished jobs were deleted')
      }
    } catch (error) {
      log.warn({ error: jobError(error) }, 'the upkeep of the queue failed; trying again')
    }
    if (!stopped) timer = setTimeout(run, everyMs)
  }
  const run = (): void => {
    working = work()
  }
  return {
    async start() {
      const owners = livingOwners.get(database) ?? new Set<string>()
      livingOwners.set(database, owners.add(owner))
      if (database.engine === 'sqlite') await store.expireLeasesExcept(owners)
      run()
      await working
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      await working
      livingOwners.get(database)?.delete(owner)
    },
  }
}
