// Writes trees as an ONNX model (operators of ai.onnx.ml 3, ONNX 1.10 and later) that onnxruntime serves in any language.
import { TandemError } from '../../errors.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { outputCount } from '../tree/predict.ts'
import { joined, protoBytes, protoFloats, protoInteger, protoIntegers } from './protobuf.ts'

export interface OnnxOptions {
  /** Labels in the order of the class codes; the codes themselves when absent. */
  readonly classes?: readonly string[]
  /** Beside the model, for people and programs: what a feature is, where it came from. */
  readonly metadata?: Readonly<Record<string, string>>
}

const FLOAT = 1
const INTEGER = 7
const TEXT = 8

/**
 * An ONNX model with the input `x` (float32, rows x features, NaN is missing) and the outputs `label` and `probabilities`, or
 * `prediction` for regression. The same trees give the same bytes.
 *
 * onnxruntime adds in float32: predictions agree within that rounding, about 1e-6.
 *
 * @throws   `invalid_input` for trees that split by categories, which ONNX says only one by one; `shape_mismatch` for another number of labels.
 * @example
 * await writeFile('model.onnx', exportOnnx(ensemble, { classes: ['no', 'yes'] }))
 */
export function exportOnnx(ensemble: TreeEnsemble, { classes, metadata = {} }: OnnxOptions = {}): Uint8Array {
  if (ensemble.categorySets !== undefined && ensemble.categorySets.length > 0) {
    throw new TandemError(
      'invalid_input',
      'The trees split by sets of categories, which ONNX cannot say. Train on one-hot columns to export.',
    )
  }
  if (ensemble.leafLines !== undefined || ensemble.zeroIsMissing !== undefined) {
    const what = ensemble.leafLines === undefined ? 'take 0 for a missing value' : 'have leaves that are lines'
    throw new TandemError('invalid_input', `The trees ${what}, which ONNX cannot say. Export JSON or .tdm, or train without.`)
  }
  if (classes !== undefined && classes.length !== ensemble.nClasses) {
    throw new TandemError('shape_mismatch', `There are ${classes.length} labels for ${ensemble.nClasses} classes. Pass one for each.`)
  }
  const regression = ensemble.task === 'regression'
  const nodes = regression ? regressor(ensemble) : [classifier(ensemble, classes)]
  const outputs = regression
    ? [valueInfo('prediction', FLOAT, [1])]
    : [valueInfo('label', classes === undefined ? INTEGER : TEXT, []), valueInfo('probabilities', FLOAT, [outputCount(ensemble)])]
  const graph = joined([
    ...nodes.map((node) => protoBytes(1, node)),
    protoBytes(2, 'trees'),
    protoBytes(11, valueInfo('x', FLOAT, [ensemble.nFeatures])),
    ...outputs.map((output) => protoBytes(12, output)),
  ])
  const opset = (domain: string, version: number): Uint8Array => protoBytes(8, joined([protoBytes(1, domain), protoInteger(2, version)]))
  const notes = Object.entries(metadata).map(([key, value]) => protoBytes(14, joined([protoBytes(1, key), protoBytes(2, value)])))
  return joined([protoInteger(1, 8), protoBytes(2, 'tandem-ml'), protoBytes(7, graph), opset('', 15), opset('ai.onnx.ml', 3), ...notes])
}

function regressor(ensemble: TreeEnsemble): Uint8Array[] {
  const { kind, baseScores, link } = ensemble
  const attributes = [
    ...treeAttributes(ensemble, 'target'),
    numberAttribute('n_targets', 1),
    textAttribute('post_transform', 'NONE'),
    textAttribute('aggregate_function', kind === 'random-forest' ? 'AVERAGE' : 'SUM'),
    floatsAttribute('base_values', baseScores),
  ]
  if (link !== 'log') return [operator('TreeEnsembleRegressor', ['prediction'], attributes)]
  return [
    operator('TreeEnsembleRegressor', ['logarithm'], attributes),
    joined([text(1, 'logarithm'), text(2, 'prediction'), text(4, 'Exp')]),
  ]
}

function classifier(ensemble: TreeEnsemble, classes: readonly string[] | undefined): Uint8Array {
  const { kind, nClasses, baseScores } = ensemble
  const forest = kind === 'random-forest'
  const codes = Array.from({ length: nClasses }, (_, code) => code)
  return operator(
    'TreeEnsembleClassifier',
    ['label', 'probabilities'],
    [
      ...treeAttributes(ensemble, 'class'),
      classes === undefined ? integersAttribute('classlabels_int64s', codes) : textsAttribute('classlabels_strings', classes),
      textAttribute('post_transform', forest ? 'NONE' : nClasses === 2 ? 'LOGISTIC' : 'SOFTMAX'),
      ...(forest ? [] : [floatsAttribute('base_values', baseScores)]),
    ],
  )
}

