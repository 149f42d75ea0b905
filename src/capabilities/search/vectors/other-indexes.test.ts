import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../../platform/storage/open-database.ts'
import { administer, memoryEngine } from '../../../platform/storage/testing/test-engines.ts'
import { openPgvectorIndex } from './pgvector-index.ts'
import { openQdrantIndex } from './qdrant-index.ts'
import { checkVectorIndex, type VectorIndexBench } from './testing/check-vector-index.ts'

const PGVECTOR = process.env.TANDEM_TEST_PGVECTOR ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const QDRANT = process.env.TANDEM_TEST_QDRANT ?? 'http://127.0.0.1:6333'

checkVectorIndex(
  'pgvector',
  async () => {
    const database = await openDatabase({ url: PGVECTOR, dataDir: '' }).catch(() => undefined)
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
    const found = await administer("select installed_version from pg_available_extensions where name = 'vector'")
    if (found === undefined) return context.skip('no PostgreSQL answers at 127.0.0.1:5432')
    if (found.rowCount !== 0) return context.skip('this PostgreSQL has pgvector')
    const database = await openDatabase({ url: 'postgres://postgres@127.0.0.1:5432/postgres', dataDir: '' })
    await expect(openPgvectorIndex({ database, dimensions: 3 })).rejects.toMatchObject({
      ...{ code: 'dependency_missing', details: { found: null, required: '0.8' } },
    })
    await database.close()
  })

  test('says when Qdrant does not answer', async () => {
    await expect(openQdrantIndex({ url: 'http://127.0.0.1:9', dimensions: 3 })).rejects.toMatchObject({
      ...{ code: 'unavailable', details: { host: '127.0.0.1:9', status: null } },
    })
  })
})
