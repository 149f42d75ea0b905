// A text of any length, sent while it is made and no faster than the client reads. An error before the first piece is an
// ordinary problem answer; a later one breaks the connection off, so that nobody takes a part for the whole.
import { Readable } from 'node:stream'
import { Response } from '../../endpoint.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { ServerCall } from './server-call.ts'

export async function streamText(call: ServerCall, log: Log): Promise<void> {
  const { reply, mounted } = call
  const { endpoint } = mounted
  // It takes as long as the client takes to read it.
  call.deadline = Number.POSITIVE_INFINITY
  const result = await mounted.handler(call)
  const { output, headers } = result instanceof Response ? result : { output: result, headers: {} }
  const pieces = (output as AsyncIterable<string>)[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (reply.sent) return
  reply.code(endpoint.status).header('content-type', endpoint.contentType).headers(headers)
  if (call.request.method === 'HEAD' || first.done === true) {
    await pieces.return?.()
    reply.send('')
    return
  }
  const body = Readable.from(all(first.value, pieces), { objectMode: false })
  body.once('error', (error) => log.warn({ err: error, requestId: call.requestId }, 'A streamed answer failed.'))
  reply.send(body)
}

async function* all(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield first
    for (;;) {
      const { value, done } = await rest.next()
      if (done === true) return
      yield value
    }
  } finally {
    await rest.return?.()
  }
}
