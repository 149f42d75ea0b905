// Reads the JSON that worker/export_sklearn.py writes: numbers only, no pickle. Forests walk as scikit-learn's do, on features cast to
// float32.
import type { LinearModel } from '../linear/linear-model.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'
import { foldLinear, foldSplit, inputsOf, type ModelInput } from './fold-inputs.ts'
import { fieldOf, listOf, numbersOf, parseJson, shown, textOf } from './foreign-json.ts'
import { assembleTrees, type ForeignNode, type ForeignTree, type ImportedTrees, MAX_FOREIGN_FEATURES, unreadable } from './foreign-trees.ts'

const SOURCE = 'scikit-learn'
const LINEAR_KINDS: readonly string[] = ['logistic-regression', 'linear-svm', 'linear-regression', 'ridge', 'elastic-net']

export type SklearnClass = string | number | boolean

export interface SklearnTrees extends ImportedTrees {
  readonly kind: 'trees'
  /** Labels in the order of the class codes; empty for regression. */
  readonly classes: readonly SklearnClass[]
}

export interface SklearnLinear {
  readonly kind: 'linear'
  readonly model: LinearModel
  readonly featureNames: readonly string[]
  readonly classes: readonly SklearnClass[]
}

/** A linear model behind a preparation, which is part of it: `predictAdditive` asks the features as they are. */
export interface SklearnAdditive {
  readonly kind: 'additive'
  readonly model: AdditiveModel
  readonly featureNames: readonly string[]
  readonly classes: readonly SklearnClass[]
  /** Texts of the categories of each feature by code, null for a number. */
  readonly categories: readonly (readonly string[] | null)[]
  /** Whether each feature may be missing. */
  readonly takesGaps: readonly boolean[]
}

/**
 * Takes over a model of scikit-learn: trees, forests, bags, GradientBoosting, HistGradientBoosting, AdaBoost, IsolationForest and linear
 * models, alone or at the end of a Pipeline of scalers, imputers and encoders.
 *
 * Steps before trees move into their splits, so that they decide as before on the features themselves, to the bit.
 *
 * @param text  what `python worker/export_sklearn.py model.joblib` prints.
 * @throws   `invalid_input` for another file, or numbers that are missing or of other lengths.
 * @example
 * const imported = importSklearn(await readFile('model.json', 'utf8'))
 * if (imported.kind === 'trees') predictRows(imported.ensemble, x, rows)
 */
export function importSklearn(text: string): SklearnTrees | SklearnLinear | SklearnAdditive {
  const file = parseJson(text, SOURCE)
  const version = fieldOf(file, 'version')
  if (fieldOf(file, 'format') !== 'tandem-sklearn' || (version !== 1 && version !== 2)) {
    throw unreadable(
      SOURCE,
      `its format is ${shown(fieldOf(file, 'format'))}, version ${shown(version)}. Write it with worker/export_sklearn.py of this release`,
    )
  }
  const kind = textOf(file, 'kind', SOURCE)
  const classes = listOf(file, 'classes', SOURCE) as readonly SklearnClass[]
  const featureNames = listOf(file, 'featureNames', SOURCE).map(String)
  const nFeatures = Number(fieldOf(file, 'nFeatures'))
  if (!Number.isInteger(nFeatures) || nFeatures < 1 || nFeatures > MAX_FOREIGN_FEATURES) {
    throw unreadable(SOURCE, `it has ${shown(fieldOf(file, 'nFeatures'))} features, expected 1 to ${MAX_FOREIGN_FEATURES}`)
  }
  if (classes.length === 1) throw unreadable(SOURCE, 'it knows one class only')
  const isPrepared = version === 2
  const inputs = isPrepared ? inputsOf(file, SOURCE) : undefined
  const odd = inputs?.find(({ feature }) => !(Number.isInteger(feature) && feature >= 0 && feature < nFeatures))
  if (odd !== undefined) throw unreadable(SOURCE, `an input is of feature ${shown(odd.feature)} of ${nFeatures}`)
  const categories = isPrepared ? textsOf(file, nFeatures) : []
  if (kind === 'linear') {
    const model = linearOf(file, inputs?.length ?? nFeatures, classes.length)
    if (inputs === undefined) return { kind, model, featureNames, classes }
    if (model.kind === 'linear-svm') throw unreadable(SOURCE, 'a LinearSVC has no probabilities. Train a LogisticRegression')
    return { kind: 'additive', ...foldLinear(model, inputs, nFeatures, SOURCE), featureNames, classes, categories }
  }
  if (kind !== 'forest' && kind !== 'boosting') throw unreadable(SOURCE, `its kind is "${kind}", expected forest, boosting or linear`)
  const importances = ofFeatures(numbersOf(file, 'importances', SOURCE), inputs, nFeatures)
  // Trees of scikit-learn's Cython compare float32 columns; those of the histogram boosting float64.
  const casts = !String(fieldOf(file, 'estimator')).startsWith('Hist')
  const trees = listOf(file, 'trees', SOURCE).map((tree) => treeOf(tree, inputs, casts))
  const ensemble = assembleTrees(trees, {
    ...{ source: SOURCE, nFeatures, nClasses: classes.length, known: knownOf(inputs ?? []) },
    kind: kind === 'forest' ? 'random-forest' : 'boosted-trees',
    task: classes.length === 0 ? 'regression' : 'classification',
    baseScores: [...numbersOf(file, 'baseScores', SOURCE)],
    ...(importances.length === 0 ? {} : { importances: [...importances] }),
    ...(fieldOf(file, 'link') === 'log' ? { link: 'log' as const } : {}),
  })
  return { kind: 'trees', ensemble, featureNames, classes, ...(isPrepared ? { categories } : {}) }
}

