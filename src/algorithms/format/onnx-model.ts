// The parts of an ONNX model as bytes (onnx.proto3 of ONNX 1.10): nodes with attributes, constants, named inputs and outputs.
import { joined, protoBytes, protoFloats, protoInteger, protoIntegers } from './protobuf.ts'

/** Element types by their number in onnx.proto3. */
export const ELEMENT = { float: 1, integer: 7, text: 8, double: 11 } as const
export type ElementType = keyof typeof ELEMENT

/** Domain and version of operators beside those that every model names. */
export type OperatorSet = readonly [domain: string, version: number]

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly Uint8Array[]
  readonly constants?: readonly Uint8Array[]
  readonly inputs: readonly Uint8Array[]
  readonly outputs: readonly Uint8Array[]
  /** Of the operators of ONNX itself. Default 15. */
  readonly opset?: number
  readonly domains?: readonly OperatorSet[]
}

/** @param metadata  beside the model, for people and programs. */
export function onnxModel(
  { name, nodes, constants = [], inputs, outputs, opset: version = 15, domains = [] }: OnnxGraph,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const graph = joined([
    ...nodes.map((node) => protoBytes(1, node)),
    protoBytes(2, name),
    ...constants.map((constant) => protoBytes(5, constant)),
    ...inputs.map((input) => protoBytes(11, input)),
    ...outputs.map((output) => protoBytes(12, output)),
  ])
  const opset = ([domain, of]: OperatorSet): Uint8Array => protoBytes(8, joined([protoBytes(1, domain), protoInteger(2, of)]))
  const notes = Object.entries(metadata).map(([key, value]) => protoBytes(14, joined([protoBytes(1, key), protoBytes(2, value)])))
  return joined([
    protoInteger(1, 8),
    protoBytes(2, 'tandem-ml'),
    protoBytes(7, graph),
    ...([['', version], [ML, 3], ...domains] as const).map(opset),
    ...notes,
  ])
}

/** The domain of trees and encoders. */
export const ML = 'ai.onnx.ml'

export function onnxNode(
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Uint8Array[] = [],
  domain = '',
): Uint8Array {
  return joined([
    ...inputs.map((input) => protoBytes(1, input)),
    ...outputs.map((output) => protoBytes(2, output)),
    protoBytes(4, type),
    ...attributes.map((each) => protoBytes(5, each)),
    ...(domain === '' ? [] : [protoBytes(7, domain)]),
  ])
}

/** A tensor that is part of the model; no shape is a single number. */
export function onnxConstant(name: string, type: ElementType, shape: readonly number[], values: ArrayLike<number | string>): Uint8Array {
  const head = [protoIntegers(1, shape), protoInteger(2, ELEMENT[type])]
  if (type === 'text') return joined([...head, ...Array.from(values, (value) => protoBytes(6, String(value))), protoBytes(8, name)])
  const bytes = new DataView(new ArrayBuffer(values.length * (type === 'float' ? 4 : 8)))
  for (let at = 0; at < values.length; at++) {
    const value = Number(values[at])
    if (type === 'float') bytes.setFloat32(at * 4, value, true)
    else if (type === 'double') bytes.setFloat64(at * 8, value, true)
    else bytes.setBigInt64(at * 8, BigInt(value), true)
  }
  return joined([...head, protoBytes(8, name), protoBytes(9, new Uint8Array(bytes.buffer))])
}

/** A named tensor whose first dimension is the number of rows. */
export function valueInfo(name: string, type: ElementType, columns: readonly number[]): Uint8Array {
  const rows = protoBytes(1, protoBytes(2, 'rows'))
  const shape = joined([rows, ...columns.map((count) => protoBytes(1, protoInteger(1, count)))])
  const tensor = joined([protoInteger(1, ELEMENT[type]), protoBytes(2, shape)])
  return joined([protoBytes(1, name), protoBytes(2, protoBytes(1, tensor))])
}

const ATTRIBUTE = { integer: 2, text: 3, floats: 6, integers: 7, texts: 8 } as const

function attribute(name: string, kind: keyof typeof ATTRIBUTE, content: Uint8Array): Uint8Array {
  return joined([protoBytes(1, name), content, protoInteger(20, ATTRIBUTE[kind])])
}

export function numberAttribute(name: string, value: number): Uint8Array {
  return attribute(name, 'integer', protoInteger(3, value))
}

export function textAttribute(name: string, value: string): Uint8Array {
  return attribute(name, 'text', protoBytes(4, value))
}

export function textsAttribute(name: string, values: readonly string[]): Uint8Array {
  return attribute(name, 'texts', joined(values.map((value) => protoBytes(9, value))))
}

export function integersAttribute(name: string, values: readonly number[]): Uint8Array {
  return attribute(name, 'integers', protoIntegers(8, values))
}

export function floatsAttribute(name: string, values: ArrayLike<number>): Uint8Array {
  return attribute(name, 'floats', protoFloats(7, values))
}
