// The operator TreeEnsemble of ai.onnx.ml 5: leaves are numbered apart from nodes, comparisons are numbers, and a split may ask for one of many
// categories, listed in membership_values with a NaN behind each list.
import { type ForeignNode, type ForeignTree, unreadable } from './foreign-trees.ts'
import { type OnnxAttributes, splitBy } from './onnx-attributes.ts'

const MODES = ['LEQ', 'LT', 'GTE', 'GT', 'EQ', 'NEQ', 'MEMBER'] as const
const SOURCE = 'ONNX'

/** Trees of one target; each takes the factor of its leaves. */
export function treesOfVersion5(take: OnnxAttributes): ((scale: number) => ForeignTree)[] {
  if ((take.numbers('n_targets')[0] ?? 1) !== 1) throw unreadable(SOURCE, 'it predicts several targets at once')
  const features = take.numbers('nodes_featureids')
  const nodes = features.length
  const column = (name: string): readonly number[] => {
    const values = take.numbers(name)
    if (values.length === nodes) return values
    throw unreadable(SOURCE, `${name} has ${values.length} entries for ${nodes} nodes`)
  }
  const [modes, splits] = [column('nodes_modes'), column('nodes_splits')]
  const [whenTrue, whenFalse] = [column('nodes_truenodeids'), column('nodes_falsenodeids')]
  const [trueIsLeaf, falseIsLeaf] = [column('nodes_trueleafs'), column('nodes_falseleafs')]
  const missing = take.numbers('nodes_missing_value_tracks_true')
  const weights = take.numbers('leaf_weights')
  const members = membersOf(take.numbers('membership_values'), modes)
  // A leaf has the numbers behind those of the nodes.
  const place = (to: number, isLeaf: number): number => (isLeaf === 1 ? nodes + to : to)
  return take.numbers('tree_roots').map((root) => (scale) => ({
    root,
    nodes: nodes + weights.length,
    nodeAt: (node): ForeignNode => {
      const weight = weights[node - nodes]
      if (weight !== undefined) return { leaf: [weight * scale] }
      const mode = MODES[modes[node]!]
      if (mode === undefined) throw unreadable(SOURCE, `a split leads to node ${node} of ${nodes}, or compares by ${modes[node]}`)
      const to = { whenTrue: place(whenTrue[node]!, trueIsLeaf[node]!), whenFalse: place(whenFalse[node]!, falseIsLeaf[node]!) }
      return splitBy(mode, splits[node]!, { feature: features[node]!, ...to, missingTrue: missing[node] === 1 }, members.get(node))
    },
  }))
}

/** Of each node that asks for one of many: its list. */
function membersOf(values: readonly number[], modes: readonly number[]): Map<number, readonly number[]> {
  const lists = new Map<number, readonly number[]>()
  let from = 0
  for (const [node, mode] of modes.entries()) {
    if (MODES[mode] !== 'MEMBER') continue
    let to = from
    while (to < values.length && !Number.isNaN(values[to]!)) to++
    if (to >= values.length) throw unreadable(SOURCE, 'membership_values ends before its splits do')
    lists.set(node, values.slice(from, to))
    from = to + 1
  }
  return lists
}
