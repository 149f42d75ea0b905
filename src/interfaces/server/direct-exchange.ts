// Request and answer of a direct call: no more than the server needs of them, and one write for head and body.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { HttpReply, HttpRequest } from './http-exchange.ts'
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

export class DirectReply implements HttpReply {
  readonly raw: ServerResponse
  #status = 200
  /** Names and values in turn, as `writeHead` takes them. */
  readonly #head: string[] = []
  #serialise: (payload: unknown) => string = JSON.stringify
  #sent = false

  constructor(raw: ServerResponse) {
    this.raw = raw
  }

  get sent(): boolean {
    return this.#sent
  }

  code(status: number): this {
    this.#status = status
    return this
  }

  header(name: string, value: unknown): this {
    const head = this.#head
    const lower = name.toLowerCase()
    for (let i = 0; i < head.length; i += 2) {
      if (head[i] !== lower) continue
      head[i + 1] = String(value)
      return this
    }
    head.push(lower, String(value))
    return this
  }

  headers(headers: Readonly<Record<string, unknown>>): this {
    for (const name in headers) this.header(name, headers[name])
    return this
  }

  removeHeader(name: string): this {
    const place = this.#head.indexOf(name.toLowerCase())
    if (place >= 0) this.#head.splice(place, 2)
    return this
  }

  serializer(serialise: (payload: unknown) => string): this {
    this.#serialise = serialise
    return this
  }

  send(payload?: unknown): this {
    if (this.#sent) return this
    const text = payload === undefined ? '' : this.#serialise(payload)
    this.#sent = true
    const head = this.#head
    const sizeBytes = Buffer.byteLength(text)
    if (this.#status !== 204) head.push('content-length', String(sizeBytes))
    this.raw.writeHead(this.#status, head)
    // What is ASCII alone needs no encoding.
    this.raw.end(text, sizeBytes === text.length ? 'latin1' : 'utf8')
    return this
  }
}
