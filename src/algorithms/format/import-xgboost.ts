// Reads the JSON or UBJSON that XGBoost's save_model writes (schema of doc/model.schema). x < t goes left there: x <= the float below t
// here.
import { log } from '../math/exponential.ts'
import { fieldOf, listOf, numbersOf, objectOf, parseJson, shown, textOf } from './foreign-json.ts'
import { assembleTrees, type ForeignNode, type ForeignTree, floatBelow, type ImportedTrees, unreadable } from './foreign-trees.ts'
import { isUbjson, readUbjson } from './ubjson.ts'

const SOURCE = 'XGBoost'
/** Objectives whose prediction is the sum of the trees; of ranking it is a score that orders the rows. */
const PLAIN = new Set([
  ...['reg:squarederror', 'reg:squaredlogerror', 'reg:absoluteerror', 'reg:pseudohubererror', 'reg:quantileerror', 'reg:expectileerror'],
  ...['rank:pairwise', 'rank:ndcg', 'rank:map'],
])
const LOGARITHMIC = new Set(['count:poisson', 'reg:gamma', 'reg:tweedie', 'survival:cox', 'survival:aft'])
const LOGISTIC = new Set(['binary:logistic', 'reg:logistic'])
/** What is refused, and what to do. */
const REFUSED: Readonly<Record<string, string>> = {
  'binary:hinge': 'it answers 0 or 1 without a probability. Train it with binary:logistic',
  'binary:logitraw': 'it answers log-odds. Train it with binary:logistic, which grows the same trees',
}

export interface XgBoostOptions {
  /**
   * Of a training that stopped early: `best` takes the rounds up to the best one, as XGBClassifier and XGBRegressor predict; `all` those
   * after it too, as Booster.predict does without `iteration_range`. Default `best`.
   */
  readonly rounds?: 'best' | 'all'
}

/**
 * Takes over trees of XGBoost (`gbtree` and `dart`): regression, ranking, survival, binary and multiclass, missing directions and categories.
 *
 * XGBoost adds in float32, here sums are doubles: predictions agree within that rounding.
 *
 * @param file  the whole file, of `save_model('model.json')` as text or bytes, or of `save_model('model.ubj')` as bytes.
 * @returns  `categories` where the model was trained on a table with categories (since version 3.1): a feature's number is the place of its
 *           text.
 * @throws   `invalid_input` for another file, or what these trees cannot say (linear boosters, several targets, other objectives, more than
 *           254 groups of categories); `artifact_damaged` for numbers that no tree has.
 * @see      Chen & Guestrin 2016, XGBoost: A Scalable Tree Boosting System.
 * @example
 * const { ensemble } = importXgBoost(await readFile('model.json', 'utf8'))
 */
