// Describes an HTTP endpoint as data and binds a handler to it, knowing no web framework.
// `implement` is curried because only that form rejects a wrong handler and still accepts literals
// (five forms were tried; the others widen the output or refuse valid answers).
import type { z } from 'zod'
import type { ErrorCode } from './errors.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'

/** What a key may do. `admin` includes all others; `public` needs no key. */
export type Scope = 'public' | 'predict' | 'train' | 'read' | 'write' | 'admin'

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

/** A body that is handed over as a stream of bytes instead of parsed JSON, by content type. */
export type StreamedType = 'text/csv' | 'application/x-ndjson' | 'application/octet-stream'

export interface Endpoint<Path extends string, Query, Input, Output> {
  readonly method: Method
  /** Path with `:name` parameters. */
  readonly path: Path
  readonly scope: Scope
  /** One line for the API reference. */
  readonly summary: string
  /** More than one line, Markdown. */
  readonly description?: string
  /** Strict object of scalars; numbers and booleans are read from their text. */
  readonly query?: z.ZodType<Query>
  readonly input?: z.ZodType<Input>
  /** Content types accepted beside `application/json`; their bodies arrive as `call.stream`, and `call.input` is undefined. */
  readonly streams?: readonly StreamedType[]
  readonly output: z.ZodType<Output>
  /** Status of a plain answer; 200 unless said. */
  readonly status: number
  /** Further statuses the handler may choose with `respond`, same output schema. */
  readonly alsoStatus: readonly number[]
  /** Codes this endpoint may answer beyond those every endpoint may. */
  readonly errors: readonly ErrorCode[]
  /**
   * `events`: the handler returns an AsyncIterable, sent as Server-Sent Events; `text`: a string sent as `contentType`;
   * `stream`: an AsyncIterable of strings, sent as they come, under its own `content-type` where `respond` gives one.
   */
  readonly kind: 'json' | 'events' | 'text' | 'stream'
  readonly contentType: string
  /** Of `json`: other content types that a caller's `Accept` may choose instead; `call.contentType` says which, `respondAs` answers with it. */
  readonly alternatives?: readonly string[]
  /** Whether an Idempotency-Key is honoured. True for every POST unless said. */
  readonly idempotent: boolean
  /** Largest body in bytes; the server's default unless said. */
  readonly bodyLimitBytes?: number
  /** Example bodies for the API reference. */
  readonly examples?: Readonly<Record<string, unknown>>
}

export function endpoint<
  const Path extends string,
  Output extends z.ZodType,
  Query extends z.ZodType | undefined = undefined,
  Input extends z.ZodType | undefined = undefined,
>(definition: {
  method: Method
  path: Path
  scope: Scope
  summary: string
  description?: string
  query?: Query
  input?: Input
  streams?: readonly StreamedType[]
  output: Output
  status?: number
  alsoStatus?: readonly number[]
  errors?: readonly ErrorCode[]
  kind?: 'json' | 'events' | 'text' | 'stream'
  contentType?: string
  alternatives?: readonly string[]
  idempotent?: boolean
  bodyLimitBytes?: number
  examples?: Readonly<Record<string, unknown>>
}): Endpoint<Path, OutputOf<Query>, OutputOf<Input>, z.input<Output>> {
  const { method } = definition
  const defaults = { status: 200, alsoStatus: [], errors: [], kind: 'json', contentType: 'application/json', idempotent: method === 'POST' }
  return { ...defaults, ...definition } as unknown as Endpoint<Path, OutputOf<Query>, OutputOf<Input>, z.input<Output>>
}

/** Who is calling. `keyId` is undefined for a public endpoint or a loopback caller without a key. */
export interface Principal {
  readonly keyId: string | undefined
  readonly name: string
  readonly scopes: readonly Scope[]
}

/** A streamed body: raw bytes, its content type, and its length when the client sent one. */
export interface BodyStream {
  readonly contentType: StreamedType
  readonly bytes: AsyncIterable<Uint8Array>
  readonly sizeBytes: number | undefined
}

export interface Call<Path extends string, Query, Input> {
  readonly params: { readonly [Name in ParamsOf<Path>]: string }
  readonly query: Query
  readonly input: Input
  readonly stream: BodyStream | undefined
  readonly principal: Principal
  readonly requestId: string
  /** What the caller's `Accept` chose: `application/json`, or one of `endpoint.alternatives`. */
  readonly contentType: string
  /** Aborted when the client goes away or the server's time limit passes. */
  readonly signal: AbortSignal
}

/** An answer with another status or with headers; made by `respond`. */
export class Response<Output> {
  readonly status: number
  readonly output: Output
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, output: Output, headers: Readonly<Record<string, string>>) {
    this.status = status
    this.output = output
    this.headers = headers
  }
}

/** Answers with a status of `endpoint.alsoStatus` and headers such as `location`. */
export function respond<Output>(status: number, output: Output, headers: Readonly<Record<string, string>> = {}): Response<Output> {
  return new Response(status, output, headers)
}

/** Answers with a text of one of `endpoint.alternatives`. */
export function respondAs(contentType: string, text: string): Response<never> {
  return new Response(200, text as never, { 'content-type': `${contentType}; charset=utf-8` })
}

/** An endpoint with its handler, as the server mounts it. */
export interface Route {
  // biome-ignore lint/suspicious/noExplicitAny: a list of routes holds endpoints of every type; each was checked when it was implemented.
  readonly endpoint: Endpoint<string, any, any, any>
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  readonly handler: (call: Call<string, any, any>) => unknown
}

/**
 * Binds a handler to an endpoint.
 *
 * @example
 * const route = implement(getJob)(({ params }) => jobs.get(params.job))
 */
export function implement<Path extends string, Query, Input, Output>(
  definition: Endpoint<Path, Query, Input, Output>,
): (
  handler: (call: Call<Path, Query, Input>) => Output | Response<Output> | Promise<Output | Response<Output>> | AsyncIterable<Output>,
) => Route {
  return (handler) => ({ endpoint: definition as Route['endpoint'], handler: handler as Route['handler'] })
}
