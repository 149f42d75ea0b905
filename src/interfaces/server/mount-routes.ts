// Puts routes on Fastify: compiles their schemas once, and admits each request: shed, identify, scope, rate limit.
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Principal, Route } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import { type RateResult, rateLimitHeaders } from '../../platform/auth/rate-limit.ts'
import type { Metrics, RouteHistory } from '../../platform/telemetry/metrics.ts'
import { compileValidator, serialiserSchema } from '../../platform/validation/index.ts'
import { type Authenticator, type Identified, limitOf, requireScope } from './authenticate.ts'
import type { CallHandler } from './handle-call.ts'
import type { InFlight } from './in-flight.ts'
import type { LoadGuard } from './load-guard.ts'
import { type MountedRoute, ServerCall } from './server-call.ts'
import type { ServerParts } from './server-parts.ts'

export interface MountParts extends Pick<ServerParts, 'rateLimiter' | 'settings'> {
  readonly metrics: Metrics
  readonly authenticator: Authenticator
  readonly guard: LoadGuard
  readonly inFlight: InFlight
  readonly handle: CallHandler
  readonly isDraining: () => boolean
}

/** Routes that answer however loaded the server is: who watches must still see. */
const EXEMPT = new Set(['/health/live', '/health/ready', '/metrics'])

export function mountRoutes(app: FastifyInstance, routes: readonly Route[], parts: MountParts): void {
  const admit = createAdmission(parts)
  for (const route of routes) mount(app, prepare(route, parts.metrics), admit, parts)
}

function prepare({ endpoint, handler }: Route, metrics: Metrics): MountedRoute {
  return {
    endpoint,
    handler,
    checkQuery: endpoint.query && compileValidator(endpoint.query, { root: 'query', fromText: true }),
    checkInput: endpoint.input && compileValidator(endpoint.input),
    accepts: [...(endpoint.input ? ['application/json'] : []), ...(endpoint.streams ?? [])],
    meter: metrics.route(endpoint.method, endpoint.path, historyOf(endpoint)),
    exempt: EXEMPT.has(endpoint.path),
  }
}

function historyOf({ path, kind }: Route['endpoint']): RouteHistory {
  if (EXEMPT.has(path)) return 'unseen'
  return kind === 'events' ? 'untimed' : 'timed'
}

function mount(app: FastifyInstance, mounted: MountedRoute, admit: Admission, parts: MountParts): void {
  const { endpoint, exempt } = mounted
  const { guard, inFlight, metrics, authenticator, isDraining } = parts
  const open = endpoint.scope === 'public'
  const admitCaller = (call: ServerCall, done: (error?: Error) => void): void => {
    let caller: Identified | Promise<Identified>
    try {
      caller = authenticator.identify(call.request.raw)
    } catch (error) {
      done(error as Error)
      return
    }
    if (caller instanceof Promise) {
      caller.then(
        (principal) => done(admit(call, principal)),
        (error) => done(error),
      )
    } else done(admit(call, caller))
  }
  app.route({
    method: endpoint.method,
    url: endpoint.path,
    bodyLimit: endpoint.bodyLimitBytes ?? parts.settings.bodyLimitBytes,
    ...(endpoint.kind === 'json' ? { schema: { response: responseSchemas(mounted) } } : {}),
    onRequest(request, reply, done) {
      const call = new ServerCall(mounted, request, reply)
      request.tandem = call
      inFlight.add(call)
      reply.header('x-request-id', request.id)
      reply.header('x-content-type-options', 'nosniff')
      if (isDraining()) reply.header('connection', 'close')
      const late = exempt ? undefined : guard.reason(inFlight.size)
      if (late !== undefined) {
        metrics.countLoadShed()
        done(new TandemError('overloaded', `The server sheds load: ${late}. Try again in a second.`, { details: { retryAfterSeconds: 1 } }))
      } else if (open) done()
      else admitCaller(call, done)
    },
    handler: parts.handle,
  })
}

function responseSchemas({ endpoint }: MountedRoute): Record<string, unknown> {
  const schema = serialiserSchema(endpoint.output)
  const statuses = [endpoint.status, ...endpoint.alsoStatus].filter((status) => status !== 204)
  return Object.fromEntries(statuses.map((status) => [String(status), schema]))
}

/** Sets the principal and the rate-limit headers; returns the error that refuses the call. */
type Admission = (call: ServerCall, principal: Principal | undefined) => TandemError | undefined

function createAdmission({ rateLimiter, settings, metrics }: MountParts): Admission {
  return (call, principal) => {
    try {
      requireScope(principal, call.mounted.endpoint.scope)
    } catch (error) {
      return error as TandemError
    }
    call.principal = principal
    const limitPerMinute = limitOf(principal, settings.rateLimitPerMinute)
    const result = rateLimiter.take(principal.keyId ?? principal.name, { limitPerMinute })
    setRateLimitHeaders(call.reply, result)
    if (result.allowed) return undefined
    metrics.countRateLimited()
    return new TandemError(
      'rate_limited',
      `The key "${principal.name}" may make ${result.limit} requests per minute. Try again in ${result.retryAfterSeconds} s.`,
      { details: { limitPerMinute: result.limit, retryAfterSeconds: result.retryAfterSeconds } },
    )
  }
}

function setRateLimitHeaders(reply: FastifyReply, result: RateResult): void {
  const headers = rateLimitHeaders(result)
  for (const name in headers) reply.header(name, headers[name])
}
