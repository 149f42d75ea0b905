// The WebSocket at /v1/events: the same events as the Server-Sent twin, for clients that speak both ways.
// Authenticates by header, cookie or first message; a client that does not read is closed, never waited for.
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Principal } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import { sessionIdOf } from '../../platform/auth/sessions.ts'
import { type Authenticator, requireScope } from './authenticate.ts'
import type { EventFeed, FeedSubscription, Sending } from './event-feed.ts'
import { typesFrom } from './event-types.ts'
import { pathOf, problemOf } from './respond.ts'
import type { ServerParts } from './server-parts.ts'
import { cookieLetIn, sessionToken } from './session-cookie.ts'

export interface EventSockets {
  readonly size: number
  /** Says goodbye (1001) and cuts off who does not answer. */
  close(): void
}

export interface EventSocketsParts extends Pick<ServerParts, 'events' | 'log' | 'sessions'> {
  readonly authenticator: Authenticator
  readonly feed: EventFeed
  readonly heartbeatMs: number
  readonly maxSocketBufferBytes: number
}

const PATH = '/v1/events'
const AUTHENTICATE_WITHIN_MS = 5_000
const MAX_SOCKETS = 1_000
const MAX_WAITING = 100
const CLOSE = { goingAway: 1001, policy: 1008, tooSlow: 1013 } as const

const SIGNED_OUT = 'The session has ended.'

interface Client {
  readonly socket: WebSocket
  readonly address: string
  principal: Principal | undefined
  types: readonly string[]
  /** From when it is known who it is. */
  subscription: FeedSubscription | undefined
  alive: boolean
  /** The token it signed in with, where a cookie let it in; checked again when the session should end. */
  readonly session: string | undefined
  sessionEndsAt: number
}

export function attachEventSockets(server: HttpServer, parts: EventSocketsParts): EventSockets {
  const { events, feed, authenticator, sessions, heartbeatMs, maxSocketBufferBytes } = parts
  const clients = new Set<Client>()
  const hub = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024, perMessageDeflate: false })
  const stopRevoked = events.on('key.revoked', ({ id }) => {
    for (const client of clients) if (client.principal?.keyId === id) client.socket.close(CLOSE.policy, 'The API key was revoked.')
  })
  const stopEnded = events.on('session.ended', ({ keyId, session }) => {
    for (const client of clients) {
      const own = client.session !== undefined && client.principal?.keyId === keyId
      if (own && (session === null || session === sessionIdOf(client.session))) client.socket.close(CLOSE.policy, SIGNED_OUT)
    }
  })
  const heartbeat = setInterval(() => {
    for (const client of clients) {
      if (client.sessionEndsAt <= Date.now()) void lookAgain(client, sessions)
      if (!client.alive) client.socket.terminate()
      client.alive = false
      client.socket.ping()
    }
  }, heartbeatMs)
  heartbeat.unref()
  const welcome = (socket: WebSocket, request: IncomingMessage, { principal, types }: Admitted): void => {
    const address = request.socket.remoteAddress ?? ''
    const session = cookieLetIn(request.headers) && principal?.keyId !== undefined ? sessionToken(request.headers.cookie) : undefined
    const sessionEndsAt = session === undefined ? Number.POSITIVE_INFINITY : 0
    const client: Client = { socket, address, principal, types, subscription: undefined, alive: true, session, sessionEndsAt }
    clients.add(client)
    listenTo(client, { authenticator, feed, maxSocketBufferBytes }, () => clients.delete(client))
    if (principal !== undefined) follow(client, principal, { feed, maxSocketBufferBytes })
  }
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    admit(request, authenticator, clients).then(
      (admitted) => hub.handleUpgrade(request, socket, head, (connected) => welcome(connected, request, admitted)),
      (error) => refuse(socket, error, request),
    )
  })
  return {
    get size() {
      return clients.size
    },
    close() {
      clearInterval(heartbeat)
      stopRevoked()
      stopEnded()
      for (const { socket } of clients) {
        socket.close(CLOSE.goingAway, 'The server stops.')
        setTimeout(() => socket.terminate(), 500).unref()
      }
    },
  }
}

/** Being connected is no use of a session: it ends when it would have ended without the socket, unless it was prolonged. */
async function lookAgain(client: Client, sessions: EventSocketsParts['sessions']): Promise<void> {
  client.sessionEndsAt = Number.POSITIVE_INFINITY
  try {
    const session = await sessions.peekSession(client.session ?? '')
    if (session === undefined) client.socket.close(CLOSE.policy, SIGNED_OUT)
    else client.sessionEndsAt = session.expiresAt
  } catch {
    // A database that does not answer for a moment signs nobody out; the next heartbeat asks again.
    client.sessionEndsAt = 0
  }
}

