// From trees as other libraries write them to a TreeEnsemble. Features are float32 here, so a wider threshold is rounded down:
// x <= t holds for the same float32 x. Leaf values become float32 numbers; sums stay doubles.
import { TandemError } from '../../errors.ts'
import { expectedLeafSize, type TreeEnsemble, validateEnsemble } from '../tree/ensemble.ts'
import type { LeafLines } from '../tree/leaf-lines.ts'
import { createNodeList } from '../tree/node-list.ts'
import { type CategorySet, createCategoryList } from './foreign-categories.ts'

export interface ForeignLeaf {
  /** One value, or one a class from class 1 on for a forest of more than two classes. */
  readonly leaf: readonly number[]
  /** Training rows in the leaf, when the file has them. */
  readonly cover?: number
  /** What the leaf says of rows that have all these features; at least one. */
  readonly line?: { readonly constant: number; readonly features: readonly number[]; readonly coefficients: readonly number[] }
}

export interface ForeignSplit extends Partial<CategorySet> {
  readonly feature: number
  /** x <= edge goes left; not used by a split by categories. */
  readonly edge: number
  readonly left: number
  readonly right: number
  readonly missingLeft: boolean
  readonly gain?: number
}

export type ForeignNode = ForeignLeaf | ForeignSplit

export interface ForeignTree {
  readonly root: number
  readonly nodes: number
  readonly nodeAt: (number: number) => ForeignNode
}

export type ForeignShape = Pick<TreeEnsemble, 'kind' | 'task' | 'nFeatures' | 'nClasses' | 'link' | 'zeroIsMissing'> & {
  readonly baseScores: readonly number[]
  readonly importances?: readonly number[]
  /** Categories of training, of the features whose categories the file tells. */
  readonly known?: ReadonlyMap<number, readonly number[]>
  /** For messages: "LightGBM". */
  readonly source: string
}

export interface ImportedTrees {
  readonly ensemble: TreeEnsemble
  /** As the file names them; empty when it does not. */
  readonly featureNames: readonly string[]
  /** Texts of the categories of each feature by code, null for a number; absent when the file tells none. */
  readonly categories?: readonly (readonly string[] | null)[]
}

/** A file of a few bytes may claim any number of features; each costs memory. */
export const MAX_FOREIGN_FEATURES = 2 ** 20

/**
 * Joins trees; of several scores, tree t adds to score t modulo their number.
 *
 * @throws `invalid_input` for trees that go in circles or that this form cannot say; `artifact_damaged` for indices out of range.
 */
export function assembleTrees(trees: readonly ForeignTree[], shape: ForeignShape): TreeEnsemble {
  const { kind, task, nFeatures, nClasses, source, link, zeroIsMissing } = shape
  if (!Number.isInteger(nFeatures) || nFeatures < 1 || nFeatures > MAX_FOREIGN_FEATURES) {
    throw unreadable(source, `it has ${nFeatures} features, expected 1 to ${MAX_FOREIGN_FEATURES}`)
  }
  if (trees.length === 0) throw unreadable(source, 'it has no trees')
  const leafSize = expectedLeafSize(kind, nClasses)
  const list = createNodeList()
  const sets = createCategoryList(nFeatures, shape.known ?? new Map(), (what) => unreadable(source, what))
  const leafValues: number[] = []
  const lines = createLineList()
  const gains = new Float64Array(nFeatures)
  const kinds = new Map<number, boolean>()
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
        const place = leafSize > 1 ? leafValues.length / leafSize : node.line === undefined ? 0 : lines.add(node.line)
        list.setLeaf(next[1], leafSize === 1 ? node.leaf[0]! : 0, place, cover)
        if (leafSize > 1) for (const value of node.leaf) leafValues.push(value)
        continue
      }
      checkSplit(node, source, nFeatures, kinds)
      const { categories, listedLeft = true, othersLeft } = node
      const set = categories && { categories, listedLeft, ...(othersLeft === undefined ? {} : { othersLeft }) }
      const threshold = set === undefined ? floorToFloat32(node.edge) : sets.add(node.feature, set)
      const left = list.split(next[1], node.feature, threshold, node.missingLeft)
      gains[node.feature]! += Math.max(0, node.gain ?? 0)
      // The left part first: its nodes then follow its parent.
      open.push([node.right, left + 1], [node.left, left])
    }
    return root
  })
  const { cover, categorySets: _, ...nodes } = list.finish()
  const ensemble: TreeEnsemble = {
    ...{ kind, task, nFeatures, nClasses, nTrees: trees.length, leafSize, ...nodes },
    ...(covered ? { cover } : {}),
    ...(link === undefined ? {} : { link }),
    leafValues: Float32Array.from(leafValues),
    roots: Uint32Array.from(roots),
    baseScores: Float64Array.from(shape.baseScores),
    importances: shares(shape.importances ?? gains),
    ...sets.finish(),
    ...lines.finish(),
    ...(zeroIsMissing?.includes(1) ? { zeroIsMissing } : {}),
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
  if (value === Number.NEGATIVE_INFINITY) return value
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
  const { feature, categories, edge } = node
  if (!Number.isInteger(feature) || feature < 0 || feature >= nFeatures) {
    throw unreadable(source, `a split asks for feature ${feature} of ${nFeatures}`)
  }
  const categorical = categories !== undefined
  if (!categorical && Number.isNaN(edge)) throw unreadable(source, `a split of feature ${feature} has no threshold`)
  if (kinds.get(feature) === !categorical) {
    throw unreadable(source, `feature ${feature} is split as a number and as categories. One of both is possible here`)
  }
  kinds.set(feature, categorical)
}

function createLineList() {
  const [starts, features, coefficients, constants] = [[0], [], [], []] as [number[], number[], number[], number[]]
  return {
    /** What a leaf that is this line holds in `left`. */
    add(line: NonNullable<ForeignLeaf['line']>): number {
      for (const feature of line.features) features.push(feature)
      for (const coefficient of line.coefficients) coefficients.push(coefficient)
      starts.push(features.length)
      return constants.push(line.constant)
    },
    finish(): { leafLines?: LeafLines } {
      if (constants.length === 0) return {}
      return {
        leafLines: {
          starts: Uint32Array.from(starts),
          features: Uint32Array.from(features),
          coefficients: Float64Array.from(coefficients),
          constants: Float64Array.from(constants),
        },
      }
    },
  }
}

function shares(gains: ArrayLike<number>): Float64Array {
  let total = 0
  for (let f = 0; f < gains.length; f++) total += gains[f]!
  return Float64Array.from({ length: gains.length }, (_, f) => (total > 0 ? gains[f]! / total : 0))
}
