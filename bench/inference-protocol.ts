// Claim: a message of the Open Inference Protocol with 1,000 rows of 19 numbers is read in at most a tenth of the time when its tensor is
// binary, beside the same as JSON; and the whole answer takes the server at most a quarter more processor time than rows of named
// features do over /v1, by either: nearly all of it is spent in the trees. Forest of 100 trees, nothing logged, one kept connection; bodies are made before, answers read but not parsed.
// Run: node --conditions=tandem-source bench/inference-protocol.ts (Linux: processor time is read from /proc)
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { encodeMessage, splitMessage } from '../src/platform/inference/message.ts'
import { decodeTensors, type Tensor } from '../src/platform/inference/tensor.ts'
import { median, report } from './frame/report.ts'
import { call, trainingRows, untilSeeded } from './frame/requests.ts'
import { type RunningServer, startTandem, temporaryFolder } from './frame/servers.ts'

const ROUNDS = 9
const CALLS = 20
const ROWS = 1000
const SEED = 4

interface Post {
  readonly path: string
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

async function main(): Promise<void> {
  const tandem = await startTandem(join(temporaryFolder(), 'data'))
  await untilSeeded(tandem)
  await call(tandem, 'POST', '/v1/models/match/train?wait=120&activate=always', { rows: trainingRows(2000, SEED), seed: SEED })
  const posts = postsOf()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const times: Record<keyof typeof posts, number[]> = { rows: [], json: [], binary: [] }
  const names = Object.keys(posts) as (keyof typeof posts)[]
  for (const name of names) for (let index = 0; index < CALLS; index++) await send(tandem, agent, posts[name])
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const began = processorMs(tandem.pid)
      for (let index = 0; index < CALLS; index++) await send(tandem, agent, posts[name])
      times[name].push((processorMs(tandem.pid) - began) / CALLS)
    }
  }
  agent.destroy()
  const reading = readingMs(posts)
  await tandem.stop()
  const versus = (ours: number[], rival: number[]) => ({ ours: median(ours), rival: median(rival), rounds: { ours, rival }, unit: 'ms' })
  report(
    'inference-protocol',
    [
      { name: 'reading 1,000 x 19, binary beside JSON', limit: 0.1, bound: 'at most', ...versus(reading.binary, reading.json) },
      { name: 'answering 1,000 x 19, JSON tensors beside rows of /v1', limit: 1.25, bound: 'at most', ...versus(times.json, times.rows) },
      { name: 'answering 1,000 x 19, binary beside rows of /v1', limit: 1.25, bound: 'at most', ...versus(times.binary, times.rows) },
    ],
    {
      rival: 'JSON tensors; rows of /v1',
      rows: ROWS,
      seed: SEED,
      calls: CALLS,
      rounds: ROUNDS,
      bodyBytes: Object.fromEntries(names.map((name) => [name, posts[name].body.length])),
    },
  )
}

function postsOf(): { rows: Post; json: Post; binary: Post } {
  const rows = trainingRows(ROWS, SEED + 1).map(({ success: _, ...features }) => features as Record<string, number>)
  const data = Float64Array.from(rows.flatMap((row) => Object.values(row)))
  const table: Tensor = { name: 'features', datatype: 'FP64', shape: [ROWS, data.length / ROWS], data }
  const asked = { parameters: { log: false }, outputs: [{ name: 'predict' }, { name: 'predict_proba' }] }
  const json = encodeMessage(asked, 'inputs', [table], () => false)
  const inBinary = { parameters: { log: false, binary_data_output: true }, outputs: asked.outputs }
  const binary = encodeMessage(inBinary, 'inputs', [table], () => true)
  const path = '/v2/models/match/infer'
  const type = 'application/json'
  return {
    rows: { path: '/v1/models/match/predict?log=false', body: Buffer.from(JSON.stringify({ rows })), headers: { 'content-type': type } },
    json: { path, body: json.body, headers: { 'content-type': type } },
    binary: {
      path,
      body: binary.body,
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(binary.headBytes) },
    },
  }
}

/** Milliseconds of reading one message, by rounds. */
function readingMs(posts: Record<'json' | 'binary', Post>): Record<'json' | 'binary', number[]> {
  const times: Record<'json' | 'binary', number[]> = { json: [], binary: [] }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of ['json', 'binary'] as const) {
      const { body, headers } = posts[name]
      const began = process.cpuUsage()
      for (let index = 0; index < 5 * CALLS; index++) {
        const { head, tail } = splitMessage(body, headers['inference-header-content-length'])
        decodeTensors(JSON.parse(head.toString()).inputs, tail, 'inputs')
      }
      const { user, system } = process.cpuUsage(began)
      // The first round does not count: compiled code.
      if (round > 0) times[name].push((user + system) / 1000 / (5 * CALLS))
    }
  }
  return times
}

/** Processor time of a process so far, in steps of 10 ms. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function send({ url, key }: RunningServer, agent: Agent, { path, body, headers }: Post): Promise<void> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, authorization: `Bearer ${key}`, 'content-length': String(body.length) }
    const sent = request(url + path, { method: 'POST', agent, headers: all }, (answer) => {
      answer.once('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${path} answered ${answer.statusCode}`))))
      answer.resume()
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

await main()