export function importXgBoost(file: string | Uint8Array, { rounds = 'best' }: XgBoostOptions = {}): ImportedTrees {
  const learner = objectOf(parsed(file), 'learner', SOURCE)
  const booster = objectOf(learner, 'gradient_booster', SOURCE)
  const name = textOf(booster, 'name', SOURCE)
  if (name !== 'gbtree' && name !== 'dart') throw unreadable(SOURCE, `its booster is "${name}". Trees (gbtree, dart) are possible`)
  const model = objectOf(name === 'dart' ? objectOf(booster, 'gbtree', SOURCE) : booster, 'model', SOURCE)
  const parameters = objectOf(learner, 'learner_model_param', SOURCE)
  const objective = textOf(objectOf(learner, 'objective', SOURCE), 'name', SOURCE)
  const all = fieldOf(model, 'trees')
  if (!Array.isArray(all) || all.length === 0) throw unreadable(SOURCE, 'it has no trees')
  const classes = Number(fieldOf(parameters, 'num_class'))
  if (classes > all.length) throw unreadable(SOURCE, `it has ${classes} classes but ${all.length} trees`)
  if (Number(fieldOf(parameters, 'num_target') ?? 1) > 1) throw unreadable(SOURCE, 'it predicts several targets at once')
  const { nClasses, link, scores, linkOfBase } = roleOf(objective, classes)
  // "5E-1", or "[5E-1]" and one a class since version 3.1.
  const said = String(fieldOf(parameters, 'base_score'))
  const base = said.replaceAll(/[[\]]/g, '').split(',').map(Number)
  if (base.some(Number.isNaN)) throw unreadable(SOURCE, `its base_score is "${shown(said)}"`)
  const bases = Array.from({ length: scores }, (_, score) => linkOfBase(Math.fround(base[score] ?? base[0]!)))
  const trees = rounds === 'all' ? all : all.slice(0, treesOfBest(fieldOf(learner, 'attributes'), model, all.length))
  const drops = name === 'dart' ? numbersOf(booster, 'weight_drop', SOURCE, all.length) : undefined
  const scoreOf = numbersOf(model, 'tree_info', SOURCE, all.length).subarray(0, trees.length)
  // Two scores become one: softmax of two is the sigmoid of their difference.
  const sign = (score: number | undefined): number => (scores === 2 && score === 0 ? -1 : 1)
  const read = trees.map((tree, at) => treeOf(tree, (drops?.[at] ?? 1) * sign(scoreOf[at])))
  const nFeatures = Number(fieldOf(parameters, 'num_feature'))
  const ensemble = assembleTrees(interleaved(read, scoreOf, scores), {
    ...{ kind: 'boosted-trees', source: SOURCE, nClasses, link, nFeatures },
    task: nClasses === 0 ? 'regression' : 'classification',
    baseScores: scores === 2 ? [bases[1]! - bases[0]!] : bases,
  })
  const names = fieldOf(learner, 'feature_names')
  const categories = categoriesOf(fieldOf(model, 'cats'), nFeatures)
  return { ensemble, featureNames: Array.isArray(names) ? names.map(String) : [], ...(categories === undefined ? {} : { categories }) }
}

function parsed(file: string | Uint8Array): unknown {
  if (typeof file === 'string') return parseJson(file, SOURCE)
  if (!isUbjson(file)) {
    if (file[0] === 0x7b) return parseJson(new TextDecoder().decode(file), SOURCE)
    throw unreadable(
      SOURCE,
      'it is neither JSON nor UBJSON. Files of the old binary form are rewritten by XGBoost up to 3.0: load_model, then save_model("model.json")',
    )
  }
  try {
    return readUbjson(file)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw unreadable(SOURCE, `the file is damaged or was cut short: ${error.message}`, error)
  }
}

/**
 * Texts of the categories by code, as XGBoost keeps them since version 3.1: bytes of one after the other, and where each begins. Version 3.2
 * counts letters for bytes, so that texts beyond ASCII are cut in the file: they are not told.
 */
function categoriesOf(cats: unknown, nFeatures: number): (readonly string[] | null)[] | undefined {
  const encodings = fieldOf(cats, 'enc')
  if (!Array.isArray(encodings) || encodings.length !== nFeatures) return undefined
  const texts = encodings.map((encoding: unknown) => {
    const values = fieldOf(encoding, 'values') === undefined ? new Float64Array(0) : numbersOf(encoding, 'values', SOURCE)
    if (values.length === 0) return null
    if (fieldOf(encoding, 'offsets') === undefined) return Array.from(values, String)
    const offsets = numbersOf(encoding, 'offsets', SOURCE)
    if (values.some((byte) => byte < 0 || byte > 127)) return null
    const text = new TextDecoder().decode(Uint8Array.from(values))
    return Array.from(offsets.subarray(1), (end, at) => text.slice(offsets[at]!, end))
  })
  return texts.some((list) => list !== null) ? texts : undefined
}

/** How many trees an early stop keeps: those of the rounds up to the best one. */
function treesOfBest(attributes: unknown, model: object, all: number): number {
  const best = fieldOf(attributes, 'best_iteration')
  if (best === undefined) return all
  const ends = numbersOf(model, 'iteration_indptr', SOURCE)
  const end = ends[Number(best) + 1]
  if (end === undefined || !(end > 0 && end <= all)) throw unreadable(SOURCE, `its best_iteration is ${JSON.stringify(best)}`)
  return end
}

interface Role {
  readonly nClasses: number
  readonly scores: number
  readonly link?: 'log'
  readonly linkOfBase: (base: number) => number
}

