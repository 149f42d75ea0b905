// Sentence encoders by ONNX Runtime: tokenize, sort by length, run in batches of a bounded number of tokens, pool, normalise.
// onnxruntime-node computes on the thread that calls it, so this runs on the embedding thread only.
import { createRequire } from 'node:module'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { TandemError } from '../../../errors.ts'
import { readTokenizer, type Tokenizer } from '../tokenizer.ts'
import { type Encoded, type Encoder, normalizeRow } from './encoder.ts'
import { type ModelFolder, type Pooling, readModelFolder } from './model-folder.ts'

export interface OnnxEncoderOptions {
  readonly folder: string
  /** ONNX file inside the folder. */
  readonly file?: string
  readonly maxTokens?: number
  /** Threads inside one run. */
  readonly threads: number
}

/**
 * Padded tokens of a batch. The arena of the runtime keeps the largest batch it ever saw: at 2,400 tokens MiniLM needs 80 MB for it, and
 * larger ones are no faster.
 */
const BATCH_TOKENS = 2_400

type Runtime = typeof import('onnxruntime-node')

/**
 * Opens the model in a folder.
 *
 * @throws `dependency_missing` without onnxruntime-node; `invalid_config` when the folder lacks a part or the graph is damaged.
 */
export async function openOnnxEncoder({ folder, file, maxTokens, threads }: OnnxEncoderOptions): Promise<Encoder> {
  const runtime = await loadRuntime()
  const described = await readModelFolder(folder, file)
  const tokenizer = await readTokenizer(described.tokenizerFile)
  const session = await openSession(runtime, described, threads)
  const limit = Math.min(maxTokens ?? described.maxTokens, described.maxTokens)
  const graph: Graph = { runtime, session, described, tokenizer, limit }
  // One text through the graph tells how wide its vectors are, and fails here rather than at the first request.
  const probe = await runBatch(graph, [tokenizer.encode('probe', limit)])
  return {
    dimensions: probe.dimensions,
    encode: (texts) => encode(graph, texts, probe.dimensions),
    close: () => session.release(),
  }
}

interface Graph {
  readonly runtime: Runtime
  readonly session: InferenceSession
  readonly described: ModelFolder
  readonly tokenizer: Tokenizer
  readonly limit: number
}

async function loadRuntime(): Promise<Runtime> {
  try {
    // Its entry is CommonJS; `import()` would load it through a slower door.
    return createRequire(import.meta.url)('onnxruntime-node') as Runtime
  } catch (error) {
    throw new TandemError(
      'dependency_missing',
      'The package onnxruntime-node is not installed, so ONNX models cannot run. Install it: npm install onnxruntime-node@1.30.0 --ignore-scripts',
      { cause: error, details: { package: 'onnxruntime-node' } },
    )
  }
}

async function openSession(runtime: Runtime, { onnxFile }: ModelFolder, threads: number): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(onnxFile, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      // Threads that spin between batches take the cores of everything else.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    })
  } catch (error) {
    throw new TandemError(
      'invalid_config',
      `The model ${onnxFile} cannot be opened: ${(error as Error).message} The file may be truncated; pull it again.`,
      { cause: error },
    )
  }
}

async function encode(graph: Graph, texts: readonly string[], dimensions: number): Promise<Encoded> {
  const vectors = new Float32Array(texts.length * dimensions)
  const tokens = new Int32Array(texts.length)
  const ids = texts.map((text) => graph.tokenizer.encode(text, graph.limit))
  const order = ids.map((_, at) => at).sort((a, b) => ids[b]!.length - ids[a]!.length)
  for (let from = 0; from < order.length; ) {
    // The longest comes first, so it says how many fit.
    const size = Math.max(1, Math.floor(BATCH_TOKENS / ids[order[from]!]!.length))
    const places = order.slice(from, from + size)
    const batch = await runBatch(
      graph,
      places.map((place) => ids[place]!),
    )
    for (const [row, place] of places.entries()) {
      vectors.set(batch.vectors.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions)
      tokens[place] = ids[place]!.length
    }
    from += size
  }
  return { vectors, tokens }
}

interface Batch {
  readonly vectors: Float32Array
  readonly dimensions: number
}

async function runBatch({ runtime, session, described, tokenizer }: Graph, ids: readonly (readonly number[])[]): Promise<Batch> {
  const length = ids.reduce((longest, one) => Math.max(longest, one.length), 1)
  const shape = [ids.length, length]
  const size = ids.length * length
  const [inputIds, mask] = [new BigInt64Array(size), new BigInt64Array(size)]
  // Halves of the 64-bit numbers: ids are small, and making each a BigInt takes longer than the short texts of a query do.
  const [idWords, maskWords] = [new Int32Array(inputIds.buffer), new Int32Array(mask.buffer)]
  for (const [row, one] of ids.entries()) {
    for (let at = 0; at < length; at++) {
      idWords[2 * (row * length + at)] = one[at] ?? tokenizer.padId
      if (at < one.length) maskWords[2 * (row * length + at)] = 1
    }
  }
  const feeds: Record<string, Tensor> = {}
  for (const name of session.inputNames) {
    const values = name === 'input_ids' ? inputIds : name === 'attention_mask' ? mask : new BigInt64Array(size)
    feeds[name] = new runtime.Tensor('int64', values, shape)
  }
  const output = await session.run(feeds)
  const found = outputOf(output, session.outputNames)
  const dimensions = found.dims[found.dims.length - 1]!
  const values = found.data as Float32Array
  const vectors = found.dims.length === 2 ? values : pool(values, ids, length, dimensions, described.pooling)
  if (described.normalize) for (let row = 0; row < ids.length; row++) normalizeRow(vectors, row * dimensions, dimensions)
  return { vectors, dimensions }
}

/** A pooled vector where the graph gives one, else the states of the tokens. */
function outputOf(output: Readonly<Record<string, Tensor>>, names: readonly string[]): Tensor {
  const pooled = names.find((name) => name === 'sentence_embedding' && output[name]?.dims.length === 2)
  const states = names.find((name) => output[name]?.dims.length === 3)
  const tensor = output[pooled ?? states ?? names[0] ?? '']
  if (tensor?.type !== 'float32' || tensor.dims.length < 2 || tensor.dims.length > 3) {
    throw new TandemError('invalid_config', `The model gives ${names.join(', ')}; a float32 matrix of sentences or tokens is needed.`)
  }
  return tensor
}

function pool(
  states: Float32Array,
  ids: readonly (readonly number[])[],
  length: number,
  dimensions: number,
  pooling: Pooling,
): Float32Array {
  const vectors = new Float32Array(ids.length * dimensions)
  for (const [row, one] of ids.entries()) {
    const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions)
    const first = row * length * dimensions
    if (pooling === 'cls') vector.set(states.subarray(first, first + dimensions))
    else {
      if (pooling === 'max') vector.fill(Number.NEGATIVE_INFINITY)
      for (let token = 0; token < one.length; token++) {
        const from = first + token * dimensions
        if (pooling === 'max') for (let at = 0; at < dimensions; at++) vector[at] = Math.max(vector[at]!, states[from + at]!)
        else for (let at = 0; at < dimensions; at++) vector[at]! += states[from + at]! / one.length
      }
    }
  }
  return vectors
}
