// What the server needs of a request and of its answer. Fastify's own objects have it, and so have those of the short ways past it.
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { ServerCall } from './server-call.ts'

export interface HttpRequest {
  readonly raw: RawRequest
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly params: unknown
  readonly query: unknown
  readonly body?: unknown
  tandem: ServerCall | null
}

/** Node's `IncomingMessage` has it. */
export interface RawRequest {
  readonly headers: IncomingHttpHeaders
  readonly method?: string | undefined
  readonly socket: Socket
  /** Whether the body is here. */
  readonly complete: boolean
}

export interface HttpReply {
  readonly raw: RawReply
  /** Whether an answer has begun. */
  readonly sent: boolean
  code(status: number): this
  /** Sets a header, replacing one of that name. */
  header(name: string, value: unknown): this
  headers(headers: Readonly<Record<string, unknown>>): this
  removeHeader(name: string): this
  /** Turns what is sent into text. */
  serializer(serialise: (payload: unknown) => string): this
  /** Sends the head and the payload, once. */
  send(payload?: unknown): this
}

/** Node's `ServerResponse` has it. */
export interface RawReply {
  readonly statusCode: number
  readonly headersSent: boolean
  readonly destroyed: boolean
  /** Whether all of the answer was handed to the system. */
  readonly writableFinished: boolean
  /** Told once, when the answer is written or its connection is gone. */
  on(event: 'close', listener: (this: RawReply) => void): unknown
  destroy(): unknown
}
