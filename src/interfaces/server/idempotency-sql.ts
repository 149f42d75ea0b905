// Stored answers in the table `idempotency`, the same for every server on the database.
import type { Database } from '../../platform/storage/database.ts'
import type { IdempotencyState, IdempotencyStore } from './idempotency.ts'

export interface IdempotencyOptions {
  readonly clock?: () => number
  /** How long an answer is kept. Default 24 hours. */
  readonly keepMs?: number
  /** How long a request may run before its claim is taken for lost (its server died). Default 10 minutes. */
  readonly runningMs?: number
}

const PURGE_EVERY_MS = 60_000

export function createIdempotencyStore(
  { db }: Pick<Database, 'db'>,
  { clock = Date.now, keepMs = 86_400_000, runningMs = 600_000 }: IdempotencyOptions = {},
): IdempotencyStore {
  let purgedAt = clock()
  return {
    async begin(key, fingerprint) {
      const now = clock()
      const purgeAll = now - purgedAt > PURGE_EVERY_MS
      if (purgeAll) purgedAt = now
      await db
        .deleteFrom('idempotency')
        .where('expires_at', '<=', now)
        .$if(!purgeAll, (query) => query.where('key', '=', key))
        .execute()
      const row = { key, fingerprint, status: null, headers: null, body: null, created_at: now, expires_at: now + runningMs }
      const inserted = await db
        .insertInto('idempotency')
        .values(row)
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returning('key')
        .executeTakeFirst()
      if (inserted !== undefined) return { state: 'started' }
      const known = await db.selectFrom('idempotency').selectAll().where('key', '=', key).executeTakeFirst()
      // Released between the two statements: the other request failed, this one may say so by waiting its turn.
      if (known === undefined) return { state: 'running' }
      return stateOf(known, fingerprint)
    },
    async finish(key, { status, headers, body }) {
      await db
        .updateTable('idempotency')
        .set({ status, headers: JSON.stringify(headers), body, expires_at: clock() + keepMs })
        .where('key', '=', key)
        .execute()
    },
    async release(key) {
      await db.deleteFrom('idempotency').where('key', '=', key).where('status', 'is', null).execute()
    },
  }
}

function stateOf(
  row: { fingerprint: string; status: number | null; headers: string | null; body: string | null },
  fingerprint: string,
): IdempotencyState {
  if (row.fingerprint !== fingerprint) return { state: 'conflict' }
  if (row.status === null) return { state: 'running' }
  const headers = JSON.parse(row.headers ?? '{}') as Record<string, string>
  return { state: 'done', answer: { status: Number(row.status), headers, body: row.body ?? '' } }
}
