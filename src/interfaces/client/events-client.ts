// What happens on the server, as it happens: typed by the server's own table of events.
import type { EventName, TandemEvent } from '../../platform/events/events.ts'
import { EventFollower } from './event-follower.ts'
import type { Transport } from './transport.ts'
import { createTurnstile } from './turnstile.ts'

type GroupOf<Name> = Name extends `${infer Group}.${string}` ? Group : never

/** A name such as `job.updated`, or `job.*` for all of a group. */
export type EventPattern = EventName | `${GroupOf<EventName>}.*`

/** The events that a pattern stands for. */
export type EventOf<Pattern extends EventPattern> = Extract<
  TandemEvent,
  { readonly type: Pattern extends `${infer Group}.*` ? `${Group}.${string}` : Pattern }
>

/** Where the connection stands. `waiting`: it broke, and is tried again after `retryInMs`. */
export type ConnectionState =
  | { readonly status: 'connecting' | 'closed' }
  | { readonly status: 'open'; readonly by: 'websocket' | 'sse' }
  | { readonly status: 'waiting'; readonly retryInMs: number; readonly error: unknown }

/** Events may have been missed: read again what they keep current. */
export interface EventGap {
  /** `reconnected`: the connection was lost in between; `restarted`: another start of the server answers; `slow`: they were not taken in time. */
  readonly reason: 'reconnected' | 'restarted' | 'slow'
  /** At most so many; undefined when nobody can say. */
  readonly missed: number | undefined
}

export interface EventOptions<Pattern extends EventPattern> {
  /** Absent: everything. */
  readonly types?: readonly Pattern[]
  readonly signal?: AbortSignal
  readonly onGap?: (gap: EventGap) => void
  readonly onState?: (state: ConnectionState) => void
  /**
   * Failed tries to connect in a row after which it gives up. Default: as many as any call makes before the first
   * connection, then no limit.
   */
  readonly retries?: number
}

export interface Listening {
  /** Other types from now on, over the same connection where that is a WebSocket. */
  setTypes(types: readonly EventPattern[]): void
  /** Tries to connect now instead of at the end of the pause, for example when a page is looked at again. */
  reconnect(): void
  stop(): void
  /** Resolves when it was stopped; rejects when it cannot go on, for example because the key was revoked. Nobody need look. */
  readonly done: Promise<void>
}

/**
 * Needs a key with the scope `read`. Over one WebSocket; by Server-Sent Events where there is none, where it does not get
 * through, or where headers have to be sent. A broken connection is made again after 0.5 to 30 s, with jitter.
 */
export interface EventsClient {
  /** Starts with the loop, ends with it or by the signal. Events wait in a queue of 1,000 for a slow loop. */
  subscribe<Pattern extends EventPattern = EventName>(options?: EventOptions<Pattern>): AsyncIterable<EventOf<Pattern>>
  /** Calls the listener until it is stopped. */
  listen<Pattern extends EventPattern = EventName>(options: EventOptions<Pattern>, listener: (event: EventOf<Pattern>) => void): Listening
}

/** Events that may wait for a loop that is slower than they come. */
const MAX_QUEUED = 1_000

export function createEventsClient(transport: Transport): EventsClient {
  const listen: EventsClient['listen'] = (options, listener) =>
    new EventFollower(transport, options, listener as (event: TandemEvent) => void)
  return {
    listen,
    async *subscribe<Pattern extends EventPattern>(options: EventOptions<Pattern> = {}) {
      const turnstile = createTurnstile<EventOf<Pattern>>(MAX_QUEUED)
      const listening = listen(options, (event: EventOf<Pattern>) => {
        const dropped = turnstile.push(event)
        if (dropped > 0) options.onGap?.({ reason: 'slow', missed: dropped })
      })
      listening.done.then(
        () => turnstile.end(undefined),
        (error: unknown) => turnstile.end(error),
      )
      try {
        for await (const event of turnstile.events) {
          options.signal?.throwIfAborted()
          yield event
        }
        options.signal?.throwIfAborted()
      } finally {
        listening.stop()
      }
    },
  }
}
