// What one server has open, database and events, on the engines that tests run on.
import { createEvents } from '../../events/create-events.ts'
import type { Events } from '../../events/events.ts'
import type { Database, OpenDatabaseOptions } from '../../storage/database.ts'
import { openDatabase } from '../../storage/open-database.ts'
import type { TestEngine } from '../../storage/testing/test-engines.ts'

export interface TestServer {
  readonly database: Database
  readonly events: Events
}

/** Opens an engine as one server does; on SQLite only one at a time may have it open. */
export const openOn = ({ options }: TestEngine): Promise<TestServer> => openServer(options)

export async function openServer(options: OpenDatabaseOptions): Promise<TestServer> {
  const database = await openDatabase(options)
  return { database, events: await createEvents({ database }) }
}

export async function closeServer({ database, events }: TestServer): Promise<void> {
  await events.close()
  await database.close()
}
