// Starts the servers a benchmark compares: the built Tandem as a user starts it, and rivals. Each is a process of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface RunningServer {
  readonly url: string
  readonly key: string
  readonly pid: number
  /** From the start of the process to the first good answer of `readyPath`. */
  readonly readyMs: number
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const START_LIMIT_MS = 60_000

/** A temporary folder that goes when the bench ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The built Tandem with the repository's own config; a key is always needed unless `env` says otherwise. */
export async function startTandem(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const key = `tdm_${randomBytes(32).toString('base64url')}`
  const main = join(root, 'dist', 'interfaces', 'cli', 'main.js')
  if (!existsSync(main)) throw new Error('dist/ is not there. Build first: npm run build')
  const settings = { TANDEM_DATA_DIR: dataDir, TANDEM_ADMIN_KEY: key, TANDEM_LOG_LEVEL: 'error', ...env }
  return start([process.execPath, main, 'start'], { readyPath: '/health/ready', key, env: settings })
}

/** Any other server; its port and key reach it as PORT and BENCH_KEY. */
export async function startRival(command: readonly string[], readyPath: string): Promise<RunningServer> {
  const key = randomBytes(32).toString('hex')
  return start(command, { readyPath, key, env: { BENCH_KEY: key } })
}

/** Python with the rival's packages: --python PATH, TANDEM_BENCH_PYTHON, or the .venv that bench/requirements.txt describes. */
export function findPython(): string {
  const flag = process.argv.indexOf('--python')
  const candidates = [
    flag === -1 ? undefined : process.argv[flag + 1],
    process.env.TANDEM_BENCH_PYTHON,
    join(root, '.venv', 'bin', 'python'),
  ]
  const python = candidates.find((path) => path !== undefined && existsSync(path))
  if (python === undefined) {
    throw new Error(
      'The rival needs Python with scikit-learn and FastAPI. Make it: python3 -m venv .venv && .venv/bin/pip install -r bench/requirements.txt; or pass --python PATH.',
    )
  }
  return python
}

/** Memory of a process in MB: RSS as `ps` tells it, and where Linux counts it, PSS (shared pages divided among their users). */
export function memoryOf(pid: number): { readonly rssMb: number; readonly pssMb: number | undefined } {
  const rssKb = Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout)
  const rollup = `/proc/${pid}/smaps_rollup`
  const pssKb = existsSync(rollup) ? /^Pss:\s+(\d+)/m.exec(readFileSync(rollup, 'utf8'))?.[1] : undefined
  return { rssMb: rssKb / 1024, pssMb: pssKb === undefined ? undefined : Number(pssKb) / 1024 }
}

/** CPU time of all threads of a process so far; NaN where the system does not tell. */
export function cpuSecondsOf(pid: number): number {
  const file = `/proc/${pid}/stat`
  if (!existsSync(file)) return Number.NaN
  // After the name in brackets: utime is the 12th field and stime the 13th, in hundredths of a second.
  const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

async function start(
  command: readonly string[],
  { readyPath, key, env }: { readonly readyPath: string; readonly key: string; readonly env: Readonly<Record<string, string>> },
): Promise<RunningServer> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const child = spawn(command[0]!, command.slice(1), {
    cwd: root,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  await untilReady(child, `${url}${readyPath}`, startedAt)
  const readyMs = performance.now() - startedAt
  return { url, key, pid: child.pid!, readyMs, stop: () => stop(child) }
}

async function untilReady(child: ChildProcess, url: string, startedAt: number): Promise<void> {
  while (performance.now() - startedAt < START_LIMIT_MS) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with status ${child.exitCode}`)
    try {
      const answer = await fetch(url)
      await answer.arrayBuffer()
      if (answer.ok) return
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  child.kill('SIGKILL')
  throw new Error(`${child.spawnargs.join(' ')} was not ready after ${START_LIMIT_MS} ms`)
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited
  clearTimeout(late)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
