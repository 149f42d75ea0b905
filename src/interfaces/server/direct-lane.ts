// The short way for the calls that come by the thousand: a plain JSON POST to a route that is not made to be repeated
// (`idempotent: false`), such as a prediction. It runs the very functions that Fastify's hooks run, in the same order,
// without its router, its body parser and its reply: 30 us of processor time a request instead of 50. Whatever is not
// plain, an upload, a query, another content type, an escaped address, goes to Fastify untouched.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log } from '../../platform/telemetry/log.ts'
import { readJson } from './body-parsers.ts'
import { DirectReply, DirectRequest } from './direct-exchange.ts'
import { type DirectRoute, type FindDirectRoute, isShort } from './direct-routes.ts'
import type { CallHandler } from './handle-call.ts'
import type { Entry } from './mount-routes.ts'
import { sendProblem } from './respond.ts'
import { type MountedRoute, ServerCall } from './server-call.ts'

/** Takes a request, or leaves it as it is and says false. */
export type DirectLane = (request: IncomingMessage, response: ServerResponse) => boolean

export interface DirectLaneParts {
  readonly enter: Entry
  readonly handle: CallHandler
  readonly log: Log
  readonly bodyLimitBytes: number
  readonly maxJsonDepth: number
}

export function createDirectLane(find: FindDirectRoute, parts: DirectLaneParts): DirectLane {
  return (request, response) => {
    if (request.method !== 'POST') return false
    const route = find(request.url as string)
    return route !== undefined && isPlain(request, route.mounted, parts) && take(request, response, route, parts)
  }
}

function isPlain({ headers }: IncomingMessage, mounted: MountedRoute, { bodyLimitBytes }: DirectLaneParts): boolean {
  return (
    headers['content-type'] === 'application/json' &&
    headers['transfer-encoding'] === undefined &&
    isShort(Number(headers['content-length']), mounted, bodyLimitBytes)
  )
}

/** A request on its way here, found again from the events of its stream. */
interface Direct {
  readonly request: DirectRequest
  readonly reply: DirectReply
  readonly parts: DirectLaneParts
  received: Buffer | undefined
}

const DIRECT = Symbol('tandem.direct')

type DirectMessage = IncomingMessage & { [DIRECT]?: Direct }

function take(message: DirectMessage, response: ServerResponse, { mounted, params }: DirectRoute, parts: DirectLaneParts): true {
  const request = new DirectRequest(message, params)
  const reply = new DirectReply(response)
  const call = new ServerCall(mounted, request, reply)
  request.tandem = call
  message[DIRECT] = { request, reply, parts, received: undefined }
  parts.enter(call, receive)
  return true
}

/** Reads the body of an admitted call. A client that goes meanwhile is noticed by the close of its response. */
function receive(call: ServerCall, refused: Error | undefined): void {
  const message = call.request.raw as DirectMessage
  if (refused === undefined) {
    message.on('data', onData)
    message.on('end', onEnd)
  } else {
    const { request, reply, parts } = message[DIRECT] as Direct
    sendProblem(refused, request, reply, parts.log)
  }
}

function onData(this: DirectMessage, chunk: Buffer): void {
  const direct = this[DIRECT] as Direct
  direct.received = direct.received === undefined ? chunk : Buffer.concat([direct.received, chunk])
}

function onEnd(this: DirectMessage): void {
  const { request, reply, parts, received } = this[DIRECT] as Direct
  if (received === undefined || reply.sent) return
  try {
    request.body = readJson(request, received, parts.maxJsonDepth)
  } catch (error) {
    // As Fastify does after a body that it cannot read.
    reply.header('connection', 'close')
    sendProblem(error, request, reply, parts.log)
    return
  }
  try {
    parts.handle(request)
  } catch (error) {
    sendProblem(error, request, reply, parts.log)
  }
}
