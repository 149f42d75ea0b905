// Reads bodies strictly by content type: JSON into a value, CSV and NDJSON as a stream of bytes for the endpoints that
// declare it, everything else 415.
import type { FastifyInstance } from 'fastify'
import type { StreamedType } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { HttpRequest } from './http-exchange.ts'
import { parseJson } from './parse-json.ts'
import type { ServerCall } from './server-call.ts'

const STREAMED: readonly StreamedType[] = ['text/csv', 'application/x-ndjson', 'application/octet-stream']

export function registerBodyParsers(
  app: FastifyInstance,
  limits: { readonly maxJsonDepth: number; readonly uploadLimitBytes: number },
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      done(null, readJson(request, body as Buffer, limits.maxJsonDepth))
    } catch (error) {
      done(error as Error, undefined)
    }
  })
  for (const type of STREAMED) {
    app.addContentTypeParser(type, (request, payload, done) => {
      try {
        openStream(request, payload, type, limits.uploadLimitBytes)
        done(null, undefined)
      } catch (error) {
        done(error as Error, undefined)
      }
    })
  }
}

/** What was sent and what is read instead. */
export function unsupportedType(request: HttpRequest, accepts: readonly string[]): TandemError {
  const sent = request.headers['content-type']
  const accepted = accepts.length === 0 ? 'It takes no body' : `It reads ${accepts.join(', ')}`
  return new TandemError(
    'unsupported_media_type',
    `This endpoint does not read ${sent === undefined ? 'a body without a content type' : `"${sent.slice(0, 100)}"`}. ${accepted}.`,
    { details: { accepted: accepts } },
  )
}

export function tooLarge(limitBytes: number, sizeBytes?: number): TandemError {
  const size = sizeBytes === undefined ? 'The body is larger' : `The body has ${sizeBytes} bytes, more`
  return new TandemError(
    'payload_too_large',
    `${size} than the ${limitBytes} bytes this endpoint reads. Send less at once, or stream CSV or NDJSON where the endpoint takes it.`,
    { details: { limitBytes, ...(sizeBytes === undefined ? {} : { sizeBytes }) } },
  )
}

/** The value of a JSON body; undefined for none. @throws `unsupported_media_type`, `malformed_body`, `invalid_input`. */
export function readJson(request: HttpRequest, body: Buffer, maxDepth: number): unknown {
  const call = request.tandem
  if (call === null) return undefined
  const { accepts, endpoint } = call.mounted
  const type = request.headers['content-type'] ?? ''
  if (type !== 'application/json' && !isUtf8Json(type)) throw unsupportedType(request, accepts)
  if (endpoint.input === undefined && endpoint.streams !== undefined) throw unsupportedType(request, accepts)
  call.bodyBytes = body.length
  if (request.headers['idempotency-key'] !== undefined) call.body = body
  // `content-type: application/json` without a body is what many clients send with an empty POST.
  return body.length === 0 ? undefined : parseJson(body, maxDepth)
}

function isUtf8Json(type: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(type)?.[1]
  return charset === undefined || /^utf-?8$/i.test(charset)
}

function openStream(request: HttpRequest, payload: NodeJS.ReadableStream, type: StreamedType, limitBytes: number): void {
  const call: ServerCall | null = request.tandem
  // An address that is not there: what says so comes next, and nobody reads the body.
  if (call === null) {
    payload.resume()
    return
  }
  if (call.mounted.endpoint.streams?.includes(type) !== true) throw unsupportedType(request, call.mounted.accepts)
  const length = request.headers['content-length']
  const sizeBytes = length === undefined ? undefined : Number(length)
  if (sizeBytes !== undefined && sizeBytes > limitBytes) throw tooLarge(limitBytes, sizeBytes)
  call.stream = { contentType: type, sizeBytes, bytes: limited(payload as AsyncIterable<Buffer> & NodeJS.ReadableStream, limitBytes) }
}

/** The bytes as they come; the socket is read only as fast as this is. */
async function* limited(payload: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Uint8Array> {
  let received = 0
  try {
    for await (const chunk of payload) {
      received += chunk.length
      if (received > limitBytes) throw tooLarge(limitBytes)
      yield chunk
    }
  } catch (error) {
    if (TandemError.is(error)) throw error
    throw new TandemError('malformed_body', `The upload stopped after ${received} bytes. Send it again.`, {
      details: { received },
      cause: error,
    })
  }
}
