// Parts that the tests of language share: a capability of real parts, without models of its own unless they are given.
import { TandemError } from '../../../errors.ts'
import { createPathStats } from '../../../platform/python/path-stats.ts'
import type { PythonRuntime } from '../../../platform/python/python-runtime.ts'
import type { RuntimeSwitch } from '../../../platform/python/runtimes.ts'
import { embeddingsWith } from '../../embeddings/testing/embedding-bench.ts'
import { createLanguage, type LanguageParts } from '../language.ts'

export function languageWith(python: PythonRuntime, parts: Partial<LanguageParts> = {}) {
  const switches: RuntimeSwitch[] = []
  const logged: string[] = []
  const note = (_details: object, message: string): void => void logged.push(message)
  const { embeddings } = embeddingsWith({})
  const missing = async (name: string): Promise<never> => {
    throw new TandemError('model_not_found', `There is no model "${name}".`)
  }
  const language = createLanguage({
    use: { runtime: python, nodePaths: createPathStats(), prefer: 'python', onSwitch: (change) => switches.push(change) },
    ...{ embeddings, models: { get: missing }, predictions: { predictMany: missing }, log: { info: note, warn: note } },
    ...parts,
  })
  return {
    ...{ language, switches, logged },
    async [Symbol.asyncDispose]() {
      await language.close()
      await embeddings.close()
    },
  }
}
