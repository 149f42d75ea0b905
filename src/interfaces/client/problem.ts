// Turns what went wrong on the way to the server, or what the server said went wrong, into a TandemError.
// Nothing here ever sees the API key.
import { CODES, type ErrorCode, type FieldError, TandemError } from '../../errors.ts'
import { readRetryAfterMs } from './retry.ts'

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  409: 'conflict',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'invalid_input',
  429: 'rate_limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
  507: 'storage_full',
}

/** Members of a problem that are not facts about what happened. */
const ENVELOPE = new Set(['type', 'title', 'status', 'code', 'detail', 'instance', 'errors', 'details', 'requestId'])

/** The error an unsuccessful answer stands for. `url` is shown, so it must hold no secret. */
export async function errorOfResponse(response: Response, url: string): Promise<TandemError> {
  const problem = await readProblem(response)
  const fallback = CODE_OF_STATUS[response.status] ?? (response.status >= 500 ? 'internal' : 'invalid_input')
  const details: Record<string, unknown> = {}
  if (problem !== undefined) {
    if (isRecord(problem.details)) Object.assign(details, problem.details)
    for (const [name, value] of Object.entries(problem)) if (!ENVELOPE.has(name)) details[name] = value
  }
  details.status = response.status
  details.url = url
  const requestId = response.headers.get('x-request-id') ?? problem?.requestId
  if (typeof requestId === 'string') details.requestId = requestId
  const retryAfterMs = readRetryAfterMs(response.headers.get('retry-after'))
  if (retryAfterMs !== undefined) details.retryAfterMs = retryAfterMs
  if (problem === undefined) return new TandemError(fallback, foreignMessage(response, url), { details })
  const code = isCode(problem.code) ? problem.code : fallback
  const message = [problem.detail, problem.title].find((text): text is string => typeof text === 'string' && text !== '')
  return new TandemError(code, message ?? foreignMessage(response, url), { details, errors: readErrors(problem.errors) })
}

/** The error a problem document or a job's error stands for. */
export function errorOfProblem(
  problem: { readonly code?: unknown; readonly detail?: unknown },
  otherwise: string,
  details: Readonly<Record<string, unknown>>,
): TandemError {
  const message = typeof problem.detail === 'string' && problem.detail !== '' ? problem.detail : otherwise
  return new TandemError(isCode(problem.code) ? problem.code : 'internal', message, { details })
}

/** The error of a request that never got an answer. */
export function errorOfConnection(cause: unknown, url: string): TandemError {
  const { code, text } = rootCause(cause)
  const why: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'Nothing listens there. Is the server running? Start it with `npx tandem start`, or check the url.',
    ENOTFOUND: 'No machine has this name. Check the url.',
    EAI_AGAIN: 'The name could not be looked up. Check the url and the network.',
    ECONNRESET: 'The connection broke before the answer came. Was the server stopped? Try again.',
    UND_ERR_SOCKET: 'The connection broke before the answer came. Was the server stopped? Try again.',
  }
  const remedy = why[code] ?? 'Is the server running? Start it with `npx tandem start`, or check the url and the network.'
  const reason = code === '' ? text : code
  return new TandemError('network', `Could not reach ${url}${reason === '' ? '' : ` (${reason})`}. ${remedy}`, { details: { url }, cause })
}

/** The error of an answer that claims success and is not JSON. */
export function errorOfForeignAnswer(response: Response, url: string): TandemError {
  const type = response.headers.get('content-type') ?? 'no content type'
  return new TandemError(
    'unavailable',
    `${url} answered ${response.status} with ${type} instead of JSON. Another program listens there, or a proxy stands in between: check the url.`,
    { details: { url, status: response.status } },
  )
}

function foreignMessage(response: Response, url: string): string {
  const hint =
    response.status === 401 || response.status === 403 ? ' Check the key and its scopes.' : ' Check the url, or the proxy in between.'
  return `${url} answered ${response.status}${response.statusText === '' ? '' : ` ${response.statusText}`} without saying why.${hint}`
}

async function readProblem(response: Response): Promise<Record<string, unknown> | undefined> {
  if (!/[/+]json\b/.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel().catch(() => undefined)
    return undefined
  }
  const body: unknown = await response.json().catch(() => undefined)
  return isRecord(body) ? body : undefined
}

function readErrors(value: unknown): FieldError[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter(isRecord).map(({ path, message }) => ({ path: String(path ?? ''), message: String(message ?? '') }))
}

/** The code and text of the innermost cause: `fetch failed` alone says nothing. */
function rootCause(error: unknown): { code: string; text: string } {
  let code = ''
  let text = ''
  for (let at: unknown = error, depth = 0; isRecord(at) && depth < 5; at = at.cause, depth++) {
    if (typeof at.code === 'string') code = at.code
    if (typeof at.message === 'string' && at.message !== '') text = at.message
  }
  return { code, text }
}

function isCode(value: unknown): value is ErrorCode {
  return CODES.includes(value as ErrorCode)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
