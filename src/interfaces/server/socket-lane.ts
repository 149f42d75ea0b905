// The shortest way: a connection is read here as long as what comes is a plain JSON POST to a direct route (request-head.ts), which is
// answered by the functions that Fastify's hooks run too, in the same order. At the first byte that is anything else the connection and
// what was read of it go to Node's HTTP server, for good. Node's own objects for a request and its answer cost 16 us of processor time,
// more than a forest of 100 trees and all checks together.
import { hasSubscribers } from 'node:diagnostics_channel'
import type { Server as HttpServer } from 'node:http'
import type { Socket } from 'node:net'
import { readJson } from './body-parsers.ts'
import type { DirectLaneParts } from './direct-lane.ts'
import { type DirectRoute, type FindDirectRoute, isShort } from './direct-routes.ts'
import { type RequestHead, readHead } from './request-head.ts'
import { sendProblem } from './respond.ts'
import { ServerCall } from './server-call.ts'
import { type ReplyConnection, SocketReply, SocketRequest } from './socket-exchange.ts'

export interface SocketLane {
  /** Ends the connections on which nothing is under way. */
  closeIdle(): void
  /** Ends all of its connections. */
  closeAll(): void
  close(): void
}

const SWEEP_MS = 1000
const MAX_HEAD_BYTES = 8 * 1024
/** Bytes that wait behind a request that is being answered; beyond them the socket is not read. */
const MAX_WAITING_BYTES = 128 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING: Buffer = Buffer.alloc(0)

export interface SocketLaneParts extends DirectLaneParts {
  readonly find: FindDirectRoute
}

/** Takes over the connections that come to the server from now on. */
export function createSocketLane(server: HttpServer, parts: SocketLaneParts): SocketLane {
  const connections = new Set<Connection>()
  const listeners = server.listeners('connection') as ((this: HttpServer, socket: Socket) => void)[]
  const keepAlive = keepAliveLines(server)
  let now = performance.now()
  const giveToNode = (socket: Socket): void => {
    for (const listener of listeners) listener.call(server, socket)
  }
  const lane: Lane = { parts, keepAlive, giveToNode, leave: (connection) => void connections.delete(connection), now: () => now }
  server.removeAllListeners('connection')
  server.on('connection', (socket) => {
    // Programs that trace requests look at Node's own.
    if (hasSubscribers('http.server.request.start')) giveToNode(socket)
    else connections.add(new Connection(socket, lane))
  })
  const timer = setInterval(() => {
    now = performance.now()
    for (const connection of connections) connection.look(now, server)
  }, SWEEP_MS)
  timer.unref()
  return {
    closeIdle() {
      for (const connection of connections) if (connection.isIdle) connection.socket.destroy()
    },
    closeAll() {
      for (const connection of connections) connection.socket.destroy()
    },
    close: () => clearInterval(timer),
  }
}

interface Lane {
  readonly parts: SocketLaneParts
  readonly keepAlive: string
  readonly giveToNode: (socket: Socket) => void
  readonly leave: (connection: Connection) => void
  /** As of the last sweep. */
  readonly now: () => number
}

interface Head extends RequestHead {
  readonly text: string
  readonly route: DirectRoute
}

class Connection implements ReplyConnection {
  readonly socket: Socket
  readonly keepAlive: string
  readonly onWritten = (error?: Error | null): void => {
    // 'close' follows an error.
    if (error == null) this.#finish()
  }
  readonly #lane: Lane
  /** Requests of one connection mostly differ in their bodies alone. */
  #head: Head | undefined
  /** Of a request that has not come whole, or that waits for the one before it. */
  #waiting: Buffer = NOTHING
  #reply: SocketReply | undefined
  #answered = false
  #touched: number

  constructor(socket: Socket, lane: Lane) {
    this.socket = socket
    this.keepAlive = lane.keepAlive
    this.#lane = lane
    this.#touched = lane.now()
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
  }

  /** Whether all that came was answered. One that has only just come has its first request under way to it. */
  get isIdle(): boolean {
    return this.#answered && this.#reply === undefined && this.#waiting.length === 0
  }

