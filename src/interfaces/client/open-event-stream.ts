// Server-Sent Events of one address, read with fetch, which can send a key; and noticed when they do not get through.
import { type ErrorCode, TandemError } from '../../errors.ts'
import { chunksOf, readEventStream, type ServerEvent } from './event-stream.ts'
import { errorOfConnection, errorOfProblem } from './problem.ts'
import type { Request, Transport } from './transport.ts'

/** The server says something every 15 s; silence means that the connection is dead or a proxy holds the events back. */
const SILENCE_MS = 40_000

/** Thrown when events do not get through: something in between holds them back, or there is no such stream. */
export const NO_EVENTS = Symbol('no events')
const SILENT = Symbol('silent')
const UNKNOWN_ENDPOINT: ReadonlySet<ErrorCode> = new Set(['not_found', 'method_not_allowed', 'unsupported_media_type'])

export interface EventStreamOptions {
  readonly signal: AbortSignal
  /** How long the first event may take, where the server sends one at once. */
  readonly firstEventMs?: number
  /** Called when the server has accepted. */
  readonly onOpen?: () => void
}

/** Ends when the server ends the stream. An event named `error` is thrown. */
export async function* openEventStream(
  transport: Transport,
  request: Pick<Request, 'path' | 'query'>,
  { signal, firstEventMs, onOpen }: EventStreamOptions,
): AsyncGenerator<ServerEvent, void, undefined> {
  const connection = new AbortController()
  const onAbort = (): void => connection.abort(signal.reason)
  if (signal.aborted) throw signal.reason
  signal.addEventListener('abort', onAbort, { once: true })
  let heard = firstEventMs === undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const alive = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => connection.abort(heard ? SILENT : NO_EVENTS), heard ? SILENCE_MS : firstEventMs)
  }
  alive()
  try {
    const response = await transport.open({ method: 'GET', ...request, accept: 'text/event-stream', signal: connection.signal })
    if (response.body === null || !/^text\/event-stream\b/.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel()
      throw NO_EVENTS
    }
    onOpen?.()
    for await (const event of readEventStream(observed(chunksOf(response.body), alive))) {
      heard = true
      if (event.event === 'error') throw errorOfProblem(JSON.parse(event.data), 'The event stream failed.', {})
      yield event
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (connection.signal.aborted && connection.signal.reason === NO_EVENTS) throw NO_EVENTS
    if (TandemError.is(error) && UNKNOWN_ENDPOINT.has(error.code)) throw NO_EVENTS
    if (error === NO_EVENTS || TandemError.is(error)) throw error
    throw errorOfConnection(error, transport.url)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    connection.abort()
  }
}

async function* observed(chunks: AsyncIterable<Uint8Array>, onChunk: () => void): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    onChunk()
    yield chunk
  }
}
