// The connection to Redis, where the settings name one. Everything that stands there stands somewhere else too, or can be made again:
// while Redis cannot be reached, callers are answered at once with nothing, which is counted, and go on without it.
import type { Redis } from 'ioredis'
import { TandemError } from '../../errors.ts'

export type RedisPurpose = 'cache' | 'rate-limit' | 'embeddings' | 'events' | 'jobs'

export interface RedisState {
  readonly up: boolean
  /** Why it is not. */
  readonly reason: string | undefined
  /** Times it was done without since the start. */
  readonly failures: number
}

export interface RedisLink {
  /** `tandem:cache:...`: servers of one deployment share the prefix, others have another one. */
  key(...parts: readonly string[]): string
  /** What `work` returns; undefined, at once or within half a second, while Redis cannot be reached. Never rejects. */
  ask<Result>(purpose: RedisPurpose, work: (redis: Redis) => Promise<Result>): Promise<Result | undefined>
  /** Told each time it can be reached again after it could not. */
  onUp(listener: () => void): () => void
  /** A connection of its own, which waits for Redis instead of giving up; the caller closes it. */
  open(): Redis
  state(): RedisState
  close(): Promise<void>
}

export interface RedisOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
  readonly url: string
  readonly prefix: string
  readonly log: { info(details: object, message: string): void; warn(details: object, message: string): void }
  readonly onFailure?: (purpose: RedisPurpose) => void
  /** The start waits so long for Redis. */
  readonly connectTimeoutMs?: number
  /** A Redis on the way to its end may take a command and never answer: who asked waits so long, then goes on without it. */
  readonly commandTimeoutMs?: number
}

const CONNECT_MS = 2_000
const COMMAND_MS = 500
/** After a failure nobody waits for it again before this. */
const REST_MS = 1_000
const LONGEST_PAUSE_MS = 5_000
/** What ioredis says of a command that took too long. */
const TIMED_OUT = /timed out/i

/**
 * Connects, and waits for that up to two seconds; a Redis that is not there is tried for again in the background.
 *
 * @throws `dependency_missing` without the package ioredis; `invalid_config` for a URL that is none.
 */
export async function connectRedis(options: RedisOptions): Promise<RedisLink> {
  const { Redis: Client } = await loadIoredis()
  const link = new Link(options, Client)
  await link.connect()
  return link
}

async function loadIoredis(): Promise<{ readonly Redis: typeof Redis }> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new TandemError('dependency_missing', 'REDIS_URL needs the package ioredis. Install it: npm install ioredis', { cause })
  }
}

class Link implements RedisLink {
  readonly #options: RedisOptions
  readonly #Client: typeof Redis
  readonly #redis: Redis
  readonly #listeners = new Set<() => void>()
  #failures = 0
  #restUntil = 0
  /** Undefined while all is well. */
  #reason: string | undefined
  #closed = false

  constructor(options: RedisOptions, Client: typeof Redis) {
    this.#options = options
    this.#Client = Client
    this.#redis = new Client(options.url, {
      lazyConnect: true,
      // Nothing waits for a Redis that is not there.
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
      ...{
        connectTimeout: options.connectTimeoutMs ?? CONNECT_MS,
        commandTimeout: options.commandTimeoutMs ?? COMMAND_MS,
        retryStrategy: pauseOf,
      },
    })
    // Without a listener the first failure would end the process.
    this.#redis.on('error', (error: Error) => this.#down(reasonOf(error)))
    this.#redis.on('close', () => this.#down('the connection was closed'))
    this.#redis.on('ready', () => this.#up())
  }

  async connect(): Promise<void> {
    let late: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, this.#options.connectTimeoutMs ?? CONNECT_MS)
    })
    await Promise.race([this.#redis.connect().catch((error: Error) => this.#down(reasonOf(error))), patience])
    clearTimeout(late)
    if (this.#redis.status !== 'ready') this.#down('it does not answer')
  }

  key(...parts: readonly string[]): string {
    return [this.#options.prefix, ...parts].join(':')
  }

  async ask<Result>(purpose: RedisPurpose, work: (redis: Redis) => Promise<Result>): Promise<Result | undefined> {
    if (this.#redis.status !== 'ready' || performance.now() < this.#restUntil) return this.#without(purpose)
    try {
      const result = await work(this.#redis)
      if (this.#reason !== undefined) this.#up()
      return result
    } catch (error) {
      this.#restUntil = performance.now() + REST_MS
      // What it still owes would come before the answer to the next question; and a connection may be dead without a word.
      if (TIMED_OUT.test(reasonOf(error))) this.#redis.disconnect(true)
      this.#down(reasonOf(error))
      return this.#without(purpose)
    }
  }

  onUp(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  open(): Redis {
    const redis = new this.#Client(this.#options.url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: pauseOf })
    // Told by the connection above.
    redis.on('error', () => {})
    return redis
  }

  state(): RedisState {
    return { up: this.#reason === undefined, reason: this.#reason, failures: this.#failures }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
    this.#redis.disconnect()
  }

  #without(purpose: RedisPurpose): undefined {
    this.#failures += 1
    this.#options.onFailure?.(purpose)
    return undefined
  }

  /** Told once, not at each try. */
  #down(reason: string): void {
    if (this.#closed) return
    if (this.#reason === undefined) {
      this.#options.log.warn({ reason }, 'Redis cannot be reached; going on without it until it is back')
    }
    this.#reason = reason
  }

  #up(): void {
    if (this.#reason === undefined || this.#closed) return
    this.#reason = undefined
    this.#options.log.info({}, 'Redis is back')
    for (const listener of this.#listeners) listener()
  }
}

function pauseOf(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, 50 * 2 ** tries)
}

/** Never the URL: it may hold a password. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  return (message || code || String(error)).slice(0, 200)
}
