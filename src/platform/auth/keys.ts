// API keys: 256 random bits, stored as SHA-256 only, verified from a short-lived memory so that the hot path asks
// no database. A revoke here or on another server (event `key.revoked`) empties that memory at once.

import type { Scope } from '../../endpoint.ts'
import { TandemError } from '../../errors.ts'
import type { Events } from '../events/events.ts'
import type { Database } from '../storage/database.ts'
import type { Row } from '../storage/tables.ts'
import type { KeyPrincipal, KeyRecord, Keys, NewKey } from './api-keys.ts'
import { createAdminBootstrap, ENVIRONMENT_KEY_NAME } from './bootstrap.ts'
import { isUsable, newKeyRow, principalFromRow } from './key-row.ts'
import { createKeyStore, type KeyStore } from './key-store.ts'
import { createLastUsed } from './last-used.ts'
import { KEY_SCOPES } from './scopes.ts'
import { hashSecret, newSecret, sameHash } from './secrets.ts'

export interface KeysOptions {
  readonly database: Database
  /** `onGap`, where there is one, tells that revokes of other servers may have been missed. */
  readonly events: Events & { readonly onGap?: (listener: () => void) => () => void }
  readonly clock?: () => number
  /** How long a verified key is remembered; bounds how long a server that missed the event accepts a revoked key. Default 10,000. */
  readonly cacheMs?: number
  /** Default 10,000. */
  readonly maxCachedKeys?: number
  /** Told when last-used times could not be written. */
  readonly onWarning?: (message: string, error: unknown) => void
}

const MAX_KEY_CHARS = 512
const MAX_NAME_CHARS = 100
const MAX_RATE_PER_MINUTE = 1_000_000

export function createKeys({
  database,
  events,
  clock = Date.now,
  cacheMs = 10_000,
  maxCachedKeys = 10_000,
  onWarning = () => {},
}: KeysOptions): Keys {
  const store = createKeyStore(database)
  const verifier = createVerifier(store, { clock, cacheMs, maxCachedKeys })
  const lastUsed = createLastUsed({ store, clock, onWarning })
  const stopListening = [events.on('key.revoked', verifier.forget), events.onGap?.(verifier.forgetAll)]
  const revoked = (id: string): void => {
    verifier.forget({ id })
    events.emit('key.revoked', { id })
  }
  const get = async (id: string): Promise<KeyRecord> => recordFromRow((await store.find(id)) ?? notFound(id))
  return {
    async create(options) {
      const { name, scopes, expiresAt, rateLimitPerMinute } = checkNewKey(options, clock())
      const key = newSecret('tdm_')
      const row = await store.insert(
        newKeyRow(`key_${newSecret('').slice(0, 16)}`, key, { name, scopes, expiresAt, rateLimitPerMinute }, clock()),
      )
      return { key, record: recordFromRow(row!) }
    },
    known(key) {
      const found = verifier.known(key)
      if (!found) return undefined
      lastUsed.touch(found.row)
      return found.principal
    },
    async verify(key) {
      const found = verifier.known(key) ?? (await verifier.read(key))
      if (!found) return undefined
      lastUsed.touch(found.row)
      return found.principal
    },
    async list(options = {}) {
      const { rows, nextCursor } = await store.list(options)
      return { items: rows.map(recordFromRow), ...(nextCursor === undefined ? {} : { nextCursor }) }
    },
    get,
    async revoke(id) {
      const changed = await store.revoke(id, clock())
      revoked(id)
      return changed ? recordFromRow(changed) : get(id)
    },
    bootstrap: createAdminBootstrap({ store, clock, onRemoved: revoked }),
    cachedKeys: verifier.size,
    async close() {
      for (const stop of stopListening) stop?.()
      await lastUsed.close()
    },
  }
}

interface Verified {
  readonly row: Row<'api_keys'>
  readonly principal: KeyPrincipal
}

interface Verifier {
  /** From memory. */
  known(key: string): Verified | undefined
  /** From the database. */
  read(key: string): Promise<Verified | undefined>
  forget(key: { readonly id: string }): void
  forgetAll(): void
  size(): number
}

