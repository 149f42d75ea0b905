// The HTTP server: the only place that wires Fastify. Mounts routes, turns errors into problems, starts and stops.
import type { IncomingMessage, ServerResponse } from 'node:http'
import cors from '@fastify/cors'
import Fastify, { type FastifyInstance } from 'fastify'
import type { Route } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import { sessionIdOf } from '../../platform/auth/sessions.ts'
import { createAuthenticator } from './authenticate.ts'
import { registerBodyParsers, tooLarge, unsupportedType } from './body-parsers.ts'
import { refuseMalformed } from './client-error.ts'
import { createDirectLane } from './direct-lane.ts'
import { createDirectRoutes } from './direct-routes.ts'
import { drain } from './drain.ts'
import { createEventFeed } from './event-feed.ts'
import { type CallHandler, createCallHandler } from './handle-call.ts'
import { createInFlight, type InFlight } from './in-flight.ts'
import { mountInference } from './inference/mount-inference.ts'
import { inferenceRoutes } from './inference/routes.ts'
import { createLoadGuard } from './load-guard.ts'
import { createEntry, type Entry, mountRoutes, prepareRoute } from './mount-routes.ts'
import { createRouteTable, missing } from './not-found.ts'
import { buildOpenApi } from './openapi.ts'
import { createDashboard, type Dashboard } from './pages/dashboard.ts'
import { mountPages, PAGE_PATHS } from './pages/mount-pages.ts'
import { requestIdOf } from './request-id.ts'
import { sendProblem } from './respond.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { jobRoutes } from './routes/jobs.ts'
import { keyRoutes } from './routes/keys.ts'
import { operationRoutes } from './routes/operations/routes.ts'
import { sessionRoutes } from './routes/session/routes.ts'
import { trafficRoutes } from './routes/traffic/routes.ts'
import type { MountedRoute } from './server-call.ts'
import type { Server, ServerParts, ServerSettings } from './server-parts.ts'
import { cookieLetIn, sessionToken } from './session-cookie.ts'
import { createSocketLane, type SocketLane } from './socket-lane.ts'
import { attachSockets } from './sockets/attach-sockets.ts'
import { eventSocket } from './sockets/event-socket.ts'

/** How long a client may take to send a whole request; uploads of a slow line included. */
const RECEIVE_TIMEOUT_MS = 900_000
const DEFAULT_DRAIN_MS = 10_000
const DEFAULT_HEARTBEAT_MS = 15_000
const DEFAULT_SOCKETS = 10_000
const maxJsonDepthOf = ({ maxJsonDepth = 32 }: ServerSettings): number => maxJsonDepth

/**
 * Builds a server from its parts; `listen` starts it.
 *
 * @throws when two routes have the same method and path, or a schema does not compile.
 */
