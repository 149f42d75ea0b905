// Claim: the bare predict route (no key, no log) reaches at least 0.6 of the requests of an empty Fastify route that reads the same body.
// Run: node bench/routes.ts
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, report } from './frame/report.ts'
import { load, MATCH, untilSeeded } from './frame/requests.ts'
import { startRival, startTandem, temporaryFolder } from './frame/servers.ts'

const ROUNDS = 5
const CONNECTIONS = 32
const SECONDS = 3

async function main(): Promise<void> {
  const tandem = await startTandem(join(temporaryFolder(), 'data'), {
    TANDEM_ALLOW_LOOPBACK_WITHOUT_KEY: 'true',
    TANDEM_PREDICTION_LOG_MAX_ROWS: '0',
  })
  await untilSeeded(tandem)
  const bare = { ...tandem, key: '' }
  const empty = await startRival([process.execPath, fileURLToPath(new URL('rivals/empty-fastify.ts', import.meta.url))], '/health')
  const body = { features: MATCH }
  const rounds: { ours: number[]; rival: number[] } = { ours: [], rival: [] }
  await load(bare, '/v1/models/match/predict', body, { connections: CONNECTIONS, seconds: 1 })
  await load(empty, '/empty', body, { connections: CONNECTIONS, seconds: 1 })
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await load(bare, '/v1/models/match/predict', body, { connections: CONNECTIONS, seconds: SECONDS })
    if (ours.failed > 0) throw new Error(`${ours.failed} predictions failed`)
    rounds.ours.push(ours.perSecond)
    rounds.rival.push((await load(empty, '/empty', body, { connections: CONNECTIONS, seconds: SECONDS })).perSecond)
  }
  await Promise.all([tandem.stop(), empty.stop()])
  report(
    'routes',
    [
      {
        name: 'bare predict route',
        unit: '/s',
        limit: 0.6,
        bound: 'at least',
        ours: median(rounds.ours),
        rival: median(rounds.rival),
        rounds,
      },
    ],
    { rival: 'an empty Fastify route', connections: CONNECTIONS, secondsPerRound: SECONDS, rounds: ROUNDS },
  )
}

await main()
