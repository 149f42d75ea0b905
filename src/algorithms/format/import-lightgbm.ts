// Reads the text that LightGBM's save_model writes (version 4; docs "Tree" of src/io/tree.cpp). Nothing in it is executed.
import { ZERO_WIDTH } from '../tree/ensemble.ts'
import { fieldOf, parseJson } from './foreign-json.ts'
import {
  assembleTrees,
  type ForeignNode,
  type ForeignTree,
  floatBelow,
  type ImportedTrees,
  MAX_FOREIGN_FEATURES,
  unreadable,
} from './foreign-trees.ts'

const SOURCE = 'LightGBM'
/** Objectives whose prediction is the sum of the trees; of ranking it is a score that orders the rows. */
const PLAIN = new Set(['regression', 'regression_l1', 'huber', 'fair', 'quantile', 'mape', 'lambdarank', 'rank_xendcg', 'custom'])
const LOGARITHMIC = new Set(['poisson', 'gamma', 'tweedie'])
/** What is refused, and what to do. */
const REFUSED: Readonly<Record<string, string>> = {
  multiclassova: 'its classes are judged one by one, and their probabilities do not add up to 1. Train it with objective=multiclass',
  cross_entropy_lambda: 'it predicts log(1 + exp(score)). Train it with objective=cross_entropy',
}
/** Bits 2 and 3 of decision_type: what counts as missing. Of 0 nothing does, and NaN is taken for 0. */
const MISSING_IS_ZERO = 1
const MISSING_IS_NAN = 2

/** A tree of two leaves takes 4 kB while it is read. */
const MAX_TREES = 2 ** 18
/** Lines of the head or of a tree that are looked at; LightGBM writes 30. */
const MAX_LINES = 1000

type Block = ReadonlyMap<string, string>

/**
 * Takes over a model of LightGBM: regression, ranking, binary and multiclass, linear leaves, missing values and categories as LightGBM
 * decides them.
 *
 * Predictions are LightGBM's on float32 features within the rounding of leaf values to float32. A category is a whole number; LightGBM
 * cuts fractions off, here a fraction is a category never seen.
 *
 * @param text  the whole file.
 * @returns  `categories` where the model was trained on a pandas table with categories: a feature's number is the place of its text.
 * @throws   `invalid_input` for a file that is cut short or holds what these trees cannot say (one-against-all, reg_sqrt, more than 254
 *           groups of categories); `artifact_damaged` for numbers that no tree has.
 * @see      Ke et al. 2017, LightGBM: A Highly Efficient Gradient Boosting Decision Tree.
 * @example
 * const { ensemble, featureNames } = importLightGbm(await readFile('model.txt', 'utf8'))
 */
export function importLightGbm(text: string): ImportedTrees {
  const [head, ...blocks] = text.split(/\r?\n(?=Tree=\d)/, MAX_TREES + 2)
  if (blocks.length > MAX_TREES) throw unreadable(SOURCE, `it has more than ${MAX_TREES} trees`)
  const header = blockOf(head!)
  if (!head!.startsWith('tree')) throw unreadable(SOURCE, 'the file does not begin with "tree". Pass what save_model wrote')
  const end = text.indexOf('end of trees')
  if (end < 0) throw unreadable(SOURCE, 'the line "end of trees" is missing. The file was cut short')
  const [objective = '', ...settings] = (header.get('objective') ?? 'custom').split(' ')
  const scores = Number(header.get('num_tree_per_iteration') ?? '1')
  if (!Number.isInteger(scores) || scores < 1 || blocks.length === 0 || blocks.length % scores !== 0) {
    throw unreadable(SOURCE, `it has ${blocks.length} trees for num_tree_per_iteration=${header.get('num_tree_per_iteration')}`)
  }
  const { nClasses, scale, link } = roleOf(objective, settings, scores)
  const nFeatures = Number(header.get('max_feature_idx')) + 1
  if (!Number.isInteger(nFeatures) || nFeatures < 1 || nFeatures > MAX_FOREIGN_FEATURES) {
    throw unreadable(SOURCE, `max_feature_idx is "${header.get('max_feature_idx')}", expected 0 to ${MAX_FOREIGN_FEATURES - 1}`)
  }
  // A random forest of LightGBM averages what boosting adds.
  const averaged = header.has('average_output') ? scores / blocks.length : 1
  const read = blocks.map((block) => splitsOf(blockOf(block.split('end of trees')[0]!)))
  const zeroIsMissing = featuresWithoutZero(read, nFeatures)
  // Two scores become one: softmax of two is the sigmoid of their difference.
  const sign = (tree: number): number => (nClasses === 2 && scores === 2 && tree % 2 === 0 ? -1 : 1)
  const trees = read.map((splits, at) => treeOf(splits, sign(at) * scale * averaged, zeroIsMissing))
  const ensemble = assembleTrees(trees, {
    ...{ kind: 'boosted-trees', source: SOURCE, nFeatures, nClasses, link, zeroIsMissing },
    task: nClasses === 0 ? 'regression' : 'classification',
    baseScores: new Array<number>(nClasses > 2 ? scores : 1).fill(0),
  })
  const featureNames = header.get('feature_names')?.split(' ') ?? []
  const categories = pandasCategories(text.slice(end), header.get('feature_infos')?.split(' ') ?? [])
  return { ensemble, featureNames, ...(categories === undefined ? {} : { categories }) }
}