  /** A connection that is silent for too long is Node's to refuse when something is owed on it, and ends when nothing is. */
  look(now: number, { keepAliveTimeout, headersTimeout }: HttpServer): void {
    if (this.#reply !== undefined) return
    const silentMs = now - this.#touched
    if (this.isIdle) {
      if (keepAliveTimeout > 0 && silentMs > keepAliveTimeout) this.socket.destroy()
    } else if (silentMs > headersTimeout) this.#giveToNode(this.#waiting)
  }

  readonly #onData = (chunk: Buffer): void => {
    // From the first byte of a request on its time runs: bytes that trickle in do not prolong it.
    if (this.#waiting.length === 0) this.#touched = this.#lane.now()
    const bytes = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk])
    if (this.#reply === undefined) {
      this.#serve(bytes)
      return
    }
    this.#waiting = bytes
    if (bytes.length > MAX_WAITING_BYTES) this.socket.pause()
  }

  /** Begins the request that stands first, if it is whole. */
  #serve(bytes: Buffer): void {
    this.#waiting = NOTHING
    const head = this.#headOf(bytes)
    if (head === undefined) {
      this.#giveToNode(bytes)
      return
    }
    const bodyAt = head.text.length
    const end = bodyAt + head.bodyBytes
    if (bytes.length < end) {
      this.#waiting = bytes
      return
    }
    if (bytes.length > end) this.#waiting = bytes.subarray(end)
    const { mounted } = head.route
    const request = new SocketRequest(head, head.route, this.socket, bytes.subarray(bodyAt, end))
    const reply = new SocketReply(this)
    this.#reply = reply
    const call = new ServerCall(mounted, request, reply)
    request.tandem = call
    this.#lane.parts.enter(call, this.#receive)
  }

  /** The head that the bytes begin with; undefined when it is not here or not plain. */
  #headOf(bytes: Buffer): Head | undefined {
    const known = this.#head
    if (known !== undefined && startsWith(bytes, known.text)) return known
    const length = bytes.indexOf(HEAD_END)
    if (length < 0 || length > MAX_HEAD_BYTES) return undefined
    const read = readHead(bytes.toString('latin1', 0, length))
    const route = read && this.#lane.parts.find(read.url)
    if (route === undefined || !isShort(read!.bodyBytes, route.mounted, this.#lane.parts.bodyLimitBytes)) return undefined
    this.#head = { ...read!, text: bytes.toString('latin1', 0, length + HEAD_END.length), route }
    return this.#head
  }

  readonly #receive = (call: ServerCall, refused: Error | undefined): void => {
    const { maxJsonDepth, handle, log } = this.#lane.parts
    const request = call.request as SocketRequest
    const { reply } = call
    if (refused !== undefined) {
      sendProblem(refused, request, reply, log)
      return
    }
    // The client has gone, or its time was up, while its key was looked up.
    if (reply.sent || reply.raw.destroyed) return
    try {
      request.body = readJson(request, request.bytes, maxJsonDepth)
    } catch (error) {
      // As Fastify does after a body that it cannot read.
      reply.header('connection', 'close')
      sendProblem(error, request, reply, log)
      return
    }
    try {
      handle(request)
    } catch (error) {
      sendProblem(error, request, reply, log)
    }
  }

  #finish(): void {
    const reply = this.#reply
    if (reply === undefined) return
    this.#reply = undefined
    this.#answered = true
    reply.close(true)
    const { socket } = this
    if (reply.isLast) {
      this.#waiting = NOTHING
      socket.end(() => socket.destroy())
      return
    }
    if (socket.isPaused()) socket.resume()
    if (this.#waiting.length > 0) this.#serve(this.#waiting)
  }

  #giveToNode(bytes: Buffer): void {
    const { socket } = this
    this.#lane.leave(this)
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('error', this.#onError)
    socket.off('close', this.#onClose)
    // Paused, so that what is put back is read before what comes next.
    socket.pause()
    if (bytes.length > 0) socket.unshift(bytes)
    this.#lane.giveToNode(socket)
    socket.resume()
  }

  /** As at Node's server: a client that says no more has gone, and nobody works for it. */
  readonly #onEnd = (): void => void this.socket.end()

  /** 'close' follows. */
  readonly #onError = (): void => {}

  readonly #onClose = (): void => {
    this.#lane.leave(this)
    const reply = this.#reply
    this.#reply = undefined
    reply?.close(false)
  }
}

const startsWith = (bytes: Buffer, text: string): boolean =>
  bytes.length >= text.length && bytes.toString('latin1', 0, text.length) === text

/** What Node's own answers say of how long a connection is kept. */
function keepAliveLines({ keepAliveTimeout }: HttpServer): string {
  const seconds = Math.floor(keepAliveTimeout / 1000)
  return `Connection: keep-alive\r\n${seconds > 0 ? `Keep-Alive: timeout=${seconds}\r\n` : ''}`
}
