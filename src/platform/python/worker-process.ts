// A Python worker as a child: started in a process group of its own with its token in the environment, heard until it says where it listens,
// read for as long as it lives, and never left behind. See docs/decisions/2026-11-26-python-worker.md.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { messageOf, workerFailure } from './failure.ts'
import { checkHandshake, type Handshake, readEvent } from './handshake.ts'
import { createLineReader } from './lines.ts'
import type { LogLevel } from './log-tail.ts'

export interface ProcessOptions {
  readonly executable: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The version that the worker must have. */
  readonly version: string
  readonly nonce: string
  /** Until it listens; loading models comes after. */
  readonly listenTimeoutMs: number
  readonly signal?: AbortSignal
  onLine(line: string): void
  onNote(level: LogLevel, message: string): void
}

export interface WorkerProcess {
  readonly pid: number
  readonly handshake: Handshake
  /** Resolves with how it ended, in words. */
  readonly exited: Promise<string>
  readonly hasExited: boolean
  /** Asks it to finish. */
  terminate(): void
  /** Ends it and what it started, at once. */
  kill(): void
}

export function newSecret(bytes: number): string {
  return randomBytes(bytes).toString('base64url')
}

/**
 * Starts a worker.
 *
 * @throws `unavailable` when Python cannot be run, the worker ends before it listens, or says nothing in time; `invalid_config` when it is
 *   of another version.
 */
export function startProcess(options: ProcessOptions): Promise<WorkerProcess> {
  const { executable, args, env, cwd, listenTimeoutMs, nonce, version, signal } = options
  signal?.throwIfAborted()
  const child = spawn(executable, args, {
    cwd,
    // A group of its own: what the worker starts can be ended with it, and Ctrl-C at the terminal reaches it by us only.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    // Linux ends the worker with the thread that started it (PDEATHSIG), which is right: the runtime lives on that thread. Were it started
    // by another than the one that keeps it, it would die at random.
    env: { ...env },
  })
  const ended = watchEnd(child)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => fail(workerFailure('starting', `The worker did not say where it listens within ${listenTimeoutMs} ms.`)),
      listenTimeoutMs,
    )
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    const fail = (error: Error): void => {
      settle()
      ended.kill()
      reject(error)
    }
    const abort = (): void => fail(workerFailure('stopped', 'The start of the worker was called off.'))
    signal?.addEventListener('abort', abort, { once: true })
    let isListening = false
    readOutput(child, options, (fields) => {
      if (isListening) return
      try {
        const handshake = checkHandshake(fields, { nonce, version })
        isListening = true
        settle()
        resolve({
          pid: child.pid!,
          handshake,
          exited: ended.exited,
          get hasExited() {
            return ended.hasExited()
          },
          terminate: ended.terminate,
          kill: ended.kill,
        })
      } catch (error) {
        fail(error as Error)
      }
    })
    void ended.exited.then((how) => fail(workerFailure('exited', `The worker ${how} before it listened.`)))
  })
}

function readOutput(
  child: ChildProcess,
  { onLine, onNote }: Pick<ProcessOptions, 'onLine' | 'onNote'>,
  onListening: (fields: Readonly<Record<string, unknown>>) => void,
): void {
  const stdout = createLineReader((line) => {
    const read = readEvent(line)
    if (read?.event === 'listening') onListening(read.fields)
    else if (read === undefined) onNote('warn', line)
  })
  const stderr = createLineReader(onLine)
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk)).on('end', () => stdout.end())
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk)).on('end', () => stderr.end())
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    // A pipe that breaks says no more than the exit that follows.
    stream?.on('error', () => undefined)
    // A program that is done may end although its worker runs: the worker ends with it.
    ;(stream as unknown as { unref?(): void } | null)?.unref?.()
  }
  child.unref()
}

interface End {
  readonly exited: Promise<string>
  hasExited(): boolean
  terminate(): void
  kill(): void
}

/** Children that live, ended with the process by one listener for all. */
const living = new Set<() => void>()
const killAll = (): void => {
  for (const kill of living) kill()
}

function watchEnd(child: ChildProcess): End {
  let how: string | undefined
  const kill = (): void => {
    if (child.pid === undefined) return
    try {
      // The whole group, also after the worker itself is gone: what it started lives on otherwise.
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // There is nobody left in it.
    }
    if (how === undefined) child.kill('SIGKILL')
  }
  if (living.size === 0) process.on('exit', killAll)
  living.add(kill)
  const exited = new Promise<string>((resolve) => {
    const end = (words: string): void => {
      if (how !== undefined) return
      how = words
      // Its children must not outlive it; its id cannot be another's yet while the group has members, and the group is empty otherwise.
      kill()
      living.delete(kill)
      if (living.size === 0) process.off('exit', killAll)
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      resolve(words)
    }
    child.on('error', (error) => {
      if (child.pid === undefined) end(`could not be started (${messageOf(error)})`)
    })
    child.on('exit', (code, signal) => {
      const words = signal === null ? `ended with status ${code}` : `was ended by ${signal}`
      // What it wrote last is still in the pipes and says why.
      setImmediate(() => end(words))
    })
  })
  return {
    exited,
    hasExited: () => how !== undefined,
    terminate: () => {
      if (how === undefined) child.kill('SIGTERM')
    },
    kill,
  }
}
