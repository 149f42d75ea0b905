// Statements for jobs whose worker died, and for those long finished.
import { sql } from 'kysely'
import type { Database } from '../storage/database.ts'
import type { Row } from '../storage/tables.ts'
import type { JobError } from './jobs.ts'

export interface JobRecovery {
  /** Ends or queues again the jobs whose lease has run out; returns those changed. */
  recover(now: number): Promise<Row<'jobs'>[]>
  /** Lets the leases of every owner but these run out now. */
  expireLeasesExcept(owners: ReadonlySet<string>): Promise<number>
  /** Deletes finished jobs. */
  prune(finishedBefore: number): Promise<number>
}

const FREE = { lease_token: null, lease_until: null } as const
const PRUNE_BATCH = 1_000

export function createRecovery({ db: root }: Database): JobRecovery {
  const expired = (now: number) => root.updateTable('jobs').where('status', '=', 'running').where('lease_until', '<=', now)
  return {
    async recover(now) {
      const canceled = await expired(now)
        .where('cancel_requested', '=', 1)
        .set({ ...FREE, status: 'canceled', finished_at: now })
        .returningAll()
        .execute()
      const again = await expired(now)
        .whereRef('attempts', '<', 'max_attempts')
        .set({ ...FREE, status: 'queued', progress: 0, message: null, stage: null })
        .returningAll()
        .execute()
      const exhausted = await root.selectFrom('jobs').selectAll().where('status', '=', 'running').where('lease_until', '<=', now).execute()
      const dead: Row<'jobs'>[] = []
      for (const row of exhausted) {
        const error = JSON.stringify(workerDied(row))
        const failed = await expired(now)
          .where('id', '=', row.id)
          .where('lease_token', '=', row.lease_token)
          .set({ ...FREE, status: 'failed', error, finished_at: now })
          .returningAll()
          .executeTakeFirst()
        if (failed) dead.push(failed)
      }
      return [...canceled, ...again, ...dead]
    },

    async expireLeasesExcept(owners) {
      const rows = await root.selectFrom('jobs').select(['id', 'lease_token']).where('status', '=', 'running').execute()
      const dead = rows.filter((row) => !owners.has(row.lease_token?.split(':', 1)[0] ?? ''))
      for (const { id, lease_token } of dead) {
        await root.updateTable('jobs').set({ lease_until: 0 }).where('id', '=', id).where('lease_token', '=', lease_token).execute()
      }
      return dead.length
    },

    async prune(finishedBefore) {
      let deleted = 0
      for (;;) {
        const result = await root
          .deleteFrom('jobs')
          .where('id', 'in', (eb) =>
            eb
              .selectFrom('jobs')
              .select('id')
              .where('status', 'in', ['succeeded', 'failed', 'canceled'])
              .where('finished_at', '<', finishedBefore)
              .limit(sql.lit(PRUNE_BATCH)),
          )
          .executeTakeFirst()
        const batch = Number(result.numDeletedRows)
        deleted += batch
        if (batch < PRUNE_BATCH) return deleted
      }
    },
  }
}

function workerDied(row: Row<'jobs'>): JobError {
  // Attempts that ended with an error are in `attempts` too, so the count is exact only when none did.
  const count = row.error === null ? `worker died ${row.attempts} times` : 'worker died again'
  return {
    code: 'internal',
    message: `The ${count}: the process running this ${row.kind} job stopped without finishing it at attempt ${row.attempts} of ${row.max_attempts} (killed, out of memory, or cut off). Look at its log and memory, then retry the job.`,
  }
}
