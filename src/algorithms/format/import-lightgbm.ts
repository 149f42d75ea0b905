// Reads the text that LightGBM's save_model writes (version 4; docs "Tree" of src/io/tree.cpp). Nothing in it is executed.
import { assembleTrees, type ForeignNode, type ForeignTree, type ImportedTrees, unreadable } from './foreign-trees.ts'

const SOURCE = 'LightGBM'
/** Objectives whose prediction is the sum of the trees, or its exponential. */
const PLAIN = new Set(['regression', 'regression_l1', 'huber', 'fair', 'quantile', 'mape'])
const LOGARITHMIC = new Set(['poisson', 'gamma', 'tweedie'])

type Block = ReadonlyMap<string, string>

/**
 * Takes over a model of LightGBM: regression, binary and multiclass, missing values and categories as LightGBM decides them.
 *
 * Predictions are LightGBM's on float32 features within the rounding of leaf values to float32. A category is a whole number; LightGBM
 * cuts fractions off, here a fraction is a category never seen.
 *
 * @param text  the whole file.
 * @throws   `invalid_input` for a file that is cut short or holds what these trees cannot say (linear leaves, other objectives, zero as
 *           missing value, categories above 253).
 * @see      Ke et al. 2017, LightGBM: A Highly Efficient Gradient Boosting Decision Tree.
 * @example
 * const { ensemble, featureNames } = importLightGbm(await readFile('model.txt', 'utf8'))
 */
export function importLightGbm(text: string): ImportedTrees {
  const [head, ...blocks] = text.split(/\r?\n(?=Tree=\d)/)
  const header = blockOf(head!)
  if (!head!.startsWith('tree')) throw unreadable(SOURCE, 'the file does not begin with "tree". Pass what save_model wrote')
  if (!text.includes('end of trees')) throw unreadable(SOURCE, 'the line "end of trees" is missing. The file was cut short')
  const [objective = '', ...settings] = (header.get('objective') ?? '').split(' ')
  const scores = Number(header.get('num_tree_per_iteration') ?? '1')
  const { nClasses, scale, link } = roleOf(objective, settings, scores)
  const nFeatures = Number(header.get('max_feature_idx')) + 1
  if (!Number.isInteger(nFeatures) || nFeatures < 1) throw unreadable(SOURCE, `max_feature_idx is "${header.get('max_feature_idx')}"`)
  // A random forest of LightGBM averages what boosting adds.
  const averaged = header.has('average_output') ? scores / blocks.length : 1
  const trees = blocks.map((block) => treeOf(blockOf(block.split('end of trees')[0]!), scale * averaged))
  const ensemble = assembleTrees(trees, {
    ...{ kind: 'boosted-trees', source: SOURCE, nFeatures, nClasses, link },
    task: nClasses === 0 ? 'regression' : 'classification',
    baseScores: new Array<number>(scores).fill(0),
  })
  return { ensemble, featureNames: header.get('feature_names')?.split(' ') ?? [] }
}

function roleOf(objective: string, settings: readonly string[], scores: number): { nClasses: number; scale: number; link?: 'log' } {
  if (settings.includes('sqrt')) throw unreadable(SOURCE, 'it predicts squares of its trees (reg_sqrt)')
  if (PLAIN.has(objective)) return { nClasses: 0, scale: 1 }
  if (LOGARITHMIC.has(objective)) return { nClasses: 0, scale: 1, link: 'log' }
  if (objective === 'cross_entropy') return { nClasses: 2, scale: 1 }
  if (objective === 'binary') {
    const sigmoid = settings.find((setting) => setting.startsWith('sigmoid:'))?.slice('sigmoid:'.length)
    return { nClasses: 2, scale: Number(sigmoid ?? '1') }
  }
  if (objective === 'multiclass' && scores > 2) return { nClasses: scores, scale: 1 }
  throw unreadable(
    SOURCE,
    `its objective is "${objective}" with ${scores} scores. Possible are ${[...PLAIN, ...LOGARITHMIC, 'binary', 'cross_entropy'].join(', ')} and multiclass of 3 or more classes`,
  )
}

function treeOf(block: Block, scale: number): ForeignTree {
  const leaves = Number(block.get('num_leaves'))
  if (block.get('is_linear') === '1') throw unreadable(SOURCE, 'its leaves are linear models')
  const take = (name: string, count: number): Float64Array => {
    const values = Float64Array.from(block.get(name)?.split(' ') ?? [], Number)
    if (values.length === count && !values.includes(Number.NaN)) return values
    throw unreadable(SOURCE, `tree ${block.get('Tree')} has ${values.length} numbers in ${name}, expected ${count}`)
  }
  const values = take('leaf_value', leaves)
  const counts = block.has('leaf_count') && leaves > 1 ? take('leaf_count', leaves) : undefined
  const leafAt = (leaf: number): ForeignNode => ({ leaf: [values[leaf]! * scale], cover: counts?.[leaf] })
  if (leaves === 1) return { root: -1, nodes: 1, nodeAt: () => leafAt(0) }
  const inner = leaves - 1
  const [features, edges, kinds] = [take('split_feature', inner), take('threshold', inner), take('decision_type', inner)]
  const [left, right, gain] = [take('left_child', inner), take('right_child', inner), take('split_gain', inner)]
  const sets = Number(block.get('num_cat') ?? '0')
  const bounds = sets > 0 ? take('cat_boundaries', sets + 1) : new Float64Array(0)
  const words = sets > 0 ? take('cat_threshold', bounds[sets]!) : new Float64Array(0)
  const nodeAt = (node: number): ForeignNode => {
    // -1 - number of the leaf.
    if (node < 0) return leafAt(-1 - node)
    const kind = kinds[node]!
    const split = { feature: features[node]!, left: left[node]!, right: right[node]!, gain: gain[node]!, edge: edges[node]! }
    if ((kind & 1) === 0) return { ...split, missingLeft: missingGoesLeft(kind, edges[node]!) }
    const first = bounds[edges[node]!]!
    const listed: number[] = []
    for (let bit = 0; bit < (bounds[edges[node]! + 1]! - first) * 32; bit++) {
      if (((words[first + (bit >>> 5)]! >>> (bit & 31)) & 1) === 1) listed.push(bit)
    }
    return { ...split, missingLeft: false, categories: listed, listedLeft: true }
  }
  return { root: 0, nodes: inner + leaves, nodeAt }
}

/** Bits 2 and 3 say what counts as missing: nothing (then NaN is taken for 0), zero, or NaN; bit 1 where it goes. */
function missingGoesLeft(kind: number, edge: number): boolean {
  const missing = (kind >> 2) & 3
  const defaultLeft = (kind & 2) !== 0
  if (missing === 2) return defaultLeft
  if (missing === 1 && defaultLeft !== 0 <= edge) {
    throw unreadable(SOURCE, 'it takes 0 for a missing value (zero_as_missing) and sends it past its threshold')
  }
  return 0 <= edge
}

function blockOf(text: string): Block {
  const entries = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=')
    if (at > 0) entries.set(line.slice(0, at), line.slice(at + 1).trim())
    else if (line !== '') entries.set(line.trim(), '')
  }
  return entries
}
