// Claims: a million campaigns come from MariaDB through their texts and static vectors into the index within 6 minutes on two cores and
// 1 GB, and a sync that is killed on the way goes on where it was. The process is killed once, at 30 %; the time is that of both runs.
// The process bounds its heap as `tandem sync` does; without that it takes about 150 MB more.
// Run: node --conditions=tandem-source bench/search/sync.ts [--rows N] [--keep]. Needs mysql2, and a MariaDB whose root answers on its
// socket (or the address of a user who may create databases and users in TANDEM_BENCH_MYSQL). The time allowed follows the rows.
// `--keep` leaves the table in the database `tandem_bench` for the next run.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { boundBulkHeap } from '../../src/interfaces/cli/start-memory.ts'
import { report } from '../frame/report.ts'
import { cpuSecondsOf, temporaryFolder } from '../frame/servers.ts'
import { openCampaignTable } from './campaign-table.ts'

const MINUTES_PER_MILLION = 6
const MOST_MEGABYTES = 1_024
const SEED = 5
const SAMPLE_EVERY_MS = 250

interface Outcome {
  readonly seconds: number
  /** Of all threads of the process. */
  readonly cpuSeconds: number
  readonly peakMegabytes: number
  readonly line: string | undefined
}

/** In a process of its own: syncs, and prints how far it is and the report. */
async function syncAll(url: string, dataDir: string): Promise<void> {
  // Before what loads a thousand modules.
  boundBulkHeap()
  const [{ campaignCollections }, { createTandem }, { defineTandem }, { createLog }] = await Promise.all([
    import('../../apps/campaigns/records.ts'),
    import('../../src/app.ts'),
    import('../../src/config.ts'),
    import('../../src/platform/telemetry/log.ts'),
  ])
  const { campaigns } = campaignCollections({ mysqlUrl: url })
  const tandem = await createTandem(
    defineTandem({ embeddings: { default: ['static-en-256'] }, collections: { campaigns: { ...campaigns, sync: undefined } } }),
    { settings: { dataDir, databaseUrl: undefined, jobLeaseMs: 1_000 }, log: createLog({ logLevel: 'error' }) },
  )
  const done = await tandem.collections.campaigns.sync({
    onProgress: (fraction, message) => process.stdout.write(`${fraction} ${message}\n`),
  })
  let { documents, embedded } = await tandem.collections.campaigns.info()
  // The count of the index follows the last note in the database by a moment.
  for (let tries = 0; embedded < documents && tries < 25; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    ;({ documents, embedded } = await tandem.collections.campaigns.info())
  }
  process.stdout.write(`REPORT ${JSON.stringify({ ...done, documents, embedded })}\n`)
  await tandem.close()
}

/** @param killAt  progress at which the process is killed. */
function run(url: string, dataDir: string, killAt: number): Promise<Outcome> {
  const started = performance.now()
  const child = spawn(process.execPath, ['--conditions=tandem-source', fileURLToPath(import.meta.url), '--child', url, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let [peakMegabytes, cpuSeconds] = [0, 0]
  let line: string | undefined
  const measure = (): void => {
    peakMegabytes = Math.max(peakMegabytes, residentMegabytes(child.pid))
    cpuSeconds = Math.max(cpuSeconds, cpuSecondsOf(child.pid ?? 0) || 0)
  }
  const sample = setInterval(measure, SAMPLE_EVERY_MS)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const told of text.split('\n')) {
      if (told.startsWith('REPORT ')) line = told.slice(7)
      else if (Number.parseFloat(told) >= killAt) child.kill('SIGKILL')
    }
  })
  return new Promise((resolve) =>
    child.once('close', () => {
      clearInterval(sample)
      resolve({ seconds: (performance.now() - started) / 1_000, cpuSeconds, peakMegabytes, line })
    }),
  )
}

function residentMegabytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function main(): Promise<void> {
  const at = process.argv.indexOf('--rows')
  const rows = at === -1 ? 1_000_000 : Number(process.argv[at + 1])
  const table = await openCampaignTable({ rows, seed: SEED, keep: process.argv.includes('--keep') })
  try {
    const dataDir = temporaryFolder()
    const first = await run(table.url, dataDir, 0.3)
    const second = await run(table.url, dataDir, 2)
    if (second.line === undefined) throw new Error('The second run ended without a report.')
    const done = JSON.parse(second.line) as { read: number; unchanged: number; documents: number; embedded: number }
    const { CAMPAIGNS_QUERY } = await import('../../apps/campaigns/records.ts')
    const minutes = (first.seconds + second.seconds) / 60
    const megabytes = Math.max(first.peakMegabytes, second.peakMegabytes)
    const limit = (MINUTES_PER_MILLION * rows) / 1_000_000
    report(
      'sync',
      [
        { name: `${rows} campaigns from MariaDB to the index`, ours: minutes, unit: 'min', limit, bound: 'at most' },
        { name: 'peak memory', ours: megabytes, unit: 'MB', limit: MOST_MEGABYTES, bound: 'at most' },
        { name: 'rows that came twice after kill -9', ours: done.unchanged, unit: 'rows', limit: 2_000, bound: 'at most' },
        { name: 'documents with their vector', ours: done.embedded, unit: 'documents', limit: rows, bound: 'at least' },
      ],
      {
        ...{ rows, seed: SEED, query: CAMPAIGNS_QUERY, model: 'static-en-256', mariadb: table.version, load: loadavg()[0] },
        ...{ cpuSeconds: first.cpuSeconds + second.cpuSeconds, seconds: first.seconds + second.seconds },
      },
    )
  } finally {
    await table.close()
  }
}

const child = process.argv.indexOf('--child')
await (child === -1 ? main() : syncAll(process.argv[child + 1]!, process.argv[child + 2]!))
