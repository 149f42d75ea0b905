// Writes trees as an ONNX model (operators of ai.onnx.ml 3, ONNX 1.10 and later) that onnxruntime serves in any language.
import { TandemError } from '../../errors.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { outputCount } from '../tree/predict.ts'
import {
  floatsAttribute,
  integersAttribute,
  ML,
  numberAttribute,
  onnxModel,
  onnxNode,
  textAttribute,
  textsAttribute,
  valueInfo,
} from './onnx-model.ts'

export interface OnnxOptions {
  /** Labels in the order of the class codes; the codes themselves when absent. */
  readonly classes?: readonly string[]
  /** Beside the model, for people and programs: what a feature is, where it came from. */
  readonly metadata?: Readonly<Record<string, string>>
}

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
  const inputs = [valueInfo('x', 'float', [ensemble.nFeatures])]
  return onnxModel({ name: 'trees', inputs, ...treeNodes(ensemble, classes, 'x') }, metadata)
}

/**
 * The nodes that read the columns `input` and give the outputs of a model, and these.
 *
 * @throws as `exportOnnx`.
 */
export function treeNodes(
  ensemble: TreeEnsemble,
  classes: readonly string[] | undefined,
  input: string,
): { readonly nodes: Uint8Array[]; readonly outputs: Uint8Array[] } {
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
  if (ensemble.task === 'regression') return { nodes: regressor(ensemble, input), outputs: [valueInfo('prediction', 'float', [1])] }
  return {
    nodes: [classifier(ensemble, classes, input)],
    outputs: [
      valueInfo('label', classes === undefined ? 'integer' : 'text', []),
      valueInfo('probabilities', 'float', [outputCount(ensemble)]),
    ],
  }
}

function regressor(ensemble: TreeEnsemble, input: string): Uint8Array[] {
  const { kind, baseScores, link } = ensemble
  const attributes = [
    ...treeAttributes(ensemble, 'target'),
    numberAttribute('n_targets', 1),
    textAttribute('post_transform', 'NONE'),
    textAttribute('aggregate_function', kind === 'random-forest' ? 'AVERAGE' : 'SUM'),
    floatsAttribute('base_values', baseScores),
  ]
  const trees = (output: string): Uint8Array => onnxNode('TreeEnsembleRegressor', [input], [output], attributes, ML)
  if (link !== 'log') return [trees('prediction')]
  return [trees('logarithm'), onnxNode('Exp', ['logarithm'], ['prediction'])]
}

function classifier(ensemble: TreeEnsemble, classes: readonly string[] | undefined, input: string): Uint8Array {
  const { kind, nClasses, baseScores } = ensemble
  const forest = kind === 'random-forest'
  const codes = Array.from({ length: nClasses }, (_, code) => code)
  const attributes = [
    ...treeAttributes(ensemble, 'class'),
    classes === undefined ? integersAttribute('classlabels_int64s', codes) : textsAttribute('classlabels_strings', classes),
    textAttribute('post_transform', forest ? 'NONE' : nClasses === 2 ? 'LOGISTIC' : 'SOFTMAX'),
    ...(forest ? [] : [floatsAttribute('base_values', baseScores)]),
  ]
  return onnxNode('TreeEnsembleClassifier', [input], ['label', 'probabilities'], attributes, ML)
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
