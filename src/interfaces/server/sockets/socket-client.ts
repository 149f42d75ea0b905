// One open socket: who it is, what it may, and how much may wait for it. A client that does not read is closed, never waited for.
import type { WebSocket } from 'ws'
import type { Principal } from '../../../endpoint.ts'
import { TandemError } from '../../../errors.ts'
import type { RateLimiter, RateResult } from '../../../platform/auth/rate-limit.ts'
import type { OpenedSocket, OpenSocket, SocketEndpoint, SocketPeer, SocketProblem } from '../../../socket.ts'
import { type Authenticator, limitOf, requireScope } from '../authenticate.ts'
import { parseJson } from '../parse-json.ts'
import { problemOf } from '../respond.ts'

export interface SocketClientParts {
  readonly authenticator: Pick<Authenticator, 'verifyKey'>
  readonly rateLimiter: RateLimiter
  readonly rateLimitPerMinute: number
  readonly maxBufferBytes: number
  readonly maxJsonDepth: number
  readonly onKnown: (client: SocketClient) => void
  readonly onRateLimited: () => void
  readonly onTooSlow: () => void
}

export interface SocketClientOptions {
  readonly endpoint: SocketEndpoint<string>
  readonly open: OpenSocket
  readonly address: string
  /** The token it signed in with, where a cookie let it in; checked again when the session should end. */
  readonly session: string | undefined
}

export const CLOSE = { goingAway: 1001, policy: 1008, tooSlow: 1013 } as const
const AUTHENTICATE_WITHIN_MS = 5_000
/** A client that takes nothing for so long holds its place for nothing. */
const STALLED_MS = 10_000

export class SocketClient implements SocketPeer {
  readonly socket: WebSocket
  readonly session: string | undefined
  sessionEndsAt: number
  alive = true
  readonly #parts: SocketClientParts
  readonly #options: SocketClientOptions
  readonly #closed = new AbortController()
  #principal: Principal | undefined
  #handler: OpenedSocket | undefined
  #unsent = 0
  #stalled: NodeJS.Timeout | undefined
  #late: NodeJS.Timeout | undefined

  constructor(socket: WebSocket, options: SocketClientOptions, parts: SocketClientParts) {
    this.socket = socket
    this.session = options.session
    this.sessionEndsAt = options.session === undefined ? Number.POSITIVE_INFINITY : 0
    this.#options = options
    this.#parts = parts
  }

  get isKnown(): boolean {
    return this.#principal !== undefined
  }

  get principal(): Principal {
    if (this.#principal === undefined) throw new TandemError('unauthorized', 'The socket has not authenticated.')
    return this.#principal
  }

  get keyId(): string | undefined {
    return this.#principal?.keyId
  }

  get signal(): AbortSignal {
    return this.#closed.signal
  }

  get bufferedBytes(): number {
    return this.socket.bufferedAmount
  }

  /** Begins to listen. @param principal  undefined: it must authenticate by its first message. */
  start(principal: Principal | undefined): void {
    const { socket } = this
    if (principal === undefined) {
      this.#late = setTimeout(() => socket.close(CLOSE.policy, 'No authentication came within 5 seconds.'), AUTHENTICATE_WITHIN_MS)
      this.#late.unref()
    }
    socket.on('pong', () => {
      this.alive = true
    })
    socket.on('message', (data, isBinary) => {
      this.alive = true
      this.#read(isBinary ? '' : String(data)).catch((error) => this.#refuse(error))
    })
    socket.on('error', () => socket.terminate())
    socket.once('close', () => {
      clearTimeout(this.#late)
      clearTimeout(this.#stalled)
      this.#closed.abort()
      this.#handler?.closed?.()
    })
    if (principal !== undefined) this.#letIn(principal)
  }

  send(text: string): Promise<void> {
    const { socket } = this
    if (socket.readyState !== socket.OPEN) return Promise.resolve()
    if (socket.bufferedAmount > this.#parts.maxBufferBytes) {
      this.#tooSlow()
      return Promise.resolve()
    }
    this.#unsent += 1
    // Counted from the moment the socket took something last, not from each message.
    this.#stalled ??= setTimeout(() => this.#tooSlow(), STALLED_MS).unref()
    return new Promise((resolve) => {
      socket.send(text, () => {
        this.#unsent -= 1
        clearTimeout(this.#stalled)
        this.#stalled = this.#unsent === 0 ? undefined : setTimeout(() => this.#tooSlow(), STALLED_MS).unref()
        resolve()
      })
    })
  }

  readJson(text: string): unknown {
    return parseJson(Buffer.from(text), this.#parts.maxJsonDepth)
  }

  takeRequest(): void | Promise<void> {
    const { rateLimiter, rateLimitPerMinute, onRateLimited } = this.#parts
    const principal = this.principal
    const check = (result: RateResult): void => {
      if (result.allowed) return
      onRateLimited()
      const { limit, retryAfterSeconds } = result
      throw new TandemError(
        'rate_limited',
        `The key "${principal.name}" may make ${limit} requests per minute. Try again in ${retryAfterSeconds} s.`,
        { details: { limitPerMinute: limit, retryAfterSeconds } },
      )
    }
    const result = rateLimiter.take(principal.keyId ?? principal.name, { limitPerMinute: limitOf(principal, rateLimitPerMinute) })
    return result instanceof Promise ? result.then(check) : check(result)
  }

  #tooSlow(): void {
    if (this.socket.readyState !== this.socket.OPEN) return
    this.#parts.onTooSlow()
    this.socket.close(CLOSE.tooSlow, 'The client does not read fast enough.')
    setTimeout(() => this.socket.terminate(), 1_000).unref()
  }

  async #read(text: string): Promise<void> {
    const key = keyOf(text)
    if (key !== undefined) {
      const principal = await this.#parts.authenticator.verifyKey(key, this.#options.address)
      requireScope(principal, this.#options.endpoint.scope)
      this.#letIn(principal)
      return
    }
    requireScope(this.#principal, this.#options.endpoint.scope)
    await this.#handler?.message(text)
  }

  #letIn(principal: Principal): void {
    clearTimeout(this.#late)
    this.#principal = principal
    this.#parts.onKnown(this)
    this.#handler ??= this.#options.open(this, (error) => this.#problemOf(error))
    if (this.#options.endpoint.greets === false) return
    void this.send(JSON.stringify({ type: 'authenticated', name: principal.name, ...this.#handler.greeting?.() }))
  }

  #problemOf(error: unknown): SocketProblem {
    const { code, detail, details, errors } = problemOf(error, { requestId: 'websocket', path: this.#options.endpoint.path })
    return { code, detail, ...(details === undefined ? {} : { details }), ...(errors === undefined ? {} : { errors }) }
  }

  #refuse(error: unknown): void {
    const problem = this.#problemOf(error)
    void this.send(JSON.stringify({ type: 'error', ...problem }))
    // Whoever is not known has no second try: a new connection meets the limit on failures again.
    if (this.#principal === undefined) this.socket.close(CLOSE.policy, problem.code)
  }
}

/** The key of `{"type":"authenticate","key":"tdm_..."}`; undefined for every other message. */
function keyOf(text: string): string | undefined {
  // Most messages are no such thing: they are read once, by their handler.
  if (!text.includes('"authenticate"') || text.length > 1_000) return undefined
  try {
    const message = JSON.parse(text) as { readonly type?: unknown; readonly key?: unknown } | null
    return message?.type === 'authenticate' && typeof message.key === 'string' ? message.key : undefined
  } catch {
    return undefined
  }
}
