// Sample data of apps.
import type { AppHost, TandemConfig } from '../../config.ts'
import type { Log } from '../telemetry/log.ts'
import type { Database } from './database.ts'

interface SeedParts {
  readonly database: Pick<Database, 'db'>
  readonly log: Log
}

/** Runs what an app brings for a first start, in the background and once per database. */
export function seedApps(config: TandemConfig, { database, log }: SeedParts, host: AppHost): void {
  const once = async (name: string, work: () => Promise<void>): Promise<void> => {
    const key = `seeded:${name}`
    const done = await database.db.selectFrom('settings').select('name').where('name', '=', key).executeTakeFirst()
    if (done !== undefined) return
    await work()
    const row = { name: key, value: 'true', updated_at: Date.now() }
    await database.db
      .insertInto('settings')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
  }
  void (async () => {
    for (const app of config.apps ?? []) {
      const work = app.seed?.bind(app, host)
      if (work === undefined) continue
      // The server serves without samples too; what failed is tried again at the next start.
      await once(app.name, work).catch((error: unknown) =>
        log.warn({ app: app.name, error: error instanceof Error ? error.message : String(error) }, 'sample data could not be made'),
      )
    }
  })()
}
