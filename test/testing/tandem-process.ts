// The real server in a process of its own, on a free port, with its own folder; and requests to it over real sockets.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { COMPILED } from '../../src/interfaces/cli/testing/run-tandem.ts'
import { type Asker, createAsker } from './ask.ts'

const MAIN = fileURLToPath(new URL('../../src/interfaces/cli/main.ts', import.meta.url))

export const ADMIN_KEY = 'tdm_a-key-that-only-these-tests-know-0123456789'

/** A busy machine must not fail a test that is not about load: shedding is tested beside the server. */
const PATIENT = { TANDEM_MAX_EVENT_LOOP_DELAY_MS: '60000', TANDEM_LOG_LEVEL: 'warn', TANDEM_THREADS: '1' }

export interface TandemProcess extends Asker {
  readonly pid: number
  /** What it has written so far, both streams. */
  output(): string
  /** Sends a signal and resolves with the exit code, or the signal's name. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string | null>
  [Symbol.asyncDispose](): Promise<void>
}

export interface StartOptions {
  readonly dataDir?: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

export interface Ended {
  readonly code: number | string | null
  readonly output: string
}

/** Starts a server and resolves when it listens; rejects with its output when it ends first. */
export async function startTandem(options: StartOptions): Promise<TandemProcess> {
  const started = run(options)
  const url = await new Promise<string>((resolve, reject) => {
    const look = (): void => {
      const found = /^\{"url":"([^"]+)"/m.exec(started.output())
      if (found?.[1] !== undefined) done(() => resolve(found[1] as string))
    }
    const done = (settle: () => void): void => {
      clearInterval(timer)
      settle()
    }
    const timer = setInterval(look, 10)
    void started.ended.then(({ output }) => done(() => reject(new Error(`the server ended before it listened:\n${output}`))))
  })
  const kill: TandemProcess['kill'] = async (signal) => {
    started.child.kill(signal)
    return (await started.ended).code
  }
  return {
    ...createAsker(url, ADMIN_KEY),
    pid: started.child.pid as number,
    output: started.output,
    kill,
    [Symbol.asyncDispose]: async () => void (await kill('SIGKILL')),
  }
}

/** Runs `tandem start` that is expected to end by itself. */
export function startInVain(options: StartOptions): Promise<Ended> {
  return run(options).ended
}

function run({ dataDir, env = {}, args = [] }: StartOptions): { child: ChildProcess; output(): string; ended: Promise<Ended> } {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TANDEM_|VITEST|NODE_|DATABASE_URL$|PORT$|HOST$|NO_COLOR$|FORCE_COLOR$)/.test(name),
  )
  const settings = { TANDEM_ADMIN_KEY: ADMIN_KEY, TANDEM_PORT: '0', ...(dataDir === undefined ? {} : { TANDEM_DATA_DIR: dataDir }) }
  const child = spawn(process.execPath, ['--conditions=tandem-source', MAIN, 'start', '--json', ...args], {
    // Away from the repository's own config.
    cwd: tmpdir(),
    env: { ...Object.fromEntries(inherited), ...COMPILED, ...PATIENT, ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output: text }))
  })
  return { child, output: () => text, ended }
}

/**
 * A port that is free and that stays it while a test stops and starts servers on it: below the ports that a system gives to
 * outgoing connections (from 32768 on Linux), so that no client of this machine takes it in between.
 */
export async function portToKeep(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
}

/** A folder that is gone afterwards. */
export function temporaryFolder(purpose: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `tandem-${purpose}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}
