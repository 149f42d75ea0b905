// What each event changes on screen. Progress is written into what is loaded already; everything else is asked for again,
// at most four times a second.
import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query'
import type { EventMap, EventName, TandemEvent } from '../../src/platform/events/events.ts'
import type { JobView } from '../../src/platform/jobs/schema.ts'
import type { Page } from '../../src/tandem.ts'

/** What a page can ask to be told. */
export type Topic = Exclude<EventName, 'job.cancel' | 'session.ended'>

const TOPICS: { readonly [Name in Topic]?: (client: QueryClient, data: EventMap[Name]) => void } = {
  'job.updated': updateJob,
  'model.updated': (client) => askAgain(client, ['models']),
  'model.activated': (client) => askAgain(client, ['models']),
  'model.trained': (client) => askAgain(client, ['models']),
  'key.revoked': (client) => askAgain(client, ['keys']),
}

export function applyEvent(client: QueryClient, event: TandemEvent): void {
  const apply = TOPICS[event.type as Topic] as ((client: QueryClient, data: unknown) => void) | undefined
  apply?.(client, event.data)
}

const COALESCE_MS = 250
const pending = new Map<string, QueryKey>()

/** Asks for everything under a key again, together with what else changes within a quarter of a second. */
export function askAgain(client: QueryClient, key: QueryKey): void {
  if (pending.size === 0) {
    setTimeout(() => {
      const keys = [...pending.values()]
      pending.clear()
      for (const queryKey of keys) void client.invalidateQueries({ queryKey })
    }, COALESCE_MS)
  }
  pending.set(JSON.stringify(key), key)
}

/** What jobs were last told to be, so that a list is asked for again when one moves on and not at each step of its progress. */
const told = new Map<string, JobView['status']>()
const MAX_TOLD = 1_000

function updateJob(client: QueryClient, data: EventMap['job.updated']): void {
  const { id, status, progress, message } = data
  const update = (job: JobView): JobView => {
    if (job.id !== id) return job
    // Progress told late never moves a bar back.
    return { ...job, status, message, progress: status === job.status ? Math.max(progress, job.progress) : progress }
  }
  client.setQueriesData<JobView>({ queryKey: ['jobs', 'one', id] }, (job) => job && update(job))
  client.setQueriesData<InfiniteData<Page<JobView>>>({ queryKey: ['jobs', 'list'] }, (lists) => {
    if (lists?.pages.some(({ items }) => items.some((job) => job.id === id)) !== true) return lists
    return { ...lists, pages: lists.pages.map((page) => ({ ...page, items: page.items.map(update) })) }
  })
  if (told.get(id) === status) return
  if (told.size >= MAX_TOLD) told.clear()
  told.set(id, status)
  // Order, times, result and counts come from the server.
  askAgain(client, ['jobs'])
}
