// Reads the tree ensemble of an ONNX file (operators TreeEnsembleClassifier and TreeEnsembleRegressor of ai.onnx.ml, and TreeEnsemble since
// its version 5), as skl2onnx, onnxmltools, CatBoost and exportOnnx write it. Other operators may only hand its result on.
import { assembleTrees, type ForeignNode, type ForeignTree, type ImportedTrees, unreadable } from './foreign-trees.ts'
import { type OnnxAttributes as Attributes, attributesOf, splitBy } from './onnx-attributes.ts'
import { treesOfVersion5 } from './onnx-trees-5.ts'
import { type ProtoMessage, protoMessages, protoNumbers, protoText, readProto } from './protobuf.ts'

const SOURCE = 'ONNX'
/** What may stand beside the trees: it changes no number. */
const SILENT = new Set(['Identity', 'Cast', 'ZipMap', 'Exp'])

export interface OnnxTrees extends ImportedTrees {
  /** Labels in the order of the class codes; empty for regression. */
  readonly classes: readonly (string | number)[]
}

/**
 * Takes over the trees of an ONNX model.
 *
 * @param bytes  the whole file.
 * @throws   `invalid_input` for bytes that are no ONNX model, models of other operators or several targets, or a feature that is
 *           a number to some splits and a category to others.
 * @see      onnx/onnx docs/Operators-ml.md.
 * @example
 * const { ensemble, classes } = importOnnx(await readFile('model.onnx'))
 */
export function importOnnx(bytes: Uint8Array): OnnxTrees {
  try {
    return read(bytes)
  } catch (error) {
    // Messages stand in messages: one that is damaged shows when it is read.
    if (!(error instanceof RangeError)) throw error
    throw unreadable(SOURCE, 'the bytes are no ONNX model, or were cut short', error)
  }
}

function read(bytes: Uint8Array): OnnxTrees {
  const graph: ProtoMessage = protoMessages(readProto(bytes), 7)[0] ?? new Map()
  const nodes = protoMessages(graph, 1)
  const isTree = (node: ProtoMessage): boolean => /^TreeEnsemble(Classifier|Regressor)?$/.test(protoText(node, 4))
  const [tree, ...more] = nodes.filter(isTree)
  const others = nodes.filter((node) => !isTree(node) && !SILENT.has(protoText(node, 4)) && !multipliesByOne(node, graph))
  if (tree === undefined || more.length > 0 || others.length > 0) {
    const names = [...new Set(nodes.map((node) => protoText(node, 4)))].join(', ')
    throw unreadable(
      SOURCE,
      `its operators are ${names.slice(0, 200) || 'none'}. One ensemble of trees is possible; of scikit-learn, export the model with worker/export_sklearn.py instead`,
    )
  }
  const take = attributesOf(tree)
  const isClassifier = protoText(tree, 4) === 'TreeEnsembleClassifier'
  const classes = isClassifier ? [...take.texts('classlabels_strings'), ...take.numbers('classlabels_int64s')] : []
  if (isClassifier && classes.length < 2) throw unreadable(SOURCE, `it has ${classes.length} classes`)
  if (!isClassifier && (take.numbers('n_targets')[0] ?? 1) !== 1) throw unreadable(SOURCE, 'it predicts several targets at once')
  if (isClassifier && classes.length > take.numbers('nodes_treeids').length) throw unreadable(SOURCE, `it has ${classes.length} classes`)
  const logarithmic = nodes.some((node) => protoText(node, 4) === 'Exp')
  if (logarithmic && isClassifier) throw unreadable(SOURCE, 'it takes the exponential of probabilities')
  if (protoText(tree, 4) === 'TreeEnsemble') return { ...joinVersion5(take, widthOf(graph, take), logarithmic), classes }
  return { ...join(take, classes, widthOf(graph, take), logarithmic), classes }
}