/** Nodes and weights of all trees, each tree numbered from 0. */
function treeAttributes(ensemble: TreeEnsemble, prefix: 'class' | 'target'): Uint8Array[] {
  const { feature, threshold, left, missingLeft, roots, nTrees, leafSize, leafValues, nClasses, kind } = ensemble
  const nodes = { trees: [] as number[], ids: [] as number[], features: [] as number[], values: [] as number[], modes: [] as string[] }
  const steps = { whenTrue: [] as number[], whenFalse: [] as number[], missing: [] as number[] }
  const weights = { trees: [] as number[], nodes: [] as number[], ids: [] as number[], values: [] as number[] }
  const scores = ensemble.baseScores.length
  // Probabilities of a forest add up to a mean.
  const scale = kind === 'random-forest' && nClasses > 0 ? 1 / nTrees : 1
  for (const [tree, root] of roots.entries()) {
    const order = [root]
    for (let at = 0; at < order.length; at++) {
      const node = order[at]!
      const leaf = feature[node]! < 0
      nodes.trees.push(tree)
      nodes.ids.push(at)
      nodes.features.push(leaf ? 0 : feature[node]!)
      nodes.values.push(leaf ? 0 : threshold[node]!)
      nodes.modes.push(leaf ? 'LEAF' : 'BRANCH_LEQ')
      steps.missing.push(leaf ? 0 : missingLeft[node]!)
      steps.whenTrue.push(leaf ? 0 : order.length)
      steps.whenFalse.push(leaf ? 0 : order.length + 1)
      if (!leaf) {
        order.push(left[node]!, left[node]! + 1)
        continue
      }
      for (const [output, value] of leafWeights(node, tree)) {
        weights.trees.push(tree)
        weights.nodes.push(at)
        weights.ids.push(output)
        weights.values.push(value * scale)
      }
    }
  }
  return [
    integersAttribute('nodes_treeids', nodes.trees),
    integersAttribute('nodes_nodeids', nodes.ids),
    integersAttribute('nodes_featureids', nodes.features),
    floatsAttribute('nodes_values', nodes.values),
    textsAttribute('nodes_modes', nodes.modes),
    integersAttribute('nodes_truenodeids', steps.whenTrue),
    integersAttribute('nodes_falsenodeids', steps.whenFalse),
    integersAttribute('nodes_missing_value_tracks_true', steps.missing),
    integersAttribute(`${prefix}_treeids`, weights.trees),
    integersAttribute(`${prefix}_nodeids`, weights.nodes),
    integersAttribute(`${prefix}_ids`, weights.ids),
    floatsAttribute(`${prefix}_weights`, weights.values),
  ]

  function leafWeights(node: number, tree: number): [output: number, value: number][] {
    // Two classes: one weight, that of class 1, as converters of scikit-learn write it.
    if (leafSize === 1) return [[scores > 1 ? tree % scores : 0, threshold[node]!]]
    const own = [...leafValues.subarray(left[node]! * leafSize, (left[node]! + 1) * leafSize)]
    return [1 - own.reduce((sum, value) => sum + value, 0), ...own].map((value, output) => [output, value])
  }
}

const ATTRIBUTE = { float: 1, integer: 2, text: 3, floats: 6, integers: 7, texts: 8 } as const

function operator(type: string, outputs: readonly string[], attributes: readonly Uint8Array[]): Uint8Array {
  return joined([
    text(1, 'x'),
    ...outputs.map((output) => text(2, output)),
    text(4, type),
    ...attributes.map((each) => protoBytes(5, each)),
    text(7, 'ai.onnx.ml'),
  ])
}

function attribute(name: string, kind: keyof typeof ATTRIBUTE, content: Uint8Array): Uint8Array {
  return joined([text(1, name), content, protoInteger(20, ATTRIBUTE[kind])])
}

function numberAttribute(name: string, value: number): Uint8Array {
  return attribute(name, 'integer', protoInteger(3, value))
}

function textAttribute(name: string, value: string): Uint8Array {
  return attribute(name, 'text', text(4, value))
}

function textsAttribute(name: string, values: readonly string[]): Uint8Array {
  return attribute(name, 'texts', joined(values.map((value) => text(9, value))))
}

function integersAttribute(name: string, values: readonly number[]): Uint8Array {
  return attribute(name, 'integers', protoIntegers(8, values))
}

function floatsAttribute(name: string, values: ArrayLike<number>): Uint8Array {
  return attribute(name, 'floats', protoFloats(7, values))
}

function text(field: number, value: string): Uint8Array {
  return protoBytes(field, value)
}

/** A named tensor whose first dimension is the number of rows. */
function valueInfo(name: string, type: number, columns: readonly number[]): Uint8Array {
  const rows = protoBytes(1, text(2, 'rows'))
  const shape = joined([rows, ...columns.map((count) => protoBytes(1, protoInteger(1, count)))])
  const tensor = joined([protoInteger(1, type), protoBytes(2, shape)])
  return joined([text(1, name), protoBytes(2, protoBytes(1, tensor))])
}
