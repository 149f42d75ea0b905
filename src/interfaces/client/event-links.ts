// One connection to the events of a server, by WebSocket or by Server-Sent Events, until it ends. Never tried again here.
import { TandemError } from '../../errors.ts'
import type { TandemEvent } from '../../platform/events/events.ts'
import { NO_EVENTS, openEventStream } from './open-event-stream.ts'
import { errorOfProblem } from './problem.ts'
import type { Transport } from './transport.ts'

/** The newest event a server has told, counted from its start. */
export interface EventPosition {
  readonly boot: string
  readonly seq: number
}

export interface LinkOptions {
  readonly types: readonly string[]
  readonly signal: AbortSignal
  /** The server has accepted, and where it stands when it says so. */
  readonly onOpen: (position: EventPosition | undefined) => void
  readonly onPosition: (position: EventPosition) => void
  readonly onEvent: (event: TandemEvent) => void
}

export interface EventLink {
  setTypes(types: readonly string[]): void
  /** Why it ended: an error, `NO_SOCKET` or `RETYPED`; undefined in good order. Never rejects. */
  readonly ended: Promise<unknown>
}

/** A socket that did not come to be; HTTP tells why. */
export const NO_SOCKET = Symbol('no socket')
/** Ended here, because other types are wanted. */
export const RETYPED = Symbol('retyped')

const PATH = '/v1/events'
const OPEN_WITHIN_MS = 10_000
/** Without a key the server knows at once whether it lets us in. */
const OPEN_WITHOUT_KEY_MS = 2_000
/** Pages do not see pings: after this silence the server is asked for a word, and is gone when none comes. */
const ASK_AFTER_MS = 20_000
const ANSWER_WITHIN_MS = 10_000
const CLOSE = { policy: 1008, tooSlow: 1013 } as const

export function openStreamLink(transport: Transport, options: LinkOptions): EventLink {
  const retyped = new AbortController()
  const stop = (): void => retyped.abort()
  options.signal.addEventListener('abort', stop, { once: true })
  const read = async (): Promise<unknown> => {
    try {
      const request = { path: PATH, query: { types: options.types.join(',') || undefined } }
      for await (const { data } of openEventStream(transport, request, {
        signal: retyped.signal,
        onOpen: () => options.onOpen(undefined),
      })) {
        options.onEvent(JSON.parse(data) as TandemEvent)
      }
      return undefined
    } catch (error) {
      if (retyped.signal.aborted) return options.signal.aborted ? undefined : RETYPED
      return error === NO_EVENTS ? noEvents(transport.url) : error
    } finally {
      options.signal.removeEventListener('abort', stop)
    }
  }
  return { setTypes: stop, ended: read() }
}

export function openSocketLink(transport: Transport, key: string | undefined, options: LinkOptions): EventLink {
  const query = options.types.length === 0 ? '' : `?types=${encodeURIComponent(options.types.join(','))}`
  const socket = new WebSocket(`${transport.url.replace(/^http/, 'ws')}${PATH}${query}`)
  let types = options.types
  let isOpen = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let finish = (_: unknown): void => {}
  const ended = new Promise<unknown>((resolve) => {
    finish = resolve
  })
  const end = (why: unknown): void => {
    clearTimeout(timer)
    options.signal.removeEventListener('abort', onAbort)
    socket.close()
    finish(why)
  }
  const onAbort = (): void => end(undefined)
  const within = (milliseconds: number, otherwise: () => void): void => {
    clearTimeout(timer)
    timer = setTimeout(otherwise, milliseconds)
  }
  const subscribe = (): void => socket.send(JSON.stringify({ type: 'subscribe', types }))
  const askWhenSilent = (): void =>
    within(ASK_AFTER_MS, () => {
      subscribe()
      within(ANSWER_WITHIN_MS, () => end(broken(transport.url, 'nothing was heard any more')))
    })

  options.signal.addEventListener('abort', onAbort, { once: true })
  within(OPEN_WITHIN_MS, () => end(NO_SOCKET))
  socket.addEventListener('open', () => {
    if (key === undefined) within(OPEN_WITHOUT_KEY_MS, () => end(NO_SOCKET))
    else socket.send(JSON.stringify({ type: 'authenticate', key }))
  })
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.type === 'error') return end(errorOfProblem(message, 'The server refused.', {}))
    if (message.type === 'authenticated' && !isOpen) {
      isOpen = true
      options.onOpen(positionOf(message))
      if (types !== options.types) subscribe()
    } else if (message.type === 'subscribed') {
      const position = positionOf(message)
      if (position !== undefined) options.onPosition(position)
    } else if (message.type !== 'authenticated') options.onEvent(message as unknown as TandemEvent)
    askWhenSilent()
  })
  socket.addEventListener('close', ({ code, reason }) => {
    if (!isOpen) end(NO_SOCKET)
    else if (code === CLOSE.policy) end(new TandemError('unauthorized', reason || 'The server ended the connection.'))
    else if (code === CLOSE.tooSlow) end(new TandemError('overloaded', reason))
    else end(broken(transport.url, `code ${code}`))
  })
  return {
    ended,
    setTypes(next) {
      types = next
      if (isOpen) subscribe()
    },
  }
}

/** What the server says beside events, whose types have a dot. */
interface Message {
  readonly type: string
  readonly code?: unknown
  readonly detail?: unknown
}

/** Undefined where the server does not count, or a proxy took it out. */
export function positionOf(message: object): EventPosition | undefined {
  const { boot, seq } = message as { readonly boot?: unknown; readonly seq?: unknown }
  return typeof boot === 'string' && typeof seq === 'number' ? { boot, seq } : undefined
}

function broken(url: string, why: string): TandemError {
  return new TandemError('network', `The connection to the events of ${url} broke: ${why}.`, { details: { url } })
}

function noEvents(url: string): TandemError {
  return new TandemError(
    'unavailable',
    `${url}${PATH} sends no events. A proxy in between holds them back, or another program listens there: check the url.`,
    { details: { url } },
  )
}
