// The events as they leave the server, by WebSocket or stream: counted from its start, so that who comes back knows
// whether something was missed, and written as text once however many listen. What is frequent is made only while asked for.
import { randomUUID } from 'node:crypto'
import type { EventName, Events, TandemEvent } from '../../platform/events/events.ts'
import { isTold, matchesTypes, ON_DEMAND } from './event-types.ts'

/** Where the feed stands: another `boot` is another start of the server. */
export interface FeedPosition {
  readonly boot: string
  readonly seq: number
}

export type SentEvent = TandemEvent & FeedPosition

export interface Sending {
  readonly event: SentEvent
  readonly text: string
}

export interface FeedSubscription {
  setTypes(types: readonly string[]): void
  stop(): void
}

export interface EventFeed {
  position(): FeedPosition
  /** Calls `listener` for each event of these types; without types, for each but those that are sent on demand only. */
  subscribe(types: readonly string[], listener: (sending: Sending) => void): FeedSubscription
  close(): void
}

interface Subscriber {
  types: readonly string[]
  readonly listener: (sending: Sending) => void
}

export function createEventFeed(events: Pick<Events, 'onAny' | 'want'>): EventFeed {
  const boot = randomUUID()
  const subscribers = new Set<Subscriber>()
  const wanted = new Map<EventName, () => void>()
  let seq = 0
  const stopListening = events.onAny((event) => {
    if (!isTold(event.type)) return
    seq += 1
    let sending: Sending | undefined
    for (const { types, listener } of subscribers) {
      if (!matchesTypes(types, event.type)) continue
      sending ??= new Told({ ...event, boot, seq })
      listener(sending)
    }
  })
  const askForWhatIsWanted = (): void => {
    for (const type of ON_DEMAND) {
      const wants = [...subscribers].some(({ types }) => matchesTypes(types, type))
      const release = wanted.get(type)
      if (wants && release === undefined) wanted.set(type, events.want(type))
      else if (!wants && release !== undefined) {
        release()
        wanted.delete(type)
      }
    }
  }
  return {
    position: () => ({ boot, seq }),
    subscribe(types, listener) {
      const subscriber: Subscriber = { types, listener }
      subscribers.add(subscriber)
      askForWhatIsWanted()
      return {
        setTypes(next) {
          subscriber.types = next
          askForWhatIsWanted()
        },
        stop() {
          subscribers.delete(subscriber)
          askForWhatIsWanted()
        },
      }
    },
    close() {
      stopListening()
      subscribers.clear()
      askForWhatIsWanted()
    },
  }
}

class Told implements Sending {
  readonly event: SentEvent
  #text: string | undefined

  constructor(event: SentEvent) {
    this.event = event
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.event)
    return this.#text
  }
}
