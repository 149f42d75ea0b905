// The runtime of a model, by its kind: a thread of this process, another server, a Python worker, or a thread and a worker together.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Embedder, OnnxEmbedder } from '../../../definitions.ts'
import { TandemError } from '../../../errors.ts'
import type { PythonUse } from '../../../platform/python/runtimes.ts'
import { readModelFolder } from './model-folder.ts'
import { createOpenAiRuntime } from './open-ai-runtime.ts'
import { createPairedRuntime, type PairedRuntime } from './paired-runtime.ts'
import { createPythonEncoder } from './python-encoder.ts'
import type { EmbeddingRuntime } from './runtime.ts'
import { STATIC_MODEL_FOLDER } from './static-encoder.ts'
import { createThreadRuntime } from './thread-runtime.ts'

export interface RuntimeOptions {
  readonly name: string
  readonly embedder: Embedder
  /** Undefined where no files are needed. */
  readonly folder: string | undefined
  readonly idleTimeoutMs: number
  readonly python: PythonUse | undefined
  /** Whether a worker may compute it too. */
  readonly isSharedWithPython: boolean
  /** Whether another model answers when this one cannot. */
  readonly hasFallback: boolean
  warn(details: object, message: string): void
}

const DEFAULT_HASH_DIMENSIONS = 384
const DEFAULT_TIMEOUT_MS = 30_000
/** The longest time that a timer can have. */
const FOREVER_MS = 2 ** 31 - 1

export function createRuntime(options: RuntimeOptions): EmbeddingRuntime & Partial<Pick<PairedRuntime, 'serving' | 'encodeBy'>> {
  const { name, embedder, folder, idleTimeoutMs, python, hasFallback } = options
  if (embedder.kind === 'openai-compatible') {
    const { url, key, model, dimensions, timeoutMs = DEFAULT_TIMEOUT_MS } = embedder
    return createOpenAiRuntime({ url, key, model, dimensions, timeoutMs })
  }
  if (embedder.kind === 'python') {
    if (python === undefined) return createMissingRuntime(name)
    return createPythonEncoder({ python: python.runtime, name, model: name, waits: !hasFallback })
  }
  if (embedder.kind === 'hash') {
    return createThreadRuntime({ kind: 'hash', dimensions: embedder.dimensions ?? DEFAULT_HASH_DIMENSIONS }, { idleTimeoutMs })
  }
  if (embedder.kind === 'static') return createThreadRuntime({ kind: 'static', folder: folder! }, { idleTimeoutMs })
  return createOnnxRuntime(options, embedder, folder!)
}

function createOnnxRuntime(options: RuntimeOptions, embedder: OnnxEmbedder, folder: string): EmbeddingRuntime {
  const { name, idleTimeoutMs, python, isSharedWithPython, warn } = options
  const { file, maxTokens, threads = Math.max(1, availableParallelism() - 1) } = embedder
  const isPaired = python?.runtime.isEnabled === true && isSharedWithPython
  // What answers in the gap of a worker must be warm.
  const timeoutMs = isPaired && python.prefer !== 'node' ? FOREVER_MS : idleTimeoutMs
  const node = createThreadRuntime({ kind: 'onnx', folder, file, maxTokens, threads }, { idleTimeoutMs: timeoutMs })
  if (!isPaired) return node
  return createPairedRuntime({
    ...{ name, node, python: python.runtime, nodePaths: python.nodePaths, prefer: python.prefer, onSwitch: python.onSwitch, warn },
    worker: createPythonEncoder({ python: python.runtime, name, model: name, waits: false }),
    share: () => python.share?.(name),
    isNodePresent: () => existsSync(folder),
    isNodeRounded: async () => /int8|quant|q4/i.test((await readModelFolder(folder, file)).onnxFile.slice(folder.length)),
  })
}

/** Undefined where no files are needed here. */
export function folderOf(name: string, embedder: Embedder, modelsDir: string): string | undefined {
  if (embedder.kind === 'onnx') return embedder.folder ?? join(modelsDir, name)
  return embedder.kind === 'static' ? (embedder.folder ?? STATIC_MODEL_FOLDER) : undefined
}

function createMissingRuntime(name: string): EmbeddingRuntime {
  const refuse = async (): Promise<never> => {
    throw new TandemError('dependency_missing', `The model "${name}" needs Python, which is not set up here: tandem python setup`)
  }
  return { open: refuse, encode: refuse, close: async () => undefined }
}