interface Admitted {
  /** Undefined: must authenticate by its first message. */
  readonly principal: Principal | undefined
  readonly types: readonly string[]
}

/** Who may connect, and what it wants to hear: everything that can be wrong is refused before there is a socket. */
async function admit(request: IncomingMessage, authenticator: Authenticator, clients: ReadonlySet<Client>): Promise<Admitted> {
  if (pathOf(request.url ?? '') !== PATH) {
    throw new TandemError('not_found', `There is no WebSocket at this address. Events are at ${PATH}.`)
  }
  const waiting = [...clients].filter((client) => client.principal === undefined).length
  if (clients.size >= MAX_SOCKETS || waiting >= MAX_WAITING) {
    throw new TandemError(
      'overloaded',
      `${clients.size} sockets are open; at most ${MAX_SOCKETS} are, of which ${MAX_WAITING} unauthenticated.`,
    )
  }
  const principal = await authenticator.identify(request)
  if (principal !== undefined) requireScope(principal, 'read')
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '')
  return { principal, types: typesFrom(query.get('types') ?? undefined) }
}

function refuse(socket: Duplex, error: unknown, request: IncomingMessage): void {
  const problem = problemOf(error, { requestId: 'websocket', path: pathOf(request.url ?? '') })
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

type Following = Pick<EventSocketsParts, 'feed' | 'maxSocketBufferBytes'>

/** From now on it gets events; told where they stand, so that it knows whether it missed some. */
function follow(client: Client, principal: Principal, { feed, maxSocketBufferBytes }: Following): void {
  client.principal = principal
  client.subscription ??= feed.subscribe(client.types, (sending) => deliver(client, sending, maxSocketBufferBytes))
  send(client, { type: 'authenticated', name: principal.name, ...feed.position() })
}

function listenTo(client: Client, parts: Following & { readonly authenticator: Authenticator }, forget: () => void): void {
  const { socket } = client
  const late = setTimeout(() => {
    if (client.principal === undefined) socket.close(CLOSE.policy, 'No authentication came within 5 seconds.')
  }, AUTHENTICATE_WITHIN_MS)
  late.unref()
  socket.on('pong', () => {
    client.alive = true
  })
  socket.on('message', (data, isBinary) => {
    client.alive = true
    read(client, isBinary ? '' : String(data), parts).catch((error) => {
      const { code, detail } = problemOf(error, { requestId: 'websocket', path: PATH })
      send(client, { type: 'error', code, detail })
      // Whoever is not known has no second try: a new connection meets the limit on failures again.
      if (client.principal === undefined) socket.close(CLOSE.policy, code)
    })
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearTimeout(late)
    client.subscription?.stop()
    forget()
  })
}

async function read(client: Client, text: string, parts: Following & { readonly authenticator: Authenticator }): Promise<void> {
  let message: { type?: unknown; key?: unknown; types?: unknown }
  try {
    message = JSON.parse(text) as typeof message
  } catch {
    throw new TandemError(
      'malformed_body',
      'Messages are JSON: {"type":"authenticate","key":"tdm_..."} or {"type":"subscribe","types":["job.updated"]}.',
    )
  }
  if (message?.type === 'authenticate' && typeof message.key === 'string') {
    const principal = await parts.authenticator.verifyKey(message.key, client.address)
    requireScope(principal, 'read')
    follow(client, principal, parts)
    return
  }
  requireScope(client.principal, 'read')
  if (message?.type !== 'subscribe' || !Array.isArray(message.types)) {
    throw new TandemError(
      'invalid_input',
      'A message is {"type":"authenticate","key":"..."} or {"type":"subscribe","types":["job.updated"]}.',
    )
  }
  client.types = typesFrom(message.types.join(','))
  client.subscription?.setTypes(client.types)
  send(client, { type: 'subscribed', types: client.types, ...parts.feed.position() })
}

function send({ socket }: Client, message: object): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
}

function deliver({ socket }: Client, sending: Sending, maxBufferBytes: number): void {
  if (socket.readyState !== socket.OPEN) return
  if (socket.bufferedAmount > maxBufferBytes) {
    socket.close(CLOSE.tooSlow, 'The client does not read fast enough.')
    setTimeout(() => socket.terminate(), 1_000).unref()
  } else socket.send(sending.text)
}
