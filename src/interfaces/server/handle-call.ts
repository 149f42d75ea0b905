// Runs an admitted request: check the query and the body, call the handler, send what it returns. The handler's answer
// is serialised from its schema, so a key that the schema does not name never leaves.
import { Response } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { Validator } from '../../platform/validation/index.ts'
import { unsupportedType } from './body-parsers.ts'
import { streamEvents } from './event-stream.ts'
import type { HttpRequest } from './http-exchange.ts'
import { claim, type IdempotencyStore, isWorthStoring, MAX_STORED_ANSWER_CHARS, type StoredAnswer } from './idempotency.ts'
import { pathOf, problemHeaders, problemOf, sendProblem } from './respond.ts'
import type { MountedRoute, ServerCall } from './server-call.ts'
import { streamText } from './text-stream.ts'

export interface CallHandlerParts {
  readonly log: Log
  readonly idempotency: IdempotencyStore
  readonly requestTimeoutMs: number
  readonly heartbeatMs: number
  readonly checkAnswers: boolean
}

export type CallHandler = (request: HttpRequest) => void

const JSON_TYPE = 'application/json; charset=utf-8'

export function createCallHandler(parts: CallHandlerParts): CallHandler {
  const { log, idempotency, requestTimeoutMs, heartbeatMs, checkAnswers } = parts
  const fail = (call: ServerCall, error: unknown): void => {
    if (!call.reply.sent) sendProblem(error, call.request, call.reply, log)
  }
  const finish = (call: ServerCall, result: unknown): void => {
    // The time limit may have answered already.
    if (call.reply.sent) return
    try {
      sendAnswer(call, result, checkAnswers)
    } catch (error) {
      fail(call, error)
    }
  }
  const openEvents = (call: ServerCall): void => {
    if (call.request.method === 'HEAD') {
      call.reply.header('content-type', 'text/event-stream; charset=utf-8').send('')
      return
    }
    call.deadline = Number.POSITIVE_INFINITY
    const values = call.mounted.handler(call) as AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>
    Promise.resolve(values)
      .then((iterable) => streamEvents(call, iterable, { heartbeatMs, log }))
      .catch((error) => fail(call, error))
  }
  return (request) => {
    const call = request.tandem as ServerCall
    const { endpoint, handler } = call.mounted
    checkCall(call)
    // An upload takes as long as it takes; Node's own limit on receiving a request still holds.
    if (call.stream === undefined) call.deadline = call.startedAt + requestTimeoutMs
    if (endpoint.kind === 'events') {
      openEvents(call)
      return
    }
    if (endpoint.kind === 'stream') {
      streamText(call, log).catch((error) => fail(call, error))
      return
    }
    const key = endpoint.idempotent ? request.headers['idempotency-key'] : undefined
    if (key !== undefined) {
      runOnce(call, String(key), { store: idempotency, log, checkAnswers }).catch((error) => fail(call, error))
      return
    }
    const result = handler(call)
    if (result instanceof Promise) {
      result.then(
        (value) => finish(call, value),
        (error) => fail(call, error),
      )
    } else finish(call, result)
  }
}

/** Fills `query` and `input`; throws `invalid_input` with every place that is wrong. */
function checkCall(call: ServerCall): void {
  const { request, mounted } = call
  if (mounted.checkQuery !== undefined) {
    call.query = request.query
    refuseNul(request.query as Readonly<Record<string, unknown>>)
    refuse(mounted.checkQuery(request.query), 'query')
  } else refuseUnknownQuery(request)
  const { checkInput, endpoint } = mounted
  if (call.stream !== undefined) return
  if (checkInput !== undefined) call.input = checkBody(call, checkInput)
  else if (endpoint.streams !== undefined) throw unsupportedType(request, mounted.accepts)
  else if (!isNothing(request.body)) {
    throw new TandemError('invalid_input', 'This endpoint takes no body. Send none, or an empty object.')
  }
}

function checkBody(call: ServerCall, check: Validator): unknown {
  const { body } = call.request
  if (body !== undefined) {
    refuse(check(body, call.bodyBytes), 'body')
    return body
  }
  // An empty POST is fine where every field is optional.
  const empty = {}
  if (check(empty) === undefined) return empty
  throw new TandemError('invalid_input', 'The body is missing. Send JSON with "content-type: application/json".', {
    errors: [{ path: '', message: 'body is required' }],
  })
}

function refuse(errors: ReturnType<Validator>, place: 'query' | 'body'): void {
  if (errors === undefined) return
  const [first] = errors
  const more = errors.length > 1 ? ` There are ${errors.length - 1} more, see "errors".` : ''
  throw new TandemError(
    'invalid_input',
    `${first?.message ?? `The ${place} does not fit the schema`}.${more}`.replace(/([?.])\.(?= |$)/, '$1'),
    {
      errors,
    },
  )
}