export function createServer(parts: ServerParts): Server {
  const { settings, log, metrics } = parts
  const heartbeatMs = settings.heartbeatMs ?? DEFAULT_HEARTBEAT_MS
  let draining = false
  const isDraining = (): boolean => draining
  const authenticator = createAuthenticator(parts)
  const feed = createEventFeed(parts.events)
  const routes: readonly Route[] = [
    ...healthRoutes({ ...parts, isDraining }),
    ...sessionRoutes({ ...parts, authenticator }),
    ...parts.routes,
    ...jobRoutes(parts.jobs),
    ...eventRoutes(feed),
    ...keyRoutes(parts.keys),
    ...trafficRoutes(parts.traffic),
    ...operationRoutes(parts.operations, parts.about.version),
  ]
  let document: Server['openapi'] | undefined
  const openapi = (): Server['openapi'] => {
    document ??= buildOpenApi(
      routes.map((route) => route.endpoint),
      parts.about,
    )
    return document
  }
  // Not in the document above: the protocol has its own.
  const inference = parts.inference === undefined ? [] : inferenceRoutes(parts.inference, { ...parts, isDraining })
  const guard = createLoadGuard(settings)
  const inFlight = createInFlight({ log, slowRequestMs: settings.slowRequestMs ?? 10_000 })
  const app = createApp(parts)
  const handle = createCallHandler({
    log,
    idempotency: parts.idempotency,
    requestTimeoutMs: settings.requestTimeoutMs,
    heartbeatMs,
    checkAnswers: settings.checkAnswers ?? false,
  })
  const paths = [...[...routes, ...inference].map((route) => route.endpoint.path), ...PAGE_PATHS]
  const dashboard = parts.dashboardDir === undefined ? undefined : createDashboard(parts.dashboardDir, paths)
  answerMissing(app, [...routes, ...inference], dashboard, parts)
  // Whoever is sent away comes back at once, and must find the door closed, not a queue that nobody serves.
  const isLast = ({ exempt }: MountedRoute): boolean => draining && (exempt || !app.server.listening)
  const enter = createEntry({ ...parts, authenticator, guard, inFlight, isLast })
  const mounted = routes.map((route) => prepareRoute(route, metrics))
  app.register(async (scope) => {
    mountRoutes(scope, mounted, { settings, enter, handle })
    mountPages(scope, { ...parts, openapi, dashboard })
  })
  const prepared = inference.map((route) => prepareRoute(route, metrics))
  app.register(async (scope) => mountInference(scope, prepared, { ...parts, enter, handle }))
  // With CORS every answer needs the headers of Fastify's plugin.
  const lane = settings.corsOrigins.length === 0 ? openShortWays(app, mounted, { enter, handle, log, settings }) : undefined
  const sockets = attachSockets(app.server, {
    ...parts,
    ...{ authenticator, heartbeatMs, routes: [eventSocket(feed), ...(parts.sockets ?? [])] },
    maxBufferBytes: settings.maxSocketBufferBytes ?? 1024 * 1024,
    maxSockets: settings.maxSockets ?? DEFAULT_SOCKETS,
    rateLimitPerMinute: settings.rateLimitPerMinute,
    maxJsonDepth: maxJsonDepthOf(settings),
  })
  const stopListening = endStreamsOfTheRevoked(parts, inFlight)
  const stop = async (drainMs: number): Promise<{ cutOff: number }> => {
    draining = true
    sockets.close()
    stopListening()
    feed.close()
    inFlight.stopStreams()
    await drain(app.server, { drainMs, open: () => inFlight.size, closeIdle: () => lane?.closeIdle() })
    const cutOff = inFlight.abortAll()
    app.server.closeAllConnections()
    lane?.closeAll()
    await app.close()
    lane?.close()
    guard.close()
    inFlight.close()
    metrics.close()
    return { cutOff }
  }
  let stopped: Promise<{ cutOff: number }> | undefined
  return {
    listen: () => listen(app, settings),
    close({ drainMs = settings.drainTimeoutMs ?? DEFAULT_DRAIN_MS } = {}) {
      stopped ??= stop(drainMs)
      return stopped
    },
    inject: app.inject.bind(app) as FastifyInstance['inject'],
    get openapi() {
      return openapi()
    },
  }
}