function roleOf(objective: string, classes: number): Role {
  const same = (base: number): number => base
  if (PLAIN.has(objective)) return { nClasses: 0, scores: 1, linkOfBase: same }
  if (LOGARITHMIC.has(objective)) return { nClasses: 0, scores: 1, link: 'log', linkOfBase: log }
  if (LOGISTIC.has(objective)) return { nClasses: 2, scores: 1, linkOfBase: (base) => log(base / (1 - base)) }
  if (/^multi:soft(max|prob)$/.test(objective) && classes > 1) return { nClasses: classes, scores: classes, linkOfBase: same }
  if (REFUSED[objective] !== undefined) throw unreadable(SOURCE, REFUSED[objective])
  throw unreadable(
    SOURCE,
    `its objective is "${objective}" with ${classes} classes. Possible are ${[...PLAIN, ...LOGARITHMIC, ...LOGISTIC].join(', ')}, multi:softprob and multi:softmax`,
  )
}

/** Trees of the scores by turns. */
function interleaved(trees: readonly ForeignTree[], scoreOf: ArrayLike<number>, scores: number): ForeignTree[] {
  const byScore = Array.from({ length: scores }, () => [] as ForeignTree[])
  for (const [at, tree] of trees.entries()) byScore[scoreOf[at]!]?.push(tree)
  const rounds = byScore[0]!.length
  if (rounds * scores !== trees.length || byScore.some((own) => own.length !== rounds)) {
    throw unreadable(SOURCE, `${trees.length} trees do not belong in equal numbers to ${scores} scores`)
  }
  return Array.from({ length: trees.length }, (_, at) => byScore[at % scores]![Math.floor(at / scores)]!)
}

function treeOf(tree: unknown, scale: number): ForeignTree {
  const left = numbersOf(tree, 'left_children', SOURCE)
  const nodes = left.length
  const take = (name: string, count = nodes): Float64Array => numbersOf(tree, name, SOURCE, count)
  const [right, features, conditions] = [take('right_children'), take('split_indices'), take('split_conditions')]
  const [defaults, gains] = [take('default_left'), take('loss_changes')]
  if (Number(fieldOf(fieldOf(tree, 'tree_param'), 'size_leaf_vector') ?? 1) > 1) throw unreadable(SOURCE, 'its leaves hold several targets')
  const sets = setsOf(tree)
  const nodeAt = (node: number): ForeignNode => {
    if (!(Number.isInteger(node) && node >= 0 && node < nodes)) throw unreadable(SOURCE, `a split leads to node ${node} of ${nodes}`)
    if (left[node]! < 0) return { leaf: [Math.fround(conditions[node]!) * scale] }
    const split = {
      feature: features[node]!,
      left: left[node]!,
      right: right[node]!,
      missingLeft: defaults[node] === 1,
      gain: gains[node]!,
    }
    const categories = sets.get(node)
    if (categories === undefined) return { ...split, edge: floatBelow(Math.fround(conditions[node]!)) }
    // The listed categories go right.
    return { ...split, edge: 0, categories: [...categories], listedLeft: false }
  }
  return { root: 0, nodes, nodeAt }
}

/** The categories of each node that splits by them. */
function setsOf(tree: unknown): Map<number, Float64Array> {
  if (fieldOf(tree, 'categories_nodes') === undefined || listOf(tree, 'categories_nodes', SOURCE).length === 0) return new Map()
  const nodes = numbersOf(tree, 'categories_nodes', SOURCE)
  const starts = numbersOf(tree, 'categories_segments', SOURCE, nodes.length)
  const sizes = numbersOf(tree, 'categories_sizes', SOURCE, nodes.length)
  const all = numbersOf(tree, 'categories', SOURCE)
  let end = 0
  return new Map(
    Array.from(nodes, (node, at) => {
      const [start, size] = [starts[at]!, sizes[at]!]
      if (start !== end || !(Number.isInteger(size) && size >= 0 && start + size <= all.length)) {
        throw unreadable(SOURCE, `its categories ${start} to ${start + size} of ${all.length} do not follow those before`)
      }
      end += size
      return [node, all.subarray(start, end)]
    }),
  )
}