function join(take: Attributes, classes: readonly unknown[], nFeatures: number, logarithmic: boolean): ImportedTrees {
  const isClassifier = classes.length > 0
  const prefix = isClassifier ? 'class' : 'target'
  const transform = take.texts('post_transform')[0] ?? 'NONE'
  const trees = treesOf(take, prefix)
  const base = take.numbers('base_values')
  const ids = new Set(take.numbers(`${prefix}_ids`))
  if (isClassifier && [...ids].some((id) => id < 0 || id >= classes.length))
    throw unreadable(SOURCE, 'a leaf adds to a class that is not there')
  const shape = {
    source: SOURCE,
    nFeatures,
    nClasses: classes.length,
    task: isClassifier ? ('classification' as const) : ('regression' as const),
  }
  const expected = !isClassifier ? 'NONE' : classes.length === 2 ? 'LOGISTIC' : 'SOFTMAX'
  const forest = isClassifier && transform === 'NONE'
  if (!forest && transform !== expected) throw unreadable(SOURCE, `its post_transform is ${transform} for ${classes.length} classes`)
  if (forest && base.some((value) => value !== 0)) throw unreadable(SOURCE, 'it adds a constant to probabilities (base_values)')
  const aggregate = take.texts('aggregate_function')[0] ?? 'SUM'
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') throw unreadable(SOURCE, `its aggregate_function is ${aggregate}`)
  const scale = (aggregate === 'AVERAGE' ? 1 / trees.length : 1) * (forest ? trees.length : 1)
  if (forest) {
    // Of two classes one weight may stand for both: then it is that of class 1.
    const outputs = classes.length === 2 ? [ids.has(1) ? 1 : 0] : Array.from({ length: classes.length - 1 }, (_, at) => at + 1)
    const list = trees.map((tree) => tree.withLeaves((weights) => outputs.map((output) => (weights.get(output) ?? 0) * scale)))
    return { ensemble: assembleTrees(list, { ...shape, kind: 'random-forest', baseScores: [0] }), featureNames: [] }
  }
  const scores = classes.length > 2 ? classes.length : 1
  const link = logarithmic ? ({ link: 'log' } as const) : {}
  const baseScores = Array.from({ length: scores }, (_, score) =>
    base.length === scores ? base[score]! : (base[scores === 1 ? base.length - 1 : -1] ?? 0),
  )
  const list =
    scores === 1
      ? trees.map((tree) => tree.withLeaves((weights) => [oneScore(weights, isClassifier) * scale]))
      : byTurns(trees, scores, scale)
  return { ensemble: assembleTrees(list, { ...shape, ...link, kind: 'boosted-trees', baseScores }), featureNames: [] }
}

/** Of two classes CatBoost writes the score and its negative; others one weight that stands for class 1. */
function oneScore(weights: ReadonlyMap<number, number>, isClassifier: boolean): number {
  const [first, ...more] = weights.values()
  if (more.length === 0) return first ?? 0
  const [zero, one] = [weights.get(0), weights.get(1)]
  if (isClassifier && weights.size === 2 && one !== undefined && zero === -one) return one
  throw unreadable(SOURCE, 'a leaf adds different amounts to its two classes')
}

/** A tree a class by turns: trees that add to one class as they are, others once for each class. */
function byTurns(trees: readonly OnnxTree[], scores: number, scale: number): ForeignTree[] {
  const own = Array.from({ length: scores }, () => [] as OnnxTree[])
  for (const tree of trees) for (const output of tree.outputs) own[output]?.push(tree)
  const rounds = own[0]!.length
  const isOneEach = trees.every(({ outputs }) => outputs.size <= 1) && own.every(({ length }) => length === rounds)
  if (isOneEach && rounds * scores === trees.length) {
    return trees.map((_, at) => {
      const score = at % scores
      return own[score]![Math.floor(at / scores)]!.withLeaves((weights) => [(weights.get(score) ?? 0) * scale])
    })
  }
  if (trees.length * scores > MAX_COPIES) throw unreadable(SOURCE, `${trees.length} trees add to ${scores} classes at once`)
  return trees.flatMap((tree) => Array.from(own, (_, score) => tree.withLeaves((weights) => [(weights.get(score) ?? 0) * scale])))
}

/** Of version 5 a value is what the trees add up to; probabilities are made of it by other operators. */
function joinVersion5(take: Attributes, nFeatures: number, logarithmic: boolean): ImportedTrees {
  const trees = treesOfVersion5(take)
  const [aggregate = 1, transform = 0] = [take.numbers('aggregate_function')[0], take.numbers('post_transform')[0]]
  if (aggregate > 1 || transform !== 0) throw unreadable(SOURCE, `its aggregate_function is ${aggregate}, its post_transform ${transform}`)
  const scale = aggregate === 0 ? 1 / trees.length : 1
  const ensemble = assembleTrees(
    trees.map((tree) => tree(scale)),
    {
      ...{ source: SOURCE, nFeatures, nClasses: 0, task: 'regression', kind: 'boosted-trees', baseScores: [0] },
      ...(logarithmic ? ({ link: 'log' } as const) : {}),
    },
  )
  return { ensemble, featureNames: [] }
}

/** Trees made of those of a file, at most. */
const MAX_COPIES = 100_000

interface OnnxTree {
  /** Outputs that its leaves add to. */
  readonly outputs: ReadonlySet<number>
  readonly withLeaves: (leafOf: (weights: ReadonlyMap<number, number>) => readonly number[]) => ForeignTree
}

