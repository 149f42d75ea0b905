// Claims: a collection of a million documents is searched by words after a twentieth of the CPU time that reading its documents takes, and
// within 1 s of it, when its words and columns were kept in a file; answers are the same. The rival is the same start without that file.
// Run: node --conditions=tandem-source bench/search/keyword-snapshot.ts [--rows N]
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateCampaigns } from '../../apps/campaigns/generate.ts'
import { checkCollection } from '../../src/capabilities/search/collection-definition.ts'
import { checkBatch } from '../../src/capabilities/search/document-batch.ts'
import { createSearch, type Search } from '../../src/capabilities/search/search.ts'
import { createSearchStore } from '../../src/capabilities/search/store-sql.ts'
import { createMemoryCache } from '../../src/platform/cache/memory-cache.ts'
import { createEvents } from '../../src/platform/events/create-events.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import { openDatabase } from '../../src/platform/storage/open-database.ts'
import { createLog } from '../../src/platform/telemetry/log.ts'
import { report } from '../frame/report.ts'

const SEED = 5
const BATCH = 1000
const text = { type: 'string', format: 'text' } as const
const DEFINITION = {
  schema: {
    type: 'object',
    properties: {
      ...{ id: { type: 'string' }, name: text, description: text, objectives: text, target_audience: text },
      ...{ industry: { type: 'string' }, company_name: { type: 'string' }, budget: { type: 'number' } },
    },
    required: ['id'],
  },
  text: '{{name}}. {{description}} {{objectives}} {{target_audience}} {{industry}}',
} as const
const QUERIES = ['summer sale of running shoes', 'reach young parents in the city', 'bank account for students', 'luxury travel to the sea']

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } })
  const rows = Number(values.rows)
  const dataDir = mkdtempSync(join(tmpdir(), 'keyword-snapshot-'))
  const snapshotDir = join(dataDir, 'indexes')
  try {
    const database = await openDatabase({ dataDir })
    await fill(database, rows)
    const documents = await open(database, snapshotDir)
    const file = join(snapshotDir, readdirSync(snapshotDir)[0]!)
    const snapshots = []
    for (let round = 0; round < 5; round++) snapshots.push(await open(database, snapshotDir))
    await database.close()
    const middle = snapshots.toSorted((left, right) => left.cpuSeconds - right.cpuSeconds)[2]!
    const equal = snapshots.every(({ answers }) => answers === documents.answers)
    const cpu = { unit: 's CPU', ours: middle.cpuSeconds, rounds: { ours: snapshots.map(({ cpuSeconds }) => cpuSeconds) } }
    const scale = rows / 1_000_000
    report(
      'keyword-snapshot',
      [
        { name: 'opened from the file', ...cpu, limit: 1 * scale, bound: 'at most' },
        { name: 'opened from the file against the documents', ...cpu, rival: documents.cpuSeconds, limit: 1 / 20, bound: 'at most' },
        { name: 'equal answers', ours: Number(equal), unit: '', limit: 1, bound: 'at least' },
      ],
      {
        ...{ rows, seed: SEED, load: loadavg()[0], fileMegabytes: statSync(file).size / 1e6 },
        wallSeconds: { documents: documents.wallSeconds, file: snapshots.map(({ wallSeconds }) => wallSeconds) },
      },
    )
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Writes the documents as a collection does, without indexing them. */
async function fill(database: Database, rows: number): Promise<void> {
  const store = createSearchStore(database)
  const checked = checkCollection('campaigns', DEFINITION)
  const { uid } = await store.save({ name: 'campaigns', definition: checked.definition, origin: 'api', textKey: checked.textKey }, 1)
  let batch: unknown[] = []
  const write = async (): Promise<void> => {
    await store.write(uid, checkBatch(batch, checked).documents, 1)
    batch = []
  }
  for (const { id, name, description, objectives, target_audience, industry, company_name, budget } of generateCampaigns({
    rows,
    seed: SEED,
  })) {
    const shown = { name, description, objectives, target_audience, industry, company_name, budget: Number(budget ?? 0) }
    batch.push({
      id: String(id),
      ...Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== null && value !== undefined)),
    })
    if (batch.length === BATCH) await write()
  }
  if (batch.length > 0) await write()
}

interface Opened {
  readonly cpuSeconds: number
  readonly wallSeconds: number
  readonly answers: string
}

/** A start until the first answer: of all threads of this process. */
async function open(database: Database, snapshotDir: string): Promise<Opened> {
  const log = createLog({ logLevel: 'error' })
  const events = await createEvents({ database })
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const search = createSearch({
    ...{ database, events, log, snapshotDir, clock: Date.now, cacheTtlMs: 0, embeddings: undefined, definitions: {} },
    cache: createMemoryCache({ limitBytes: 1_000_000, now: Date.now }),
  })
  await search.start()
  await answersOf(search, QUERIES.slice(0, 1))
  const { user, system } = process.cpuUsage(cpu)
  const wallSeconds = (performance.now() - startedAt) / 1000
  const answers = await answersOf(search, QUERIES)
  await search.close()
  return { cpuSeconds: (user + system) / 1e6, wallSeconds, answers }
}

async function answersOf(search: Search, queries: readonly string[]): Promise<string> {
  const found = []
  for (const query of queries) {
    for (const filter of [undefined, { budget: { gte: 5000 } }]) {
      const { hits } = await search.search('campaigns', { query, mode: 'keyword', ...(filter && { filter }), facets: ['industry'] })
      found.push(hits.map(({ id, score }) => [id, score]))
    }
  }
  return JSON.stringify(found)
}

await main()
