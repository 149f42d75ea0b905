// A sentence-transformers model in a Python worker: the model `embed` of the worker, with the name of ours as its parameter.
import { createHash } from 'node:crypto'
import { workerFailure } from '../../../platform/python/failure.ts'
import type { InferAnswer } from '../../../platform/python/inference-client.ts'
import type { PythonCall, PythonRuntime } from '../../../platform/python/python-runtime.ts'
import { type Encoded, normalizeRow } from './encoder.ts'
import type { EmbeddingRuntime, OpenedModel } from './runtime.ts'

export interface PythonEncoderOptions {
  readonly python: PythonRuntime
  /** Here, for statistics. */
  readonly name: string
  /** At the worker. */
  readonly model: string
  /** Whether calls wait for a worker that starts or comes back; false where another runtime answers meanwhile. */
  readonly waits: boolean
}

export interface PythonEncoder extends EmbeddingRuntime {
  /** As `encode`, waiting for a worker and for the loading of the model. */
  warm(texts: readonly string[]): Promise<Encoded>
  /** What computes at the worker, such as sentence-transformers; undefined before it answered. */
  readonly library: string | undefined
}

/** The packages of a large model, and the model, on a slow disk. */
const LOADING_MS = 600_000

export function createPythonEncoder({ python, name, model, waits }: PythonEncoderOptions): PythonEncoder {
  const stopped = new AbortController()
  let opened: (OpenedModel & { readonly generation: number }) | undefined
  let library: string | undefined

  const compute = async (texts: readonly string[], limits: Pick<PythonCall, 'wait' | 'timeoutMs'>): Promise<Encoded> => {
    const answer = await python.infer(
      {
        model: 'embed',
        inputs: [{ name: 'text', datatype: 'BYTES', shape: [texts.length], data: texts }],
        parameters: { model, normalize: true },
      },
      { path: limits.timeoutMs === undefined ? 'embed' : 'load', name, items: texts.length, signal: stopped.signal, ...limits },
    )
    const vectors = vectorsOf(answer, texts.length, model)
    const dimensions = vectors.length / texts.length
    library = String(answer.parameters.runtime)
    const fingerprint = fingerprintOf(answer, model, dimensions)
    // Another worker may hold another model under the same name: its vectors must not be mixed with those of before.
    if (opened !== undefined && opened.fingerprint !== fingerprint) {
      if (opened.generation !== python.generation) opened = undefined
      throw workerFailure('bad_answer', `The worker computes "${model}" otherwise than before: ${library}, ${dimensions} dimensions.`)
    }
    opened ??= { dimensions, fingerprint, generation: python.generation }
    for (let row = 0; row < texts.length; row++) normalizeRow(vectors, row * dimensions, dimensions)
    return { vectors, tokens: tokensOf(answer, texts.length) }
  }

  const encode = (texts: readonly string[]): Promise<Encoded> => compute(texts, { wait: waits })
  const warm = (texts: readonly string[]): Promise<Encoded> => compute(texts, { wait: true, timeoutMs: LOADING_MS })
  return {
    ...{ encode, warm },
    async open() {
      if (opened === undefined) await (waits ? warm : encode)(['probe'])
      return opened!
    },
    close: async () => stopped.abort(workerFailure('stopped', 'The server stops.')),
    get library() {
      return library
    },
  }
}

function vectorsOf({ outputs, parameters }: InferAnswer, rows: number, model: string): Float32Array {
  const output = outputs.find(({ name }) => name === 'embedding')
  const [count, width = 0] = output?.shape ?? []
  if (output?.datatype !== 'FP32' || output.shape.length !== 2 || count !== rows || width === 0) {
    const got = output === undefined ? 'no tensor "embedding"' : `${output.datatype} of shape [${output.shape.join(', ')}]`
    throw workerFailure(
      'bad_answer',
      `The worker answered for ${rows} texts with ${got}; FP32 of shape [${rows}, dimensions] was expected.`,
    )
  }
  const { model: answered, runtime } = parameters
  if (answered !== undefined && answered !== model) {
    throw workerFailure('bad_answer', `The worker embedded with "${String(answered).slice(0, 60)}"; "${model}" was asked.`)
  }
  // Hashed words in place of a model that could not be opened: Node's own chain has better.
  if (runtime === 'hash' && !model.startsWith('hash')) {
    throw workerFailure('model_missing', `The worker has no "${model}" and would hash words instead.`)
  }
  return output.data as Float32Array
}

function fingerprintOf({ parameters, modelVersion }: InferAnswer, model: string, dimensions: number): string {
  const { fingerprint = modelVersion, runtime } = parameters
  const facts = JSON.stringify(['python', model, runtime === 'hash' ? 'hash' : 'model', fingerprint, dimensions])
  return createHash('sha256').update(facts).digest('hex').slice(0, 16)
}

/** Where the worker counts them. */
function tokensOf({ outputs }: InferAnswer, rows: number): Int32Array {
  const counted = outputs.find(({ name, shape }) => name === 'tokens' && shape[0] === rows)
  return counted === undefined ? new Int32Array(rows) : Int32Array.from(counted.data as ArrayLike<number>)
}
