// What the server needs of a request and of its answer. Fastify's own objects have it, and so have those of a direct call.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { ServerCall } from './server-call.ts'

export interface HttpRequest {
  readonly raw: IncomingMessage
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly params: unknown
  readonly query: unknown
  readonly body?: unknown
  tandem: ServerCall | null
}

export interface HttpReply {
  readonly raw: ServerResponse
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
