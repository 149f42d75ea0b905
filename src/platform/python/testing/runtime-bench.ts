// Parts that the tests of the Python runtime share: a runtime over the misbehaving worker, with times that suit a test.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PythonEnvironment } from '../environment.ts'
import type { InferCall } from '../inference-client.ts'
import { CANARY_TIMING, type PythonOptions } from '../python-options.ts'
import { createPythonRuntime, type PythonRuntime, type WorkerChange } from '../python-runtime.ts'
import type { FallbackReason } from '../schema.ts'

export const MISBEHAVING = fileURLToPath(new URL('misbehaving_worker.py', import.meta.url))
export const VERSION = '0.1.0'

/** The interpreter itself, not a shim that starts it; undefined where there is none. */
export const PYTHON: string | undefined = findPython()
export const NO_PYTHON = 'needs python3 on the PATH, with its standard library alone'

function findPython(): string | undefined {
  const { status, stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

export interface Script {
  readonly [name: string]: unknown
}

export interface RuntimeBench extends AsyncDisposable {
  readonly runtime: PythonRuntime
  readonly folder: string
  readonly changes: WorkerChange[]
  readonly restarts: { readonly worker: string; readonly reason: FallbackReason }[]
  readonly logged: string[]
  /** How the next worker starts. */
  script(script: Script): void
  /** Makes canaries hang, or ends that. */
  hang(on: boolean): void
  embed(text: string, options?: Parameters<PythonRuntime['infer']>[1]): Promise<number[]>
  /** Resolves when the condition holds; rejects after the deadline with what was seen. */
  until(what: string, holds: () => boolean, deadlineMs?: number): Promise<void>
  /** Starts and waits until a worker serves. */
  ready(): Promise<void>
  pid(worker?: number): number
}

/** Quick where something is found out; patient where a healthy worker on a busy machine must not be taken for a hung one. */
const SHORT = {
  timing: { ...CANARY_TIMING, intervalMs: 100, timeoutMs: 5_000, missesAllowed: 2, goodNeeded: 2, recoveryMs: 15 },
  restarts: { firstMs: 20, mostMs: 100, limit: 4, windowMs: 300_000, openMs: 1_000 },
}
const PATIENCE_MS = 60_000

export function runtimeWith(script: Script = {}, overrides: Partial<PythonOptions> = {}, environment?: PythonEnvironment): RuntimeBench {
  const folder = mkdtempSync(join(tmpdir(), 'tpw-'))
  const scriptFile = join(folder, 'script.json')
  const hangFile = join(folder, 'hang')
  writeFileSync(scriptFile, JSON.stringify(script))
  const options: PythonOptions = {
    ...{ isEnabled: true, disabledBecause: undefined, prefer: 'python', workers: 1, start: 'lazy', remotes: [] },
    ...{ args: [MISBEHAVING], runFolder: join(folder, 'run'), requestTimeoutMs: PATIENCE_MS },
    ...{ listenTimeoutMs: PATIENCE_MS, readyTimeoutMs: PATIENCE_MS },
    ...{ graceMs: 2_000, stableMs: 60_000, maxMemoryBytes: 2 ** 40, inFlightPerWorker: 4, waiting: 64, ...SHORT },
    env: () => ({ PATH: process.env.PATH ?? '', WORKER_SCRIPT: scriptFile, WORKER_HANG: hangFile }),
    ...overrides,
  }
  const changes: WorkerChange[] = []
  const restarts: { worker: string; reason: FallbackReason }[] = []
  const logged: string[] = []
  const note = (_details: object, message: string): void => void logged.push(message)
  const executable = PYTHON ?? 'python3'
  const runtime = createPythonRuntime({
    ...{ options, version: VERSION, clock: Date.now, log: { info: note, warn: note } },
    environment: environment ?? {
      executable: () => executable,
      view: () => ({ executable, folder: null, ready: true, problem: null }),
    },
    onChange: (change) => changes.push(change),
    onRestart: (worker, reason) => restarts.push({ worker, reason }),
  })
  const until: RuntimeBench['until'] = async (what, holds, deadlineMs = PATIENCE_MS) => {
    const endsAt = performance.now() + deadlineMs
    while (!holds()) {
      if (performance.now() > endsAt)
        throw new Error(`${what} did not come within ${deadlineMs} ms: ${JSON.stringify(runtime.view().workers)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return {
    ...{ runtime, folder, changes, restarts, logged, until },
    script: (next) => writeFileSync(scriptFile, JSON.stringify(next)),
    hang: (on) => (on ? writeFileSync(hangFile, '') : rmSync(hangFile, { force: true })),
    embed: async (text, asked) => {
      const { outputs } = await runtime.infer(embedCall(text), { path: 'embed', ...asked })
      return [...(outputs[0]!.data as Float32Array)]
    },
    async ready() {
      runtime.start()
      await until('a worker that serves', () => runtime.view().workers.every(({ state }) => state === 'ready'))
    },
    pid: (worker = 0) => runtime.view().workers[worker]!.pid!,
    async [Symbol.asyncDispose]() {
      await runtime.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export function embedCall(...texts: string[]): InferCall {
  return { model: 'embed', inputs: [{ name: 'text', datatype: 'BYTES', shape: [texts.length], data: texts }] }
}

/** Whether a process lives; one that ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (!existsSync('/proc/self/stat')) return true
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Processes of a group that live. */
export function groupOf(pid: number): string[] {
  try {
    const rows = execFileSync('ps', ['-o', 'stat=,pid=', '-g', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
    return rows.filter((row) => row !== '' && !row.startsWith('Z'))
  } catch {
    return []
  }
}
