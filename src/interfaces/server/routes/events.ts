// Events as a stream: a bounded queue between what happens and a client that reads.
import { implement, type Route } from '../../../endpoint.ts'
import { TandemError } from '../../../errors.ts'
import type { Events, TandemEvent } from '../../../platform/events/events.ts'
import { isTold, matchesTypes, typesFrom } from '../event-types.ts'
import { watchEvents } from './schema.ts'

/** Events a slow client may be behind before its stream is ended. */
const MAX_QUEUED = 1_000

export function eventRoutes(events: Pick<Events, 'onAny'>): readonly Route[] {
  return [
    implement(watchEvents)(({ query, signal }) => {
      const types = typesFrom(query.types)
      return subscribe(events, types, signal) as AsyncIterable<never>
    }),
  ]
}

async function* subscribe(events: Pick<Events, 'onAny'>, types: readonly string[], signal: AbortSignal): AsyncGenerator<TandemEvent> {
  const queue: TandemEvent[] = []
  let wake: (() => void) | undefined
  const ring = (): void => wake?.()
  const stop = events.onAny((event) => {
    if (queue.length > MAX_QUEUED || !isTold(event.type) || !matchesTypes(types, event.type)) return
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
    stop()
    signal.removeEventListener('abort', ring)
  }
}