/** Whoever may not ask any more is not told any more: streams end with their key or their browser session, as sockets do. */
function endStreamsOfTheRevoked({ events }: ServerParts, inFlight: InFlight): () => void {
  const stops = [
    events.on('key.revoked', ({ id }) => inFlight.stopStreams(({ principal }) => principal.keyId === id)),
    events.on('session.ended', ({ keyId, session }) =>
      inFlight.stopStreams(({ principal, request }) => {
        const token = cookieLetIn(request.headers) ? sessionToken(request.headers.cookie) : undefined
        return token !== undefined && principal.keyId === keyId && (session === null || session === sessionIdOf(token))
      }),
    ),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

function createApp({ settings, log }: ServerParts): FastifyInstance {
  const app: FastifyInstance = Fastify({
    logger: false,
    bodyLimit: settings.bodyLimitBytes,
    requestIdHeader: false,
    genReqId: requestIdOf,
    // Accepted is accepted: while the server drains, open connections are served and told to close.
    return503OnClosing: false,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (error, request, reply) => sendProblem(error, request, reply as never, log),
  })
  app.decorateRequest('tandem', null)
  registerBodyParsers(app, { maxJsonDepth: maxJsonDepthOf(settings), uploadLimitBytes: settings.uploadLimitBytes })
  app.setErrorHandler((error, request, reply) => {
    const call = request.tandem
    const code = (error as { code?: unknown }).code
    if (call !== null && code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      sendProblem(unsupportedType(request, call.mounted.accepts), request, reply, log)
    } else if (call !== null && code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      const length = Number(request.headers['content-length'])
      const limit = call.mounted.endpoint.bodyLimitBytes ?? settings.bodyLimitBytes
      sendProblem(tooLarge(limit, Number.isNaN(length) ? undefined : length), request, reply, log)
    } else sendProblem(error, request, reply, log)
  })
  if (settings.corsOrigins.length > 0) {
    app.register(cors, {
      origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'],
      exposedHeaders: ['x-request-id', 'location', 'retry-after', 'ratelimit', 'ratelimit-policy', 'idempotency-replayed'],
      maxAge: 600,
    })
  }
  return app
}

interface ShortWayParts extends Pick<ServerParts, 'log' | 'settings'> {
  readonly enter: Entry
  readonly handle: CallHandler
}

/** Puts the short ways before Fastify, which gets the requests that they leave. */
function openShortWays({ server }: FastifyInstance, mounted: readonly MountedRoute[], { settings, ...shared }: ShortWayParts): SocketLane {
  const find = createDirectRoutes(mounted)
  const parts = { ...shared, bodyLimitBytes: settings.bodyLimitBytes, maxJsonDepth: maxJsonDepthOf(settings) }
  const direct = createDirectLane(find, parts)
  const listeners = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
  server.removeAllListeners('request')
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!direct(request, response)) for (const listener of listeners) listener.call(server, request, response)
  })
  return createSocketLane(server, { ...parts, find })
}

function answerMissing(
  app: FastifyInstance,
  routes: readonly Route[],
  dashboard: Dashboard | undefined,
  { metrics, log }: ServerParts,
): void {
  const table = createRouteTable([
    ...routes.map(({ endpoint }) => ({ method: endpoint.method, path: endpoint.path })),
    ...PAGE_PATHS.map((path) => ({ method: 'GET', path })),
  ])
  // One series for all that is missing: addresses are chosen by callers.
  const meter = metrics.route('OTHER', 'not_found', 'untimed')
  app.setNotFoundHandler(async (request, reply) => {
    if (await dashboard?.send(request, reply)) return reply
    const error = missing(request, table)
    reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff')
    meter.observe(error.code === 'not_found' ? 404 : 405, 0)
    const { allow } = error.details
    if (request.method === 'OPTIONS' && Array.isArray(allow)) {
      reply
        .code(204)
        .header('allow', [...allow, 'OPTIONS'].join(', '))
        .send()
    } else sendProblem(error, request, reply, log)
    return reply
  })
}

async function listen(app: FastifyInstance, { host, port }: { host: string; port: number }): Promise<{ url: string; port: number }> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EADDRINUSE') {
      const message = `Port ${port} on ${host} is in use by another program. Stop it, or choose another with TANDEM_PORT (0 takes a free one).`
      throw new TandemError('invalid_config', message, { details: { port, host }, cause: error })
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      const why = code === 'EACCES' ? 'ports below 1024 need more rights' : 'this machine does not have that address'
      const message = `Cannot listen on ${host}, port ${port}: ${why}. Set HOST and TANDEM_PORT.`
      throw new TandemError('invalid_config', message, { details: { port, host }, cause: error })
    }
    throw error
  }
  const address = app.server.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
  return { url: `http://${name}:${taken}`, port: taken }
}
