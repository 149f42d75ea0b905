// Describes a WebSocket as data and binds a handler to it, knowing no web framework. Twin of endpoint.ts.
import type { Principal, Scope } from './endpoint.ts'
import type { ErrorCode } from './errors.ts'

type ParamsOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamsOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never

export interface SocketEndpoint<Path extends string> {
  /** Path with `:name` parameters. */
  readonly path: Path
  /** What the caller's key must hold. */
  readonly scope: Exclude<Scope, 'public'>
  readonly summary: string
  /**
   * `false`: nothing but the handler's own messages is sent, for clients that know no other; default true: the server says
   * `{"type":"authenticated"}` when it has let the caller in.
   */
  readonly greets?: boolean
  /** Largest message of a client; a larger one closes the socket with 1009. Default 16 KiB. */
  readonly maxMessageBytes?: number
}

export function socketEndpoint<const Path extends string>(definition: SocketEndpoint<Path>): SocketEndpoint<Path> {
  return definition
}

/** Who asks for a socket, before there is one. */
export interface SocketCall<Path extends string> {
  readonly params: { readonly [Name in ParamsOf<Path>]: string }
  readonly query: URLSearchParams
}

/** The other end of an open socket that is let in. */
export interface SocketPeer {
  readonly principal: Principal
  /** Aborted when it closes. */
  readonly signal: AbortSignal
  /** Messages that were handed over and have not left this process, in bytes. */
  readonly bufferedBytes: number
  /**
   * Resolves when the message has left this process, or will never. Who waits for it before making the next message is slowed down to
   * the pace of the client. One that takes nothing for ten seconds, or whose unsent messages go above the server's limit, is closed
   * with 1013.
   */
  send(text: string): Promise<void>
  /** A message as JSON, checked as bodies are. @throws `malformed_body` with the place; `invalid_input` when nested too deep. */
  readJson(text: string): unknown
  /** Takes a request from the caller's rate limit. @throws `rate_limited`. */
  takeRequest(): void | Promise<void>
}

/** What a thrown error says to the client, as JSON: `{"type":"error","code","detail"}` and what the handler adds. */
export interface SocketProblem {
  readonly code: ErrorCode
  readonly detail: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

export interface SocketHandler {
  /** A text message. What it throws is sent as an error; the socket stays open. */
  message(text: string): void | Promise<void>
  closed?(): void
}

/** Further facts for the greeting are what `greeting` returns. */
export interface OpenedSocket extends SocketHandler {
  greeting?(): object
}

export interface SocketRoute {
  readonly endpoint: SocketEndpoint<string>
  /** Before there is a socket: what it throws is answered as problem+json. Returns what opens the handler. */
  // biome-ignore lint/suspicious/noExplicitAny: a list of routes holds sockets of every path; each was checked when it was implemented.
  accept(call: SocketCall<any>): OpenSocket | Promise<OpenSocket>
}

export type OpenSocket = (peer: SocketPeer, problemOf: (error: unknown) => SocketProblem) => OpenedSocket

/**
 * Binds a handler to a WebSocket.
 *
 * @example
 * const route = implementSocket(echo)(() => (peer) => ({ message: (text) => void peer.send(text) }))
 */
export function implementSocket<Path extends string>(
  endpoint: SocketEndpoint<Path>,
): (accept: (call: SocketCall<Path>) => OpenSocket | Promise<OpenSocket>) => SocketRoute {
  return (accept) => ({ endpoint, accept })
}
