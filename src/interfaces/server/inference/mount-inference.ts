// Puts /v2 on Fastify, in a scope of its own: clients of the protocol send JSON without a content type, and tensors as bytes behind it.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { TandemError } from '../../../errors.ts'
import { HEADER_LENGTH } from '../../../platform/inference/message.ts'
import type { CallHandler } from '../handle-call.ts'
import type { HttpReply, HttpRequest } from '../http-exchange.ts'
import { type Entry, mountRoutes } from '../mount-routes.ts'
import { parseJson } from '../parse-json.ts'
import { sendProblem } from '../respond.ts'
import type { MountedRoute, ServerCall } from '../server-call.ts'
import type { ServerParts } from '../server-parts.ts'
import { infer } from './infer.ts'
import { inferByModel, inferByVersion } from './schema.ts'

export interface MountInferenceParts extends Pick<ServerParts, 'settings' | 'log' | 'inference'> {
  readonly enter: Entry
  readonly handle: CallHandler
}

const JSON_TYPES = ['application/json', 'application/octet-stream']
const INFER_PATHS: readonly string[] = [inferByModel.path, inferByVersion.path]

export function mountInference(app: FastifyInstance, routes: readonly MountedRoute[], parts: MountInferenceParts): void {
  const maxDepth = parts.settings.maxJsonDepth ?? 32
  const parse = (bytes: Buffer): unknown => parseJson(bytes, maxDepth)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, readBody(request, body as Buffer, parse))
    } catch (error) {
      done(error as Error, undefined)
    }
  })
  const handle: CallHandler = (request) => {
    const call = request.tandem as ServerCall
    if (INFER_PATHS.includes(call.mounted.endpoint.path)) answerInference(call, parts, parse)
    else parts.handle(request)
  }
  mountRoutes(app, routes, { ...parts, handle })
}

/** Bytes for `infer`, else the value of the JSON; undefined for no body. */
function readBody(request: FastifyRequest, body: Buffer, parse: (bytes: Buffer) => unknown): unknown {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers
  const media = type?.split(';', 1)[0]?.trim().toLowerCase()
  if (media !== undefined && !JSON_TYPES.includes(media)) {
    throw unread(`the content type "${type?.slice(0, 100)}"`, `It reads ${JSON_TYPES.join(', ')}, and JSON without a content type.`)
  }
  if (encoding !== undefined && encoding !== 'identity') {
    throw unread(`the content encoding "${encoding.slice(0, 40)}"`, 'Send the body uncompressed.')
  }
  const call = request.tandem as ServerCall
  call.bodyBytes = body.length
  if (INFER_PATHS.includes(call.mounted.endpoint.path)) return body
  return body.length === 0 ? undefined : parse(body)
}

function answerInference(call: ServerCall, { inference, settings, log }: MountInferenceParts, parse: (bytes: Buffer) => unknown): void {
  const { request, reply, params, requestId, signal } = call
  call.deadline = call.startedAt + settings.requestTimeoutMs
  const { body = Buffer.alloc(0), headers } = request as HttpRequest & { body?: Buffer }
  const { model = '', version } = params
  const headBytes = headers[HEADER_LENGTH] === undefined ? undefined : String(headers[HEADER_LENGTH])
  infer(inference!, { model, version, body, headBytes, requestId, signal, parse }).then(
    (answer) => {
      // The time limit may have answered already.
      if (!reply.sent) sendMessage(reply, answer)
    },
    (error) => {
      if (!reply.sent) sendProblem(error, request, reply, log)
    },
  )
}

function sendMessage(reply: HttpReply, { body, headBytes }: { readonly body: Buffer; readonly headBytes: number | undefined }): void {
  if (headBytes === undefined) reply.header('content-type', 'application/json; charset=utf-8')
  else reply.header('content-type', 'application/octet-stream').header('Inference-Header-Content-Length', headBytes)
  reply.code(200).send(body)
}

function unread(what: string, instead: string): TandemError {
  return new TandemError('unsupported_media_type', `This endpoint does not read ${what}. ${instead}`, { details: { accepted: JSON_TYPES } })
}
