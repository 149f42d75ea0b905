// Keeps a connection to the events of a server: chooses WebSocket or Server-Sent Events, comes back after a broken one
// with growing pauses, and says when something may have been missed in between.
import { type ErrorCode, TandemError } from '../../errors.ts'
import type { TandemEvent } from '../../platform/events/events.ts'
import { type EventLink, type EventPosition, NO_SOCKET, openSocketLink, openStreamLink, positionOf, RETYPED } from './event-links.ts'
import type { EventOptions, EventPattern, Listening } from './events-client.ts'
import { sleep } from './retry.ts'
import type { Transport } from './transport.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
/** A server that accepts and closes at once is not tried again at once. */
const STEADY_MS = 5_000

/** What another try does not change. */
const LASTING: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'forbidden', 'invalid_input', 'not_found', 'method_not_allowed'])

type Way = 'websocket' | 'sse'

export class EventFollower implements Listening {
  readonly done: Promise<void>
  readonly #transport: Transport
  readonly #options: EventOptions<EventPattern>
  readonly #listener: (event: TandemEvent) => void
  readonly #stop = new AbortController()
  #types: readonly string[]
  #link: EventLink | undefined
  #pause = new AbortController()
  #position: EventPosition | undefined
  #openedAt: number | undefined
  #everOpen = false
  #socketsWork = false
  #failures = 0

  constructor(transport: Transport, options: EventOptions<EventPattern>, listener: (event: TandemEvent) => void) {
    this.#transport = transport
    this.#options = options
    this.#listener = listener
    this.#types = options.types ?? []
    // Not before the caller has what this makes: its callbacks may want to stop it.
    this.done = Promise.resolve().then(() => this.#run())
    this.done.catch(() => undefined)
  }

  setTypes(types: readonly EventPattern[]): void {
    this.#types = types
    this.#link?.setTypes(types)
  }

  reconnect(): void {
    this.#pause.abort()
  }

  stop(): void {
    this.#stop.abort()
    this.#pause.abort()
  }

  async #run(): Promise<void> {
    const { signal, onState } = this.#options
    const onAbort = (): void => this.stop()
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    let way: Way = this.#preferred()
    try {
      while (!this.#stop.signal.aborted) {
        onState?.({ status: 'connecting' })
        const error = await this.#connect(way)
        if (error === RETYPED) continue
        if (error === NO_SOCKET) {
          way = 'sse'
          continue
        }
        // Where sockets never got through and events do, they are not tried every time.
        if (way === 'websocket' || this.#socketsWork || this.#openedAt === undefined) way = this.#preferred()
        if (!this.#stop.signal.aborted) await this.#wait(error)
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      onState?.({ status: 'closed' })
    }
  }

  #preferred(): Way {
    return this.#transport.sockets === undefined ? 'sse' : 'websocket'
  }

  async #connect(way: Way): Promise<unknown> {
    this.#openedAt = undefined
    const options = {
      types: this.#types,
      signal: this.#stop.signal,
      onOpen: (position: EventPosition | undefined) => this.#opened(way, position),
      onPosition: (position: EventPosition) => {
        this.#position = position
      },
      onEvent: (event: TandemEvent) => {
        this.#position = positionOf(event) ?? this.#position
        this.#listener(event)
      },
    }
    const link =
      way === 'sse' ? openStreamLink(this.#transport, options) : openSocketLink(this.#transport, this.#transport.sockets?.key, options)
    this.#link = link
    try {
      return await link.ended
    } finally {
      this.#link = undefined
    }
  }

  #opened(way: Way, position: EventPosition | undefined): void {
    this.#openedAt = performance.now()
    this.#socketsWork ||= way === 'websocket'
    this.#options.onState?.({ status: 'open', by: way })
    const before = this.#position
    this.#position = position ?? before
    if (this.#everOpen) this.#tellGap(before, position)
    this.#everOpen = true
  }

  /** Compares where the server stands with what was heard last; without a word from it, something may be missing. */
  #tellGap(before: EventPosition | undefined, now: EventPosition | undefined): void {
    const { onGap } = this.#options
    if (before === undefined || now === undefined) onGap?.({ reason: 'reconnected', missed: undefined })
    else if (before.boot !== now.boot) onGap?.({ reason: 'restarted', missed: undefined })
    else if (now.seq > before.seq) onGap?.({ reason: 'reconnected', missed: now.seq - before.seq })
  }

  async #wait(error: unknown): Promise<void> {
    if (this.#openedAt !== undefined && performance.now() - this.#openedAt >= STEADY_MS) this.#failures = 0
    this.#failures += 1
    const { retries = this.#everOpen ? Number.POSITIVE_INFINITY : this.#transport.retries } = this.#options
    const isLasting = error !== undefined && (!TandemError.is(error) || LASTING.has(error.code))
    if (isLasting || this.#failures > retries) throw error ?? new TandemError('unavailable', 'The server ended the events.')
    const ceiling = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1))
    const asked = TandemError.is(error) ? Number(error.details.retryAfterMs ?? 0) : 0
    const pauseMs = Math.max(asked, (ceiling * (1 + Math.random())) / 2)
    this.#options.onState?.({ status: 'waiting', retryInMs: pauseMs, error })
    this.#pause = new AbortController()
    await sleep(pauseMs, this.#pause.signal).catch(() => undefined)
  }
}
