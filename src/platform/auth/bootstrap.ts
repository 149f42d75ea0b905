// The first admin key: the one the environment gives, else one that is made and shown once.

import type { Scope } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { Row } from '../storage/tables.ts'
import { isUsable, newKeyRow } from './key-row.ts'
import type { KeyStore } from './key-store.ts'
import { hashSecret, newSecret, sameHash } from './secrets.ts'

/** Marks the key of the environment, so that another value there replaces it. */
export const ENVIRONMENT_KEY_NAME = 'TANDEM_ADMIN_KEY'
const MIN_CHARS = 32
const MAX_CHARS = 512
const MADE_PREFIX = 'key_admin_'

interface BootstrapParts {
  readonly store: KeyStore
  readonly clock: () => number
  /** Told of each key that is no longer valid. */
  readonly onRemoved: (id: string) => void
}

export function createAdminBootstrap(
  parts: BootstrapParts,
): (adminKey?: string) => Promise<{ readonly key?: string; readonly created: boolean }> {
  return (adminKey) => (adminKey === undefined ? makeIfNone(parts) : takeGiven(adminKey, parts))
}

async function takeGiven(key: string, { store, clock, onRemoved }: BootstrapParts): Promise<{ readonly created: boolean }> {
  if (key.length < MIN_CHARS || key.length > MAX_CHARS || !/^[\x21-\x7e]+$/.test(key)) {
    throw new TandemError(
      'invalid_config',
      `TANDEM_ADMIN_KEY has ${key.length} characters; it needs ${MIN_CHARS} to ${MAX_CHARS} printable ones without spaces, so that nobody guesses it. Make one: node -p "require('crypto').randomBytes(32).toString('base64url')"`,
      { details: { length: key.length, minimum: MIN_CHARS } },
    )
  }
  const hash = hashSecret(key)
  const known = await store.findByHash(hash)
  if (known && (!isUsable(known, clock()) || !isAdmin(known))) {
    throw new TandemError(
      'invalid_config',
      `The value of TANDEM_ADMIN_KEY is the key ${known.id} ("${known.name}"), which is ${isAdmin(known) ? 'revoked or expired' : 'not an admin key'}. Set another value.`,
      { details: { id: known.id } },
    )
  }
  const row = newKeyRow(
    `key_env_${hash.slice(0, 16)}`,
    key,
    { name: ENVIRONMENT_KEY_NAME, scopes: ['admin'], expiresAt: null, rateLimitPerMinute: null },
    clock(),
  )
  const created = known === undefined && (await store.insert(row)) !== undefined
  // Whoever changes the environment expects the old value to be refused from then on.
  for (const old of await store.all()) {
    if (old.name !== ENVIRONMENT_KEY_NAME || old.revoked_at !== null || sameHash(old.hash, hash)) continue
    await store.remove(old.id)
    onRemoved(old.id)
  }
  return { created }
}

async function makeIfNone({ store, clock }: BootstrapParts): Promise<{ readonly key?: string; readonly created: boolean }> {
  const keys = await store.all()
  if (keys.some((row) => isUsable(row, clock()) && isAdmin(row))) return { created: false }
  const key = newSecret('tdm_')
  // Servers that start together count the same keys and so choose the same id: one of them wins.
  const id = `${MADE_PREFIX}${keys.filter((row) => row.id.startsWith(MADE_PREFIX)).length + 1}`
  const row = await store.insert(
    newKeyRow(id, key, { name: 'admin', scopes: ['admin'], expiresAt: null, rateLimitPerMinute: null }, clock()),
  )
  return row ? { key, created: true } : { created: false }
}

function isAdmin(row: Row<'api_keys'>): boolean {
  return (JSON.parse(row.scopes) as Scope[]).includes('admin')
}
