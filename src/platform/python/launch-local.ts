// Gets a worker of this machine: one that another supervisor of the same folder runs, or else a new one.
import { rmSync } from 'node:fs'
import type { FileLock } from '../storage/file-lock.ts'
import { failureReason, messageOf, workerFailure } from './failure.ts'
import { createInferenceClient, type InferenceClient } from './inference-client.ts'
import { embedCanary, type LiveWorker, reportOf } from './live-worker.ts'
import type { LogTail } from './log-tail.ts'
import type { WorkerDirectory, WorkerState } from './worker-directory.ts'
import { newSecret, startProcess, type WorkerProcess } from './worker-process.ts'

export interface LocalLaunchOptions {
  /** Names its lock and its lines in the log, such as python-1. */
  readonly place: string
  readonly directory: WorkerDirectory
  readonly executable: string
  /** Before `--socket PATH`. */
  readonly args: readonly string[]
  env(): Readonly<Record<string, string>>
  readonly cwd?: string
  readonly version: string
  readonly listenTimeoutMs: number
  readonly logTail: LogTail
}

export interface LocalLauncher {
  /** @throws `unavailable` or `invalid_config`, in words for the log. */
  launch(signal: AbortSignal): Promise<LiveWorker>
  /** Gives the place to other supervisors. */
  close(): void
}

const ADOPT_TIMEOUT_MS = 2_000

export function createLocalLauncher(options: LocalLaunchOptions): LocalLauncher {
  const { place, directory } = options
  let held: FileLock | undefined
  return {
    async launch(signal) {
      held ??= directory.lock(place)
      if (held !== undefined) return spawnWorker(options, signal)
      const state = directory.read(place)
      if (state === undefined) throw workerFailure('starting', `Another supervisor of ${directory.folder} is starting this worker.`)
      return adoptWorker(state, options)
    },
    close() {
      held?.release()
      held = undefined
    },
  }
}

async function spawnWorker(options: LocalLaunchOptions, signal: AbortSignal): Promise<LiveWorker> {
  const { place, directory, executable, args, env, cwd, version, listenTimeoutMs, logTail } = options
  const [nonce, token] = [newSecret(16), newSecret(32)]
  const socket = process.platform === 'win32' ? undefined : directory.socketFor(nonce)
  const child = await startProcess({
    ...{ executable, version, nonce, listenTimeoutMs, signal },
    ...(cwd === undefined ? {} : { cwd }),
    args: [...args, ...(socket === undefined ? ['--port', '0'] : ['--socket', socket])],
    env: { ...env(), TANDEM_WORKER_TOKEN: token, TANDEM_WORKER_NONCE: nonce },
    onLine: (line) => logTail.addLine(place, line),
    onNote: (level, message) => logTail.add(place, level, message),
  })
  const { handshake } = child
  const client = clientOf({ ...handshake, token })
  try {
    directory.write(place, { pid: child.pid, nonce, token, version, socket: handshake.socket, port: handshake.port })
  } catch (error) {
    // On a full disk: it serves all the same, only other servers of this folder do not find it.
    logTail.add(place, 'warn', `Where the worker is could not be written to ${directory.folder}: ${messageOf(error)}`)
  }
  const ended = child.exited.then((how) => {
    client.close()
    if (socket !== undefined) rmSync(socket, { force: true })
    if (directory.read(place)?.nonce === nonce) directory.remove(place)
    return how
  })
  return {
    ...{ origin: 'spawned', client, pid: child.pid, version, address: undefined, ended },
    canary: (timeoutMs) => embedCanary(client, timeoutMs),
    report: (timeoutMs) => reportOf(client, timeoutMs),
    retire: (graceMs) => retire(child, client, graceMs),
    kill: child.kill,
  }
}

async function retire(child: WorkerProcess, client: InferenceClient, graceMs: number): Promise<void> {
  const startedAt = performance.now()
  await client.json('POST', '/tandem/v1/drain', { timeoutMs: Math.min(graceMs, 1_000) }).catch(() => undefined)
  child.terminate()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, graceMs - (performance.now() - startedAt)))
  })
  await Promise.race([child.exited, late])
  clearTimeout(timer)
  child.kill()
  await child.exited
}

async function adoptWorker(state: WorkerState, { version }: LocalLaunchOptions): Promise<LiveWorker> {
  if (state.version !== version) {
    throw workerFailure('starting', `The worker of the other supervisor is version ${state.version}; this Tandem is ${version}.`)
  }
  const client = clientOf(state)
  try {
    const report = await reportOf(client, ADOPT_TIMEOUT_MS)
    if (report.nonce !== state.nonce) throw workerFailure('starting', 'What answers there is another worker than the one described.')
  } catch (error) {
    client.close()
    throw workerFailure(failureReason(error) ?? 'starting', `The worker of the other supervisor cannot be used: ${messageOf(error)}`, error)
  }
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  return {
    ...{ origin: 'adopted', client, pid: state.pid, version: state.version, address: undefined, ended },
    canary: (timeoutMs) => embedCanary(client, timeoutMs),
    report: async (timeoutMs) => {
      const report = await reportOf(client, timeoutMs)
      if (report.nonce !== state.nonce) end('was replaced by another')
      return report
    },
    retire: async () => client.close(),
    // Its own supervisor ends it when it has to be ended.
    kill: () => {
      client.close()
      end('was given up')
    },
  }
}

function clientOf({
  socket,
  port,
  token,
}: {
  readonly socket: string | null
  readonly port: number | null
  readonly token: string
}): InferenceClient {
  if (socket !== null) return createInferenceClient({ url: 'http://worker', socketPath: socket, token })
  return createInferenceClient({ url: `http://127.0.0.1:${port}`, token })
}
