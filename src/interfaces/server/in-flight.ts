// The requests that are open now: counted for load shedding and metrics, waited for at shutdown, answered with 504
// when their time is up, aborted when their client has gone.
import { TandemError } from '../../errors.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { RawReply } from './http-exchange.ts'
import { sendProblem } from './respond.ts'
import type { ServerCall } from './server-call.ts'

export interface InFlight {
  readonly size: number
  add(call: ServerCall): void
  /** Ends event streams, which would otherwise stay open for ever: all, or those that `which` picks. */
  stopStreams(which?: (call: ServerCall) => boolean): void
  /** Aborts what is left; returns how many. */
  abortAll(): number
  close(): void
}

const SWEEP_MS = 250
const CALL = Symbol('tandem.call')

type Tracked = RawReply & { [CALL]?: ServerCall }

export function createInFlight({ log, slowRequestMs }: { readonly log: Log; readonly slowRequestMs: number }): InFlight {
  const calls = new Set<ServerCall>()
  // One listener for all responses: `this` is the response that closed.
  function onClose(this: Tracked): void {
    const call = this[CALL]
    if (call === undefined || !calls.delete(call)) return
    if (!this.writableFinished) call.abort(new TandemError('canceled', 'The client closed the connection.'))
    const seconds = (performance.now() - call.startedAt) / 1000
    call.mounted.meter.observe(this.writableFinished ? this.statusCode : 499, seconds)
    if (seconds * 1000 > slowRequestMs && call.mounted.endpoint.kind !== 'events') logSlow(log, call, seconds)
  }
  const timer = setInterval(() => {
    const now = performance.now()
    for (const call of calls) if (call.deadline < now) expire(call, log)
  }, SWEEP_MS)
  timer.unref()
  return {
    get size() {
      return calls.size
    },
    add(call) {
      calls.add(call)
      const response = call.reply.raw as Tracked
      response[CALL] = call
      response.on('close', onClose)
    },
    stopStreams(which) {
      for (const call of calls) if (which === undefined || which(call)) call.stop?.()
    },
    abortAll() {
      const left = calls.size
      for (const call of calls) call.abort(new TandemError('canceled', 'The server stops.'))
      return left
    },
    close: () => clearInterval(timer),
  }
}

function expire(call: ServerCall, log: Log): void {
  const limitMs = Math.round(call.deadline - call.startedAt)
  call.deadline = Number.POSITIVE_INFINITY
  const error = new TandemError('timeout', `The request did not finish within ${limitMs} ms, the server's limit. Ask for less at once.`, {
    details: { limitMs },
  })
  call.abort(error)
  if (!call.reply.sent) sendProblem(error, call.request, call.reply, log)
}

function logSlow(log: Log, call: ServerCall, seconds: number): void {
  const { endpoint } = call.mounted
  const details = { requestId: call.requestId, method: endpoint.method, route: endpoint.path, seconds: Number(seconds.toFixed(3)) }
  log.warn(details, 'A request was slow.')
}
