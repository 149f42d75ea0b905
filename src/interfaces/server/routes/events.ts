// Events as a stream: a bounded queue between what happens and a client that reads.
import { implement, type Route } from '../../../endpoint.ts'
import { TandemError } from '../../../errors.ts'
import type { EventFeed, SentEvent } from '../event-feed.ts'
import { typesFrom } from '../event-types.ts'
import { watchEvents } from './schema.ts'

/** Events a slow client may be behind before its stream is ended. */
const MAX_QUEUED = 1_000

export function eventRoutes(feed: EventFeed): readonly Route[] {
  return [
    implement(watchEvents)(({ query, signal }) => {
      const types = typesFrom(query.types)
      return subscribe(feed, types, signal) as AsyncIterable<never>
    }),
  ]
}

async function* subscribe(feed: EventFeed, types: readonly string[], signal: AbortSignal): AsyncGenerator<SentEvent> {
  const queue: SentEvent[] = []
  let wake: (() => void) | undefined
  const ring = (): void => wake?.()
  const subscription = feed.subscribe(types, ({ event }) => {
    if (queue.length > MAX_QUEUED) return
    queue.push(event)
    ring()
  })
  signal.addEventListener('abort', ring)
  try {
    while (!signal.aborted) {
      if (queue.length > MAX_QUEUED) {
        throw new TandemError(
          'overloaded',
          `The client is ${MAX_QUEUED} events behind. Connect again and read faster, or ask for fewer types.`,
        )
      }
      const event = queue.shift()
      if (event !== undefined) yield event
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    subscription.stop()
    signal.removeEventListener('abort', ring)
  }
}
