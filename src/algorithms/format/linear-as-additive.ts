// A linear model of another library as an additive one, which answers rows of numbers as they are.
import { TandemError } from '../../errors.ts'
import type { LinearModel } from '../linear/linear-model.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'

/**
 * The same predictions, each column a feature. How the features spread is not known, so importances are 0 and contributions are told from 0.
 *
 * @throws `invalid_input` for a linear SVM, whose scores are no probabilities.
 */
export function linearAsAdditive({ kind, nFeatures, nClasses, coefficients, intercepts }: LinearModel): AdditiveModel {
  if (kind === 'linear-svm') {
    throw new TandemError(
      'invalid_input',
      'A LinearSVC has scores but no probabilities. Export a LogisticRegression, or train linear-svm here, whose scores are calibrated.',
    )
  }
  const nScores = intercepts.length
  const first = new Float64Array(nFeatures * nScores)
  for (let score = 0; score < nScores; score++) {
    for (let feature = 0; feature < nFeatures; feature++) first[feature * nScores + score] = coefficients[score * nFeatures + feature]!
  }
  return {
    kind: 'additive',
    ...{ nFeatures, nClasses, nScores, first },
    term: 'linear',
    link: nClasses === 0 ? 'identity' : nClasses === 2 ? 'sigmoid' : 'softmax',
    columns: {
      features: Array.from({ length: nFeatures }, (_, feature) => ({
        kind: 'number' as const,
        ...{ first: feature, fill: 0, center: 0, factor: 1, indicator: false },
      })),
      nColumns: nFeatures,
      clamped: false,
    },
    base: Float64Array.from(intercepts),
    second: new Float64Array(0),
    means: new Float64Array(nFeatures * nScores),
    importances: new Float64Array(nFeatures),
  }
}
