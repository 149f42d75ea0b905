// Makes the virtual environment of the worker from pinned lists of packages: by uv where it is installed, else by venv and pip. What is half
// done counts as nothing: the marker is written last, and without it the next set-up begins anew.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TandemError } from '../../errors.ts'
import { type FileLock, tryFileLock } from '../storage/file-lock.ts'
import { type EnvironmentMarker, executableIn, hasEnvironment, MARKER, readMarker } from './environment.ts'
import { messageOf } from './failure.ts'
import { findPython, findUv, LEAST_VERSION } from './find-python.ts'
import { WORKER_FOLDER } from './python-options.ts'
import { runStep } from './run-step.ts'
import { readProgress } from './setup-progress.ts'

export const EXTRAS = ['embed', 'tabular', 'language', 'ray'] as const
export type Extra = (typeof EXTRAS)[number]

export interface SetupOptions {
  /** Gets `venv/` and the marker. */
  readonly folder: string
  readonly extras: readonly Extra[]
  /** Of Tandem; an environment of another is made anew. */
  readonly version: string
  /** In place of the usual ones. */
  readonly python?: string
  /** Of the children: PATH, proxies, indexes. */
  readonly env: Readonly<Record<string, string>>
  /** Makes it anew although it is there. */
  readonly recreate?: boolean
  readonly signal?: AbortSignal
  /** Fraction from 0 to 1, and what is done. */
  onProgress?(fraction: number, message: string): void
  /** Lists of packages; default: those of the package. */
  readonly lists?: string
  /** What must be importable at the end. Default: what the worker needs. */
  readonly imports?: readonly string[]
}

export interface SetupResult extends EnvironmentMarker {
  /** Whether there was anything to do. */
  readonly changed: boolean
  readonly executable: string
}

const NEEDED = ['fastapi', 'uvicorn', 'numpy']
const LOCK_PAUSE_MS = 250

/**
 * Makes the environment, or finds that it is there.
 *
 * Two at once: the second waits for the first and finds its work done.
 *
 * @throws `dependency_missing` without a usable Python, compiler or package; `storage_full`; `network`; `canceled`; `invalid_config` when the
 *   folder cannot be written.
 */
export async function createEnvironment(options: SetupOptions): Promise<SetupResult> {
  const { folder, version, recreate = false, signal, onProgress } = options
  const lists = listsOf(options)
  const lockSha256 = hashOf(lists)
  createFolder(folder)
  const lock = await waitForLock(join(folder, 'setup.lock'), signal, () => onProgress?.(0, 'waiting for another set-up of the same folder'))
  try {
    const known = readMarker(folder)
    const isSame = known?.version === version && known.lockSha256 === lockSha256
    if (!recreate && isSame && hasEnvironment(folder)) return { ...known, changed: false, executable: executableIn(folder) }
    rmSync(join(folder, MARKER), { force: true })
    rmSync(join(folder, 'venv'), { recursive: true, force: true })
    try {
      const python = await install(options, lists)
      const marker: EnvironmentMarker = { version, extras: options.extras, lockSha256, python }
      // Aside and renamed: a marker is whole or not there.
      writeFileSync(join(folder, `${MARKER}.new`), `${JSON.stringify(marker)}\n`)
      renameSync(join(folder, `${MARKER}.new`), join(folder, MARKER))
      onProgress?.(1, 'ready')
      return { ...marker, changed: true, executable: executableIn(folder) }
    } catch (error) {
      // Gigabytes of what cannot be used would fill the disk for good.
      rmSync(join(folder, 'venv'), { recursive: true, force: true })
      throw error
    }
  } finally {
    lock.release()
  }
}

/** @returns the version of Python */
async function install(
  { folder, python, env, imports = NEEDED, signal, onProgress }: SetupOptions,
  lists: readonly string[],
): Promise<string> {
  const tell = (fraction: number, message: string): void => onProgress?.(fraction, message)
  const step = { env, ...(signal === undefined ? {} : { signal }) }
  tell(0, 'looking for Python')
  const uv = await findUv(env)
  const venv = join(folder, 'venv')
  const executable = executableIn(folder)
  const requirements = lists.flatMap((list) => ['-r', list])
  const progress = readProgress(lists, (fraction, message) => tell(0.05 + 0.9 * fraction, message))
  if (uv !== undefined) {
    tell(0.02, `making the environment with ${uv}`)
    const found = await findPython(python, env).catch((error: unknown) => {
      // uv brings a Python where none is, but not the one that was named.
      if (python !== undefined) throw error
      return undefined
    })
    const wanted = found?.executable ?? `>=${LEAST_VERSION.join('.')}`
    await runStep({ ...step, command: 'uv', args: ['venv', '--python', wanted, venv] })
    const args = ['pip', 'install', '--python', executable, '--require-hashes', ...requirements]
    await runStep({ ...step, command: 'uv', args, onLine: progress })
  } else {
    const found = await findPython(python, env)
    tell(0.02, `making the environment with Python ${found.version}`)
    if (!found.hasPip && !found.hasEnsurePip) {
      throw new TandemError(
        'dependency_missing',
        `${found.executable} has no pip. Debian and Ubuntu: apt install python3-venv. Or install uv, which needs nothing.`,
      )
    }
    await runStep({ ...step, command: found.executable, args: ['-m', 'venv', ...(found.hasPip ? ['--without-pip'] : []), venv] })
    const pip = found.hasPip
      ? { command: found.executable, args: ['-m', 'pip', '--python', executable] }
      : { command: executable, args: ['-m', 'pip'] }
    const args = [...pip.args, 'install', '--disable-pip-version-check', '--no-input', '--require-hashes', ...requirements]
    await runStep({ ...step, command: pip.command, args, onLine: progress })
  }
  tell(0.97, 'trying it')
  let version = ''
  const question = `import ${['sys', ...imports].join(', ')}; print(".".join(map(str, sys.version_info[:3])))`
  await runStep({
    ...step,
    ...{ command: executable, args: ['-c', question] },
    onLine: (line) => {
      version = line
    },
  })
  return version
}

function listsOf({ extras, lists: folder = join(WORKER_FOLDER, 'requirements') }: SetupOptions): string[] {
  const lists = ['base', ...extras].map((name) => join(folder, `${name}.txt`))
  const missing = lists.find((list) => !existsSync(list))
  if (missing === undefined) return lists
  throw new TandemError('invalid_config', `There is no list of packages ${missing}. Known extras: ${EXTRAS.join(', ')}.`)
}

function hashOf(lists: readonly string[]): string {
  const hash = createHash('sha256')
  for (const list of lists) hash.update(list.slice(list.lastIndexOf('/'))).update(readFileSync(list))
  return hash.digest('hex')
}

function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new TandemError(
      'invalid_config',
      `The folder ${folder} cannot be made (${messageOf(error)}). Set TANDEM_PYTHON_DIR to another.`,
      {
        cause: error,
      },
    )
  }
}

async function waitForLock(path: string, signal: AbortSignal | undefined, onWait: () => void): Promise<FileLock> {
  for (;;) {
    const lock = tryFileLock(path, 0)
    if (lock !== undefined) return lock
    onWait()
    await pause(LOCK_PAUSE_MS, undefined, signal === undefined ? {} : { signal }).catch(() => {
      throw new TandemError('canceled', 'The set-up of Python was called off.')
    })
  }
}