/** Texts of the categories by code, of each feature; null for a number. */
function textsOf(file: unknown, nFeatures: number): readonly (readonly string[] | null)[] {
  const lists = listOf(file, 'categories', SOURCE)
  if (lists.length !== nFeatures) throw unreadable(SOURCE, `it has categories of ${lists.length} features, expected ${nFeatures}`)
  return lists.map((texts) => {
    if (texts === null) return null
    if (Array.isArray(texts) && texts.every((text) => typeof text === 'string')) return texts
    throw unreadable(SOURCE, `the categories of a feature are ${shown(texts)}, expected texts`)
  })
}

/** Importances of columns, summed to those of their features. */
function ofFeatures(importances: Float64Array, inputs: readonly ModelInput[] | undefined, nFeatures: number): Float64Array {
  if (inputs === undefined || importances.length === 0) return importances
  if (importances.length !== inputs.length) throw unreadable(SOURCE, `it has ${importances.length} importances of ${inputs.length} columns`)
  const sums = new Float64Array(nFeatures)
  for (const [at, value] of importances.entries()) sums[inputs[at]!.feature]! += value
  return sums
}

function knownOf(inputs: readonly ModelInput[]): Map<number, readonly number[]> {
  const known = new Map<number, readonly number[]>()
  for (const input of inputs) if ('codes' in input) known.set(input.feature, [...(known.get(input.feature) ?? []), ...input.codes])
  return known
}

function treeOf(tree: unknown, inputs: readonly ModelInput[] | undefined, casts: boolean): ForeignTree {
  const left = numbersOf(tree, 'left', SOURCE)
  const nodes = left.length
  const take = (name: string): Float64Array => numbersOf(tree, name, SOURCE, nodes)
  const [right, feature, threshold, missing, cover] = [
    take('right'),
    take('feature'),
    take('threshold'),
    take('missingLeft'),
    take('cover'),
  ]
  const values = listOf(tree, 'values', SOURCE)
  const sets = fieldOf(tree, 'sets') === undefined ? undefined : listOf(tree, 'sets', SOURCE)
  if (values.length !== nodes) throw unreadable(SOURCE, `a tree has ${values.length} values for ${nodes} nodes`)
  return {
    root: 0,
    nodes,
    nodeAt: (node): ForeignNode => {
      if (!(Number.isInteger(node) && node >= 0 && node < nodes)) throw unreadable(SOURCE, `a split leads to node ${node} of ${nodes}`)
      if (left[node]! < 0) return { leaf: [...numbersOf({ values: values[node] }, 'values', SOURCE)], cover: cover[node]! }
      const split = { left: left[node]!, right: right[node]!, missingLeft: missing[node] === 1 }
      const set = sets?.[node] ?? undefined
      const categories = set === undefined ? undefined : [...numbersOf({ sets: set }, 'sets', SOURCE)]
      const own = { feature: feature[node]!, edge: threshold[node]!, ...split, ...(categories === undefined ? {} : { categories }) }
      if (inputs === undefined) return own
      const input = inputs[own.feature]
      if (input === undefined) throw unreadable(SOURCE, `a split asks for column ${own.feature} of ${inputs.length}`)
      return foldSplit(own, input, casts)
    },
  }
}

function linearOf(file: unknown, nFeatures: number, nClasses: number): LinearModel {
  const kind = textOf(file, 'model', SOURCE)
  if (!LINEAR_KINDS.includes(kind)) throw unreadable(SOURCE, `the linear model "${kind}" is unknown. Known are ${LINEAR_KINDS.join(', ')}`)
  const rows = listOf(file, 'coefficients', SOURCE)
  const outputs = nClasses > 2 ? nClasses : 1
  if (rows.length !== outputs) throw unreadable(SOURCE, `it has ${rows.length} rows of coefficients for ${nClasses} classes`)
  const coefficients = new Float64Array(outputs * nFeatures)
  for (const [at, row] of rows.entries()) {
    coefficients.set(numbersOf({ coefficients: row }, 'coefficients', SOURCE, nFeatures), at * nFeatures)
  }
  const intercepts = numbersOf(file, 'intercepts', SOURCE, outputs)
  return { kind: kind as LinearModel['kind'], nFeatures, nClasses, coefficients, intercepts, nIterations: 0, converged: true }
}
