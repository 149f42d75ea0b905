// From trees as other libraries write them to a TreeEnsemble. Features are float32 here, so a wider threshold is rounded down:
// x <= t holds for the same float32 x. Leaf values become float32 numbers; sums stay doubles.
import { TandemError } from '../../errors.ts'
import { OTHER_BIN, SET_WORDS } from '../tree/category-bins.ts'
import { expectedLeafSize, type TreeEnsemble, validateEnsemble } from '../tree/ensemble.ts'
import { createNodeList, type NodeList } from '../tree/node-list.ts'

export interface ForeignLeaf {
  /** One value, or one a class from class 1 on for a forest of more than two classes. */
  readonly leaf: readonly number[]
  /** Training rows in the leaf, when the file has them. */
  readonly cover?: number
}

export interface ForeignSplit {
  readonly feature: number
  /** x <= edge goes left; not used by a split by categories. */
  readonly edge: number
  readonly left: number
  readonly right: number
  readonly missingLeft: boolean
  readonly gain?: number
  /** The listed categories go left when `listedLeft`, all others the other way, also those never seen. */
  readonly categories?: readonly number[]
  readonly listedLeft?: boolean
}

export type ForeignNode = ForeignLeaf | ForeignSplit

export interface ForeignTree {
  readonly root: number
  readonly nodes: number
  readonly nodeAt: (number: number) => ForeignNode
}

export type ForeignShape = Pick<TreeEnsemble, 'kind' | 'task' | 'nFeatures' | 'nClasses' | 'link'> & {
  readonly baseScores: readonly number[]
  readonly importances?: readonly number[]
  /** For messages: "LightGBM". */
  readonly source: string
}

export interface ImportedTrees {
  readonly ensemble: TreeEnsemble
  /** As the file names them; empty when it does not. */
  readonly featureNames: readonly string[]
}

/** Categories 0..253 have a bin each. */
const MAX_LISTED = OTHER_BIN - 1

/**
 * Joins trees; of several scores, tree t adds to score t modulo their number.
 *
 * @throws `invalid_input` for trees that go in circles or that this form cannot say; `artifact_damaged` for indices out of range.
 */
export function assembleTrees(trees: readonly ForeignTree[], shape: ForeignShape): TreeEnsemble {
  const { kind, task, nFeatures, nClasses, source, link } = shape
  const leafSize = expectedLeafSize(kind, nClasses)
  const list = createNodeList()
  const leafValues: number[] = []
  const gains = new Float64Array(nFeatures)
  const kinds = new Map<number, boolean>()
  const lengths = new Uint32Array(nFeatures)
  let covered = true
  const roots = trees.map((tree) => {
    const root = list.add()
    const open: [from: number, to: number][] = [[tree.root, root]]
    let seen = 0
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (++seen > tree.nodes) throw unreadable(source, 'a tree goes in circles')
      const node = tree.nodeAt(next[0])
      if ('leaf' in node) {
        if (node.leaf.length !== leafSize) throw unreadable(source, `a leaf has ${node.leaf.length} values, expected ${leafSize}`)
        const cover = node.cover ?? 0
        covered &&= Number.isInteger(cover) && cover > 0 && cover < 2 ** 31
        list.setLeaf(next[1], leafSize === 1 ? node.leaf[0]! : 0, leafSize === 1 ? 0 : leafValues.length / leafSize, cover)
        if (leafSize > 1) for (const value of node.leaf) leafValues.push(value)
        continue
      }
      checkSplit(node, source, nFeatures, kinds)
      for (const category of node.categories ?? []) lengths[node.feature] = Math.max(lengths[node.feature]!, category + 1)
      const left = list.split(next[1], node.feature, thresholdOf(node, list), node.missingLeft)
      gains[node.feature]! += Math.max(0, node.gain ?? 0)
      // The left part first: its nodes then follow its parent.
      open.push([node.right, left + 1], [node.left, left])
    }
    return root
  })
  const { cover, categorySets, ...nodes } = list.finish()
  const ensemble: TreeEnsemble = {
    ...{ kind, task, nFeatures, nClasses, nTrees: trees.length, leafSize, ...nodes },
    ...(covered ? { cover } : {}),
    ...(link === undefined ? {} : { link }),
    leafValues: Float32Array.from(leafValues),
    roots: Uint32Array.from(roots),
    baseScores: Float64Array.from(shape.baseScores),
    importances: shares(shape.importances ?? gains),
    ...(categorySets.length === 0 ? {} : { ...categoryTables(lengths), categorySets }),
  }
  validateEnsemble(ensemble)
  return ensemble
}

/** The largest float32 number that is not above `value`. */
export function floorToFloat32(value: number): number {
  const near = Math.fround(value)
  return near > value ? floatBelow(near) : near
}

/** The next smaller float32 number: x < t holds for the same x as x <= floatBelow(t). */
export function floatBelow(value: number): number {
  const float = Float32Array.of(value)
  const bits = new Int32Array(float.buffer)
  // Below both zeros stands the smallest negative number.
  if (value === 0) bits[0] = -0x7fffffff
  else bits[0]! += value > 0 ? -1 : 1
  return float[0]!
}

/** The error to throw: what cannot be taken over, and why. */
export function unreadable(source: string, what: string, cause?: unknown): TandemError {
  return new TandemError('invalid_input', `The ${source} model cannot be taken over: ${what}.`, { details: { source }, cause })
}

function checkSplit(node: ForeignSplit, source: string, nFeatures: number, kinds: Map<number, boolean>): void {
  const { feature, categories } = node
  if (!Number.isInteger(feature) || feature < 0 || feature >= nFeatures) {
    throw unreadable(source, `a split asks for feature ${feature} of ${nFeatures}`)
  }
  const categorical = categories !== undefined
  if (kinds.get(feature) === !categorical) {
    throw unreadable(source, `feature ${feature} is split as a number and as categories. One of both is possible here`)
  }
  kinds.set(feature, categorical)
  for (const category of categories ?? []) {
    if (Number.isInteger(category) && category >= 0 && category <= MAX_LISTED) continue
    throw unreadable(
      source,
      `feature ${feature} has the category ${category}, and sets hold 0 to ${MAX_LISTED}. Number the frequent ones first`,
    )
  }
}

/** The edge, or the number of a new set. */
function thresholdOf({ edge, categories, listedLeft = true }: ForeignSplit, list: NodeList): number {
  if (categories === undefined) return floorToFloat32(edge)
  const words = new Uint32Array(SET_WORDS).fill(listedLeft ? 0 : 0xffffffff)
  for (const category of categories) words[category >>> 5]! ^= 1 << (category & 31)
  return list.addSet(words)
}

function categoryTables(lengths: Uint32Array): Pick<TreeEnsemble, 'categoryStarts' | 'categoryBins'> {
  const categoryStarts = new Uint32Array(lengths.length + 1)
  for (let f = 0; f < lengths.length; f++) categoryStarts[f + 1] = categoryStarts[f]! + lengths[f]!
  const categoryBins = new Uint8Array(categoryStarts[lengths.length]!)
  for (let f = 0; f < lengths.length; f++) for (let at = 0; at < lengths[f]!; at++) categoryBins[categoryStarts[f]! + at] = at
  return { categoryStarts, categoryBins }
}

function shares(gains: ArrayLike<number>): Float64Array {
  let total = 0
  for (let f = 0; f < gains.length; f++) total += gains[f]!
  return Float64Array.from({ length: gains.length }, (_, f) => (total > 0 ? gains[f]! / total : 0))
}
