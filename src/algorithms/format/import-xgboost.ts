// Reads the JSON that XGBoost's save_model writes (schema of doc/model.schema). x < t goes left there: x <= the float below t here.
import { log } from '../math/exponential.ts'
import { fieldOf, numbersOf, objectOf, parseJson, textOf } from './foreign-json.ts'
import { assembleTrees, type ForeignNode, type ForeignTree, floatBelow, type ImportedTrees, unreadable } from './foreign-trees.ts'

const SOURCE = 'XGBoost'
const PLAIN = new Set(['reg:squarederror', 'reg:absoluteerror', 'reg:pseudohubererror', 'reg:quantileerror'])
const LOGARITHMIC = new Set(['count:poisson', 'reg:gamma', 'reg:tweedie'])

export interface XgBoostOptions {
  /**
   * Of a training that stopped early: `best` takes the rounds up to the best one, as XGBClassifier and XGBRegressor predict; `all` those
   * after it too, as Booster.predict does without `iteration_range`. Default `best`.
   */
  readonly rounds?: 'best' | 'all'
}

/**
 * Takes over trees of XGBoost (`gbtree` and `dart`): regression, binary and multiclass, missing directions and categories.
 *
 * XGBoost adds in float32, here sums are doubles: predictions agree within that rounding.
 *
 * @param text  the whole file, saved as JSON (not UBJSON).
 * @throws   `invalid_input` for a file that is no such JSON or holds what these trees cannot say (linear boosters, several targets, other
 *           objectives, categories above 253).
 * @see      Chen & Guestrin 2016, XGBoost: A Scalable Tree Boosting System.
 * @example
 * const { ensemble } = importXgBoost(await readFile('model.json', 'utf8'))
 */
export function importXgBoost(text: string, { rounds = 'best' }: XgBoostOptions = {}): ImportedTrees {
  const learner = objectOf(parseJson(text, SOURCE), 'learner', SOURCE)
  const booster = objectOf(learner, 'gradient_booster', SOURCE)
  const name = textOf(booster, 'name', SOURCE)
  if (name !== 'gbtree' && name !== 'dart') throw unreadable(SOURCE, `its booster is "${name}". Trees (gbtree, dart) are possible`)
  const model = objectOf(name === 'dart' ? objectOf(booster, 'gbtree', SOURCE) : booster, 'model', SOURCE)
  const parameters = objectOf(learner, 'learner_model_param', SOURCE)
  const objective = textOf(objectOf(learner, 'objective', SOURCE), 'name', SOURCE)
  const classes = Number(fieldOf(parameters, 'num_class'))
  if (Number(fieldOf(parameters, 'num_target') ?? 1) > 1) throw unreadable(SOURCE, 'it predicts several targets at once')
  const { nClasses, link, scores, linkOfBase } = roleOf(objective, classes)
  // "5E-1", or "[5E-1]" and one a class since version 3.1.
  const base = String(fieldOf(parameters, 'base_score')).replaceAll(/[[\]]/g, '').split(',').map(Number)
  if (base.some(Number.isNaN)) throw unreadable(SOURCE, `its base_score is "${fieldOf(parameters, 'base_score')}"`)
  const all = fieldOf(model, 'trees')
  if (!Array.isArray(all) || all.length === 0) throw unreadable(SOURCE, 'it has no trees')
  const trees = rounds === 'all' ? all : all.slice(0, treesOfBest(fieldOf(learner, 'attributes'), model, all.length))
  const drops = name === 'dart' ? numbersOf(booster, 'weight_drop', SOURCE, all.length) : undefined
  const scoreOf = numbersOf(model, 'tree_info', SOURCE, all.length).subarray(0, trees.length)
  const read = trees.map((tree, at) => treeOf(tree, drops?.[at] ?? 1))
  const ensemble = assembleTrees(interleaved(read, scoreOf, scores), {
    ...{ kind: 'boosted-trees', source: SOURCE, nClasses, link, nFeatures: Number(fieldOf(parameters, 'num_feature')) },
    task: nClasses === 0 ? 'regression' : 'classification',
    baseScores: Array.from({ length: scores }, (_, score) => linkOfBase(Math.fround(base[score] ?? base[0]!))),
  })
  const names = fieldOf(learner, 'feature_names')
  return { ensemble, featureNames: Array.isArray(names) ? names.map(String) : [] }
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
  if (objective === 'binary:logistic' || objective === 'reg:logistic')
    return { nClasses: 2, scores: 1, linkOfBase: (base) => log(base / (1 - base)) }
  if (/^multi:soft(max|prob)$/.test(objective) && classes > 2) return { nClasses: classes, scores: classes, linkOfBase: same }
  throw unreadable(
    SOURCE,
    `its objective is "${objective}" with ${classes} classes. Possible are ${[...PLAIN, ...LOGARITHMIC].join(', ')}, binary:logistic, reg:logistic and multi:softprob of 3 or more classes`,
  )
}

/** Trees of the scores by turns. */
function interleaved(trees: readonly ForeignTree[], scoreOf: ArrayLike<number>, scores: number): ForeignTree[] {
  const byScore = Array.from({ length: scores }, (_, score) => trees.filter((_tree, at) => scoreOf[at] === score))
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
  const splitNodes = Array.isArray(fieldOf(tree, 'categories_nodes')) ? numbersOf(tree, 'categories_nodes', SOURCE) : new Float64Array(0)
  const starts = splitNodes.length > 0 ? take('categories_segments', splitNodes.length) : splitNodes
  const sizes = splitNodes.length > 0 ? take('categories_sizes', splitNodes.length) : splitNodes
  const all = splitNodes.length > 0 ? numbersOf(tree, 'categories', SOURCE) : splitNodes
  const nodeAt = (node: number): ForeignNode => {
    if (!(node >= 0 && node < nodes)) throw unreadable(SOURCE, `a split leads to node ${node} of ${nodes}`)
    if (left[node]! < 0) return { leaf: [Math.fround(conditions[node]!) * scale] }
    const split = {
      feature: features[node]!,
      left: left[node]!,
      right: right[node]!,
      missingLeft: defaults[node] === 1,
      gain: gains[node]!,
    }
    const set = splitNodes.indexOf(node)
    if (set < 0) return { ...split, edge: floatBelow(Math.fround(conditions[node]!)) }
    // The listed categories go right.
    return { ...split, edge: 0, categories: [...all.subarray(starts[set]!, starts[set]! + sizes[set]!)], listedLeft: false }
  }
  return { root: 0, nodes, nodeAt }
}
