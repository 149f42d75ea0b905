// Request and answer of a direct call: no more than the server needs of them, and one write for head and body.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { HttpRequest } from './http-exchange.ts'
import { LeanReply } from './lean-reply.ts'
import { requestIdOf } from './request-id.ts'
import type { ServerCall } from './server-call.ts'

export class DirectRequest implements HttpRequest {
  readonly raw: IncomingMessage
  readonly id: string
  readonly method = 'POST'
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly params: Readonly<Record<string, string>>
  /** A direct call has no query; what a schema fills in by default goes here. */
  readonly query: Record<string, unknown> = {}
  body: unknown = undefined
  tandem: ServerCall | null = null

  constructor(raw: IncomingMessage, params: Readonly<Record<string, string>>) {
    this.raw = raw
    this.headers = raw.headers
    this.id = requestIdOf(raw)
    this.url = raw.url as string
    this.params = params
  }
}

export class DirectReply extends LeanReply {
  readonly raw: ServerResponse

  constructor(raw: ServerResponse) {
    super()
    this.raw = raw
  }

  protected write(status: number, head: string[], text: string, isAscii: boolean): void {
    this.raw.writeHead(status, head)
    this.raw.end(text, isAscii ? 'latin1' : 'utf8')
  }
}
