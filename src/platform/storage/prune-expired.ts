// Removes rows that only had to live for a while.
import type { Queryable } from './database.ts'

/** Deletes expired sessions and idempotency records; returns how many of each. `now` is in milliseconds since 1970. */
export async function pruneExpired(db: Queryable, now: number): Promise<{ readonly sessions: number; readonly idempotency: number }> {
  const sessions = await db.deleteFrom('sessions').where('expires_at', '<=', now).executeTakeFirst()
  const idempotency = await db.deleteFrom('idempotency').where('expires_at', '<=', now).executeTakeFirst()
  return { sessions: Number(sessions.numDeletedRows), idempotency: Number(idempotency.numDeletedRows) }
}
