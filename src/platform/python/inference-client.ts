// A client of the Open Inference Protocol V2 (REST, JSON and binary tensors): for Tandem's worker and for any other server of the protocol.
// What comes back is not trusted: ids, names, shapes and values are checked before anybody sees them.
import { randomUUID } from 'node:crypto'
import { TandemError } from '../../errors.ts'
import { encodeMessage, HEADER_LENGTH, splitMessage } from '../inference/message.ts'
import { decodeTensors, type Tensor } from '../inference/tensor.ts'
import { messageOf, workerFailure } from './failure.ts'
import { createHttpExchanger, type ExchangeAnswer, type WorkerAddress } from './http-exchange.ts'

export interface InferCall {
  readonly model: string
  /** Asked in the address, and checked in the answer. */
  readonly version?: string
  readonly inputs: readonly Tensor[]
  /** Names of the tensors wanted. Default: what the server answers by itself. */
  readonly outputs?: readonly string[]
  readonly parameters?: Readonly<Record<string, unknown>>
  /** Tensors as bytes both ways; JSON otherwise. Default: what the client was made for. */
  readonly binary?: boolean
  /** Whether NaN may stand in an answer. Default false. */
  readonly allowNaN?: boolean
}

export interface InferAnswer {
  readonly modelName: string
  readonly modelVersion: string | undefined
  readonly parameters: Readonly<Record<string, unknown>>
  readonly outputs: readonly Tensor[]
}

export interface Limits {
  /** Of the whole exchange. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface RepositoryModel {
  readonly name: string
  readonly version?: string
  readonly state: string
  readonly reason?: string
}

export interface InferenceClient {
  /** @throws `unavailable` with its reason; `invalid_input` for what the server refused as wrong. */
  infer(call: InferCall, limits: Limits): Promise<InferAnswer>
  isLive(limits: Limits): Promise<boolean>
  isReady(limits: Limits): Promise<boolean>
  /** What the server says of itself, or of one model. */
  metadata(limits: Limits, model?: string): Promise<Readonly<Record<string, unknown>>>
  index(limits: Limits): Promise<readonly RepositoryModel[]>
  load(model: string, limits: Limits): Promise<void>
  unload(model: string, limits: Limits): Promise<void>
  /** Any JSON route of the server. */
  json(method: 'GET' | 'POST', path: string, limits: Limits, body?: unknown): Promise<Readonly<Record<string, unknown>>>
  /** An answer of one JSON object a line, as the lines come. */
  stream(
    path: string,
    body: Uint8Array | string,
    contentType: string,
    signal: AbortSignal,
  ): AsyncGenerator<Readonly<Record<string, unknown>>>
  close(): void
}

/** @param options  `binary`: whether the server has the extension of binary tensors, as ours has. Default true. */
export function createInferenceClient(
  address: WorkerAddress,
  { binary: speaksBinary = true }: { readonly binary?: boolean } = {},
): InferenceClient {
  const http = createHttpExchanger(address)
  const json: InferenceClient['json'] = async (method, path, limits, body) => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    return readObject(accepted(await http.ask({ method, path, ...sent, ...limits }), path))
  }
  const isGood = async (path: string, limits: Limits): Promise<boolean> =>
    (await http.ask({ method: 'GET', path, ...limits })).status === 200
  const repository = async (model: string, action: 'load' | 'unload', limits: Limits): Promise<void> => {
    const path = `/v2/repository/models/${encodeURIComponent(model)}/${action}`
    accepted(await http.ask({ method: 'POST', path, body: '{}', headers: { 'content-type': 'application/json' }, ...limits }), path)
  }
  return {
    infer: async (call, limits) => {
      const id = randomUUID()
      const binary = call.binary ?? speaksBinary
      const wanted = call.outputs === undefined ? {} : { outputs: call.outputs.map((name) => ({ name })) }
      const head = { id, ...parametersOf(call, binary), ...wanted }
      const { body, headBytes } = encodeMessage(head, 'inputs', call.inputs, () => binary)
      const path = `/v2/models/${encodeURIComponent(call.model)}${call.version === undefined ? '' : `/versions/${encodeURIComponent(call.version)}`}/infer`
      const headers = {
        'content-type': headBytes === undefined ? 'application/json' : 'application/octet-stream',
        'x-request-deadline-ms': String(Math.max(1, Math.round(limits.timeoutMs))),
        ...(headBytes === undefined ? {} : { [HEADER_LENGTH]: String(headBytes) }),
      }
      return readAnswer(accepted(await http.ask({ method: 'POST', path, headers, body, ...limits }), path), call, id)
    },
    isLive: (limits) => isGood('/v2/health/live', limits),
    isReady: (limits) => isGood('/v2/health/ready', limits),
    metadata: (limits, model) => json('GET', model === undefined ? '/v2' : `/v2/models/${encodeURIComponent(model)}`, limits),
    index: async (limits) => {
      const path = '/v2/repository/index'
      const answer = accepted(
        await http.ask({ method: 'POST', path, body: '{}', headers: { 'content-type': 'application/json' }, ...limits }),
        path,
      )
      const models = parseJson(answer.body)
      if (!Array.isArray(models)) throw workerFailure('bad_answer', 'The index of the repository is no list.')
      return models as RepositoryModel[]
    },
    load: (model, limits) => repository(model, 'load', limits),
    unload: (model, limits) => repository(model, 'unload', limits),
    json,
    stream: (path, body, contentType, signal) => readLines(http, path, body, contentType, signal),
    close: () => http.close(),
  }
}

