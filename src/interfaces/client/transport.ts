// One request to the server: address, key, time limit, retries, and every failure as a TandemError. Uses only what
// Node, browsers, Deno, Bun and edge runtimes share.
import { TandemError } from '../../errors.ts'
import { errorOfConnection, errorOfForeignAnswer, errorOfResponse } from './problem.ts'
import { isTransient, retryDelayMs, sleep } from './retry.ts'

export interface TransportOptions {
  /**
   * Where the server is, for example `http://127.0.0.1:4700`; a path before `/v1` is kept. In a page, absent or empty means
   * the server that sent the page, and `/tandem` a path there.
   */
  readonly url?: string
  /** API key, `tdm_...`. Left out in a page of the server: its session cookie goes along by itself. */
  readonly key?: string
  /** Another implementation of fetch. */
  readonly fetch?: typeof fetch
  /** Longest a call may take, its retries included; uploads of training rows and streams have no limit. Default 60,000. */
  readonly timeoutMs?: number
  /** Further tries after 429, 503 and broken connections, where a repeat does no harm. Default 3. */
  readonly retries?: number
  /** Sent with every request. A WebSocket cannot send them: events then come by Server-Sent Events. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether events may come over a WebSocket. Default: where there is one, and neither `fetch` nor `headers` are given. */
  readonly webSocket?: boolean
}

export type QueryValue = string | number | boolean | undefined

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly upload?: { readonly contentType: string; readonly body: string | Uint8Array | AsyncIterable<Uint8Array> }
  /**
   * Whether sending it twice does no harm. `with-key`: an Idempotency-Key makes it so.
   * Default: every method but POST. A stream is never sent twice.
   */
  readonly repeatable?: boolean | 'with-key'
  readonly accept?: string
  readonly unlimited?: boolean
  /** Statuses beyond 2xx that are answers and not errors. */
  readonly alsoAnswers?: readonly number[]
  readonly signal?: AbortSignal | undefined
}

export interface Transport {
  readonly url: string
  readonly retries: number
  /** What a WebSocket says to be let in; undefined where none is to be used. */
  readonly sockets: { readonly key: string | undefined } | undefined
  json<Output>(request: Request): Promise<Output>
  /** An answer that is no JSON. */
  text(request: Request): Promise<string>
  /** The answer's body as it comes; the caller ends it by `signal`. */
  open(request: Request): Promise<Response>
}

export function createTransport(options: TransportOptions): Transport {
  const url = readUrl(options.url ?? '')
  const headers = readHeaders(options)
  const { timeoutMs = 60_000, retries = 3 } = options
  // Called unbound: browsers refuse `options.fetch(...)` with another `this`.
  const send = options.fetch ?? ((input: string, init?: RequestInit) => globalThis.fetch(input, init))

  async function attempt<Output>(request: Request, init: RequestInit, read: (response: Response) => Promise<Output>): Promise<Output> {
    const address = addressOf(url, request)
    let response: Response
    try {
      response = await send(address, init)
    } catch (error) {
      throw init.signal?.aborted ? error : errorOfConnection(error, url)
    }
    if (!response.ok && !request.alsoAnswers?.includes(response.status)) throw await errorOfResponse(response, `${url}${request.path}`)
    return read(response)
  }

  async function call<Output>(request: Request, read: (response: Response) => Promise<Output>): Promise<Output> {
    const limit = request.unlimited ? undefined : timeoutMs
    const deadline = startDeadline(request.signal, limit)
    const repeatable = canRepeat(request)
    const init = initOf(request, headers, deadline.signal)
    try {
      for (let tries = 0; ; tries++) {
        try {
          return await attempt(request, tries === 0 ? init : initOf(request, init.headers as Headers, deadline.signal), read)
        } catch (error) {
          if (deadline.signal.aborted) throw error
          const delayMs = repeatable && tries < retries && isTransient(error) ? retryDelayMs(tries, error) : undefined
          if (delayMs === undefined || delayMs >= deadline.leftMs()) throw error
          await sleep(delayMs, deadline.signal)
        }
      }
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      if (deadline.signal.aborted && limit !== undefined) {
        throw new TandemError(
          'timeout',
          `${request.method} ${url}${request.path} had no answer after ${limit} ms. Raise timeoutMs if the work takes longer, or see the server's log.`,
          { details: { url: `${url}${request.path}`, timeoutMs: limit }, cause: error },
        )
      }
      throw error
    } finally {
      deadline.stop()
    }
  }

  return {
    url,
    retries,
    sockets: usesSockets(options) ? { key: options.key || undefined } : undefined,
    json: (request) => call(request, (response) => readJson(response, `${url}${request.path}`)),
    text: (request) => call(request, (response) => readText(response, `${url}${request.path}`)),
    // The body outlives this call, so the caller's own signal goes with it and nothing is sent twice.
    async open(request) {
      try {
        return await attempt(request, initOf(request, headers, request.signal), async (response) => response)
      } catch (error) {
        throw request.signal?.aborted ? request.signal.reason : error
      }
    },
  }
}

