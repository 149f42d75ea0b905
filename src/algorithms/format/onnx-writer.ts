// Writes the nodes of an ONNX graph one after the other; each names what it gives.
import { ELEMENT, type ElementType, numberAttribute, onnxConstant, onnxNode } from './onnx-model.ts'

export interface OnnxWriter {
  readonly nodes: Uint8Array[]
  readonly constants: Uint8Array[]
  /** Adds a node with one output and returns the output's name. */
  node(type: string, inputs: readonly string[], attributes?: readonly Uint8Array[], domain?: string): string
  /** Adds a node of which the outputs with these numbers, ascending, are wanted; returns their names. */
  several(type: string, inputs: readonly string[], outputs: readonly number[], attributes?: readonly Uint8Array[]): string[]
  constant(type: ElementType, shape: readonly number[], values: ArrayLike<number | string>): string
  /** A single number; the same one is written once. */
  double(value: number): string
  cast(input: string, type: ElementType): string
}

/** @param taken  names that outputs of nodes may not have. */
export function createOnnxWriter(taken: readonly string[]): OnnxWriter {
  const names = new Set(taken)
  const doubles = new Map<number, string>()
  const nodes: Uint8Array[] = []
  const constants: Uint8Array[] = []
  let count = 0
  const fresh = (): string => {
    let name = `v${count++}`
    while (names.has(name)) name = `v${count++}`
    return name
  }
  const writer: OnnxWriter = {
    nodes,
    constants,
    node(type, inputs, attributes, domain) {
      const output = fresh()
      nodes.push(onnxNode(type, inputs, [output], attributes, domain))
      return output
    },
    several(type, inputs, outputs, attributes) {
      const names = outputs.map(fresh)
      const all = Array.from({ length: outputs.at(-1)! + 1 }, (_, at) => names[outputs.indexOf(at)] ?? '')
      nodes.push(onnxNode(type, inputs, all, attributes))
      return names
    },
    constant(type, shape, values) {
      const name = fresh()
      constants.push(onnxConstant(name, type, shape, values))
      return name
    },
    double(value) {
      const known = doubles.get(value)
      if (known !== undefined) return known
      const name = writer.constant('double', [], [value])
      doubles.set(value, name)
      return name
    },
    cast: (input, type) => writer.node('Cast', [input], [numberAttribute('to', ELEMENT[type])]),
  }
  return writer
}
