import { createConnection } from 'mysql2/promise'
import { createTandem, defineTandem } from 'tandem-ml'
import { afterAll, describe, expect, test } from 'vitest'
import { generateCampaigns } from './generate.ts'
import { campaignCollections } from './records.ts'
import { sampleSql } from './sample-sql.ts'

const DATABASE = 'tandem_test_sample_sql'
const root = await createConnection({ host: '127.0.0.1', port: 3306, user: 'root', connectTimeout: 2_000 }).catch(() => undefined)

describe.skipIf(root === undefined)('the sample tables in MariaDB at 127.0.0.1:3306', () => {
  afterAll(async () => {
    await root!.query(`DROP DATABASE IF EXISTS ${DATABASE}`)
    await root!.end()
  })

  test('hold what the query of the application reads, and give the generated campaigns', async () => {
    await root!.query(`DROP DATABASE IF EXISTS ${DATABASE}`)
    await root!.query(`CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4`)
    await root!.query(`USE ${DATABASE}`)
    for (const statement of sampleSql({ rows: 1_200, seed: 11 })) await root!.query(statement)
    const { campaigns } = campaignCollections({ mysqlUrl: `mysql://root@127.0.0.1/${DATABASE}` })
    const tandem = await createTandem(
      defineTandem({
        collections: { campaigns: { ...campaigns, sync: undefined } },
        embeddings: { default: ['static-en-256'] },
        settings: { dataDir: ':memory:', databaseUrl: undefined, logLevel: 'silent' },
      }),
    )
    const { collections } = tandem
    expect(await collections.campaigns.sync()).toMatchObject({ read: 1_200, upserted: 1_200, failedCount: 0 })
    const generated = [...generateCampaigns({ rows: 1_200, seed: 11 })]
    expect(await collections.campaigns.get('1200')).toEqual(generated[1_199])
    await root!.query("UPDATE campaigns SET name = 'Marathon week' WHERE id = 7")
    // The newest row of the sync before comes again.
    expect(await collections.campaigns.sync()).toMatchObject({ read: 2, upserted: 1, unchanged: 1 })
    await tandem.close()
  })
})