function roleOf(objective: string, settings: readonly string[], scores: number): { nClasses: number; scale: number; link?: 'log' } {
  if (settings.includes('sqrt')) throw unreadable(SOURCE, 'it predicts squares of its trees (reg_sqrt). Train on the root of the target')
  if (REFUSED[objective] !== undefined) throw unreadable(SOURCE, REFUSED[objective])
  if (scores === 1 && PLAIN.has(objective)) return { nClasses: 0, scale: 1 }
  if (scores === 1 && LOGARITHMIC.has(objective)) return { nClasses: 0, scale: 1, link: 'log' }
  if (scores === 1 && objective === 'cross_entropy') return { nClasses: 2, scale: 1 }
  if (scores === 1 && objective === 'binary') {
    const sigmoid = settings.find((setting) => setting.startsWith('sigmoid:'))?.slice('sigmoid:'.length)
    return { nClasses: 2, scale: Number(sigmoid ?? '1') }
  }
  if (objective === 'multiclass' && scores > 1) return { nClasses: scores, scale: 1 }
  throw unreadable(
    SOURCE,
    `its objective is "${objective}" with ${scores} scores. Possible are ${[...PLAIN, ...LOGARITHMIC, 'binary', 'cross_entropy'].join(', ')} and multiclass`,
  )
}

/** One tree as the file lists it. */
interface Splits {
  readonly block: Block
  readonly inner: number
  readonly take: (name: string, count: number) => Float64Array
  readonly features: Float64Array
  readonly edges: Float64Array
  readonly kinds: Float64Array
}

function splitsOf(block: Block): Splits {
  const take = (name: string, count: number): Float64Array => {
    const texts = block.get(name)?.split(' ') ?? []
    const values = Float64Array.from(
      texts.filter((text) => text !== ''),
      numberOf,
    )
    if (values.length === count && !values.includes(Number.NaN)) return values
    throw unreadable(SOURCE, `tree ${block.get('Tree')} has ${values.length} numbers in ${name}, expected ${count}`)
  }
  const inner = Number(block.get('num_leaves')) - 1
  if (!Number.isInteger(inner) || inner < 0) {
    throw unreadable(SOURCE, `tree ${block.get('Tree')} has num_leaves=${block.get('num_leaves')}`)
  }
  const list = (name: string): Float64Array => (inner === 0 ? new Float64Array(0) : take(name, inner))
  return { block, inner, take, features: list('split_feature'), edges: list('threshold'), kinds: list('decision_type') }
}

/**
 * Features of which 0 counts as missing (zero_as_missing). Where each split sends missing values the way that 0 goes by its threshold, 0
 * may as well be a number.
 */
function featuresWithoutZero(trees: readonly Splits[], nFeatures: number): Uint8Array {
  const flags = new Uint8Array(nFeatures)
  const others = new Uint8Array(nFeatures)
  for (const { features, edges, kinds } of trees) {
    for (const [node, kind] of kinds.entries()) {
      if ((kind & 1) === 1) continue
      const [f, edge] = [features[node]!, edges[node]!]
      if (((kind >> 2) & 3) !== MISSING_IS_ZERO) others[f] = 1
      else if (((kind & 2) !== 0) !== 0 <= edge) flags[f] = 1
    }
  }
  const both = flags.findIndex((flag, f) => flag === 1 && others[f] === 1)
  if (both < 0) return flags
  throw unreadable(SOURCE, `0 is missing to some splits of feature ${both} and a number to others. Train it in one go`)
}

function treeOf({ block, inner, take, features, edges, kinds }: Splits, scale: number, zeroIsMissing: Uint8Array): ForeignTree {
  const leaves = inner + 1
  const values = take('leaf_value', leaves)
  const counts = block.has('leaf_count') && leaves > 1 ? take('leaf_count', leaves) : undefined
  const lineOf = block.get('is_linear') === '1' ? linesOf(block, take, leaves, scale) : () => ({})
  const leafAt = (leaf: number): ForeignNode => ({ leaf: [values[leaf]! * scale], cover: counts?.[leaf], ...lineOf(leaf) })
  if (inner === 0) return { root: -1, nodes: 1, nodeAt: () => leafAt(0) }
  const [left, right, gain] = [take('left_child', inner), take('right_child', inner), take('split_gain', inner)]
  const listed = listedCategories(block, take)
  const nodeAt = (node: number): ForeignNode => {
    // -1 - number of the leaf.
    if (node < 0) return leafAt(-1 - node)
    const kind = kinds[node]!
    const [feature, edge] = [features[node]!, edges[node]!]
    const split = { feature, left: left[node]!, right: right[node]!, gain: gain[node]!, edge: edgeAround0(edge) }
    if ((kind & 1) === 1) return { ...split, missingLeft: false, categories: listed(edge), listedLeft: true }
    // NaN is 0 unless it is what is missing; 0 goes where it goes, unless it is missing.
    const goesWithDefault = ((kind >> 2) & 3) === MISSING_IS_NAN || zeroIsMissing[feature] === 1
    return { ...split, missingLeft: goesWithDefault ? (kind & 2) !== 0 : 0 <= edge }
  }
  return { root: 0, nodes: inner + leaves, nodeAt }
}

