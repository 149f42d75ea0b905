// What a server is made of, and what it can do. `app.ts` hands these in; the server builds nothing of its own but HTTP.
import type { FastifyInstance } from 'fastify'
import type { Route } from '../../endpoint.ts'
import type { Keys } from '../../platform/auth/api-keys.ts'
import type { FailureLimiter, RateLimiter } from '../../platform/auth/rate-limit.ts'
import type { Sessions } from '../../platform/auth/sessions.ts'
import type { Events } from '../../platform/events/events.ts'
import type { Jobs } from '../../platform/jobs/jobs.ts'
import type { Log } from '../../platform/telemetry/log.ts'
import type { Metrics } from '../../platform/telemetry/metrics.ts'
import type { Traffic } from '../../platform/telemetry/traffic.ts'
import type { SocketRoute } from '../../socket.ts'
import type { IdempotencyStore } from './idempotency.ts'
import type { InferenceParts } from './inference/routes.ts'
import type { Readiness } from './readiness.ts'
import type { Operations } from './routes/operations/routes.ts'

/** The settings of `config.ts` that concern the server, and a few that only tests change. */
export interface ServerSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly bodyLimitBytes: number
  /** Largest CSV or NDJSON stream. */
  readonly uploadLimitBytes: number
  readonly requestTimeoutMs: number
  readonly allowLoopbackWithoutKey: boolean
  readonly corsOrigins: readonly string[]
  readonly rateLimitPerMinute: number
  readonly maxEventLoopDelayMs: number
  /** Default 5 s. */
  readonly sheddingGraceMs?: number
  readonly maxInFlight: number
  readonly metricsPublic: boolean
  readonly drainTimeoutMs?: number
  /** Deepest nesting of a JSON body. Default 32. */
  readonly maxJsonDepth?: number
  /** Silence after which an event stream sends a comment and a WebSocket a ping. Default 15,000. */
  readonly heartbeatMs?: number
  /** Unsent bytes after which a slow WebSocket is closed with 1013. Default 1 MiB. */
  readonly maxSocketBufferBytes?: number
  /** Open WebSockets above which further ones are refused with 503. Default 10,000. */
  readonly maxSockets?: number
  /** Requests slower than this are logged. Default 10,000. */
  readonly slowRequestMs?: number
  /** Checks every answer against its schema before it is sent; a wrong one is a 500. For tests and development. */
  readonly checkAnswers?: boolean
}

export interface ServerParts {
  /** Routes of the capabilities and apps; health, metrics, jobs, keys, events and the pages are the server's own. */
  readonly routes: readonly Route[]
  /** WebSockets of the capabilities and apps; that of events is the server's own. */
  readonly sockets?: readonly SocketRoute[]
  readonly keys: Pick<Keys, 'known' | 'verify' | 'create' | 'get' | 'list' | 'revoke'>
  readonly sessions: Sessions
  readonly rateLimiter: RateLimiter
  /** Slows down guessing of keys. */
  readonly failureLimiter?: FailureLimiter
  readonly jobs: Pick<Jobs, 'get' | 'list' | 'cancel' | 'retry' | 'watch' | 'recentCounts' | 'log'>
  readonly events: Pick<Events, 'on' | 'onAny' | 'want'>
  /** Checks and settings for who operates the server. */
  readonly operations: Operations
  readonly log: Log
  readonly metrics: Metrics
  /** The history of requests. */
  readonly traffic: Pick<Traffic, 'read'>
  readonly settings: ServerSettings
  /** Whether the server can do its work now: storage answers, a canary prediction was answered. */
  readonly readiness: () => Promise<Readiness>
  readonly idempotency: IdempotencyStore
  readonly about: { readonly version: string }
  /** What `/v2` answers with; without it there is no `/v2`. */
  readonly inference?: InferenceParts
  /** Folder of the built dashboard; without it, or while it is empty, the root is a page of links. */
  readonly dashboardDir?: string
}

export interface Server {
  /** Starts listening. Throws `invalid_config` when the port is taken. */
  listen(): Promise<{ readonly url: string; readonly port: number }>
  /**
   * Stops taking connections, answers what was accepted, then closes; after `drainMs` what is left is cut off.
   * Returns how many requests were cut off.
   */
  close(options?: { readonly drainMs?: number }): Promise<{ readonly cutOff: number }>
  /** A request without a socket, for tests. */
  readonly inject: FastifyInstance['inject']
  /** The OpenAPI document it serves. */
  readonly openapi: Readonly<Record<string, unknown>>
}
