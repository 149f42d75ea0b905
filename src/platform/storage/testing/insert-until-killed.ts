// Started by a test in a process of its own: inserts rows one by one, tells each id once it is acknowledged, until killed.
import { openDatabase } from '../open-database.ts'

async function insertUntilKilled(dataDir: string): Promise<void> {
  const database = await openDatabase({ dataDir })
  database.announce({ url: 'http://127.0.0.1:4700' })
  process.stdout.write('ready\n')
  for (let i = 0; ; i++) {
    // Three ways at once: alone, in a shared commit, in a transaction.
    await Promise.all([
      insert(`${i}-a`).then(acknowledge),
      insert(`${i}-b`).then(acknowledge),
      database.transaction((tx) => insert(`${i}-c`, tx)).then(acknowledge),
    ])
  }

  async function insert(name: string, db: Pick<typeof database.db, 'insertInto'> = database.db): Promise<string> {
    await db
      .insertInto('settings')
      .values({ name, value: 'x'.repeat(200), updated_at: 1 })
      .execute()
    return name
  }
}

function acknowledge(name: string): void {
  process.stdout.write(`${name}\n`)
}

void insertUntilKilled(process.argv[2] as string)