/** A split between missing and all other values has the threshold `inf`, in the words of C. */
function numberOf(text: string): number {
  return text === 'inf' ? Number.POSITIVE_INFINITY : text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

/** LightGBM takes values this near to 0 for 0, so that a threshold among them has them all on one side. */
function edgeAround0(edge: number): number {
  if (!(Math.abs(edge) <= ZERO_WIDTH)) return edge
  return edge < 0 ? floatBelow(-ZERO_WIDTH) : ZERO_WIDTH
}

/** The categories of a set by its number: bits of words, those of set n from cat_boundaries[n] to cat_boundaries[n + 1]. */
function listedCategories(block: Block, take: Splits['take']): (set: number) => readonly number[] {
  const sets = Number(block.get('num_cat') ?? '0')
  if (!(sets > 0)) return (set) => refuseSet(block, set, 0)
  const bounds = take('cat_boundaries', sets + 1)
  const words = take('cat_threshold', bounds[sets]!)
  return (set) => {
    const [first, last] = [bounds[set], bounds[set + 1]]
    if (first === undefined || last === undefined || !(first >= 0 && last <= words.length)) return refuseSet(block, set, sets)
    const categories: number[] = []
    for (let bit = 0; bit < (last - first) * 32; bit++) {
      if (((words[first + (bit >>> 5)]! >>> (bit & 31)) & 1) === 1) categories.push(bit)
    }
    return categories
  }
}

function refuseSet(block: Block, set: number, sets: number): never {
  throw unreadable(SOURCE, `tree ${block.get('Tree')} asks for set ${set} of ${sets}`)
}

/** Of linear_tree: what each leaf says of rows without gaps. */
function linesOf(block: Block, take: Splits['take'], leaves: number, scale: number) {
  const [constants, sizes] = [take('leaf_const', leaves), take('num_features', leaves)]
  const starts = [0]
  for (const size of sizes) starts.push(starts.at(-1)! + size)
  const total = starts[leaves]!
  if (sizes.some((size) => !(Number.isInteger(size) && size >= 0))) {
    throw unreadable(SOURCE, `tree ${block.get('Tree')} has num_features=${block.get('num_features')}`)
  }
  const [features, coefficients] = [take('leaf_features', total), take('leaf_coeff', total)]
  return (leaf: number): { leaf?: number[]; line?: { constant: number; features: number[]; coefficients: number[] } } => {
    const [from, to] = [starts[leaf], starts[leaf + 1]]
    if (from === undefined || to === undefined) return {}
    const constant = constants[leaf]! * scale
    if (from === to) return { leaf: [constant] }
    const own = Array.from(coefficients.subarray(from, to), (coefficient) => coefficient * scale)
    return { line: { constant, features: [...features.subarray(from, to)], coefficients: own } }
  }
}

/** Texts of the categories of a pandas table; a list a feature whose training values are told as categories, not as a range. */
function pandasCategories(tail: string, infos: readonly string[]): (readonly string[] | null)[] | undefined {
  const found = /^pandas_categorical:(\[.*\])\s*$/m.exec(tail)?.[1]
  if (found === undefined) return undefined
  const lists = fieldOf({ lists: parseJson(found, SOURCE) }, 'lists')
  if (!Array.isArray(lists) || lists.length === 0) return undefined
  const categorical = infos.flatMap((info, feature) => (/^[-\d:]+$/.test(info) ? [feature] : []))
  // A feature of one category alone is told as none: then nobody knows which list is whose.
  if (categorical.length !== lists.length || !lists.every(Array.isArray)) return undefined
  const place = new Map(categorical.map((feature, at) => [feature, at]))
  return infos.map((_, feature) => (place.has(feature) ? (lists[place.get(feature)!] as unknown[]).map(String) : null))
}

function blockOf(text: string): Block {
  const entries = new Map<string, string>()
  for (const line of text.split(/\r?\n/, MAX_LINES)) {
    const at = line.indexOf('=')
    if (at > 0) entries.set(line.slice(0, at), line.slice(at + 1).trim())
    else if (line !== '') entries.set(line.trim(), '')
  }
  return entries
}
