// The Python of the tests that need the worker's packages, found in one place.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { WORKER_FOLDER } from '../python-options.ts'

export const NO_WORKER_PYTHON =
  'worker/README.md says how to install the packages of the worker, into worker/.venv or a Python that TANDEM_WORKER_PYTHON names'

const MISSING = 'import importlib.util, sys; sys.exit(any(importlib.util.find_spec(name) is None for name in sys.argv[1:]))'

/** That of TANDEM_WORKER_PYTHON, of worker/.venv or of the PATH, the first that has these packages. */
export function pythonWith(...packages: readonly string[]): string | undefined {
  const venv = join(WORKER_FOLDER, '.venv', 'bin', 'python')
  const { TANDEM_WORKER_PYTHON: named } = process.env
  const candidates = named === undefined ? [...(existsSync(venv) ? [venv] : []), 'python3'] : [named]
  return candidates.find((executable) => spawnSync(executable, ['-c', MISSING, ...packages]).status === 0)
}
