// Imputation and scaling of numbers, with scikit-learn's definitions (SimpleImputer, StandardScaler, MinMaxScaler, RobustScaler).
import { TandemError } from '../../errors.ts'
import type { FittedColumn, NumberSpec } from './column-spec.ts'

type FittedNumber = Extract<FittedColumn, { kind: 'number' }>

/** @throws `invalid_input` for a column without a single value that shall be imputed by one. */
export function fitNumber(column: string, values: Float64Array, spec: NumberSpec): FittedNumber {
  const { impute = 'mean', fill: constant = 0, indicator = false, scale = 'none' } = spec
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0 && (impute === 'mean' || impute === 'median' || impute === 'mode')) {
    throw new TandemError(
      'invalid_input',
      `Column "${column}" has no value in ${values.length} rows, so it has no ${impute}. Leave it out or impute a constant.`,
      { details: { column } },
    )
  }
  if (!Number.isFinite(constant))
    throw new TandemError('invalid_input', `The fill of column "${column}" is ${constant}, expected a finite number.`)
  const sorted = known.slice().sort()
  const fill =
    impute === 'none'
      ? null
      : impute === 'constant'
        ? constant
        : impute === 'mean'
          ? meanOf(known)
          : impute === 'median'
            ? quantileOf(sorted, 0.5)
            : modeOf(sorted)
  // Scales are those of the column after imputation; a missing value that stays is left out.
  const filled = fill === null ? known : values.map((value) => (Number.isNaN(value) ? fill : value))
  return { kind: 'number', fill, indicator, ...scaling(filled, scale) }
}

function scaling(values: Float64Array, scale: NumberSpec['scale']): { readonly center: number; readonly scale: number } {
  if (scale === 'none' || scale === undefined || values.length === 0) return { center: 0, scale: 1 }
  if (scale === 'standard') {
    const center = meanOf(values)
    let squares = 0
    for (const value of values) squares += (value - center) ** 2
    return { center, scale: Math.sqrt(squares / values.length) || 1 }
  }
  const sorted = values.slice().sort()
  if (scale === 'min-max') return { center: sorted[0]!, scale: sorted.at(-1)! - sorted[0]! || 1 }
  return { center: quantileOf(sorted, 0.5), scale: quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25) || 1 }
}

function meanOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Linear between neighbours, as numpy's percentile. */
function quantileOf(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)]!
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place))
}

/** The most frequent value; of equals the smallest. */
function modeOf(sorted: Float64Array): number {
  let [best, bestCount] = [sorted[0]!, 0]
  for (let at = 0, from = 0; at < sorted.length; at++) {
    if (sorted[at] !== sorted[from]) from = at
    if (at - from + 1 > bestCount) [best, bestCount] = [sorted[at]!, at - from + 1]
  }
  return best
}
