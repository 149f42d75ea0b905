// Browser sessions: a one-time sign-in link is exchanged for a cookie token. Both are 256 random bits stored as SHA-256,
// and both die with their key: every check looks at the key's row.
import { TandemError } from '../../errors.ts'
import type { Events } from '../events/events.ts'
import type { Database, Queryable } from '../storage/database.ts'
import type { KeyPrincipal } from './api-keys.ts'
import { isUsable, principalFromRow } from './key-row.ts'
import { hashSecret, newSecret } from './secrets.ts'

export interface NewSession {
  /** For the cookie; shown once. */
  readonly token: string
  readonly expiresAt: number
  readonly principal: KeyPrincipal
}

/** A session that is open, as it is looked at. */
export interface OpenSession {
  readonly principal: KeyPrincipal
  readonly expiresAt: number
}

export interface Sessions {
  /** A token for a sign-in link, good once and for at most 10 minutes. Throws `key_not_found` when the key cannot be used. */
  createLink(keyId: string, options?: { readonly validMs?: number }): Promise<{ readonly token: string; readonly expiresAt: number }>
  /** Uses a link up. Undefined when it is unknown, used, too old, or its key cannot be used any more. */
  exchangeLink(token: string): Promise<NewSession | undefined>
  /** A session for a caller that has just shown its key (sign-in by pasting it). */
  createSession(keyId: string): Promise<NewSession>
  verifySession(token: string): Promise<KeyPrincipal | undefined>
  /** As `verifySession`, but does not count as use. */
  peekSession(token: string): Promise<OpenSession | undefined>
  /** Signs out; returns how many sessions ended, 0 or 1. */
  revokeSession(token: string): Promise<number>
  /** Signs the key out everywhere, links included; returns how many there were. */
  revokeAllSessions(keyId: string): Promise<number>
}

export interface SessionsOptions {
  readonly database: Database
  /** Told `session.ended`, so that the sockets of a session that was signed out are closed on every server. */
  readonly events?: Pick<Events, 'emit'>
  readonly clock?: () => number
  /** Default 12 hours. */
  readonly sessionMs?: number
  /** Whether use prolongs a session, up to 30 days after it began; written at most once per quarter of its length. Default false. */
  readonly sliding?: boolean
}

export const MAX_LINK_MS = 600_000
const HOUR_MS = 3_600_000
/** However much it is used: a stolen cookie must end some day. */
const LONGEST_SLIDING_MS = 30 * 24 * HOUR_MS

/** Names a session without opening it: a part of the hash of its token. */
export function sessionIdOf(token: string): string {
  return hashSecret(token).slice(0, 16)
}

export function createSessions(options: SessionsOptions): Sessions {
  const { database, events, clock = Date.now, sessionMs = 12 * HOUR_MS, sliding = false } = options
  const { db } = database
  const find = async (hash: string, now: number): Promise<(OpenSession & { readonly createdAt: number }) | undefined> => {
    const session = await db
      .selectFrom('sessions')
      .select(['key_id', 'created_at', 'expires_at'])
      .where('hash', '=', hash)
      .where('kind', '=', 'cookie')
      .where('expires_at', '>', now)
      .executeTakeFirst()
    const principal = session && (await usablePrincipal(db, session.key_id, now))
    return principal && { principal, expiresAt: session.expires_at, createdAt: session.created_at }
  }
  const open = async (keyId: string, tx: Queryable): Promise<NewSession | undefined> => {
    const principal = await usablePrincipal(tx, keyId, clock())
    if (!principal) return undefined
    const token = newSecret('tds_')
    const expiresAt = clock() + sessionMs
    await insert(tx, { token, kind: 'cookie', keyId, now: clock(), expiresAt })
    return { token, expiresAt, principal }
  }
  return {
    async createLink(keyId, { validMs = MAX_LINK_MS } = {}) {
      const now = clock()
      if (!(await usablePrincipal(db, keyId, now))) throw unusable(keyId)
      const token = newSecret('tdl_')
      const expiresAt = now + Math.max(1, Math.min(Math.trunc(validMs), MAX_LINK_MS))
      // The table stays as small as what is valid: links are rare, so this is where the old ones go.
      await db.deleteFrom('sessions').where('expires_at', '<=', now).execute()
      await insert(db, { token, kind: 'link', keyId, now, expiresAt })
      return { token, expiresAt }
    },
    exchangeLink(token) {
      return database.transaction(async (tx) => {
        // One statement finds and uses up the link: of two at the same time one changes the row.
        const link = await tx
          .updateTable('sessions')
          .set({ used_at: clock() })
          .where('hash', '=', hashSecret(token))
          .where('kind', '=', 'link')
          .where('used_at', 'is', null)
          .where('expires_at', '>', clock())
          .returning('key_id')
          .executeTakeFirst()
        return link && open(link.key_id, tx)
      })
    },
    async createSession(keyId) {
      const session = await open(keyId, db)
      if (!session) throw unusable(keyId)
      return session
    },
    async verifySession(token) {
      const now = clock()
      const hash = hashSecret(token)
      const session = await find(hash, now)
      if (session === undefined) return undefined
      const until = Math.min(now + sessionMs, session.createdAt + Math.max(sessionMs, LONGEST_SLIDING_MS))
      if (sliding && session.expiresAt - now < 0.75 * sessionMs && until > session.expiresAt) {
        await db.updateTable('sessions').set({ expires_at: until }).where('hash', '=', hash).execute()
      }
      return session.principal
    },
    async peekSession(token) {
      const session = await find(hashSecret(token), clock())
      return session && { principal: session.principal, expiresAt: session.expiresAt }
    },
    async revokeSession(token) {
      const gone = await db.deleteFrom('sessions').where('hash', '=', hashSecret(token)).returning('key_id').executeTakeFirst()
      if (gone === undefined) return 0
      events?.emit('session.ended', { keyId: gone.key_id, session: sessionIdOf(token) })
      return 1
    },
    async revokeAllSessions(keyId) {
      const result = await db.deleteFrom('sessions').where('key_id', '=', keyId).executeTakeFirst()
      events?.emit('session.ended', { keyId, session: null })
      return Number(result.numDeletedRows)
    },
  }
}

async function usablePrincipal(db: Queryable, keyId: string, now: number): Promise<KeyPrincipal | undefined> {
  const row = await db.selectFrom('api_keys').selectAll().where('id', '=', keyId).executeTakeFirst()
  return row && isUsable(row, now) ? principalFromRow(row) : undefined
}

async function insert(
  db: Queryable,
  { token, kind, keyId, now, expiresAt }: { token: string; kind: 'link' | 'cookie'; keyId: string; now: number; expiresAt: number },
): Promise<void> {
  const row = { hash: hashSecret(token), kind, key_id: keyId, created_at: now, expires_at: expiresAt, used_at: null }
  await db.insertInto('sessions').values(row).execute()
}

function unusable(keyId: string): TandemError {
  return new TandemError('key_not_found', `No API key with the id "${keyId}" can be used: it is unknown, expired or revoked.`, {
    details: { keyId },
  })
}
