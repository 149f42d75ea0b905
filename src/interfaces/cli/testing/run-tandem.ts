// Runs the real program in a process of its own, as a person would.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
}

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** What one process has compiled the next one need not: a start from the sources takes a quarter less. */
export const COMPILED: Readonly<Record<string, string>> = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../../../node_modules/.cache/node-compile/', import.meta.url)),
}

/** Starts `tandem` with none of the caller's settings. */
export function startTandem(args: readonly string[], { cwd, env = {} }: RunOptions): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TANDEM_|VITEST|NODE_|DATABASE_URL$|PORT$|HOST$|NO_COLOR$|FORCE_COLOR$)/.test(name),
  )
  return spawn(process.execPath, ['--conditions', 'tandem-source', MAIN, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...COMPILED, ...env },
  })
}

export async function runTandem(args: readonly string[], options: RunOptions): Promise<Ran> {
  const child = startTandem(args, options)
  const output = collect(child)
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, stdout: output.stdout, stderr: output.stderr }
}

/** What a process has written so far. */
export function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return output
}

/** Resolves with the text once `pattern` is in the output; rejects with all of it when the process ends first. */
export function waitFor(child: ChildProcess, output: { stdout: string; stderr: string }, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = pattern.exec(output.stdout)
      if (found !== null) done(() => resolve(found))
    }
    const ended = (): void => done(() => reject(new Error(`it ended before ${pattern}:\n${output.stdout}\n${output.stderr}`)))
    const timer = setInterval(look, 10)
    const done = (settle: () => void): void => {
      clearInterval(timer)
      child.off('close', ended)
      settle()
    }
    child.once('close', ended)
    look()
  })
}