function treesOf(take: Attributes, prefix: string): OnnxTree[] {
  const treeIds = take.numbers('nodes_treeids')
  const column = (name: string): readonly number[] => {
    const values = take.numbers(name)
    if (values.length === treeIds.length) return values
    throw unreadable(SOURCE, `${name} has ${values.length} entries for ${treeIds.length} nodes`)
  }
  const [nodeIds, features, values] = [column('nodes_nodeids'), column('nodes_featureids'), column('nodes_values')]
  const [whenTrue, whenFalse] = [column('nodes_truenodeids'), column('nodes_falsenodeids')]
  const modes = take.texts('nodes_modes')
  if (modes.length !== treeIds.length) throw unreadable(SOURCE, `nodes_modes has ${modes.length} entries for ${treeIds.length} nodes`)
  const missing = take.numbers('nodes_missing_value_tracks_true')
  const places = new Map<number, Map<number, number>>()
  for (const [at, tree] of treeIds.entries()) {
    if (!places.has(tree)) places.set(tree, new Map())
    places.get(tree)!.set(nodeIds[at]!, at)
  }
  const weights = weightsOf(take, prefix, places)
  return [...places.values()].map((place) => {
    const nodeAt = (node: number, leafOf: (weights: ReadonlyMap<number, number>) => readonly number[]): ForeignNode => {
      const at = place.get(node)
      if (at === undefined) throw unreadable(SOURCE, `a split leads to node ${node}, which its tree does not have`)
      const mode = modes[at]!
      if (mode === 'LEAF') return { leaf: leafOf(weights.get(at) ?? new Map()) }
      const way = { feature: features[at]!, whenTrue: whenTrue[at]!, whenFalse: whenFalse[at]!, missingTrue: missing[at] === 1 }
      if (mode !== 'BRANCH_EQ') return splitBy(mode.replace('BRANCH_', ''), values[at]!, way)
      // Converters ask for one category after the other, and each yes leads to the same node: that is one of many.
      const members = [values[at]!]
      let [last, missingTrue] = [at, way.missingTrue]
      while (members.length <= place.size) {
        const next = place.get(whenFalse[last]!)
        if (next === undefined || modes[next] !== mode || features[next] !== way.feature || whenTrue[next] !== way.whenTrue) break
        members.push(values[next]!)
        missingTrue ||= missing[next] === 1
        last = next
      }
      return splitBy('MEMBER', 0, { ...way, whenFalse: whenFalse[last]!, missingTrue }, members)
    }
    const own = new Set<number>()
    for (const at of place.values()) for (const output of weights.get(at)?.keys() ?? []) own.add(output)
    // The first node listed is the root.
    const [root] = place.keys()
    return { outputs: own, withLeaves: (leafOf) => ({ root: root!, nodes: place.size, nodeAt: (node) => nodeAt(node, leafOf) }) }
  })
}

/** What each leaf adds to which output, by the place of its node. */
function weightsOf(
  take: Attributes,
  prefix: string,
  places: ReadonlyMap<number, ReadonlyMap<number, number>>,
): Map<number, Map<number, number>> {
  const [trees, nodes] = [take.numbers(`${prefix}_treeids`), take.numbers(`${prefix}_nodeids`)]
  const [outputs, amounts] = [take.numbers(`${prefix}_ids`), take.numbers(`${prefix}_weights`)]
  if ([nodes, outputs, amounts].some(({ length }) => length !== trees.length))
    throw unreadable(SOURCE, `lists of ${prefix} weights differ in length`)
  const weights = new Map<number, Map<number, number>>()
  for (const [at, tree] of trees.entries()) {
    const place = places.get(tree)?.get(nodes[at]!)
    if (place === undefined) throw unreadable(SOURCE, `a weight belongs to node ${nodes[at]} of tree ${tree}, which is not there`)
    const own = weights.get(place) ?? new Map<number, number>()
    own.set(outputs[at]!, (own.get(outputs[at]!) ?? 0) + amounts[at]!)
    weights.set(place, own)
  }
  return weights
}

/** onnxmltools multiplies probabilities of LightGBM by a constant 1. */
function multipliesByOne(node: ProtoMessage, graph: ProtoMessage): boolean {
  if (protoText(node, 4) !== 'Mul') return false
  const inputs = (node.get(1) ?? []).map(({ bytes }) => new TextDecoder().decode(bytes))
  return protoMessages(graph, 5).some((tensor) => {
    const values = [...protoNumbers(tensor, 4, 'float'), ...protoNumbers(tensor, 9, 'float')]
    return inputs.includes(protoText(tensor, 8)) && values.length === 1 && values[0] === 1
  })
}

/** Features of the input, or as many as the splits ask for when the file does not say. */
function widthOf(graph: ProtoMessage, take: Attributes): number {
  const type = protoMessages(graph, 11).flatMap((input) => protoMessages(input, 2))
  const shape = type.flatMap((each) => protoMessages(each, 1)).flatMap((tensor) => protoMessages(tensor, 2))[0]
  const width = shape === undefined ? undefined : protoMessages(shape, 1)[1]?.get(1)?.[0]?.number
  const asked = take.numbers('nodes_featureids').reduce((most, feature) => Math.max(most, feature), 0) + 1
  return Math.max(width ?? 0, asked)
}
