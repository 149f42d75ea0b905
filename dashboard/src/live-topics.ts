// What each event changes on screen. Progress is written into what is loaded already; everything else is asked for again,
// at most four times a second.
import type { InfiniteData, QueryClient, QueryKey } from '@tanstack/react-query'
import type { TrafficView } from '../../src/interfaces/client/index.ts'
import type { EventMap, EventName, TandemEvent } from '../../src/platform/events/events.ts'
import type { JobLogView, JobView } from '../../src/platform/jobs/schema.ts'
import type { Page } from '../../src/tandem.ts'

type TrafficPoint = TrafficView['points'][number]

/** What a page can ask to be told. */
export type Topic = Exclude<EventName, 'job.cancel' | 'session.ended'>

const TOPICS: { readonly [Name in Topic]?: (client: QueryClient, data: EventMap[Name], at: number) => void } = {
  'job.updated': updateJob,
  'traffic.updated': updateTraffic,
  'outcome.recorded': (client) => askAgain(client, ['performance']),
  'model.updated': (client) => askAgain(client, ['models']),
  'model.activated': (client) => askAgain(client, ['models']),
  'model.trained': (client) => askAgain(client, ['models']),
  'collection.defined': (client) => askAgain(client, ['collections']),
  'collection.changed': updateCollection,
  'collection.embedded': updateCollection,
  'runtime.changed': (client) => askAgain(client, ['runtimes']),
  'rollout.changed': (client) => askAgain(client, ['runtimes']),
  'runtime.switched': (client) => {
    askAgain(client, ['runtimes'])
    askAgain(client, ['language-status'])
  },
  'collection.matched': (client, { collection }) => askAgain(client, ['saved-queries', collection]),
  // Not their matches: one that was just deleted has none to ask for.
  'collection.queries': (client, { collection }) => askAgain(client, ['saved-queries', collection, 'list']),
  'embedding.trained': (client) => askAgain(client, ['tuned']),
  'embedding.activated': (client) => {
    askAgain(client, ['tuned'])
    askAgain(client, ['collections'])
    askAgain(client, ['embeddings'])
  },
  'key.revoked': (client) => askAgain(client, ['keys']),
}

export function applyEvent(client: QueryClient, event: TandemEvent): void {
  const apply = TOPICS[event.type as Topic] as ((client: QueryClient, data: unknown, at: number) => void) | undefined
  apply?.(client, event.data, event.at)
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

/** The minute that is being filled, written into the last hour; the longer windows are asked for again when a minute is over. */
function updateTraffic(client: QueryClient, { point }: EventMap['traffic.updated']): void {
  client.setQueryData<TrafficView>(['traffic', '1h'], (traffic) => {
    if (traffic === undefined) return traffic
    const points = traffic.points.map((old) => (old.at === point.at ? larger(old, point) : old))
    const { requests, clientErrors, serverErrors, predictions } = traffic.totals
    const added = (name: 'requests' | 'clientErrors' | 'serverErrors' | 'predictions'): number =>
      points.reduce((sum, one, index) => sum + one[name] - traffic.points[index]![name], 0)
    const totals = {
      ...traffic.totals,
      requests: requests + added('requests'),
      clientErrors: clientErrors + added('clientErrors'),
      serverErrors: serverErrors + added('serverErrors'),
      predictions: predictions + added('predictions'),
    }
    return { ...traffic, points, totals }
  })
  if (point.at !== lastMinute) askAgain(client, ['traffic'])
  // Requests are what moves the counts and latencies of the runtimes, and of the tasks of language.
  askAgain(client, ['language-status'])
  askAgain(client, ['runtimes'])
  lastMinute = point.at
}

let lastMinute = ''

/** The server tells its own requests; where there are several, what was read of all of them may be more already. */
function larger(old: TrafficPoint, point: TrafficPoint): TrafficPoint {
  return old.requests > point.requests ? old : point
}

/** Its numbers, not its documents: while a file is written they would be asked for without end. */
function updateCollection(client: QueryClient, { collection }: { readonly collection: string }): void {
  askAgain(client, ['collections', 'list'])
  askAgain(client, ['collections', 'one', collection])
}

/** What jobs were last told to be, so that a list is asked for again when one moves on and not at each step of its progress. */
const told = new Map<string, JobView['status']>()
const MAX_TOLD = 1_000

function updateJob(client: QueryClient, data: EventMap['job.updated'], at: number): void {
  const { id, kind, status, progress, message } = data
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
  if (message !== null) {
    client.setQueryData<readonly JobLogView[]>(['jobs', 'log', id], (log) => {
      if (log === undefined || log.at(-1)?.message === message) return log
      return [...log, { at: new Date(at).toISOString(), progress, message }]
    })
  }
  if (told.get(id) === status) return
  if (told.size >= MAX_TOLD) told.clear()
  told.set(id, status)
  // Order, times, result and counts come from the server.
  askAgain(client, ['jobs'])
  // What a sync brought stands with its collection.
  if (kind === 'collection-sync') askAgain(client, ['collections', 'one'])
  // A failure, or its mending, is among what needs attention.
  if (status === 'failed' || status === 'succeeded') askAgain(client, ['attention'])
}
