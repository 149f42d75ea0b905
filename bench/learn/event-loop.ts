// Claim: while a server trains 200,000 rows x 19 (--large: a million), from the rows in its database to the stored version, its event loop
// comes at most 10 ms late (p99). Measured in the serving process, in turns with the same server at rest: what others do on the machine shows
// there too. They do not show in the processor time that the loop's own thread takes in one go.
// Run: node bench/learn/event-loop.ts [--large] [--rounds N] [--rows N] [--source]; of dist/, or with --source of the TypeScript.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type Claim, median, report } from '../frame/report.ts'
import { temporaryFolder } from '../frame/servers.ts'

const LIMIT_MS = 10
const REST_MS = 3000
const FEATURES = 19
const ALGORITHMS = ['boosted-trees', 'random-forest'] as const
const POLL_MS = 200

const flag = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const ROUNDS = flag('--rounds', 3)
const ROWS = flag('--rows', process.argv.includes('--large') ? 1_000_000 : 200_000)

interface Lateness {
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** Processor time of the loop's own thread between two looks. */
  readonly workP99: number
  readonly workMax: number
}

interface Server {
  readonly url: string
  readonly key: string
  readonly child: ChildProcess
  /** Since it was asked last. */
  lateness(): Promise<Lateness>
}

async function startServer(): Promise<Server> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const fromSource = process.argv.includes('--source')
  const main = join(root, ...(fromSource ? ['src', 'interfaces', 'cli', 'main.ts'] : ['dist', 'interfaces', 'cli', 'main.js']))
  if (!existsSync(main)) throw new Error('dist/ is not there. Build first: npm run build; or pass --source')
  const key = `tdm_${randomBytes(32).toString('base64url')}`
  const program = fileURLToPath(new URL('./event-loop-server.ts', import.meta.url))
  const flags = [...process.execArgv, ...(fromSource ? ['--conditions=tandem-source'] : [])]
  // In a folder of its own: the models of the repository would train beside it.
  const cwd = temporaryFolder()
  const child = spawn(process.execPath, [...flags, program, main, 'start', '--json', '--port', '0', '--data-dir', join(cwd, 'data')], {
    cwd,
    env: { ...process.env, TANDEM_ADMIN_KEY: key, TANDEM_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url: string }
    const lateness = (): Promise<Lateness> =>
      new Promise((resolve) => {
        child.once('message', (message) => resolve(message as Lateness))
        child.send('now')
      })
    return { url, key, child, lateness }
  }
  throw new Error('The server ended before it listened.')
}

interface Job {
  readonly id: string
  readonly status: string
  readonly error?: unknown
}

async function ask<Answer>({ url, key }: Server, method: string, path: string, body?: RequestInit): Promise<Answer> {
  const response = await fetch(`${url}${path}`, { method, ...body, headers: { authorization: `Bearer ${key}`, ...body?.headers } })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
  return (await response.json()) as Answer
}

/** Waits for the job; how late the loop was from its start to its end. */
async function follow(server: Server, { id }: Job): Promise<Lateness> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    const { status, error } = await ask<Job>(server, 'GET', `/v1/jobs/${id}`)
    if (status === 'succeeded') return server.lateness()
    if (status === 'failed' || status === 'canceled') throw new Error(`The training ${status}: ${JSON.stringify(error)}`)
  }
}

async function* csv(): AsyncGenerator<string> {
  let state = 7
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  yield `${Array.from({ length: FEATURES }, (_, f) => `f${f}`).join(',')},label\n`
  for (let row = 0; row < ROWS; ) {
    const lines: string[] = []
    for (const end = Math.min(ROWS, row + 1000); row < end; row++) {
      const x = Array.from({ length: FEATURES }, random)
      const score = x[0]! + x[1]! * x[2]! - x[3]! + (x[4]! > 0.5 ? x[5]! : -x[6]!) + random() - 0.75
      lines.push(`${x.map((value) => value.toFixed(4)).join(',')},${score > 0 ? 'yes' : 'no'}\n`)
    }
    yield lines.join('')
  }
}

const server = await startServer()
const properties = Object.fromEntries(Array.from({ length: FEATURES }, (_, f) => [`f${f}`, { type: 'number' }]))
const define = (algorithm: string): Promise<unknown> =>
  ask(server, 'PUT', '/v1/models/big', {
    body: JSON.stringify({
      ...{ task: 'classification', target: 'label', classes: ['no', 'yes'], algorithm },
      features: { type: 'object', properties, required: Object.keys(properties) },
    }),
    headers: { 'content-type': 'application/json' },
  })
await define(ALGORITHMS[0])
const upload = {
  body: Readable.toWeb(Readable.from(csv())),
  duplex: 'half',
  headers: { 'content-type': 'text/csv' },
} as unknown as RequestInit
const { job: first } = await ask<{ job: Job }>(server, 'POST', '/v1/models/big/train', upload)
await follow(server, first)

const rest: Lateness[] = []
const training: Record<string, Lateness[]> = Object.fromEntries(ALGORITHMS.map((algorithm) => [algorithm, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const algorithm of ALGORITHMS) {
    await define(algorithm)
    await server.lateness()
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    rest.push(await server.lateness())
    const { job } = await ask<{ job: Job }>(server, 'POST', '/v1/models/big/retrain?activate=never')
    const late = await follow(server, job)
    training[algorithm]!.push(late)
    console.log(`${algorithm}, round ${round + 1}: ms late by the clock, and ms of its own work between two looks`)
    console.table({ 'at rest': rest.at(-1), training: late })
  }
}
server.child.kill('SIGTERM')
// The channel by which it is asked would keep it, and this process, alive.
server.child.disconnect()

function claim(name: string, rounds: readonly Lateness[], of: keyof Lateness, resting?: readonly Lateness[]): Claim {
  const ours = rounds.map((late) => late[of])
  const shown = resting === undefined ? { ours } : { ours, rival: resting.map((late) => late[of]) }
  return { name, ours: median(ours), unit: 'ms', bound: 'at most', limit: LIMIT_MS, rounds: shown }
}

report(
  'event-loop',
  ALGORITHMS.flatMap((algorithm) => {
    const what = `training ${ROWS} x ${FEATURES}, ${algorithm.replace('-', ' ')}`
    return [
      claim(`event loop late by the clock, p99, ${what}`, training[algorithm]!, 'p99', rest),
      claim(`own work of the event loop in one go, p99, ${what}`, training[algorithm]!, 'workP99'),
    ]
  }),
  {
    rounds: ROUNDS,
    atRestP99Ms: median(rest.map(({ p99 }) => p99)),
    mostWorkMs: Math.max(
      ...Object.values(training)
        .flat()
        .map(({ workMax }) => workMax),
    ),
  },
)
