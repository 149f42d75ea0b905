// Reads the JSON that worker/export_sklearn.py writes: numbers only, no pickle. Forests walk as scikit-learn's do, on features cast to
// float32.
import type { LinearModel } from '../linear/linear-model.ts'
import { fieldOf, numbersOf, parseJson, textOf } from './foreign-json.ts'
import { assembleTrees, type ForeignTree, type ImportedTrees, unreadable } from './foreign-trees.ts'

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

/**
 * Takes over a model of scikit-learn: RandomForest and ExtraTrees, GradientBoosting, HistGradientBoosting, and linear models.
 *
 * @param text  what `python worker/export_sklearn.py model.joblib` prints.
 * @throws   `invalid_input` for another file, or numbers that are missing or of other lengths.
 * @example
 * const imported = importSklearn(await readFile('model.json', 'utf8'))
 * if (imported.kind === 'trees') predictRows(imported.ensemble, x, rows)
 */
export function importSklearn(text: string): SklearnTrees | SklearnLinear {
  const file = parseJson(text, SOURCE)
  if (fieldOf(file, 'format') !== 'tandem-sklearn' || fieldOf(file, 'version') !== 1) {
    throw unreadable(
      SOURCE,
      `its format is ${JSON.stringify(fieldOf(file, 'format'))}. Write it with worker/export_sklearn.py of this release`,
    )
  }
  const kind = textOf(file, 'kind', SOURCE)
  const classes = listOf(file, 'classes') as readonly SklearnClass[]
  const featureNames = listOf(file, 'featureNames').map(String)
  const nFeatures = Number(fieldOf(file, 'nFeatures'))
  if (!Number.isInteger(nFeatures) || nFeatures < 1) throw unreadable(SOURCE, `it has ${fieldOf(file, 'nFeatures')} features`)
  if (classes.length === 1) throw unreadable(SOURCE, 'it knows one class only')
  if (kind === 'linear') return { kind, model: linearOf(file, nFeatures, classes.length), featureNames, classes }
  if (kind !== 'forest' && kind !== 'boosting') throw unreadable(SOURCE, `its kind is "${kind}", expected forest, boosting or linear`)
  const importances = numbersOf(file, 'importances', SOURCE)
  const ensemble = assembleTrees(listOf(file, 'trees').map(treeOf), {
    ...{ source: SOURCE, nFeatures, nClasses: classes.length },
    kind: kind === 'forest' ? 'random-forest' : 'boosted-trees',
    task: classes.length === 0 ? 'regression' : 'classification',
    baseScores: [...numbersOf(file, 'baseScores', SOURCE)],
    ...(importances.length === 0 ? {} : { importances: [...importances] }),
    ...(fieldOf(file, 'link') === 'log' ? { link: 'log' as const } : {}),
  })
  return { kind: 'trees', ensemble, featureNames, classes }
}

function treeOf(tree: unknown): ForeignTree {
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
  const values = listOf(tree, 'values')
  if (values.length !== nodes) throw unreadable(SOURCE, `a tree has ${values.length} values for ${nodes} nodes`)
  return {
    root: 0,
    nodes,
    nodeAt: (node) => {
      if (!(node >= 0 && node < nodes)) throw unreadable(SOURCE, `a split leads to node ${node} of ${nodes}`)
      if (left[node]! < 0) return { leaf: [...numbersOf({ values: values[node] }, 'values', SOURCE)], cover: cover[node]! }
      const split = { left: left[node]!, right: right[node]!, missingLeft: missing[node] === 1 }
      return { feature: feature[node]!, edge: threshold[node]!, ...split }
    },
  }
}

function linearOf(file: unknown, nFeatures: number, nClasses: number): LinearModel {
  const kind = textOf(file, 'model', SOURCE)
  if (!LINEAR_KINDS.includes(kind)) throw unreadable(SOURCE, `the linear model "${kind}" is unknown. Known are ${LINEAR_KINDS.join(', ')}`)
  const rows = listOf(file, 'coefficients')
  const outputs = nClasses > 2 ? nClasses : 1
  if (rows.length !== outputs) throw unreadable(SOURCE, `it has ${rows.length} rows of coefficients for ${nClasses} classes`)
  const coefficients = new Float64Array(outputs * nFeatures)
  for (const [at, row] of rows.entries()) {
    coefficients.set(numbersOf({ coefficients: row }, 'coefficients', SOURCE, nFeatures), at * nFeatures)
  }
  const intercepts = numbersOf(file, 'intercepts', SOURCE, outputs)
  return { kind: kind as LinearModel['kind'], nFeatures, nClasses, coefficients, intercepts, nIterations: 0, converged: true }
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const field = fieldOf(value, name)
  if (Array.isArray(field)) return field
  throw unreadable(SOURCE, `"${name}" is ${JSON.stringify(field)}, expected a list`)
}
