// What a Gaussian mixture says of new rows.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import { checkedRows } from './dense-rows.ts'
import { type GaussianMixture, likeliest } from './fit-gaussian-mixture.ts'
import { createMixturePass, type MixturePass } from './mixture-pass.ts'

/**
 * Probability of each component, shape (rows, nComponents); rows sum to 1.
 *
 * @throws   `shape_mismatch` for another number of columns; `invalid_input` for NaN and infinite values.
 */
export function predictGaussianMixtureProba(model: GaussianMixture, x: DenseMatrix): Float64Array {
  const k = model.nComponents
  const probabilities = new Float64Array(x.rows * k)
  visitRows(model, x, (first, logDensities, shares) => {
    const n = logDensities.length
    for (let i = 0; i < n; i++) {
      for (let component = 0; component < k; component++) probabilities[(first + i) * k + component] = shares[component * n + i]!
    }
  })
  return probabilities
}

/** Likeliest component of each row. Throws as `predictGaussianMixtureProba`. */
export function predictGaussianMixture(model: GaussianMixture, x: DenseMatrix): Int32Array {
  const labels = new Int32Array(x.rows)
  visitRows(model, x, (first, logDensities, shares) => {
    const n = logDensities.length
    for (let i = 0; i < n; i++) labels[first + i] = likeliest(shares, i, n, model.nComponents)
  })
  return labels
}

/** Logarithm of the density at each row: low for rows unlike those learned from. Throws as `predictGaussianMixtureProba`. */
export function gaussianMixtureScores(model: GaussianMixture, x: DenseMatrix): Float64Array {
  const scores = new Float64Array(x.rows)
  visitRows(model, x, (first, logDensities) => scores.set(logDensities, first))
  return scores
}

function visitRows(model: GaussianMixture, x: DenseMatrix, see: Parameters<MixturePass['visit']>[1]): void {
  const values = checkedRows(x, 0, 'The mixture')
  if (x.columns !== model.nFeatures) {
    throw new TandemError('shape_mismatch', `The rows have ${x.columns} columns, but the mixture was learned from ${model.nFeatures}.`)
  }
  const pass = createMixturePass(x.rows, x.columns, model.nComponents, model.covarianceType)
  pass.load(values)
  pass.visit(model, see)
}
