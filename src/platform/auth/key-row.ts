// A row of `api_keys`: how one is made from a key in the clear, when it may be used, and who it stands for.
import type { Scope } from '../../endpoint.ts'
import type { Row } from '../storage/tables.ts'
import type { KeyPrincipal, NewKey } from './api-keys.ts'
import { hashSecret } from './secrets.ts'

/** A row of `api_keys` for a key in the clear; only its hash and its first characters go in. */
export function newKeyRow(id: string, key: string, options: Required<NewKey>, now: number): Row<'api_keys'> {
  return {
    id,
    name: options.name,
    // 12 characters, of which 8 are random: 208 bits remain secret. Logs may show as many.
    prefix: key.slice(0, 12),
    hash: hashSecret(key),
    scopes: JSON.stringify(options.scopes),
    created_at: now,
    last_used_at: null,
    expires_at: options.expiresAt,
    revoked_at: null,
    rate_limit_per_minute: options.rateLimitPerMinute,
  }
}

/** Whether a key may be used now. */
export function isUsable(row: Pick<Row<'api_keys'>, 'revoked_at' | 'expires_at'>, now: number): boolean {
  return row.revoked_at === null && (row.expires_at === null || row.expires_at > now)
}

export function principalFromRow(row: Row<'api_keys'>): KeyPrincipal {
  return { keyId: row.id, name: row.name, scopes: JSON.parse(row.scopes) as Scope[], rateLimitPerMinute: row.rate_limit_per_minute }
}
