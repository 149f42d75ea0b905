// A program with a Python runtime, for tests that end it in every way a program can end: parent.ts FOLDER [thread] [SCRIPT]. It prints the
// worker's process id when that serves.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { CANARY_TIMING } from '../python-options.ts'
import { createPythonRuntime } from '../python-runtime.ts'

const [folder = '', executable = '', mode = 'main', script = '{}'] = isMainThread ? process.argv.slice(2) : (workerData as string[])

if (mode === 'thread' && isMainThread) {
  const thread = new Worker(new URL(import.meta.url), { workerData: [folder, executable, mode, script] })
  // A line on stdin ends the thread alone.
  process.stdin.once('data', () => void thread.terminate().then(() => console.log('thread ended')))
} else {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'script.json'), script)
  const runtime = createPythonRuntime({
    options: {
      ...{ isEnabled: true, disabledBecause: undefined, prefer: 'python', workers: 1, start: 'eager', remotes: [] },
      ...{ args: [join(import.meta.dirname, 'misbehaving_worker.py')], runFolder: join(folder, 'run'), requestTimeoutMs: 60_000 },
      ...{ listenTimeoutMs: 60_000, readyTimeoutMs: 60_000, graceMs: 2_000, stableMs: 60_000, maxMemoryBytes: 2 ** 40 },
      ...{ inFlightPerWorker: 4, waiting: 64, timing: CANARY_TIMING, restarts: {} },
      env: () => ({ PATH: process.env.PATH ?? '', WORKER_SCRIPT: join(folder, 'script.json') }),
    },
    ...{ version: '0.1.0', clock: Date.now, log: { info: () => undefined, warn: () => undefined } },
    environment: { executable: () => executable, view: () => ({ executable, folder: null, ready: true, problem: null }) },
    onChange: ({ state }) => {
      if (state === 'ready') console.log(`ready ${runtime.view().workers[0]!.pid}`)
    },
  })
  let closing = false
  process.on('SIGTERM', () => {
    if (closing) return
    closing = true
    void runtime.close().then(() => process.exit(0))
  })
  console.log('started')
  // Keeps the program alive: a runtime alone does not.
  setInterval(() => undefined, 1_000)
}
