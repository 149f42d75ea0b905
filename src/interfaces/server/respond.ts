// The only place that turns an error into a response: `application/problem+json` (RFC 9457), or below /v2 what the Open Inference
// Protocol says, `{ "error": "..." }`.
// Unknown errors say nothing of themselves; the log has them under the request id.
import { type ErrorCode, type FieldError, TandemError } from '../../errors.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { HttpReply, HttpRequest } from './http-exchange.ts'
import { STATUS } from './status.ts'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly instance: string
  readonly requestId: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly errors?: readonly FieldError[]
}

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** `invalid_input` as `Invalid input`. */
export function titleOf(code: ErrorCode): string {
  const words = code.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The problem document of any thrown value. */
export function problemOf(thrown: unknown, at: { readonly requestId: string; readonly path: string }): Problem {
  const error = TandemError.is(thrown) ? thrown : fromFramework(thrown)
  const code: ErrorCode = error !== undefined && error.code in STATUS ? error.code : 'internal'
  const status = STATUS[code]
  const hidden = status === 500 || error === undefined
  return {
    type: `/docs/errors#${code}`,
    title: titleOf(code),
    status,
    code,
    detail: hidden ? `Tandem itself failed. The server's log tells more under the request id ${at.requestId}.` : error.message,
    instance: at.path,
    requestId: at.requestId,
    ...(hidden || Object.keys(error.details).length === 0 ? {} : { details: error.details }),
    ...(hidden || error.errors === undefined ? {} : { errors: error.errors }),
  }
}

/** Headers that belong to a problem: how to authenticate, when to come back, what is allowed. */
export function problemHeaders(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="tandem"'
  const { retryAfterSeconds, allow } = problem.details ?? {}
  if (problem.status === 429 || (problem.status === 503 && problem.code !== 'artifact_damaged')) {
    headers['retry-after'] = String(typeof retryAfterSeconds === 'number' ? Math.max(1, Math.ceil(retryAfterSeconds)) : 1)
  }
  if (problem.status === 405 && Array.isArray(allow)) headers.allow = allow.join(', ')
  return headers
}

/** Sends an error. Called by Fastify's error handler and by the few places that answer outside of it. */
export function sendProblem(thrown: unknown, request: HttpRequest, reply: HttpReply, log: Log): void {
  const problem = problemOf(thrown, { requestId: request.id, path: pathOf(request.url) })
  logFailure(thrown, problem, request, log)
  if (reply.raw.headersSent || reply.raw.destroyed) {
    reply.raw.destroy()
    return
  }
  // The rest of a body nobody reads would keep the connection busy until the client has sent it all.
  if (!request.raw.complete && hasLargeBody(request)) reply.header('connection', 'close')
  reply.code(problem.status).headers(problemHeaders(problem))
  if (isOfInferenceProtocol(problem.instance))
    reply.header('content-type', 'application/json; charset=utf-8').serializer(asIs).send(inferenceError(problem))
  else reply.serializer(asIs).send(JSON.stringify(problem))
}

function isOfInferenceProtocol(path: string): boolean {
  return path === '/v2' || path.startsWith('/v2/')
}

/** One sentence has to say it all: the protocol has no other field. */
function inferenceError({ detail, errors = [] }: Problem): string {
  const more = errors.slice(1).map(({ message }) => message)
  return JSON.stringify({ error: more.length === 0 ? detail : `${detail} Also: ${more.join('; ')}.` })
}

export function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

const asIs = (payload: unknown): string => payload as string

function hasLargeBody(request: HttpRequest): boolean {
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers
  return transfer !== undefined || Number(length ?? 0) > 64 * 1024
}

function logFailure(thrown: unknown, problem: Problem, request: HttpRequest, log: Log): void {
  if (problem.status < 500 || problem.code === 'overloaded') return
  const route = request.tandem?.mounted.endpoint.path
  const details = { err: thrown, requestId: problem.requestId, method: request.method, route, code: problem.code }
  if (problem.status === 500) log.error(details, 'A request failed.')
  else log.warn(details, 'A request could not be served.')
}

/** Fastify's own errors and Node's, in our words. Undefined: not one of theirs. */
function fromFramework(thrown: unknown): TandemError | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined
  const { code, statusCode, message } = thrown as { code?: unknown; statusCode?: unknown; message?: unknown }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new TandemError('payload_too_large', 'The body is larger than the limit.', { cause: thrown })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new TandemError('unsupported_media_type', 'The content type is not read here.', { cause: thrown })
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new TandemError('malformed_body', 'The body has another length than its Content-Length header says.', { cause: thrown })
    case 'FST_ERR_BAD_URL':
      return new TandemError('invalid_input', 'The address is not a valid path; percent signs must be followed by two hexadecimal digits.')
    case 'ECONNRESET':
      return new TandemError('malformed_body', 'The connection ended before the body was complete.', { cause: thrown })
  }
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined
  return new TandemError('invalid_input', typeof message === 'string' ? message : 'The request cannot be read.', { cause: thrown })
}
