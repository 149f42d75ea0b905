// API keys over HTTP.
import type { z } from 'zod'
import type { CallOptions, Page, PageOptions } from '../../tandem.ts'
import type { KeySchema } from '../server/routes/schema.ts'
import { address, get, remove } from './request.ts'
import type { Transport } from './transport.ts'

export type KeyScope = 'predict' | 'train' | 'read' | 'write' | 'admin'
/** An API key without its secret. */
export type KeyView = z.infer<typeof KeySchema>

export interface NewKeyOptions extends CallOptions {
  readonly name: string
  readonly scopes: readonly KeyScope[]
  /** ISO 8601. */
  readonly expiresAt?: string
  readonly rateLimitPerMinute?: number
}

/** API keys; needs a key with the scope `admin`. */
export interface KeysClient {
  /** `key` is told this once and never again. Not sent a second time by itself, so that no unknown key is left behind. */
  create(options: NewKeyOptions): Promise<{ readonly key: string; readonly record: KeyView }>
  list(options?: PageOptions): Promise<Page<KeyView>>
  get(id: string, options?: CallOptions): Promise<KeyView>
  /** Refused from now on, on every server. */
  revoke(id: string, options?: CallOptions): Promise<KeyView>
}

export function createKeysClient(transport: Transport): KeysClient {
  return {
    create: ({ signal, ...json }) => transport.json({ method: 'POST', path: '/v1/keys', json, signal }),
    list: (options) => transport.json(get('/v1/keys', options)),
    get: (id, options) => transport.json(get(address`/v1/keys/${id}`, options)),
    revoke: (id, options) => transport.json(remove(address`/v1/keys/${id}`, options)),
  }
}
