// Syncs as jobs: started by hand or by a schedule, one at a time for each collection.
import { TandemError } from '../../../errors.ts'
import { jobView } from '../../../platform/jobs/job-view.ts'
import type { JobContext, Jobs } from '../../../platform/jobs/jobs.ts'
import type { JobView } from '../../../platform/jobs/schema.ts'
import type { SyncSchedule } from '../../../sources.ts'
import type { LiveCollection } from '../collection.ts'
import type { SearchStore } from '../store.ts'
import { type AllowedSources, allowSource } from './collection-source.ts'
import type { SyncReport, SyncStateView } from './schema.ts'
import type { SyncStore } from './sync-store.ts'

export const SYNC_JOB = 'collection-sync'

export interface SyncsOptions {
  readonly jobs: Jobs
  readonly syncs: SyncStore
  readonly store: SearchStore
  readonly clock: () => number
  readonly embeds: boolean
  readonly allowed: AllowedSources
  find(name: string): Promise<LiveCollection>
}

export interface StartSyncOptions {
  /** Reads everything, and deletes what the source no longer has. Default false. */
  readonly full?: boolean | undefined
  readonly actor?: string
}

export interface Syncs {
  start(collection: LiveCollection, options?: StartSyncOptions): Promise<JobView>
  /** Waits for it. Rejects with the job's error. */
  finish(job: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined }): Promise<JobView>
  state(uid: string): Promise<SyncStateView | null>
  /** Takes over the schedule of a collection; none ends the one before. */
  plan(name: string, schedule: SyncSchedule | undefined): Promise<void>
}

interface Payload {
  readonly collection: string
  readonly full: boolean
}

/** The source may come back within the minutes that these take. */
const TRIES = { maxAttempts: 5, backoffMs: 2_000 }
const scheduleName = (name: string): string => `collection-sync:${name}`
/** The key that a scheduled job has, so that the two never run beside each other. */
const uniqueKey = (name: string): string => `schedule:${scheduleName(name)}`

export function createSyncs({ jobs, syncs, store, clock, embeds, allowed, find }: SyncsOptions): Syncs {
  jobs.register<Payload, SyncReport>(
    SYNC_JOB,
    async ({ collection: name, full }: Payload, context: JobContext) => {
      const collection = await find(name)
      const { source: given } = collection.checked
      if (given === undefined) throw noSource(name)
      // The settings may have changed since it was defined.
      const source = collection.origin === 'config' ? given : await allowSource(given, allowed)
      const { runSync } = await import('./run-sync.ts')
      return runSync({ collection, source, store, syncs, clock, embeds }, { full }, context)
    },
    { concurrency: 2, ...TRIES },
  )
  return {
    async start({ name, checked }, { full = false, actor } = {}) {
      if (checked.source === undefined) throw noSource(name)
      const payload: Payload = { collection: name, full }
      const job = await jobs.enqueue(SYNC_JOB, payload, { subject: name, uniqueKey: uniqueKey(name), ...(actor && { createdBy: actor }) })
      if ((job.payload as Payload).full === full || !full) return jobView(job)
      throw new TandemError(
        'conflict',
        `The collection "${name}" is being synced by the job ${job.id}, which does not read everything. Ask for the full sync when it has finished, or cancel it.`,
        { details: { jobId: job.id } },
      )
    },
    finish: async (id, options) => jobView(await jobs.wait(id, options)),
    async state(uid) {
      const found = await syncs.find(uid)
      return found === undefined ? null : { last: found.last ?? null, interrupted: found.open?.report ?? null }
    },
    async plan(name, schedule) {
      if (schedule === undefined) return jobs.unschedule(scheduleName(name))
      const { every, timezone, full = false } = schedule
      const payload: Payload = { collection: name, full }
      await jobs.schedule(scheduleName(name), { cron: every, kind: SYNC_JOB, payload, ...(timezone && { timezone }) })
    },
  }
}

function noSource(name: string): TandemError {
  return new TandemError(
    'conflict',
    `The collection "${name}" has no source to sync with. Add one to its definition, such as { "kind": "mysql", "url": ..., "query": ... }.`,
  )
}
