// Leaves that are lines of some features (LightGBM's linear_tree; Shi et al. 2019, Gradient Boosting with Piece-Wise Linear Regression
// Trees): constant + sum of coefficient x feature, or the leaf's one value where one of these features is missing.
import type { TreeEnsemble } from './ensemble.ts'

/** Line n holds the entries `starts[n] .. starts[n + 1]`; a leaf names its line in `left`, 0 for none and n + 1 for line n. */
export interface LeafLines {
  readonly starts: Uint32Array
  readonly features: Uint32Array
  readonly coefficients: Float64Array
  /** One a line. */
  readonly constants: Float64Array
}

/** What the leaf says of the row at `x[offset]`. */
export function lineAt({ threshold, left }: TreeEnsemble, lines: LeafLines, leaf: number, x: Float32Array, offset: number): number {
  const line = left[leaf]! - 1
  if (line < 0) return threshold[leaf]!
  let sum = lines.constants[line]!
  for (let at = lines.starts[line]!; at < lines.starts[line + 1]!; at++) {
    sum += lines.coefficients[at]! * x[offset + lines.features[at]!]!
  }
  // NaN: a feature is missing, or infinities of both signs met.
  return Number.isNaN(sum) ? threshold[leaf]! : sum
}

/** @param damaged  throws. */
export function validateLeafLines(
  { feature, left, leafSize, nFeatures }: TreeEnsemble,
  { starts, features, coefficients, constants }: LeafLines,
  damaged: (what: string) => never,
): void {
  if (leafSize !== 1) damaged(`leaves of ${leafSize} values are lines`)
  if (starts.length !== constants.length + 1 || starts[0] !== 0 || starts[constants.length] !== features.length) {
    damaged(`${constants.length} lines of leaves hold ${features.length} features`)
  }
  if (coefficients.length !== features.length)
    damaged(`lines of leaves have ${coefficients.length} coefficients, expected ${features.length}`)
  for (let line = 0; line < constants.length; line++) if (starts[line + 1]! < starts[line]!) damaged(`line ${line} ends before it starts`)
  for (const f of features) if (f >= nFeatures) damaged(`a line asks for feature ${f} of ${nFeatures}`)
  for (const numbers of [coefficients, constants])
    for (const value of numbers) if (!Number.isFinite(value)) damaged(`a line has the number ${value}`)
  for (let i = 0; i < feature.length; i++)
    if (feature[i]! < 0 && left[i]! > constants.length) damaged(`leaf ${i} is line ${left[i]} of ${constants.length}`)
}
