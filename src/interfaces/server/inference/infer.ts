// One inference: the message to rows, the rows to predictions, the predictions to the tensors that were asked for.
import type { Models } from '../../../capabilities/models/index.ts'
import type { Predictions } from '../../../capabilities/predictions/index.ts'
import { MAX_PREDICT_ROWS } from '../../../capabilities/predictions/schema.ts'
import { createPause } from '../../../capabilities/training/index.ts'
import { TandemError } from '../../../errors.ts'
import { type EncodedMessage, encodeMessage, splitMessage } from '../../../platform/inference/message.ts'
import { decodeTensors, type Tensor } from '../../../platform/inference/tensor.ts'
import type { AnyPrediction } from '../../../predictions.ts'
import { type Rows, rowsOfTensors } from './rows-of-tensors.ts'
import { outputsOf, type Signature, signatureOf, type TensorSignature } from './signature.ts'

export interface InferRequest {
  readonly model: string
  /** A version or alias instead of the one in service. */
  readonly version: string | undefined
  readonly body: Buffer
  /** `Inference-Header-Content-Length` as it came. */
  readonly headBytes: string | undefined
  readonly requestId: string
  readonly signal: AbortSignal
  /** Reads JSON of strangers. */
  readonly parse: (bytes: Buffer) => unknown
}

/** The message without its tensors. */
interface Asked {
  readonly id: string | undefined
  /** Whether the predictions are logged. */
  readonly log: boolean
  readonly outputs: readonly { readonly name: string; readonly isBinary: boolean }[]
}

type Json = Readonly<Record<string, unknown>>

const FIELDS = ['id', 'parameters', 'inputs', 'outputs']

/**
 * Answers an inference request.
 *
 * @throws `malformed_body` and `invalid_input` for what does not follow the protocol or fit the features; as `predictMany`.
 */
export async function infer(
  { models, predictions }: { readonly models: Models; readonly predictions: Predictions },
  { model, version, body, headBytes, requestId, signal, parse }: InferRequest,
): Promise<EncodedMessage> {
  const { head, tail } = splitMessage(body, headBytes)
  if (head.length === 0) throw wrong('', 'The body is missing; send JSON with "inputs"')
  const message = objectOf(parseHead(head, headBytes, parse), '', 'body')
  const unknown = Object.keys(message).find((name) => !FIELDS.includes(name))
  if (unknown !== undefined) throw wrong(`/${unknown}`, `body.${unknown.slice(0, 80)} is not known; a request has ${FIELDS.join(', ')}`)
  const signature = await signatureOf(models, model, version)
  const asked = askedOf(message, signature)
  const rows = await allRows(rowsOfTensors(decodeTensors(message.inputs, tail, 'inputs'), signature.features))
  // By the very version whose features were read, though another may come into service meanwhile.
  const used = signature.version === undefined ? {} : { version: signature.version }
  const answer = await predictions.predictMany(model, rows, { ...used, log: asked.log, requestId, signal })
  const [first] = answer.predictions
  const tensors = asked.outputs.map(({ name }) => tensorOf(name, answer.predictions, signature))
  const binary = new Set(asked.outputs.filter(({ isBinary }) => isBinary).map(({ name }) => name))
  const parameters = { source: first?.source, ...(first?.reason === undefined ? {} : { reason: first.reason }) }
  return encodeMessage(
    {
      model_name: model,
      ...(answer.version === null ? {} : { model_version: answer.version }),
      ...(asked.id === undefined ? {} : { id: asked.id }),
      parameters,
    },
    'outputs',
    tensors,
    ({ name }) => binary.has(name),
  )
}

function parseHead(head: Buffer, headBytes: string | undefined, parse: InferRequest['parse']): unknown {
  try {
    return parse(head)
  } catch (error) {
    // A header left over from another request cuts the JSON; who only reads of JSON does not find it.
    if (headBytes === undefined || !TandemError.is(error) || error.code !== 'malformed_body') throw error
    const message = `${error.message} Only the first ${head.length} bytes were read as JSON, as Inference-Header-Content-Length says.`
    throw new TandemError('malformed_body', message, { details: error.details, cause: error })
  }
}

