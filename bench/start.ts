// Claim: with an existing database the server is ready 1.5 s after its process starts, and idle it holds at most 120 MB.
// Run: node bench/start.ts
import { join } from 'node:path'
import { median, report } from './frame/report.ts'
import { untilSeeded } from './frame/requests.ts'
import { memoryOf, startTandem, temporaryFolder } from './frame/servers.ts'

const ROUNDS = 5
const IDLE_MS = 3000

async function main(): Promise<void> {
  const dataDir = join(temporaryFolder(), 'data')
  const first = await startTandem(dataDir)
  await untilSeeded(first)
  await first.stop()

  const ready: number[] = []
  const idle: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const server = await startTandem(dataDir)
    ready.push(server.readyMs / 1000)
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    idle.push(memoryOf(server.pid).rssMb)
    await server.stop()
  }
  report(
    'start',
    [
      {
        name: 'process start to ready',
        unit: 's',
        limit: 1.5,
        bound: 'at most',
        ours: median(ready),
        rounds: { ours: ready },
      },
      { name: 'idle memory (RSS)', unit: 'MB', limit: 120, bound: 'at most', ours: median(idle), rounds: { ours: idle } },
    ],
    { rounds: ROUNDS, idleMs: IDLE_MS },
  )
}

await main()
