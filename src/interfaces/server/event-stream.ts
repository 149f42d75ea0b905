// Server-Sent Events: one `data:` line of JSON per value, numbered, a comment while nothing happens, and never more
// in memory than the socket takes. An error before the first value is an ordinary problem answer.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Log } from '../../platform/telemetry/log.ts'
import { pathOf, problemOf, sendProblem } from './respond.ts'
import type { ServerCall } from './server-call.ts'

export interface EventStreamOptions {
  readonly heartbeatMs: number
  readonly log: Log
}

/** How long the first value may keep the headers back, so that an early error can still choose its status. */
const FIRST_VALUE_MS = 50

type Step = { readonly kind: 'next'; readonly result: IteratorResult<unknown> } | { readonly kind: 'late' } | { readonly kind: 'closed' }

export async function streamEvents(
  call: ServerCall,
  values: AsyncIterable<unknown>,
  { heartbeatMs, log }: EventStreamOptions,
): Promise<void> {
  const { request } = call
  const reply = fastifyReply(call)
  const iterator = values[Symbol.asyncIterator]()
  const closed = new Promise<Step>((resolve) => {
    const end = (): void => resolve({ kind: 'closed' })
    reply.raw.once('close', end)
    call.stop = end
  })
  const pull = (): Promise<Step> => iterator.next().then((result) => ({ kind: 'next', result }))
  let next = pull()
  let failed: unknown
  try {
    const first = await Promise.race([next, closed, after(FIRST_VALUE_MS)])
    if (first.kind === 'closed') return
    openStream(call)
    let id = 0
    for (;;) {
      const step = await Promise.race([next, closed, after(heartbeatMs)])
      if (step.kind === 'closed') break
      if (step.kind === 'late') await write(reply.raw, ': still here\n\n', closed)
      else if (step.result.done === true) break
      else {
        id += 1
        await write(reply.raw, `id: ${id}\ndata: ${JSON.stringify(step.result.value)}\n\n`, closed)
        next = pull()
      }
    }
  } catch (error) {
    failed = error
  } finally {
    // Not waited for: a generator that is waiting for something else ends when its signal says so.
    call.abort(new Error('The event stream has ended.'))
    next.catch(() => {})
    iterator.return?.(undefined).then(undefined, () => {})
  }
  if (failed !== undefined && !reply.raw.headersSent) {
    sendProblem(failed, request, reply, log)
    return
  }
  if (failed !== undefined) {
    log.warn({ err: failed, requestId: call.requestId }, 'An event stream failed.')
    const problem = problemOf(failed, { requestId: call.requestId, path: pathOf(request.url) })
    reply.raw.write(`event: error\ndata: ${JSON.stringify(problem)}\n\n`)
  }
  reply.raw.end()
}

/** Event streams never come a short way. */
const fastifyReply = (call: ServerCall): FastifyReply => call.reply as FastifyReply

function openStream(call: ServerCall): void {
  const reply = fastifyReply(call)
  reply.hijack()
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Proxies of the nginx family hold answers back without it.
    'x-accel-buffering': 'no',
  })
  reply.raw.flushHeaders()
}

async function write(response: ServerResponse, text: string, closed: Promise<unknown>): Promise<void> {
  if (response.write(text)) return
  const waiting = new AbortController()
  await Promise.race([once(response, 'drain', { signal: waiting.signal }).catch(() => {}), closed])
  waiting.abort()
}

function after(milliseconds: number): Promise<Step> {
  return new Promise((resolve) => setTimeout(() => resolve({ kind: 'late' }), milliseconds).unref())
}