function askedOf({ id, parameters = {}, outputs }: Json, signature: Signature): Asked {
  if (id !== undefined && (typeof id !== 'string' || id.length > 200))
    throw wrong('/id', 'body.id must be a text of at most 200 characters')
  const { log, binary_data_output } = objectOf(parameters, '/parameters', 'body.parameters')
  const isLogged = flagOf(log, '/parameters/log') ?? true
  const isBinary = flagOf(binary_data_output, '/parameters/binary_data_output') ?? false
  // None named means all, as without the field.
  const known = outputsOf(signature).filter(({ name }) => isLogged || name !== 'prediction_id')
  if (outputs === undefined || (Array.isArray(outputs) && outputs.length === 0))
    return { id, log: isLogged, outputs: known.map(({ name }) => ({ name, isBinary })) }
  if (!Array.isArray(outputs) || outputs.length > known.length) {
    throw wrong('/outputs', `body.outputs must be an array of at most ${known.length} outputs, each once`)
  }
  const names = new Set<string>()
  return {
    id,
    log: isLogged,
    outputs: outputs.map((output: unknown, index) => {
      const one = outputOf(output, index, known, isBinary)
      if (names.has(one.name)) throw wrong(`/outputs/${index}`, `outputs[${index}] asks for "${one.name}" a second time`)
      names.add(one.name)
      return one
    }),
  }
}

function outputOf(output: unknown, index: number, known: readonly TensorSignature[], isBinary: boolean): Asked['outputs'][number] {
  const at = `/outputs/${index}`
  const { name, parameters = {} } = objectOf(output, at, `outputs[${index}]`)
  const found = known.find((one) => one.name === name)
  if (found === undefined) {
    const names = known.map((one) => one.name).join(', ')
    throw wrong(at, `outputs[${index}].name must be one of ${names}, got ${JSON.stringify(name)?.slice(0, 80) ?? 'nothing'}`)
  }
  const asked = objectOf(parameters, `${at}/parameters`, `outputs[${index}].parameters`)
  for (const unsupported of ['shared_memory_region', 'classification']) {
    if (asked[unsupported]) throw wrong(`${at}/parameters`, `outputs[${index}].parameters.${unsupported} is not supported here`)
  }
  return { name: found.name, isBinary: flagOf(asked.binary_data, `${at}/parameters/binary_data`) ?? isBinary }
}

/** Rows made a few milliseconds at a time. */
async function allRows(rows: Rows): Promise<Parameters<Predictions['predictMany']>[1]> {
  if (rows.count === 0 || rows.count > MAX_PREDICT_ROWS) {
    throw wrong('/inputs', `The tensors have ${rows.count} rows; 1 to ${MAX_PREDICT_ROWS} can be predicted at once`)
  }
  const all: ReturnType<Rows['row']>[] = []
  const pause = createPause()
  for (let index = 0; index < rows.count; index++) {
    all.push(rows.row(index))
    if ((index & 63) === 63 && pause.due()) await pause.rest()
  }
  return all
}

function tensorOf(name: string, predictions: readonly AnyPrediction[], { classes }: Signature): Tensor {
  const count = predictions.length
  const numbers = (width: number, valueAt: (prediction: AnyPrediction, column: number) => number | undefined): Tensor => ({
    name,
    datatype: 'FP64',
    shape: width === 1 && name !== 'predict_proba' ? [count] : [count, width],
    data: Float64Array.from({ length: count * width }, (_, index) => valueAt(predictions[Math.floor(index / width)]!, index % width)!),
  })
  switch (name) {
    case 'predict_proba':
      return numbers(classes.length, ({ probabilities }, column) => probabilities?.[classes[column]!])
    case 'confidence':
      return numbers(1, ({ confidence }) => confidence)
    case 'interval':
      return numbers(2, ({ interval }, column) => interval?.[column])
    case 'prediction_id':
      return { name, datatype: 'BYTES', shape: [count], data: predictions.map(({ predictionId }) => predictionId) }
    default:
      if (classes.length === 0) return numbers(1, ({ value }) => value as number)
      return { name, datatype: 'BYTES', shape: [count], data: predictions.map(({ value }) => String(value)) }
  }
}

function objectOf(value: unknown, path: string, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw wrong(path, `${what} must be an object`)
}

function flagOf(value: unknown, path: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  throw wrong(path, `${path.slice(1).replaceAll('/', '.')} must be true or false`)
}

function wrong(path: string, message: string): TandemError {
  return new TandemError('invalid_input', `${message}.`, { errors: [{ path, message }] })
}
