// Claims: a search of 10,000 campaigns by meaning takes the route of the campaign search it replaces at most 15 ms (p50) and 50 ms (p99)
// where 32 connections ask without a pause and no query comes twice, and at most 2 ms (p50) when the answer is remembered.
// Run: node bench/search/campaigns.ts [--rounds 5]. Needs a build. `--models FOLDER` (or TANDEM_BENCH_MODELS) also tells what MiniLM takes,
// which promises nothing: 32 connections without a pause wait for the model, not for the search.
import { mkdirSync, symlinkSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import autocannon, { type Result } from 'autocannon'
import { generateCampaigns } from '../../apps/campaigns/generate.ts'
import { median, quantile, report } from '../frame/report.ts'
import { call } from '../frame/requests.ts'
import { cpuSecondsOf, type RunningServer, startTandem, temporaryFolder } from '../frame/servers.ts'

const ROUTE = '/campaigns/api/search-campaigns'
const CAMPAIGNS = 10_000
const SEED = 21
const CONNECTIONS = 32
const SECONDS = 4
const ROUNDS = option('--rounds', 5)
const LIMIT = 10

interface Round {
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  /** Of the server, in ms. */
  readonly cpuPerRequest: number
}

async function main(): Promise<void> {
  const quick = await measure({})
  const models = process.env.TANDEM_BENCH_MODELS
  const encoder = models === undefined ? undefined : await measure({ TANDEM_MODELS_DIR: withMiniLm(models) })
  const of = (rounds: readonly Round[], read: (round: Round) => number) => {
    const ours = rounds.map(read)
    return { ours: median(ours), rounds: { ours } }
  }
  report(
    'campaigns',
    [
      {
        name: `new queries, ${CONNECTIONS} connections, p50`,
        unit: 'ms',
        limit: 15,
        bound: 'at most',
        ...of(quick.fresh, ({ p50 }) => p50),
      },
      {
        name: `new queries, ${CONNECTIONS} connections, p99`,
        unit: 'ms',
        limit: 50,
        bound: 'at most',
        ...of(quick.fresh, ({ p99 }) => p99),
      },
      { name: 'one remembered query, one connection, p50', unit: 'ms', limit: 2, bound: 'at most', ...of(quick.one, ({ p50 }) => p50) },
      {
        ...{ name: `remembered queries, ${CONNECTIONS} connections, p50`, unit: 'ms', limit: 2, bound: 'at most' as const },
        ...of(quick.known, ({ p50 }) => p50),
      },
    ],
    {
      ...{ campaigns: CAMPAIGNS, seed: SEED, limit: LIMIT, secondsPerRound: SECONDS, load: loadavg()[0] },
      ...{ model: quick.model, cpuMsPerRequest: { fresh: cpuOf(quick.fresh), known: cpuOf(quick.known) } },
      ...(encoder && {
        encoder: { model: encoder.model, p50: median(encoder.fresh.map(({ p50 }) => p50)), cpuMsPerRequest: cpuOf(encoder.fresh) },
      }),
    },
  )
}

async function measure(env: Readonly<Record<string, string>>) {
  const server = await startTandem(join(temporaryFolder(), 'data'), env)
  try {
    await fill(server)
    const fresh: Round[] = []
    const known: Round[] = []
    const one: Round[] = []
    let asked = 0
    const next = (): string => query(asked++)
    const same = (): string => query(asked++ % 100)
    await load(server, next, CONNECTIONS, 2)
    for (let round = 0; round < ROUNDS; round++) {
      fresh.push(await load(server, next, CONNECTIONS, SECONDS))
      await load(server, same, CONNECTIONS, 1)
      known.push(await load(server, same, CONNECTIONS, SECONDS))
      one.push(await load(server, same, 1, 1))
    }
    const { model } = (await call(server, 'GET', '/v1/collections/campaigns')) as { model: string }
    return { fresh, known, one, model }
  } finally {
    await server.stop()
  }
}

/** Beside the thousand that the application starts with. */
async function fill(server: RunningServer): Promise<void> {
  for (let first = 0; first < CAMPAIGNS; first += 1_000) {
    const documents = [...generateCampaigns({ rows: CAMPAIGNS, seed: SEED })].slice(first, first + 1_000)
    await call(server, 'POST', '/v1/collections/campaigns/documents', { documents })
  }
  for (let tries = 0; tries < 600; tries++) {
    const { documents, embedded } = (await call(server, 'GET', '/v1/collections/campaigns')) as { documents: number; embedded: number }
    if (documents === CAMPAIGNS && embedded === CAMPAIGNS) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`The ${CAMPAIGNS} campaigns were not all embedded after 120 s.`)
}

/** What people might ask, the number in it making each another one. */
function query(number: number): string {
  const subjects = [
    'running shoes',
    'summer dresses',
    'ski weekends',
    'student loans',
    'electric cars',
    'language courses',
    'garden chairs',
  ]
  const goals = [
    'to win customers back',
    'for young families',
    'by short videos',
    'before the holidays',
    'with a small budget',
    'near stations',
  ]
  return `${subjects[number % subjects.length]} ${goals[number % goals.length]} in ${number} regions`
}

async function load(server: RunningServer, next: () => string, connections: number, seconds: number): Promise<Round> {
  const times: number[] = []
  const cpuBefore = cpuSecondsOf(server.pid)
  const startedAt = performance.now()
  const {
    errors,
    non2xx,
    '2xx': good,
  } = await new Promise<Result>((resolve, reject) => {
    const run = autocannon(
      {
        ...{ url: `${server.url}${ROUTE}`, method: 'POST', connections, duration: seconds },
        headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
        requests: [{ setupRequest: (request) => ({ ...request, body: JSON.stringify({ query: next(), limit: LIMIT }) }) }],
      },
      (error, result) => (error ? reject(error) : resolve(result)),
    )
    // Its own numbers are whole milliseconds.
    run.on('response', (_client, _status, _bytes, ms) => times.push(ms))
  })
  if (errors + non2xx > 0) throw new Error(`${errors + non2xx} searches failed`)
  const cpu = cpuSecondsOf(server.pid) - cpuBefore
  const perSecond = good / ((performance.now() - startedAt) / 1000)
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), perSecond, cpuPerRequest: (1000 * cpu) / good }
}

const cpuOf = (rounds: readonly Round[]): number => median(rounds.map(({ cpuPerRequest }) => cpuPerRequest))

function withMiniLm(models: string): string {
  const folder = join(temporaryFolder(), 'models')
  mkdirSync(folder)
  symlinkSync(join(models, 'minilm-l6-v2'), join(folder, 'all-MiniLM-L6-v2'))
  return folder
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name)
  return at === -1 ? otherwise : Number(process.argv[at + 1])
}

await main()