function usesSockets({ webSocket, fetch, headers = {} }: TransportOptions): boolean {
  const isPlain = fetch === undefined && Object.keys(headers).length === 0
  return (webSocket ?? isPlain) && typeof globalThis.WebSocket === 'function'
}

function canRepeat(request: Request): boolean {
  const body = request.upload?.body
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) return false
  return Boolean(request.repeatable ?? request.method !== 'POST')
}

function readUrl(given: string): string {
  const ofPage = given === '' || given.startsWith('/')
  const page = ofPage ? originOfPage() : ''
  if (page === undefined) {
    const what = given === '' ? 'No url was given' : `The url "${given}" is a path alone`
    throw new TandemError(
      'invalid_config',
      `${what}, which works only in a page that the server sent. Write http://127.0.0.1:4700 or the like.`,
    )
  }
  const url = `${page}${given}`
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new TandemError('invalid_config', `The url "${url}" is not one. Write it in full, for example http://127.0.0.1:4700.`)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new TandemError('invalid_config', `The url must begin with http:// or https://, got ${parsed.protocol}//.`)
  }
  // They would appear in errors, and fetch refuses them anyway.
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TandemError(
      'invalid_config',
      `The url of ${parsed.host} holds a user name or password. Leave them out and give the API key as \`key\`.`,
    )
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`
}

/** Where a page came from; undefined outside a browser, and for a page that came from a file. */
function originOfPage(): string | undefined {
  const { location } = globalThis as { readonly location?: { readonly origin?: string } }
  return location?.origin === undefined || location.origin === 'null' ? undefined : location.origin
}

/** Checked here, because fetch names the whole value in its error when a header cannot be sent. */
function readHeaders(options: TransportOptions): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    try {
      headers.set(name, value)
    } catch {
      throw new TandemError(
        'invalid_config',
        `The header "${name}" cannot be sent: its name or value holds a character HTTP does not allow.`,
      )
    }
  }
  if (options.key === undefined || options.key === '') return headers
  if (!/^[\x21-\x7e]+$/.test(options.key)) {
    throw new TandemError('invalid_config', 'The key holds a space, a line break or a character beyond ASCII. Copy it again without them.')
  }
  headers.set('authorization', `Bearer ${options.key}`)
  return headers
}

function addressOf(url: string, request: Request): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) query.set(name, String(value))
  const text = query.toString()
  return `${url}${request.path}${text === '' ? '' : `?${text}`}`
}

function initOf(request: Request, base: Headers, signal: AbortSignal | undefined): RequestInit {
  const headers = new Headers(base)
  headers.set('accept', request.accept ?? 'application/json')
  if (request.repeatable === 'with-key' && !headers.has('idempotency-key')) headers.set('idempotency-key', crypto.randomUUID())
  const init: RequestInit & { duplex?: 'half' } = { method: request.method, headers, ...(signal === undefined ? {} : { signal }) }
  if (request.upload !== undefined) {
    const { body, contentType } = request.upload
    headers.set('content-type', contentType)
    if (typeof body === 'string' || body instanceof Uint8Array) init.body = body as NonNullable<RequestInit['body']>
    else {
      init.body = streamOf(body)
      init.duplex = 'half'
    }
  } else if (request.json !== undefined) {
    headers.set('content-type', 'application/json')
    init.body = JSON.stringify(request.json)
  }
  return init
}

/** ReadableStream.from is missing in Safari and older Chrome. */
function streamOf(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(typeof value === 'string' ? new TextEncoder().encode(value) : value)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

async function readText(response: Response, url: string): Promise<string> {
  try {
    return await response.text()
  } catch (error) {
    throw errorOfConnection(error, url)
  }
}

async function readJson<Output>(response: Response, url: string): Promise<Output> {
  const text = await readText(response, url)
  if (text === '') return undefined as Output
  try {
    return JSON.parse(text) as Output
  } catch {
    throw errorOfForeignAnswer(response, url)
  }
}

interface Deadline {
  readonly signal: AbortSignal
  leftMs(): number
  stop(): void
}

/** Own timer and listener instead of AbortSignal.any and .timeout: both are removed when the call is over, none waits for the garbage collector. */
function startDeadline(caller: AbortSignal | undefined, limitMs: number | undefined): Deadline {
  const controller = new AbortController()
  const end = limitMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + limitMs
  const onAbort = (): void => controller.abort(caller?.reason)
  const timer = limitMs === undefined ? undefined : setTimeout(() => controller.abort(), limitMs)
  if (caller?.aborted) onAbort()
  else caller?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    leftMs: () => end - performance.now(),
    stop: () => {
      clearTimeout(timer)
      caller?.removeEventListener('abort', onAbort)
    },
  }
}
