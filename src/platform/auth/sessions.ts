// Browser sessions: a one-time sign-in link is exchanged for a cookie token. Both are 256 random bits stored as SHA-256,
// and both die with their key: every check looks at the key's row.
import { TandemError } from '../../errors.ts'
import type { Database, Queryable } from '../storage/database.ts'
import { isUsable, type KeyPrincipal, principalFromRow } from './key-row.ts'
import { hashSecret, newSecret } from './secrets.ts'

export interface NewSession {
  /** For the cookie; shown once. */
  readonly token: string
  readonly expiresAt: number
  readonly principal: KeyPrincipal
}

export interface Sessions {
  /** A token for a sign-in link, good once and for at most 10 minutes. Throws `key_not_found` when the key cannot be used. */
  createLink(keyId: string, options?: { readonly validMs?: number }): Promise<{ readonly token: string; readonly expiresAt: number }>
  /** Uses a link up. Undefined when it is unknown, used, too old, or its key cannot be used any more. */
  exchangeLink(token: string): Promise<NewSession | undefined>
  /** A session for a caller that has just shown its key (sign-in by pasting it). */
  createSession(keyId: string): Promise<NewSession>
  verifySession(token: string): Promise<KeyPrincipal | undefined>
  /** Signs out. */
  revokeSession(token: string): Promise<void>
  /** Signs the key out everywhere, links included; returns how many there were. */
  revokeAllSessions(keyId: string): Promise<number>
}

export interface SessionsOptions {
  readonly database: Database
  readonly clock?: () => number
  /** Default 12 hours. */
  readonly sessionMs?: number
  /** Whether use prolongs a session; written at most once per quarter of its length. Default false. */
  readonly sliding?: boolean
}

export const MAX_LINK_MS = 600_000
const HOUR_MS = 3_600_000

export function createSessions({ database, clock = Date.now, sessionMs = 12 * HOUR_MS, sliding = false }: SessionsOptions): Sessions {
  const { db } = database
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
      const session = await db
        .selectFrom('sessions')
        .select(['key_id', 'expires_at'])
        .where('hash', '=', hash)
        .where('kind', '=', 'cookie')
        .where('expires_at', '>', now)
        .executeTakeFirst()
      if (!session) return undefined
      const principal = await usablePrincipal(db, session.key_id, now)
      if (principal && sliding && session.expires_at - now < 0.75 * sessionMs) {
        await db
          .updateTable('sessions')
          .set({ expires_at: now + sessionMs })
          .where('hash', '=', hash)
          .execute()
      }
      return principal
    },
    async revokeSession(token) {
      await db.deleteFrom('sessions').where('hash', '=', hashSecret(token)).execute()
    },
    async revokeAllSessions(keyId) {
      const result = await db.deleteFrom('sessions').where('key_id', '=', keyId).executeTakeFirst()
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
