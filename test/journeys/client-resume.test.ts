// A program that watches through a crash of the server: the same loop sees the job end, and the same events go on.
import { expect, test } from 'vitest'
import { createClient } from '../../src/interfaces/client/index.ts'
import { shopDefinition, shopRows } from '../testing/shop.ts'
import { portToKeep, startTandem, temporaryFolder } from '../testing/tandem-process.ts'

test('watching a job and listening to events outlive a server that was killed', async () => {
  const data = temporaryFolder('resume')
  const env = { TANDEM_PORT: String(await portToKeep()), TANDEM_JOB_LEASE_MS: '2000' }
  const first = await startTandem({ dataDir: data.path, env })
  // A busy machine takes its time to start the server anew.
  const client = createClient({ url: first.url, key: first.key, retries: 20 })
  const types: string[] = []
  const gaps: string[] = []
  const listening = client.events.listen({ types: ['model.*'], onGap: ({ reason }) => gaps.push(reason) }, ({ type }) => types.push(type))
  await client.putModel('shop', { ...shopDefinition, parameters: { nEstimators: 1500, maxDepth: 20 } })
  const { id } = await client.model('shop').startTraining({ rows: shopRows(4000).map((row) => ({ ...row })) })
  let restarted: Promise<AsyncDisposable> | undefined
  let last = ''
  for await (const { status, progress } of client.jobs.watch(id)) {
    last = status
    if (restarted !== undefined || status !== 'running' || progress < 0.1) continue
    restarted = first.kill('SIGKILL').then(() => startTandem({ dataDir: data.path, env }))
  }
  expect(restarted).toBeDefined()
  expect(last).toBe('succeeded')
  await expect.poll(() => types).toContain('model.trained')
  expect(gaps).toEqual(['restarted'])
  listening.stop()
  await listening.done
  await (await restarted)?.[Symbol.asyncDispose]()
  data.remove()
})
