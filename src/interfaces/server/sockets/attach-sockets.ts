// The WebSockets of the server: who may connect, how many, and when each must go. What they say is their routes' business.
// A caller authenticates by header, cookie or first message.
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WebSocketServer } from 'ws'
import type { Principal } from '../../../endpoint.ts'
import { TandemError } from '../../../errors.ts'
import { sessionIdOf } from '../../../platform/auth/sessions.ts'
import type { OpenSocket, SocketRoute } from '../../../socket.ts'
import { type Authenticator, requireScope } from '../authenticate.ts'
import { pathOf, problemHeaders, problemOf } from '../respond.ts'
import type { ServerParts } from '../server-parts.ts'
import { cookieLetIn, sessionToken } from '../session-cookie.ts'
import { CLOSE, SocketClient, type SocketClientParts } from './socket-client.ts'
import { createSocketTable, type FoundSocket } from './socket-table.ts'

export interface Sockets {
  readonly size: number
  /** Says goodbye (1001) and cuts off who does not answer. */
  close(): void
}

export interface SocketsParts extends Pick<ServerParts, 'events' | 'log' | 'sessions' | 'rateLimiter' | 'metrics'> {
  readonly authenticator: Authenticator
  readonly routes: readonly SocketRoute[]
  readonly heartbeatMs: number
  readonly maxBufferBytes: number
  readonly maxSockets: number
  readonly rateLimitPerMinute: number
  readonly maxJsonDepth: number
}

const MAX_WAITING = 100
const MAX_MESSAGE_BYTES = 16 * 1024
const SIGNED_OUT = 'The session has ended.'

export function attachSockets(server: HttpServer, parts: SocketsParts): Sockets {
  const { authenticator, sessions, heartbeatMs, maxSockets, metrics } = parts
  const clients = new Set<SocketClient>()
  const find = createSocketTable(parts.routes)
  const waiting = new Set<SocketClient>()
  const hubs = createHubs()
  const counts = metrics.sockets(() => clients.size)
  const clientParts: SocketClientParts = {
    ...parts,
    onKnown: (client) => waiting.delete(client),
    onRateLimited: () => metrics.countRateLimited(),
    onTooSlow: () => counts.countTooSlow(),
  }
  const stops = [...endWithKeys(parts, clients), keepAlive(clients, sessions, heartbeatMs)]
  const refuseTooMany = (): void => {
    const why =
      clients.size >= maxSockets
        ? `${clients.size} sockets are open; at most ${maxSockets} are`
        : waiting.size >= MAX_WAITING
          ? `${waiting.size} sockets have not authenticated yet; at most ${MAX_WAITING} may`
          : undefined
    if (why === undefined) return
    counts.countRefused()
    throw new TandemError('overloaded', `${why}. Try again later, or raise TANDEM_MAX_SOCKETS.`, { details: { open: clients.size } })
  }
  const admit = async (request: IncomingMessage): Promise<Admitted> => {
    const found = find(pathOf(request.url ?? ''))
    if (found === undefined) throw notFound(parts.routes)
    refuseTooMany()
    const principal = await authenticator.identify(request)
    const { endpoint } = found.route
    if (principal !== undefined) requireScope(principal, endpoint.scope)
    const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '')
    const accepted = Promise.resolve().then(() => found.route.accept({ params: found.params, query }))
    if (principal !== undefined) return { found, principal, open: await accepted }
    return { found, principal, open: await accepted.catch(refuseOnOpen) }
  }
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const admitted = admit(request).then(async (known) => ({ ...known, hub: await hubs(known.found.route) }))
    admitted.then(
      ({ found, principal, open, hub }) => {
        if (socket.destroyed) return
        hub.handleUpgrade(request, socket, head, (connected) => {
          const byCookie = cookieLetIn(request.headers) && principal?.keyId !== undefined
          const session = byCookie ? sessionToken(request.headers.cookie) : undefined
          const address = request.socket.remoteAddress ?? ''
          const client = new SocketClient(connected, { endpoint: found.route.endpoint, open, address, session }, clientParts)
          clients.add(client)
          if (principal === undefined) waiting.add(client)
          connected.once('close', () => {
            clients.delete(client)
            waiting.delete(client)
          })
          client.start(principal)
        })
      },
      (error) => refuse(socket, error, request),
    )
  })
  return {
    get size() {
      return clients.size
    },
    close() {
      for (const stop of stops) stop()
      for (const { socket } of clients) {
        socket.close(CLOSE.goingAway, 'The server stops.')
        setTimeout(() => socket.terminate(), 500).unref()
      }
    },
  }
}

/** What speaks the protocol for a route. `ws` is loaded for the first client: 4 MB that a server without one does without. */
function createHubs(): (route: SocketRoute) => Promise<WebSocketServer> {
  const hubs = new Map<SocketRoute, WebSocketServer>()
  return async (route) => {
    const { WebSocketServer } = await import('ws')
    const maxPayload = route.endpoint.maxMessageBytes ?? MAX_MESSAGE_BYTES
    const hub = hubs.get(route) ?? new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false })
    hubs.set(route, hub)
    return hub
  }
}

interface Admitted {
  readonly found: FoundSocket
  /** Undefined: must authenticate by its first message. */
  readonly principal: Principal | undefined
  readonly open: OpenSocket
}

/** What can be seen from outside is said at once; the rest when it is known who asks. */
function refuseOnOpen(error: unknown): OpenSocket {
  if (TandemError.is(error) && error.code === 'invalid_input') throw error
  return () => ({
    message() {
      throw error
    },
  })
}

function endWithKeys({ events }: SocketsParts, clients: ReadonlySet<SocketClient>): (() => void)[] {
  return [
    events.on('key.revoked', ({ id }) => {
      for (const { keyId, socket } of clients) if (keyId === id) socket.close(CLOSE.policy, 'The API key was revoked.')
    }),
    events.on('session.ended', ({ keyId, session }) => {
      for (const client of clients) {
        const own = client.session !== undefined && client.keyId === keyId
        if (own && (session === null || session === sessionIdOf(client.session))) client.socket.close(CLOSE.policy, SIGNED_OUT)
      }
    }),
  ]
}

function keepAlive(clients: ReadonlySet<SocketClient>, sessions: SocketsParts['sessions'], heartbeatMs: number): () => void {
  const heartbeat = setInterval(() => {
    for (const client of clients) {
      if (client.sessionEndsAt <= Date.now()) void lookAgain(client, sessions)
      if (!client.alive) client.socket.terminate()
      client.alive = false
      client.socket.ping()
    }
  }, heartbeatMs)
  heartbeat.unref()
  return () => clearInterval(heartbeat)
}

/** Being connected is no use of a session: it ends when it would have ended without the socket, unless it was prolonged. */
async function lookAgain(client: SocketClient, sessions: SocketsParts['sessions']): Promise<void> {
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

function notFound(routes: readonly SocketRoute[]): TandemError {
  const there = routes.map(({ endpoint }) => endpoint.path).join(', ')
  return new TandemError('not_found', `There is no WebSocket at this address. There are: ${there}.`)
}

function refuse(socket: Duplex, error: unknown, request: IncomingMessage): void {
  const problem = problemOf(error, { requestId: 'websocket', path: pathOf(request.url ?? '') })
  const body = JSON.stringify(problem)
  const headers = { ...problemHeaders(problem), 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${problem.status} ${problem.title}`, ...lines, '', body].join('\r\n'))
}
