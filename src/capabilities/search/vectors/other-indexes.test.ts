import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { administer, memoryEngine, POSTGRES_ABSENT, postgresEngine } from '../../../platform/storage/testing/test-engines.ts'
import { openPgvectorIndex } from './pgvector-index.ts'
import { openQdrantIndex } from './qdrant-index.ts'
import { checkVectorIndex, type VectorIndexBench } from './testing/check-vector-index.ts'

/** A database for tests on a server with pgvector; without it a fresh one on the local server. */
const PGVECTOR = process.env.TANDEM_TEST_PGVECTOR
const QDRANT = process.env.TANDEM_TEST_QDRANT ?? 'http://127.0.0.1:6333'

checkVectorIndex(
  'pgvector',
  async () => {
    const engine = PGVECTOR === undefined ? await postgresEngine('pgvector') : undefined
    const database = PGVECTOR === undefined ? await engine?.open() : await openDatabase({ url: PGVECTOR, dataDir: '' })
    if (database === undefined) return undefined
    const run = `t${process.pid}_${Date.now().toString(36)}`
    const names: string[] = []
    const open: VectorIndexBench['open'] = ({ name, ...shape }) => {
      names.push(`${run}_${name}`)
      return openPgvectorIndex({ database, name: `${run}_${name}`, ...shape })
    }
    const dispose = async (): Promise<void> => {
      for (const name of names) await sql`drop table if exists ${sql.table(`tandem_vectors_${name}`)}`.execute(database.db)
      await database.close()
      await engine?.dispose()
    }
    try {
      await open({ name: 'probe', dimensions: 2, metric: 'cosine' })
    } catch {
      await dispose()
      return undefined
    }
    return { open, durable: true, recall: 0.95, dispose }
  },
  'no PostgreSQL with pgvector >= 0.8 at 127.0.0.1:5432 or TANDEM_TEST_PGVECTOR',
)

checkVectorIndex(
  'Qdrant',
  async () => {
    const answer = await fetch(`${QDRANT}/healthz`).catch(() => undefined)
    if (!answer?.ok) return undefined
    const run = `tandem_${process.pid}_${Date.now().toString(36)}`
    const names = new Set<string>()
    return {
      open: ({ name, ...shape }) => {
        names.add(`${run}_${name}`)
        return openQdrantIndex({ url: QDRANT, name: `${run}_${name}`, ...shape })
      },
      ...{ durable: true, recall: 0.95 },
      dispose: async () => {
        for (const name of names) await fetch(`${QDRANT}/collections/${name}`, { method: 'DELETE' })
      },
    }
  },
  'no Qdrant at 127.0.0.1:6333 or TANDEM_TEST_QDRANT',
)

describe('an index elsewhere', () => {
  test('says that pgvector needs PostgreSQL, and what a table can be called', async () => {
    const engine = memoryEngine()
    const database = await engine.open()
    await expect(openPgvectorIndex({ database, dimensions: 3 })).rejects.toMatchObject({ code: 'invalid_config' })
    await database.close()
  })

  test('says when the server has no pgvector, or one that is too old', async (context) => {
    const found = await administer("select 1 from pg_available_extensions where name = 'vector'")
    if (found !== undefined && found.rowCount !== 0) return context.skip('this PostgreSQL has pgvector')
    const engine = await postgresEngine('no_pgvector')
    if (engine === undefined) return context.skip(POSTGRES_ABSENT)
    const database = await engine.open()
    await expect(openPgvectorIndex({ database, dimensions: 3 })).rejects.toMatchObject({
      ...{ code: 'dependency_missing', details: { found: null, required: '0.8' } },
    })
    await database.close()
    await engine.dispose()
  })

  test('says when Qdrant does not answer', async () => {
    await expect(openQdrantIndex({ url: 'http://127.0.0.1:9', dimensions: 3 })).rejects.toMatchObject({
      ...{ code: 'unavailable', details: { host: '127.0.0.1:9', status: null } },
    })
  })
})
