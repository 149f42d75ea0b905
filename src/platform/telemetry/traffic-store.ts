// Every statement on the table `traffic`. Each row has one writer, the server it is of, or is made of rows that no longer
// change; so servers never wait for each other, and writing a row again does no harm.
import type { Database } from '../storage/database.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

export interface TrafficRow {
  readonly at: number
  readonly server: string
  readonly content: string
}

export interface TrafficStore {
  put(stepMs: number, row: TrafficRow): Promise<void>
  read(stepMs: number, from: number): Promise<TrafficRow[]>
  /** Minutes from `from` to before `to` whose hour has no row of their server yet, by server and time. */
  unrolled(from: number, to: number): Promise<TrafficRow[]>
  /** Deletes the hour of a server, so that its minutes are unrolled again. */
  dropHour(at: number, server: string): Promise<void>
  prune(stepMs: number, before: number): Promise<void>
}

export function createTrafficStore({ db, dialect }: Database): TrafficStore {
  return {
    async put(stepMs, { at, server, content }) {
      await db
        .insertInto('traffic')
        .values({ step_ms: stepMs, at, server, content })
        .onConflict((conflict) => conflict.columns(['step_ms', 'at', 'server']).doUpdateSet({ content }))
        .execute()
    },
    read: (stepMs, from) =>
      db.selectFrom('traffic').select(['at', 'server', 'content']).where('step_ms', '=', stepMs).where('at', '>=', from).execute(),
    unrolled: (from, to) =>
      db
        .selectFrom('traffic as minute')
        .select(['minute.at', 'minute.server', 'minute.content'])
        .where('minute.step_ms', '=', MINUTE_MS)
        .where('minute.at', '>=', from)
        .where('minute.at', '<', to)
        .where(({ not, exists, selectFrom, ref }) =>
          not(
            exists(
              selectFrom('traffic as hour')
                .select('hour.at')
                .where('hour.step_ms', '=', HOUR_MS)
                .whereRef('hour.server', '=', 'minute.server')
                .where('hour.at', '=', dialect.timeBucket(ref('minute.at'), HOUR_MS)),
            ),
          ),
        )
        .orderBy('minute.server')
        .orderBy('minute.at')
        .execute(),
    async dropHour(at, server) {
      await db.deleteFrom('traffic').where('step_ms', '=', HOUR_MS).where('at', '=', at).where('server', '=', server).execute()
    },
    async prune(stepMs, before) {
      await db.deleteFrom('traffic').where('step_ms', '=', stepMs).where('at', '<', before).execute()
    },
  }
}
