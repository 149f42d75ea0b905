// The port of API keys. Adapter: keys.ts on the database. Knows no database, because programs that use Tandem load its types.
import type { Principal, Scope } from '../../endpoint.ts'

export interface NewKey {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Milliseconds since 1970. */
  readonly expiresAt?: number | null
  /** Requests per minute; the server's default when absent. */
  readonly rateLimitPerMinute?: number | null
}

export interface KeyPrincipal extends Principal {
  readonly keyId: string
  readonly rateLimitPerMinute: number | null
}

export interface KeyRecord {
  readonly id: string
  readonly name: string
  /** First characters, to recognise the key; not enough to use it. */
  readonly prefix: string
  readonly scopes: readonly Scope[]
  readonly createdAt: number
  readonly lastUsedAt: number | null
  readonly expiresAt: number | null
  readonly revokedAt: number | null
  readonly rateLimitPerMinute: number | null
}

export interface Keys {
  /** The key is in the answer and nowhere else: it cannot be shown again. */
  create(options: NewKey): Promise<{ readonly key: string; readonly record: KeyRecord }>
  /** Who holds this key, if that is remembered: at once, for the hot path. Undefined says nothing: ask `verify`. */
  known(key: string): KeyPrincipal | undefined
  /** Who holds this key; undefined when it is unknown, expired or revoked. */
  verify(key: string): Promise<KeyPrincipal | undefined>
  list(options?: {
    readonly cursor?: string
    readonly limit?: number
  }): Promise<{ readonly items: readonly KeyRecord[]; readonly nextCursor?: string }>
  /** Throws `key_not_found`. */
  get(id: string): Promise<KeyRecord>
  /** Refused from now on, on every server. Repeating it changes nothing. Throws `key_not_found`. */
  revoke(id: string): Promise<KeyRecord>
  /**
   * Ensures that there is an admin key: the given one (`TANDEM_ADMIN_KEY`), else one made once.
   * `key` is set only when it was made now, for printing it once.
   */
  bootstrap(adminKey?: string): Promise<{ readonly key?: string; readonly created: boolean }>
  /** Entries in memory, for metrics. */
  cachedKeys(): number
  /** Writes the last-used times that are waiting. */
  close(): Promise<void>
}
