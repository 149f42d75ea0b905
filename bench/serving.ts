// Claim: the whole way of a prediction over HTTP (key, validation, 100 trees of depth 10, prediction log) serves at least 20 times the
// requests of a tuned FastAPI + scikit-learn, with a fifth of its p99 latency and half of its memory. Same rows, 32 connections.
// Run: node bench/serving.ts [--python PATH]
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, report } from './frame/report.ts'
import { call, type LoadResult, load, MATCH, trainingRows, untilSeeded } from './frame/requests.ts'
import { findPython, memoryOf, startRival, startTandem, temporaryFolder } from './frame/servers.ts'

const ROUNDS = 5
const CONNECTIONS = 32
const SECONDS = 4
const DATA = { rows: 2000, seed: 4 }

async function main(): Promise<void> {
  const folder = temporaryFolder()
  const python = findPython()
  const rows = trainingRows(DATA.rows, DATA.seed)
  const rowsFile = join(folder, 'rows.json')
  writeFileSync(rowsFile, JSON.stringify(rows))

  const tandem = await startTandem(join(folder, 'data'))
  await untilSeeded(tandem)
  await call(tandem, 'POST', '/v1/models/match/train?wait=120&activate=always', { rows, seed: DATA.seed })
  const rival = await startRival([python, fileURLToPath(new URL('rivals/fastapi_forest.py', import.meta.url)), rowsFile], '/health')

  const ours: LoadResult[] = []
  const theirs: LoadResult[] = []
  // One short round each that does not count: compiled code, warm caches.
  await load(tandem, '/matching/predict', MATCH, { connections: CONNECTIONS, seconds: 1 })
  await load(rival, '/predict', MATCH, { connections: CONNECTIONS, seconds: 1 })
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await load(tandem, '/matching/predict', MATCH, { connections: CONNECTIONS, seconds: SECONDS }))
    theirs.push(await load(rival, '/predict', MATCH, { connections: CONNECTIONS, seconds: SECONDS }))
  }
  const memory = { ours: memoryOf(tandem.pid), rival: memoryOf(rival.pid) }
  await Promise.all([tandem.stop(), rival.stop()])

  const failed = [...ours, ...theirs].reduce((sum, result) => sum + result.failed, 0)
  const compare = (read: (result: LoadResult) => number) => {
    const rounds = { ours: ours.map(read), rival: theirs.map(read) }
    return { ours: median(rounds.ours), rival: median(rounds.rival), rounds }
  }
  report(
    'serving',
    [
      { name: 'requests per second', unit: '/s', limit: 20, bound: 'at least', ...compare((result) => result.perSecond) },
      { name: 'latency p50', unit: 'ms', limit: 0.1, bound: 'at most', ...compare((result) => result.p50Ms) },
      { name: 'latency p99', unit: 'ms', limit: 0.2, bound: 'at most', ...compare((result) => result.p99Ms) },
      { name: 'memory (RSS)', unit: 'MB', limit: 0.5, bound: 'at most', ours: memory.ours.rssMb, rival: memory.rival.rssMb },
      ...(memory.ours.pssMb === undefined || memory.rival.pssMb === undefined
        ? []
        : [
            { name: 'memory (PSS)', unit: 'MB', limit: 0.5, bound: 'at most' as const, ours: memory.ours.pssMb, rival: memory.rival.pssMb },
          ]),
      { name: 'failed requests', unit: '', limit: 0, bound: 'at most', ours: failed },
    ],
    { rival: rivalVersions(python), rows: DATA.rows, seed: DATA.seed, connections: CONNECTIONS, secondsPerRound: SECONDS, rounds: ROUNDS },
  )
}

function rivalVersions(python: string): string {
  const code =
    "from importlib.metadata import version; print(', '.join(f'{n} {version(n)}' for n in ('fastapi','uvicorn','uvloop','httptools','scikit-learn')))"
  return spawnSync(python, ['-c', code], { encoding: 'utf8' }).stdout.trim()
}

await main()
