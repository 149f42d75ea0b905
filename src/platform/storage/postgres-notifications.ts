// LISTEN/NOTIFY on a connection of its own, opened at the first `listen` and opened again when it drops.
import pg from 'pg'
import { TandemError } from '../../errors.ts'
import type { OpenDatabaseOptions } from './database.ts'
import { MAX_NOTIFICATION_BYTES, type Notifications } from './notifications.ts'
import { postgresError } from './storage-errors.ts'

export interface PostgresNotifications extends Notifications {
  close(): Promise<void>
}

interface Options {
  readonly pool: pg.Pool
  readonly config: pg.ClientConfig
  readonly location: string
  readonly onWarning: OpenDatabaseOptions['onWarning']
}

interface Subscription {
  readonly channel: string
  readonly listener: (payload: string) => void
  readonly onGap: (() => void) | undefined
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

export function createPostgresNotifications(options: Options): PostgresNotifications {
  return new ListeningConnection(options)
}

class ListeningConnection implements PostgresNotifications {
  readonly #options: Options
  readonly #subscriptions = new Set<Subscription>()
  #client: pg.Client | undefined
  #connecting: Promise<pg.Client> | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false

  constructor(options: Options) {
    this.#options = options
  }

  async send(channel: string, payload: string): Promise<void> {
    const bytes = Buffer.byteLength(payload)
    if (bytes > MAX_NOTIFICATION_BYTES) {
      throw new TandemError(
        'payload_too_large',
        `A message between servers has ${bytes} bytes; PostgreSQL carries at most ${MAX_NOTIFICATION_BYTES}. Send an id and let the receiver read the rest.`,
      )
    }
    try {
      await this.#options.pool.query('select pg_notify($1, $2)', [channel, payload])
    } catch (error) {
      throw postgresError(error, this.#options.location)
    }
  }

  async listen(channel: string, listener: (payload: string) => void, onGap?: () => void): Promise<() => Promise<void>> {
    const subscription: Subscription = { channel, listener, onGap }
    const client = await this.#connected()
    setAwaited(client, true)
    try {
      await client.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      throw postgresError(error, this.#options.location)
    } finally {
      setAwaited(client, false)
    }
    this.#subscriptions.add(subscription)
    return async () => {
      this.#subscriptions.delete(subscription)
      const stillHeard = [...this.#subscriptions].some((other) => other.channel === channel)
      if (!stillHeard) await this.#client?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => {})
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    this.#subscriptions.clear()
    await this.#connecting?.catch(() => {})
    await this.#client?.end().catch(() => {})
  }

  #connected(): Promise<pg.Client> {
    if (this.#client !== undefined) return Promise.resolve(this.#client)
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...this.#options.config, application_name: 'tandem events', keepAliveInitialDelayMillis: 10_000 })
    client.on('error', (error) => this.#drop(client, error.message))
    client.on('end', () => this.#drop(client, 'closed by the server'))
    client.on('notification', ({ channel, payload }) => {
      for (const subscription of this.#subscriptions) if (subscription.channel === channel) subscription.listener(payload ?? '')
    })
    try {
      await client.connect()
      for (const channel of new Set([...this.#subscriptions].map((subscription) => subscription.channel))) {
        await client.query(`listen ${pg.escapeIdentifier(channel)}`)
      }
    } catch (error) {
      await client.end().catch(() => {})
      throw postgresError(error, this.#options.location)
    }
    this.#client = client
    setAwaited(client, false)
    return client
  }

  #drop(client: pg.Client, reason: string): void {
    if (this.#client !== client) return
    this.#client = undefined
    if (this.#closed) return
    client.end().catch(() => {})
    this.#options.onWarning?.(`The connection for events to PostgreSQL at ${this.#options.location} dropped; it is opened again`, {
      reason,
    })
    this.#failures = 0
    this.#reconnectLater()
  }

  #reconnectLater(): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures) * (0.5 + Math.random() / 2)
    this.#retry = setTimeout(() => void this.#reconnect(), pause)
    this.#retry.unref()
  }

  async #reconnect(): Promise<void> {
    if (this.#closed) return
    try {
      await this.#connected()
      for (const subscription of this.#subscriptions) subscription.onGap?.()
    } catch {
      // Told once when it dropped; the next pause is longer.
      this.#failures++
      this.#reconnectLater()
    }
  }
}

/** Like the pool: listening alone does not keep a program alive, but what is awaited does. `ref` is missing in the types of pg. */
function setAwaited(client: pg.Client, awaited: boolean): void {
  const { ref, unref } = client as unknown as { ref?: () => void; unref?: () => void }
  const change = awaited ? ref : unref
  change?.call(client)
}
