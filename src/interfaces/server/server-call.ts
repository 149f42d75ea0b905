// One request on its way: what the handler sees (`Call`), and what the server has to remember about it.
// One object per request and no closures; the abort signal exists only if the handler looks at it.
import type { BodyStream, Call, Endpoint, Principal, Route } from '../../endpoint.ts'
import type { RouteMeter } from '../../platform/telemetry/metrics.ts'
import type { Serialiser, Validator } from '../../platform/validation/index.ts'
import type { HttpReply, HttpRequest } from './http-exchange.ts'
import { negotiate } from './negotiate.ts'

/** A route with all that was prepared when it was mounted. */
export interface MountedRoute {
  // biome-ignore lint/suspicious/noExplicitAny: endpoints of every type; each was checked when it was implemented.
  readonly endpoint: Endpoint<string, any, any, any>
  readonly handler: Route['handler']
  readonly checkQuery: Validator | undefined
  readonly checkInput: Validator | undefined
  /** The answer as text; a key that its schema does not name is left out. */
  readonly serialise: Serialiser
  /** Content types it reads, for the 415 message. */
  readonly accepts: readonly string[]
  readonly meter: RouteMeter
  /** Health and metrics answer however loaded the server is. */
  readonly exempt: boolean
}

const JSON_TYPE = 'application/json'

export const ANONYMOUS: Principal = { keyId: undefined, name: 'anonymous', scopes: [] }

export class ServerCall implements Call<string, unknown, unknown> {
  readonly mounted: MountedRoute
  readonly request: HttpRequest
  readonly reply: HttpReply
  readonly requestId: string
  readonly startedAt: number
  readonly params: Readonly<Record<string, string>>
  query: unknown = undefined
  input: unknown = undefined
  stream: BodyStream | undefined = undefined
  principal: Principal = ANONYMOUS
  /** The bytes of the body, kept only when an Idempotency-Key asks for their hash. */
  body: Buffer | undefined = undefined
  bodyBytes = 0
  /** When the time limit passes, on the clock of `performance.now()`. */
  deadline = Number.POSITIVE_INFINITY
  /** Set for event streams: ends them when the server stops. */
  stop: (() => void) | undefined = undefined
  private controller: AbortController | undefined = undefined
  private reason: unknown = undefined

  constructor(mounted: MountedRoute, request: HttpRequest, reply: HttpReply) {
    this.mounted = mounted
    this.request = request
    this.reply = reply
    this.requestId = request.id
    this.params = request.params as Readonly<Record<string, string>>
    this.startedAt = performance.now()
  }

  get contentType(): string {
    const { alternatives } = this.mounted.endpoint
    return alternatives === undefined ? JSON_TYPE : negotiate(this.request.headers.accept, [JSON_TYPE, ...alternatives])
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.reason !== undefined) this.controller.abort(this.reason)
    }
    return this.controller.signal
  }

  abort(reason: unknown): void {
    if (this.reason !== undefined) return
    this.reason = reason
    this.controller?.abort(reason)
  }
}

/** The request behind a call, for the few routes that are about the connection itself: its cookie, its address. */
export function requestOf(call: object): HttpRequest {
  return (call as ServerCall).request
}

declare module 'fastify' {
  interface FastifyRequest {
    tandem: ServerCall | null
  }
}
