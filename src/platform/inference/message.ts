// A message of the Open Inference Protocol V2: JSON, and behind it, where the binary tensor data extension is used, the bytes of tensors.
// The header Inference-Header-Content-Length then says where the JSON ends.
import { TandemError } from '../../errors.ts'
import { numberTypeOf } from './datatype.ts'
import type { Tensor } from './tensor.ts'

export const HEADER_LENGTH = 'inference-header-content-length'

export interface EncodedMessage {
  readonly body: Buffer
  /** Length of the JSON where bytes follow it: the value of `Inference-Header-Content-Length`. */
  readonly headBytes: number | undefined
}

/**
 * Splits a body into its JSON and the bytes behind it.
 *
 * @param headBytes  the header as it came; undefined when it did not.
 * @throws `malformed_body` for a header that is no length within the body.
 */
export function splitMessage(body: Buffer, headBytes: string | undefined): { readonly head: Buffer; readonly tail: Buffer } {
  if (headBytes === undefined) return { head: body, tail: body.subarray(body.length) }
  const length = /^\d{1,10}$/.test(headBytes) ? Number(headBytes) : Number.NaN
  if (!(length > 0 && length <= body.length)) {
    throw new TandemError(
      'malformed_body',
      `Inference-Header-Content-Length is "${headBytes.slice(0, 40)}", but the body has ${body.length} bytes. It must be the length in bytes of the JSON that the body begins with.`,
      { details: { bodyBytes: body.length } },
    )
  }
  return { head: body.subarray(0, length), tail: body.subarray(length) }
}

/**
 * Writes a message.
 *
 * @param head  its other fields.
 * @param place  `inputs` or `outputs`: the field of the tensors.
 * @param isBinary  which tensors go behind the JSON as bytes.
 */
export function encodeMessage(
  head: Readonly<Record<string, unknown>>,
  place: 'inputs' | 'outputs',
  tensors: readonly Tensor[],
  isBinary: (tensor: Tensor) => boolean,
): EncodedMessage {
  const parts: Buffer[] = []
  const entries = tensors.map((tensor) => {
    const { name, datatype, shape } = tensor
    if (!isBinary(tensor)) return { name, datatype, shape, data: jsonOf(tensor) }
    const bytes = bytesOf(tensor)
    parts.push(bytes)
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } }
  })
  const json = Buffer.from(JSON.stringify({ ...head, [place]: entries }))
  return parts.length === 0 ? { body: json, headBytes: undefined } : { body: Buffer.concat([json, ...parts]), headBytes: json.length }
}

function jsonOf({ datatype, data }: Tensor): readonly unknown[] {
  if (datatype === 'BOOL') return Array.from(data as Uint8Array, (value) => value === 1)
  return Array.isArray(data) ? data : Array.from(data as Float64Array)
}

function bytesOf({ name, datatype, data }: Tensor): Buffer {
  if (datatype !== 'BYTES') return Buffer.from(numberTypeOf(datatype).store(data as Float64Array))
  return Buffer.concat(
    (data as readonly (string | null)[]).flatMap((text) => {
      if (text === null) throw new TandemError('invalid_input', `Tensor "${name}" has a null, which BYTES cannot say. Send it as JSON.`)
      const bytes = Buffer.from(text)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}
