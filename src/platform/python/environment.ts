// Which Python runs the worker: the executable of the configuration, or that of the virtual environment that `tandem python setup` made.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { TandemError } from '../../errors.ts'
import type { RuntimeView } from './schema.ts'

export interface PythonEnvironment {
  /** @throws `dependency_missing` saying what is missing and how to get it */
  executable(): string
  view(): NonNullable<RuntimeView['environment']>
}

/** Written when everything is installed: an environment without it is half of one. */
export const MARKER = 'tandem-environment.json'

export interface EnvironmentMarker {
  readonly version: string
  readonly extras: readonly string[]
  /** Of the list of packages it was made from. */
  readonly lockSha256: string
  readonly python: string
}

export function executableIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'venv', 'Scripts', 'python.exe') : join(folder, 'venv', 'bin', 'python')
}

export function readMarker(folder: string): EnvironmentMarker | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, MARKER), 'utf8')) as EnvironmentMarker
  } catch {
    return undefined
  }
}

/** Whether a whole environment stands there. */
export function hasEnvironment(folder: string): boolean {
  return readMarker(folder) !== undefined && existsSync(executableIn(folder))
}

/**
 * @param executable  a Python with the worker's packages, in place of the environment.
 */
export function createPythonEnvironment(folder: string, executable?: string): PythonEnvironment {
  const find = (): string => {
    if (executable !== undefined) return checkExecutable(executable)
    if (hasEnvironment(folder)) return executableIn(folder)
    const half = existsSync(join(folder, 'venv')) ? 'The environment there was not finished.' : 'There is no Python environment.'
    throw new TandemError('dependency_missing', `${half} Folder: ${folder}. Make one: tandem python setup`)
  }
  return {
    executable: find,
    view() {
      try {
        const found = find()
        return { executable: found, folder: executable === undefined ? folder : null, ready: true, problem: null }
      } catch (error) {
        return { executable: null, folder, ready: false, problem: (error as Error).message }
      }
    },
  }
}

/** A name without a slash is looked for by the system. */
function checkExecutable(executable: string): string {
  if (!/[/\\]/.test(executable)) return executable
  try {
    accessSync(executable, constants.X_OK)
    return executable
  } catch (cause) {
    throw new TandemError(
      'dependency_missing',
      `There is no Python to run at ${executable}. Set TANDEM_PYTHON_EXECUTABLE to a Python 3.10 or newer, or leave it out and run: tandem python setup`,
      { cause },
    )
  }
}
