// What is said where an algorithm that only Python has meets a program without it: the way to mend it, at a training and at the start.
import { TandemError } from '../../../errors.ts'
import { isPythonOnly, type ModelDefinition, type ModelLog, type Models, PYTHON_LEARNERS, PYTHON_SETUP } from '../../models/index.ts'
import type { PythonTraining } from './fit-in-python.ts'

/** @param why  a sentence. */
export function missingPython(algorithm: ModelDefinition['algorithm'], why: string, cause?: unknown): TandemError {
  const { library = 'scikit-learn' } = (algorithm === 'auto' ? undefined : PYTHON_LEARNERS[algorithm]) ?? {}
  return new TandemError(
    'dependency_missing',
    `Algorithm ${algorithm} is learned by ${library} in a Python worker, and there is none that can: ${why} Set it up: ${PYTHON_SETUP}`,
    { details: { algorithm, install: PYTHON_SETUP }, cause },
  )
}

/** @throws `dependency_missing` for what only Python learns where no Python is set up */
export function checkPython(algorithm: ModelDefinition['algorithm'], python: PythonTraining | undefined): void {
  if (!isPythonOnly(algorithm) || python?.runtime.isEnabled === true) return
  throw missingPython(algorithm, python?.runtime.view().reason ?? 'this program has no Python workers.')
}

/** Warns of every model whose next training would fail for want of Python. */
export async function warnOfMissingPython(models: Models, python: PythonTraining | undefined, log: ModelLog): Promise<void> {
  if (python?.runtime.isEnabled === true) return
  let cursor: string | undefined
  do {
    const page = await models.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) })
    for (const { name, definition } of page.items) {
      if (!isPythonOnly(definition.algorithm)) continue
      log.warn(
        { model: name, algorithm: definition.algorithm },
        `model "${name}" cannot be trained here: ${definition.algorithm} needs a Python worker. Set it up: ${PYTHON_SETUP}`,
      )
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
}