function parametersOf({ parameters }: InferCall, binary: boolean): { parameters?: Readonly<Record<string, unknown>> } {
  const all = { ...parameters, ...(binary ? { binary_data_output: true } : {}) }
  return Object.keys(all).length === 0 ? {} : { parameters: all }
}

/** Passes good answers on, and turns others into errors that say whose fault it was. */
function accepted(answer: ExchangeAnswer, path: string): ExchangeAnswer {
  const { status, body } = answer
  if (status >= 200 && status < 300) return answer
  const said = saidBy(body)
  const message = `The worker answered ${status} to ${path.slice(0, 120)}: ${said}`
  if (status === 404) throw workerFailure('model_missing', message)
  // Busy for now, or without what the model needs.
  if (status === 429 || (status === 503 && answer.headers['retry-after'] !== undefined)) throw workerFailure('overloaded', message)
  if (status === 503) throw workerFailure('model_missing', message)
  if (status === 400 || status === 413 || status === 415 || status === 422) {
    throw new TandemError(status === 413 ? 'payload_too_large' : 'invalid_input', message)
  }
  if (status === 409) throw new TandemError('conflict', message)
  throw workerFailure('bad_answer', message)
}

function saidBy(body: Buffer): string {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { error?: unknown }
    if (typeof error === 'string') return error.slice(0, 500)
  } catch {
    // Not JSON.
  }
  return body.subarray(0, 200).toString('utf8') || 'nothing'
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw workerFailure('bad_answer', `The worker's answer is not JSON (${messageOf(error)}).`, error)
  }
}

function readObject({ body }: ExchangeAnswer): Readonly<Record<string, unknown>> {
  // Health and repository routes may answer with nothing.
  const value = body.length === 0 ? {} : parseJson(body)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw workerFailure(
    'bad_answer',
    `The worker's answer is ${Array.isArray(value) ? 'a list' : typeof value} where an object was expected.`,
  )
}

function readAnswer(answer: ExchangeAnswer, call: InferCall, id: string): InferAnswer {
  try {
    const headBytes = answer.headers[HEADER_LENGTH]
    const { head, tail } = splitMessage(answer.body, typeof headBytes === 'string' ? headBytes : undefined)
    const { model_name: name, model_version: version, id: echoed, parameters, outputs } = readObject({ ...answer, body: head })
    if (echoed !== undefined && echoed !== id) throw workerFailure('bad_answer', 'The worker answered another request than the one asked.')
    if (name !== call.model)
      throw workerFailure(
        'bad_answer',
        `The worker answered for the model ${JSON.stringify(name)?.slice(0, 60)}, asked was "${call.model}".`,
      )
    if (call.version !== undefined && version !== call.version) {
      throw workerFailure(
        'bad_answer',
        `The worker answered with version ${JSON.stringify(version)?.slice(0, 60)} of "${call.model}", asked was "${call.version}".`,
      )
    }
    const tensors = decodeTensors(outputs, tail, 'outputs')
    const missing = call.outputs?.find((wanted) => tensors.every(({ name: given }) => given !== wanted))
    if (missing !== undefined) throw workerFailure('bad_answer', `The worker's answer has no tensor "${missing}", which was asked for.`)
    if (call.allowNaN !== true) for (const tensor of tensors) checkFinite(tensor)
    return {
      modelName: name,
      modelVersion: typeof version === 'string' ? version : undefined,
      parameters: typeof parameters === 'object' && parameters !== null ? (parameters as Record<string, unknown>) : {},
      outputs: tensors,
    }
  } catch (error) {
    // Words for what a caller sends; here it is the worker that sent it.
    if (TandemError.is(error) && error.code !== 'unavailable')
      throw workerFailure('bad_answer', `The worker's answer cannot be read: ${error.message}`, error)
    throw error
  }
}

function checkFinite({ name, datatype, data }: Tensor): void {
  if (datatype !== 'FP32' && datatype !== 'FP64' && datatype !== 'FP16') return
  const numbers = data as Float32Array
  for (let at = 0; at < numbers.length; at++) {
    if (!Number.isFinite(numbers[at]))
      throw workerFailure('bad_answer', `Element ${at} of the worker's tensor "${name}" is ${numbers[at]}.`)
  }
}

const MOST_STREAM_LINE = 64 * 1024 * 1024

async function* readLines(
  http: ReturnType<typeof createHttpExchanger>,
  path: string,
  body: Uint8Array | string,
  contentType: string,
  signal: AbortSignal,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const response = await http.open({ method: 'POST', path, body, headers: { 'content-type': contentType }, signal })
  let rest = ''
  response.setEncoding('utf8')
  if (response.statusCode !== 200) {
    for await (const chunk of response) if (rest.length < 10_000) rest += chunk
    accepted({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.from(rest) }, path)
  }
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      rest += chunk
      if (rest.length > MOST_STREAM_LINE)
        throw workerFailure('bad_answer', `A line of the worker's answer is longer than ${MOST_STREAM_LINE} characters.`)
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') yield readObject({ status: 200, headers: {}, body: Buffer.from(line) })
    }
  } catch (error) {
    signal.throwIfAborted()
    throw TandemError.is(error) ? error : workerFailure('exited', `The worker's answer broke off (${messageOf(error)}).`, error)
  } finally {
    response.destroy()
  }
  if (rest.trim() !== '') yield readObject({ status: 200, headers: {}, body: Buffer.from(rest) })
}
