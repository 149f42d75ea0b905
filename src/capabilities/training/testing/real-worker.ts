// Tandem's own worker over a Python that has its packages, for tests of what the worker computes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPythonEnvironment } from '../../../platform/python/environment.ts'
import { resolvePython, WORKER_FOLDER } from '../../../platform/python/python-options.ts'
import { createPythonRuntime, type PythonRuntime } from '../../../platform/python/python-runtime.ts'
import type { FallbackReason } from '../../../platform/python/schema.ts'
import { VERSION } from '../../../platform/python/testing/runtime-bench.ts'
import { pythonWith } from '../../../platform/python/testing/worker-python.ts'

/** A Python that can run the worker and train; undefined where there is none. */
export const WORKER_PYTHON: string | undefined = pythonWith('fastapi', 'uvicorn', 'httptools', 'numpy', 'sklearn', 'lightgbm')

export interface RealWorker extends AsyncDisposable {
  readonly runtime: PythonRuntime
  readonly folder: string
  readonly fallbacks: { readonly model: string; readonly reason: FallbackReason }[]
}

/** Nothing is started before the first call. */
export function realWorker({ isEnabled = true }: { readonly isEnabled?: boolean } = {}): RealWorker {
  const folder = mkdtempSync(join(tmpdir(), 'tpr-'))
  const settings = {
    ...({ python: isEnabled ? 'on' : 'off', pythonPrefer: 'node', pythonStart: 'lazy' } as const),
    ...{ pythonExecutable: WORKER_PYTHON, pythonDir: folder, pythonWorkers: 1, pythonRemotes: [], pythonRemoteKey: undefined },
    ...{ pythonTimeoutMs: 30_000, pythonMemoryBytes: 2 ** 32 },
  }
  const fallbacks: { model: string; reason: FallbackReason }[] = []
  const runtime = createPythonRuntime({
    options: resolvePython(undefined, settings, { PATH: process.env.PATH ?? '' }),
    environment: createPythonEnvironment(folder, WORKER_PYTHON),
    ...{ version: VERSION, clock: Date.now, log: { info() {}, warn() {} } },
    onFallback: (model, reason) => fallbacks.push({ model, reason }),
  })
  return {
    ...{ runtime, folder, fallbacks },
    async [Symbol.asyncDispose]() {
      await runtime.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The last line that a script prints, run by the same Python beside the worker's sources. */
export function runBesideWorker(script: string, args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(WORKER_PYTHON!, [script, ...args], {
    ...{ encoding: 'utf8', maxBuffer: 2 ** 28 },
    env: { ...process.env, PYTHONPATH: WORKER_FOLDER },
  })
  if (status !== 0) throw new Error(`${script} ended with status ${status}: ${stderr}`)
  return JSON.parse(stdout)
}