function createVerifier(store: KeyStore, limits: { clock: () => number; cacheMs: number; maxCachedKeys: number }): Verifier {
  const { clock, cacheMs, maxCachedKeys } = limits
  // A Map keeps the order of insertion: the first is the one not used for longest.
  const cache = new Map<string, Verified & { readonly until: number }>()
  let revocations = 0
  const read = async (hash: string): Promise<Verified | undefined> => {
    const seen = revocations
    const row = await store.findByHash(hash)
    if (!row || !sameHash(row.hash, hash) || !isUsable(row, clock())) return undefined
    // A row read before a revoke and kept after it would accept the key until it is forgotten.
    if (seen !== revocations) return read(hash)
    const verified = { row, principal: principalFromRow(row), until: clock() + cacheMs }
    cache.set(hash, verified)
    const oldest = cache.keys().next()
    if (cache.size > maxCachedKeys && !oldest.done) cache.delete(oldest.value)
    return verified
  }
  return {
    known(key) {
      if (!canBeKey(key)) return undefined
      const hash = hashSecret(key)
      const known = cache.get(hash)
      if (known === undefined) return undefined
      cache.delete(hash)
      if (known.until <= clock() || !sameHash(known.row.hash, hash) || !isUsable(known.row, clock())) return undefined
      cache.set(hash, known)
      return known
    },
    // Unknown keys are not remembered: an attacker could fill the memory with them. The server limits failures by address.
    read: async (key) => (canBeKey(key) ? read(hashSecret(key)) : undefined),
    forget({ id }) {
      revocations += 1
      for (const [hash, { row }] of cache) if (row.id === id) cache.delete(hash)
    },
    forgetAll() {
      revocations += 1
      cache.clear()
    },
    size: () => cache.size,
  }
}

const canBeKey = (key: string): boolean => key.length >= 16 && key.length <= MAX_KEY_CHARS

function checkNewKey({ name, scopes, expiresAt = null, rateLimitPerMinute = null }: NewKey, now: number): Required<NewKey> {
  const trimmed = name.trim()
  if (trimmed.length === 0 || trimmed.length > MAX_NAME_CHARS) {
    throw invalid('/name', `The name of a key has 1 to ${MAX_NAME_CHARS} characters; this one has ${trimmed.length}.`)
  }
  if (trimmed === ENVIRONMENT_KEY_NAME)
    throw invalid('/name', `The name ${ENVIRONMENT_KEY_NAME} is kept for the key of the environment. Choose another.`)
  const unknown = scopes.find((scope) => !KEY_SCOPES.includes(scope))
  if (scopes.length === 0 || unknown !== undefined) {
    const what = unknown === undefined ? 'A key needs at least one scope' : `"${unknown}" is not a scope of a key`
    throw invalid('/scopes', `${what}. Scopes: ${KEY_SCOPES.join(', ')}.`)
  }
  if (expiresAt !== null && !(Number.isFinite(expiresAt) && expiresAt > now)) {
    throw invalid(
      '/expiresAt',
      `The expiry ${expiresAt} is not after now, ${now} (milliseconds since 1970). Leave it out for a key that does not expire.`,
    )
  }
  if (
    rateLimitPerMinute !== null &&
    !(Number.isInteger(rateLimitPerMinute) && rateLimitPerMinute >= 1 && rateLimitPerMinute <= MAX_RATE_PER_MINUTE)
  ) {
    throw invalid(
      '/rateLimitPerMinute',
      `A rate limit is a whole number from 1 to ${MAX_RATE_PER_MINUTE} requests per minute, not ${rateLimitPerMinute}.`,
    )
  }
  return { name: trimmed, scopes: [...new Set(scopes)], expiresAt: expiresAt === null ? null : Math.trunc(expiresAt), rateLimitPerMinute }
}

function recordFromRow(row: Row<'api_keys'>): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: JSON.parse(row.scopes) as Scope[],
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    rateLimitPerMinute: row.rate_limit_per_minute,
  }
}

function invalid(path: string, message: string): TandemError {
  return new TandemError('invalid_input', message, { errors: [{ path, message }] })
}

function notFound(id: string): never {
  throw new TandemError('key_not_found', `There is no API key with the id "${id}". List the keys to see their ids.`, { details: { id } })
}
