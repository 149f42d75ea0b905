// Attributes of an ONNX operator, whether they stand as lists or as a tensor, and the comparisons of its trees.
import { type ForeignSplit, floatBelow, floorToFloat32, unreadable } from './foreign-trees.ts'
import { type ProtoMessage, protoMessages, protoNumbers, protoText } from './protobuf.ts'

export interface OnnxAttributes {
  /** Of the attribute, or of the tensor `<name>_as_tensor`; empty when there is neither. */
  readonly numbers: (name: string) => readonly number[]
  readonly texts: (name: string) => readonly string[]
}

const WHOLE = /ids$|int64s$|n_targets|tracks_true|roots$|leafs$/

export function attributesOf(node: ProtoMessage): OnnxAttributes {
  const byName = new Map(protoMessages(node, 5).map((attribute) => [protoText(attribute, 1), attribute]))
  return {
    numbers: (name) => {
      const attribute = byName.get(name) ?? byName.get(`${name}_as_tensor`)
      if (attribute === undefined) return []
      const [tensor] = protoMessages(attribute, 5)
      if (tensor !== undefined) return tensorNumbers(tensor)
      const whole = [...protoNumbers(attribute, 8, 'integer'), ...protoNumbers(attribute, 3, 'integer')]
      return WHOLE.test(name) || whole.length > 0 ? whole : protoNumbers(attribute, 7, 'float')
    },
    texts: (name) => {
      const attribute = byName.get(name)
      const fields = [...(attribute?.get(9) ?? []), ...(attribute?.get(4) ?? [])]
      const decoder = new TextDecoder()
      return fields.map(({ bytes }) => decoder.decode(bytes))
    },
  }
}

const TENSOR = { float: 1, uint8: 2, int64: 7, double: 11 } as const

function tensorNumbers(tensor: ProtoMessage): number[] {
  const kind = protoNumbers(tensor, 2, 'integer')[0]
  const raw = tensor.get(9)?.at(-1)?.bytes
  const view = raw === undefined ? undefined : new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const all = (size: number, at: (place: number) => number): number[] =>
    Array.from({ length: Math.floor((raw?.length ?? 0) / size) }, (_, place) => at(place * size))
  if (kind === TENSOR.float) return view ? all(4, (at) => view.getFloat32(at, true)) : protoNumbers(tensor, 4, 'float')
  if (kind === TENSOR.double) return view ? all(8, (at) => view.getFloat64(at, true)) : protoNumbers(tensor, 10, 'double')
  if (kind === TENSOR.uint8) return view ? all(1, (at) => view.getUint8(at)) : protoNumbers(tensor, 5, 'integer')
  if (kind === TENSOR.int64) return view ? all(8, (at) => Number(view.getBigInt64(at, true))) : protoNumbers(tensor, 7, 'integer')
  throw unreadable('ONNX', `a tensor of its trees has the type ${kind}. Floats, doubles, uint8 and int64 are possible`)
}

/** Where a comparison leads. */
export interface OnnxWay {
  readonly feature: number
  readonly whenTrue: number
  readonly whenFalse: number
  readonly missingTrue: boolean
}

/**
 * @param mode     LEQ, LT, GT, GTE, EQ or NEQ; MEMBER with its categories.
 * @param members  of MEMBER.
 */
export function splitBy(
  mode: string,
  value: number,
  { feature, whenTrue, whenFalse, missingTrue }: OnnxWay,
  members?: readonly number[],
): ForeignSplit {
  const straight = { feature, left: whenTrue, right: whenFalse, missingLeft: missingTrue }
  const turned = { feature, left: whenFalse, right: whenTrue, missingLeft: !missingTrue }
  if (mode === 'LEQ') return { ...straight, edge: value }
  if (mode === 'LT') return { ...straight, edge: below(value) }
  if (mode === 'GT') return { ...turned, edge: value }
  if (mode === 'GTE') return { ...turned, edge: below(value) }
  if (mode === 'EQ') return { ...straight, edge: 0, categories: [value], listedLeft: true }
  if (mode === 'NEQ') return { ...straight, edge: 0, categories: [value], listedLeft: false }
  if (mode === 'MEMBER' && members !== undefined) return { ...straight, edge: 0, categories: members, listedLeft: true }
  throw unreadable('ONNX', `a split compares by ${mode.slice(0, 40)}`)
}

/** x < value holds for the same float32 x as x <= this. */
function below(value: number): number {
  const floor = floorToFloat32(value)
  return floor === value ? floatBelow(floor) : floor
}
