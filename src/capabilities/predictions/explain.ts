// Why a prediction is what it is: what each feature adds to it, exactly. Trees are explained one after the other, giving way to
// other requests every few milliseconds; sums, such as linear models and the fallback, explain themselves.
import type { ReadDocument } from '../../algorithms/columns/table.ts'
import { createTreeExplainer, explainedScore, type TreeExplainer } from '../../algorithms/explain/tree-shap.ts'
import type { AdditiveModel } from '../../algorithms/tabular/additive-model.ts'
import { explainAdditive } from '../../algorithms/tabular/predict-additive.ts'
import { foldColumns, type PreparedTrees, widenRows } from '../../algorithms/tabular/prepared-trees.ts'
import type { TreeEnsemble } from '../../algorithms/tree/ensemble.ts'
import { TandemError } from '../../errors.ts'
import type { Fallback, FeatureRow, LiveModel } from '../models/index.ts'
import { createPause } from '../training/index.ts'
import type { Explanation } from './schema.ts'

export type Explained = Pick<Explanation, 'target' | 'output' | 'base' | 'prediction' | 'contributions'>

/** What was predicted, and the class that is to be explained instead. */
export interface Asked {
  readonly value: string | number
  readonly label: string | undefined
}

/** Buffers and means of the trees of versions that were explained. A tree's part is added at once, so requests can share them. */
const explainers = new WeakMap<TreeEnsemble, TreeExplainer>()

/**
 * Explains the class asked for, else the one predicted, or the number. The row must fit the version.
 *
 * @throws `conflict` for a version from before covers were kept; `invalid_input` for a class that the model does not know.
 */
export function explainByModel(live: LiveModel, row: FeatureRow, asked: Asked, signal?: AbortSignal): Promise<Explained> | Explained {
  const { fitted } = live
  return fitted.kind === 'additive' ? explainBySum(fitted, live, row, asked) : explainByTrees(fitted, live, row, asked, signal)
}

async function explainByTrees(
  fitted: TreeEnsemble | PreparedTrees,
  { header, encoder }: LiveModel,
  row: FeatureRow,
  { value, label }: Asked,
  signal?: AbortSignal,
): Promise<Explained> {
  const { task, classes, features } = header
  const target = task === 'regression' ? undefined : checkLabel(label ?? String(value), classes)
  const output = target === undefined ? 0 : classes.indexOf(target)
  const narrow = new Float32Array(features.length)
  encoder.encode(row, narrow, 0)
  const readDocument: ReadDocument = (feature) => String(sentValue(row, features[feature]!.name))
  const ensemble = fitted.kind === 'prepared-trees' ? fitted.ensemble : fitted
  const x = fitted.kind === 'prepared-trees' ? widenRows(fitted, { x: narrow, rows: 1, readDocument }) : narrow
  const explainer = explainers.get(ensemble) ?? createTreeExplainer(ensemble)
  explainers.set(ensemble, explainer)
  const columns = new Float64Array(ensemble.nFeatures)
  const pause = createPause()
  for (let tree = 0; tree < explainer.nTrees; tree++) {
    explainer.addTree(tree, x, 0, output, columns)
    if (!pause.due()) continue
    await pause.rest()
    signal?.throwIfAborted()
  }
  const parts = fitted.kind === 'prepared-trees' ? foldColumns(columns, fitted.columns) : columns
  return {
    target: target === undefined ? {} : { class: target },
    output: task === 'regression' ? 'value' : ensemble.kind === 'boosted-trees' ? 'log-odds' : 'probability',
    base: explainer.base(output),
    prediction: explainedScore(ensemble, x, 0, output),
    contributions: sorted(features.map(({ name }, index) => ({ feature: name, value: sentValue(row, name), contribution: parts[index]! }))),
  }
}

/** Terms of a text that are told. */
const MOST_TERMS = 10

function explainBySum(model: AdditiveModel, { header, encoder }: LiveModel, row: FeatureRow, { value, label }: Asked): Explained {
  const { task, classes, features } = header
  const target = task === 'regression' ? undefined : checkLabel(label ?? String(value), classes)
  const x = new Float32Array(features.length)
  encoder.encode(row, x, 0)
  const { base, prediction, parts, terms } = explainAdditive(
    model,
    x,
    (feature) => String(sentValue(row, features[feature]!.name)),
    target === undefined ? 0 : classes.indexOf(target),
  )
  const contributions = features.map(({ name }, index) => {
    const own = terms[index]?.slice(0, MOST_TERMS)
    return { feature: name, value: sentValue(row, name), contribution: parts[index]!, ...(own === undefined ? {} : { terms: [...own] }) }
  })
  return {
    target: target === undefined ? {} : { class: target },
    output: task === 'regression' ? 'value' : 'log-odds',
    ...{ base, prediction, contributions: sorted(contributions) },
  }
}

/** The weighted score is a sum as it is: of the class asked for, else of the one predicted. */
export function explainByFallback({ classes, encoder, contributions }: Fallback, row: FeatureRow, { value, label }: Asked): Explained {
  const target = checkLabel(label ?? String(value), classes)
  const sign = target === classes[1] ? 1 : -1
  const { base, parts } = contributions(row)
  const own = sign === 1 ? base : 1 - base
  const prediction = Object.values(parts).reduce((sum, part) => sum + sign * part, own)
  return {
    target: { class: target },
    output: 'probability',
    base: own,
    prediction,
    contributions: sorted(
      encoder.features.map(({ name }) => ({ feature: name, value: sentValue(row, name), contribution: sign * (parts[name] ?? 0) + 0 })),
    ),
  }
}

function checkLabel(label: string, classes: readonly string[]): string {
  if (classes.includes(label)) return label
  const known = classes
    .slice(0, 8)
    .map((each) => JSON.stringify(each))
    .join(', ')
  throw new TandemError(
    'invalid_input',
    `${JSON.stringify(label)} is no class of the model; known: ${known}. Ask for one of them, or for none.`,
    {
      errors: [{ path: '/class', message: `class must be one of ${known}, got ${JSON.stringify(label)}` }],
    },
  )
}

/** The largest first; equal ones in the order of the features. */
function sorted(contributions: Explained['contributions']): Explained['contributions'] {
  return contributions.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
}

function sentValue(row: FeatureRow, name: string): Explained['contributions'][number]['value'] {
  const value = Object.hasOwn(row, name) ? row[name] : undefined
  return (value ?? null) as Explained['contributions'][number]['value']
}
