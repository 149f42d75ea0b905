// Events told to the listeners of this process at once and, through the database's notifications, to other servers.
import { randomUUID } from 'node:crypto'
import type { Database } from '../storage/database.ts'
import { MAX_NOTIFICATION_BYTES, type Notifications } from '../storage/notifications.ts'
import type { EventMap, EventName, Events, TandemEvent } from './events.ts'

export interface EventsOptions {
  readonly database: Pick<Database, 'notifications'>
  readonly onWarning?: ((message: string, details: Record<string, unknown>) => void) | undefined
  /** Events that may wait to be sent to other servers; more are dropped and counted. Default 1000. */
  readonly maxQueued?: number
  readonly now?: () => number
}

/** What was told, and what was dropped on its way to other servers. */
export interface EventCounts {
  readonly emitted: number
  readonly received: number
  readonly droppedQueueFull: number
  readonly droppedTooLarge: number
  readonly droppedUnsent: number
}

export interface ServerEvents extends Events {
  /** For metrics. */
  counts(): EventCounts
  /**
   * Called after messages of other servers may have been missed (the connection was lost or something was dropped here):
   * read again what events keep current, for example revoked keys and active versions.
   */
  onGap(listener: () => void): () => void
}

const CHANNEL = 'tandem_events'

/** Opens the channel between servers when the database has one, and returns when it listens. */
export async function createEvents(options: EventsOptions): Promise<ServerEvents> {
  const events = new ProcessEvents(options)
  await events.listen()
  return events
}

interface Envelope {
  readonly from: string
  readonly event: TandemEvent
}

class ProcessEvents implements ServerEvents {
  readonly #origin = randomUUID()
  readonly #notifications: Notifications | undefined
  readonly #warn: NonNullable<EventsOptions['onWarning']>
  readonly #maxQueued: number
  readonly #now: () => number
  readonly #listeners = new Set<(event: TandemEvent) => unknown>()
  readonly #gapListeners = new Set<() => void>()
  readonly #counts = { emitted: 0, received: 0, droppedQueueFull: 0, droppedTooLarge: 0, droppedUnsent: 0 }
  readonly #wanted = new Map<EventName, number>()
  #queue: string[] = []
  #sending: Promise<void> | undefined
  #stopListening: (() => Promise<void>) | undefined
  #closed = false

  constructor({ database, onWarning, maxQueued = 1000, now = Date.now }: EventsOptions) {
    this.#notifications = database.notifications
    this.#warn = onWarning ?? (() => {})
    this.#maxQueued = maxQueued
    this.#now = now
  }

  async listen(): Promise<void> {
    this.#stopListening = await this.#notifications?.listen(
      CHANNEL,
      (payload) => this.#receive(payload),
      () => this.#tellGap(),
    )
  }

  emit<Name extends EventName>(type: Name, data: EventMap[Name]): void {
    if (this.#closed) return
    const event = { type, at: this.#now(), data } as TandemEvent
    this.#counts.emitted++
    this.#tell(event)
    if (this.#notifications !== undefined) this.#enqueue(this.#notifications, event)
  }

  tell<Name extends EventName>(type: Name, data: EventMap[Name]): void {
    if (!this.#closed) this.#tell({ type, at: this.#now(), data } as TandemEvent)
  }

  want(type: EventName): () => void {
    this.#wanted.set(type, (this.#wanted.get(type) ?? 0) + 1)
    let wants = true
    return () => {
      if (!wants) return
      wants = false
      const left = (this.#wanted.get(type) ?? 0) - 1
      if (left > 0) this.#wanted.set(type, left)
      else this.#wanted.delete(type)
    }
  }

  isWanted(type: EventName): boolean {
    return this.#wanted.size > 0 && this.#wanted.has(type)
  }

  on<Name extends EventName>(type: Name, listener: (data: EventMap[Name]) => void): () => void {
    return this.onAny((event) => {
      // Returned, so that the rejection of an async listener is caught.
      return event.type === type ? listener(event.data as EventMap[Name]) : undefined
    })
  }

  onAny(listener: (event: TandemEvent) => void): () => void {
    // A function of its own, so that one listener added twice is called twice and removed once.
    const entry = (event: TandemEvent): unknown => listener(event)
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  onGap(listener: () => void): () => void {
    this.#gapListeners.add(listener)
    return () => void this.#gapListeners.delete(listener)
  }

  counts(): EventCounts {
    return { ...this.#counts }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
    this.#gapListeners.clear()
    await this.#sending
    await this.#stopListening?.()
  }

  #tell(event: TandemEvent): void {
    for (const listener of [...this.#listeners]) {
      this.#guard(() => listener(event), event.type)
    }
  }

  #tellGap(): void {
    for (const listener of [...this.#gapListeners]) this.#guard(listener, 'gap')
  }

  /** One broken listener must not keep the event from the others, nor fail what emitted it. */
  #guard(call: () => unknown, type: string): void {
    const report = (error: unknown): void => {
      this.#warn(`A listener of the event ${type} failed`, { type, error: error instanceof Error ? error.message : String(error) })
    }
    try {
      const result = call()
      // An async function passed as a listener would otherwise end the process as an unhandled rejection.
      if (result instanceof Promise) result.catch(report)
    } catch (error) {
      report(error)
    }
  }

  #enqueue(notifications: Notifications, event: TandemEvent): void {
    const payload = JSON.stringify({ from: this.#origin, event } satisfies Envelope)
    if (Buffer.byteLength(payload) > MAX_NOTIFICATION_BYTES) {
      this.#counts.droppedTooLarge++
      this.#warn(`The event ${event.type} is too large for other servers and stays on this one`, {
        type: event.type,
        bytes: Buffer.byteLength(payload),
        limit: MAX_NOTIFICATION_BYTES,
        dropped: this.#counts.droppedTooLarge,
      })
      return
    }
    if (this.#queue.length >= this.#maxQueued) {
      // Told at 1, 2, 4, 8 ... so that a long outage does not flood the log.
      const dropped = ++this.#counts.droppedQueueFull
      if (Number.isInteger(Math.log2(dropped))) {
        this.#warn('Events for other servers are dropped: more wait than the limit', { limit: this.#maxQueued, dropped })
      }
      return
    }
    this.#queue.push(payload)
    this.#sending ??= this.#sendQueued(notifications)
  }

  /** In order, one at a time: NOTIFY takes one round trip, and events of one server must not overtake each other. */
  async #sendQueued(notifications: Notifications): Promise<void> {
    while (this.#queue.length > 0) {
      const payloads = this.#queue.splice(0)
      for (const payload of payloads) {
        try {
          await notifications.send(CHANNEL, payload)
        } catch (error) {
          this.#counts.droppedUnsent++
          this.#warn('An event could not be sent to other servers', {
            dropped: this.#counts.droppedUnsent,
            error: error instanceof Error ? error.message : String(error),
          })
          // A server that shuts down does not wait for a database that is gone.
          if (this.#closed) return
        }
      }
    }
    this.#sending = undefined
  }

  #receive(payload: string): void {
    let envelope: Envelope
    try {
      envelope = JSON.parse(payload) as Envelope
    } catch {
      this.#warn('A message between servers is not JSON and is ignored', { bytes: payload.length })
      return
    }
    // The server that sent it has told its own listeners already.
    if (envelope.from === this.#origin || envelope.event === undefined) return
    this.#counts.received++
    this.#tell(envelope.event)
  }
}