/** No stored text holds U+0000, and a streamed answer could not say so any more once it has begun. */
function refuseNul(query: Readonly<Record<string, unknown>>): void {
  for (const name in query) {
    if (typeof query[name] !== 'string' || !query[name].includes('\0')) continue
    const message = `query.${name.slice(0, 60)} holds the character U+0000, which no stored text has`
    throw new TandemError('invalid_input', `${message}. Remove it.`, { errors: [{ path: `/${name.slice(0, 60)}`, message }] })
  }
}

function refuseUnknownQuery(request: HttpRequest): void {
  for (const name in request.query as object) {
    throw new TandemError('invalid_input', `This endpoint takes no query parameters; "${name.slice(0, 60)}" was sent.`, {
      errors: [{ path: `/${name.slice(0, 60)}`, message: `query.${name.slice(0, 60)} is not a known field; none is expected here` }],
    })
  }
}

const isNothing = (body: unknown): boolean =>
  body === undefined || body === null || (typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0)

function sendAnswer(call: ServerCall, result: unknown, checkAnswers: boolean): void {
  const { reply, mounted } = call
  const { endpoint } = mounted
  let status = endpoint.status
  let output = result
  if (result instanceof Response) {
    status = result.status
    output = result.output
    reply.headers(result.headers)
  }
  if (isAlternative(result, endpoint)) {
    reply.code(status).serializer(asIs).send(output)
    return
  }
  if (checkAnswers) checkAnswer(call, output)
  reply.code(status)
  if (status === 204) reply.send()
  else if (endpoint.kind === 'text') reply.header('content-type', endpoint.contentType).send(output)
  else reply.header('content-type', JSON_TYPE).serializer(mounted.serialise).send(output)
}

/** A text of another content type; its header is set. */
function isAlternative(result: unknown, { alternatives }: MountedRoute['endpoint']): boolean {
  return alternatives !== undefined && result instanceof Response && typeof result.output === 'string'
}

const asIs = (payload: unknown): string => payload as string

function checkAnswer({ mounted: { endpoint } }: ServerCall, output: unknown): void {
  if (endpoint.status === 204) return
  const checked = endpoint.output.safeParse(output)
  if (checked.success) return
  const places = checked.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  throw new Error(`The answer of ${endpoint.method} ${endpoint.path} does not fit its schema: ${places}`)
}

interface OnceParts {
  readonly store: IdempotencyStore
  readonly log: Log
  readonly checkAnswers: boolean
}

/** Runs the handler unless the Idempotency-Key has an answer already. */
async function runOnce(call: ServerCall, header: string, { store, log, checkAnswers }: OnceParts): Promise<void> {
  const claimed = await claim(store, call, header)
  if ('replay' in claimed) {
    sendStored(call, claimed.replay, true)
    return
  }
  let answer: StoredAnswer
  let failure: unknown
  try {
    answer = serialised(call, await call.mounted.handler(call), checkAnswers)
  } catch (error) {
    failure = error
    const problem = problemOf(error, { requestId: call.requestId, path: pathOf(call.request.url) })
    answer = { status: problem.status, headers: problemHeaders(problem), body: JSON.stringify(problem) }
  }
  // Stored before it is sent: an answer the client saw must be the one it gets again.
  if (isWorthStoring(answer.status) && answer.body.length <= MAX_STORED_ANSWER_CHARS) await store.finish(claimed.key, answer)
  else await store.release(claimed.key)
  if (call.reply.sent) return
  if (failure === undefined) sendStored(call, answer, false)
  else sendProblem(failure, call.request, call.reply, log)
}

function serialised(call: ServerCall, result: unknown, checkAnswers: boolean): StoredAnswer {
  const { endpoint } = call.mounted
  const response = result instanceof Response ? result : undefined
  const output = response === undefined ? result : response.output
  const status = response?.status ?? endpoint.status
  if (checkAnswers) checkAnswer(call, output)
  const text = endpoint.kind === 'text'
  const body = status === 204 ? '' : call.mounted.serialise(output)
  return { status, headers: { ...response?.headers, 'content-type': text ? endpoint.contentType : JSON_TYPE }, body }
}

function sendStored({ reply }: ServerCall, { status, headers, body }: StoredAnswer, replayed: boolean): void {
  reply.code(status).headers(headers)
  if (replayed) reply.header('idempotency-replayed', 'true')
  if (status === 204) reply.removeHeader('content-type').send()
  else reply.serializer((payload: unknown) => payload as string).send(body)
}
