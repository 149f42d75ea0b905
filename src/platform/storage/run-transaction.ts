// One transaction around a piece of work, the same for both engines.
import type { Kysely, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** Commits when `work` resolves, rolls back when it rejects, and rejects with what `work` threw even when the roll-back fails too. */
export async function runTransaction<Result>(db: Kysely<Tables>, work: (tx: Transaction<Tables>) => Promise<Result>): Promise<Result> {
  let failure: { readonly error: unknown } | undefined
  try {
    return await db.transaction().execute(async (tx) => {
      try {
        return await work(tx)
      } catch (error) {
        failure = { error }
        throw error
      }
    })
  } catch (error) {
    throw failure === undefined ? error : failure.error
  }
}
