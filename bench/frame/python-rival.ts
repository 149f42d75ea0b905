// A rival in Python that stays up and takes turns with us: one line of JSON asks, one line answers. Both sides time themselves, so what
// goes between them costs neither.
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { findPython } from './servers.ts'

export interface PythonRival {
  /** Versions of the libraries, as the script names them in its first line. */
  readonly versions: Readonly<Record<string, string>>
  /** Asks for one piece of work; rejects with the script's own error. */
  ask<Answer>(work: string, options?: Readonly<Record<string, unknown>>): Promise<Answer>
  stop(): void
}

/**
 * Starts `bench/learn/SCRIPT`, which runs on one thread unless `threads` says otherwise.
 *
 * @throws when Python or a package it needs is missing, with the command that installs it.
 */
export async function startPythonRival(
  script: string,
  { packages, threads = 1 }: { readonly packages: readonly string[]; readonly threads?: number },
): Promise<PythonRival> {
  const python = findPython()
  const imported = spawnSync(python, ['-c', `import ${packages.join(', ')}`], { encoding: 'utf8' })
  if (imported.status !== 0) {
    throw new Error(
      `${python} lacks what the rival needs:\n${imported.stderr}\nInstall it: ${python} -m pip install -r bench/requirements.txt`,
    )
  }
  const limit = Object.fromEntries(['OMP', 'OPENBLAS', 'MKL', 'NUMBA'].map((library) => [`${library}_NUM_THREADS`, String(threads)]))
  const child = spawn(python, [fileURLToPath(new URL(`../learn/${script}`, import.meta.url))], {
    env: { ...process.env, ...limit },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const read = async <Answer>(): Promise<Answer> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${script} ended`)
    return JSON.parse(value) as Answer
  }
  const { versions } = await read<{ versions: Record<string, string> }>()
  return {
    versions,
    async ask(work, options = {}) {
      child.stdin.write(`${JSON.stringify({ work, ...options })}\n`)
      const answer = await read<{ error?: string }>()
      if (answer.error !== undefined) throw new Error(`${script}: ${answer.error}`)
      return answer as never
    },
    stop: () => child.kill(),
  }
}

/** CPU and wall seconds of one piece of work in this process. */
export function timed<Result>(work: () => Result): { readonly result: Result; readonly cpuSeconds: number; readonly wallSeconds: number } {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const result = work()
  const wallSeconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { result, cpuSeconds: (user + system) / 1e6, wallSeconds }
}
