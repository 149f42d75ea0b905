// Puts routes on Fastify: compiles their schemas once, and admits each request: shed, identify, scope, rate limit.
import type { FastifyInstance } from 'fastify'
import type { Principal, Route } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import { type RateResult, rateLimitHeaders } from '../../platform/auth/rate-limit.ts'
import type { Metrics, RouteHistory } from '../../platform/telemetry/metrics.ts'
import { compileSerialiser, compileValidator } from '../../platform/validation/index.ts'
import { type Authenticator, type Identified, limitOf, requireScope } from './authenticate.ts'
import type { CallHandler } from './handle-call.ts'
import type { HttpReply } from './http-exchange.ts'
import type { InFlight } from './in-flight.ts'
import type { LoadGuard } from './load-guard.ts'
import { type MountedRoute, ServerCall } from './server-call.ts'
import type { ServerParts } from './server-parts.ts'

export interface EntryParts extends Pick<ServerParts, 'rateLimiter' | 'settings'> {
  readonly metrics: Metrics
  readonly authenticator: Authenticator
  readonly guard: LoadGuard
  readonly inFlight: InFlight
  /** Whether the connection must end with the answer. */
  readonly isLast: (mounted: MountedRoute) => boolean
}

export interface MountParts extends Pick<ServerParts, 'settings'> {
  readonly enter: Entry
  readonly handle: CallHandler
}

/** Counts a request that has come in, sets the headers of every answer, and tells whether it may go on, at once or later. */
export type Entry = (call: ServerCall, done: (call: ServerCall, refused: Error | undefined) => void) => void

/** Routes that answer however loaded the server is: who watches must still see. */
const EXEMPT = new Set(['/health/live', '/health/ready', '/metrics', '/v2/health/live', '/v2/health/ready'])

/** A route with all that a request to it needs, prepared once. */
export function prepareRoute({ endpoint, handler }: Route, metrics: Metrics): MountedRoute {
  return {
    endpoint,
    handler,
    checkQuery: endpoint.query && compileValidator(endpoint.query, { root: 'query', fromText: true }),
    checkInput: endpoint.input && compileValidator(endpoint.input),
    serialise: endpoint.kind === 'json' ? compileSerialiser(endpoint.output) : String,
    accepts: [...(endpoint.input ? ['application/json'] : []), ...(endpoint.streams ?? [])],
    meter: metrics.route(endpoint.method, endpoint.path, historyOf(endpoint)),
    exempt: EXEMPT.has(endpoint.path),
  }
}

function historyOf({ path, kind }: Route['endpoint']): RouteHistory {
  if (EXEMPT.has(path)) return 'unseen'
  return kind === 'events' ? 'untimed' : 'timed'
}

export function mountRoutes(app: FastifyInstance, routes: readonly MountedRoute[], parts: MountParts): void {
  for (const mounted of routes) {
    const { endpoint } = mounted
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      bodyLimit: endpoint.bodyLimitBytes ?? parts.settings.bodyLimitBytes,
      onRequest(request, reply, done) {
        const call = new ServerCall(mounted, request, reply)
        request.tandem = call
        parts.enter(call, (_, refused) => done(refused))
      },
      handler: parts.handle,
    })
  }
}

export function createEntry(parts: EntryParts): Entry {
  const { guard, inFlight, metrics, authenticator, isLast } = parts
  const admit = createAdmission(parts)
  return (call, done) => {
    const { reply, mounted } = call
    inFlight.add(call)
    reply.header('x-request-id', call.requestId)
    reply.header('x-content-type-options', 'nosniff')
    if (isLast(mounted)) reply.header('connection', 'close')
    const late = mounted.exempt ? undefined : guard.reason(inFlight.size)
    if (late !== undefined) {
      metrics.countLoadShed()
      const shed = new TandemError('overloaded', `The server sheds load: ${late}. Try again in a second.`, {
        details: { retryAfterSeconds: 1 },
      })
      done(call, shed)
      return
    }
    if (mounted.endpoint.scope === 'public') {
      done(call, undefined)
      return
    }
    let caller: Identified | Promise<Identified>
    try {
      caller = authenticator.identify(call.request.raw)
    } catch (error) {
      done(call, error as Error)
      return
    }
    const admitted = (principal: Principal | undefined): void => {
      const refused = admit(call, principal)
      if (refused instanceof Promise)
        refused.then(
          (error) => done(call, error),
          (error) => done(call, error),
        )
      else done(call, refused)
    }
    if (caller instanceof Promise) caller.then(admitted, (error) => done(call, error))
    else admitted(caller)
  }
}

/** Sets the principal and the rate-limit headers; gives the error that refuses the call. A promise where other servers are asked. */
type Admission = (call: ServerCall, principal: Principal | undefined) => TandemError | undefined | Promise<TandemError | undefined>

function createAdmission({ rateLimiter, settings, metrics }: EntryParts): Admission {
  const judge = ({ reply }: ServerCall, { name }: Principal, result: RateResult): TandemError | undefined => {
    setRateLimitHeaders(reply, result)
    if (result.allowed) return undefined
    metrics.countRateLimited()
    return new TandemError(
      'rate_limited',
      `The key "${name}" may make ${result.limit} requests per minute. Try again in ${result.retryAfterSeconds} s.`,
      { details: { limitPerMinute: result.limit, retryAfterSeconds: result.retryAfterSeconds } },
    )
  }
  return (call, principal) => {
    try {
      requireScope(principal, call.mounted.endpoint.scope)
    } catch (error) {
      return error as TandemError
    }
    call.principal = principal
    const limitPerMinute = limitOf(principal, settings.rateLimitPerMinute)
    const result = rateLimiter.take(principal.keyId ?? principal.name, { limitPerMinute })
    return result instanceof Promise ? result.then((taken) => judge(call, principal, taken)) : judge(call, principal, result)
  }
}

function setRateLimitHeaders(reply: HttpReply, result: RateResult): void {
  const headers = rateLimitHeaders(result)
  for (const name in headers) reply.header(name, headers[name])
}
