// Request and answer of a call that was read off its socket. No stream, no events, no timer: one write, and one word when it is done.
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { DirectRoute } from './direct-routes.ts'
import type { HttpRequest, RawReply, RawRequest } from './http-exchange.ts'
import { LeanReply } from './lean-reply.ts'
import type { RequestHead } from './request-head.ts'
import { requestIdOf } from './request-id.ts'
import type { ServerCall } from './server-call.ts'

// Importing it evaluates all that `node:http` exports, and with `WebSocket` the whole of undici: 2 MB.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export class SocketRequest implements HttpRequest, RawRequest {
  readonly id: string
  readonly method = 'POST'
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly params: Readonly<Record<string, string>>
  readonly query: Record<string, unknown> = {}
  readonly socket: Socket
  /** It was not begun before its last byte was here. */
  readonly complete = true
  readonly bytes: Buffer
  body: unknown = undefined
  tandem: ServerCall | null = null

  constructor({ url, headers }: RequestHead, { params }: DirectRoute, socket: Socket, bytes: Buffer) {
    this.url = url
    this.headers = headers
    this.id = requestIdOf(this)
    this.params = params
    this.socket = socket
    this.bytes = bytes
  }

  get raw(): this {
    return this
  }
}

/** What a reply needs of the connection it is written to. */
export interface ReplyConnection {
  readonly socket: Socket
  /** The header that tells how long a silent connection is kept, with its line end; empty when the server does not say. */
  readonly keepAlive: string
  /** Told when the socket has taken all of the answer. */
  readonly onWritten: (error?: Error | null) => void
}

export class SocketReply extends LeanReply implements RawReply {
  readonly #connection: ReplyConnection
  #onClose: ((this: RawReply) => void) | undefined
  statusCode = 200
  writableFinished = false
  /** Whether the connection ends with this answer. */
  isLast = false

  constructor(connection: ReplyConnection) {
    super()
    this.#connection = connection
  }

  get raw(): this {
    return this
  }

  get headersSent(): boolean {
    return this.sent
  }

  get destroyed(): boolean {
    return this.#connection.socket.destroyed
  }

  on(_event: 'close', listener: (this: RawReply) => void): this {
    this.#onClose = listener
    return this
  }

  destroy(): void {
    this.#connection.socket.destroy()
  }

  /** The answer is written, or will never be. */
  close(isWritten: boolean): void {
    this.writableFinished = isWritten
    const listener = this.#onClose
    this.#onClose = undefined
    listener?.call(this)
  }

  protected write(status: number, head: string[], text: string, isAscii: boolean): void {
    const { socket, keepAlive, onWritten } = this.#connection
    this.statusCode = status
    let lines = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`
    for (let i = 0; i < head.length; i += 2) {
      const [name, value] = [head[i] as string, head[i + 1] as string]
      if (name === 'connection') this.isLast = value === 'close'
      lines += `${name}: ${value}\r\n`
    }
    lines += `Date: ${dateNow()}\r\n${this.isLast ? '' : keepAlive}\r\n`
    if (isAscii) {
      socket.write(lines + text, 'latin1', onWritten)
      return
    }
    socket.cork()
    socket.write(lines, 'latin1')
    socket.write(text, 'utf8', onWritten)
    socket.uncork()
  }
}

let dateText = ''
let dateUntil = 0

/** As the `Date` header says it; made once a second. */
function dateNow(): string {
  const now = Date.now()
  if (now < dateUntil && now >= dateUntil - 1000) return dateText
  dateUntil = now - (now % 1000) + 1000
  dateText = new Date(now).toUTCString()
  return dateText
}
