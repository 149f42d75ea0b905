// Imputation and scaling of the numbers that a column has or becomes, with scikit-learn's definitions (SimpleImputer, StandardScaler,
// MinMaxScaler, RobustScaler). One deviation: what was constant in training is 0 whatever it becomes, since nothing was learnt of it.
import { TandemError } from '../../errors.ts'
import type { Json } from '../format/canonical-json.ts'
import type { UnpackColumns } from './column-kind.ts'
import type { NumberRule, NumberTreatment } from './column-spec.ts'

/**
 * @param values   NaN is missing.
 * @param lenient  a column without a value is 0 throughout, which fails otherwise.
 * @throws `invalid_input` for a column without a single value that shall be imputed by one.
 */
export function fitRule(name: string, values: Float64Array, treatment: NumberTreatment, lenient = false): NumberRule {
  const { impute = 'mean', fill: constant = 0, scale = 'none' } = treatment
  if (!Number.isFinite(constant))
    throw new TandemError('invalid_input', `The fill of column "${name}" is ${constant}, expected a finite number.`, {
      details: { column: name },
    })
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) {
    if (impute === 'none' || impute === 'constant') return { fill: impute === 'none' ? null : constant, center: 0, factor: 1 }
    if (lenient) return { fill: 0, center: 0, factor: 1 }
    throw new TandemError(
      'invalid_input',
      `Column "${name}" has no value in ${values.length} rows, so it has no ${impute}. Leave it out or impute a constant.`,
      { details: { column: name } },
    )
  }
  const isSorted = impute === 'median' || impute === 'mode' || scale === 'robust'
  if (isSorted) known.sort()
  const fill = impute === 'none' ? null : impute === 'constant' ? constant : valueFor(known, impute)
  // Scales are those of the column after imputation; a missing value that stays is left out.
  return { fill, ...scaling(known, fill === null ? 0 : values.length - known.length, fill ?? 0, scale) }
}

/** A function rather than a method: it is called for every number of a row. */
export function applyRule({ fill, center, factor, divisor = 1 }: NumberRule, clamped: boolean): (value: number) => number {
  const standIn = fill ?? Number.NaN
  return (value) => {
    const scaled = (((Number.isNaN(value) ? standIn : value) + center) * factor) / divisor
    return clamped ? Math.min(1, Math.max(0, scaled)) : scaled
  }
}

export const AS_IT_IS: NumberRule = { fill: null, center: 0, factor: 1 }

export function packRule({ fill, center, factor, divisor }: NumberRule): { readonly [name: string]: Json } {
  return { fill, center, factor, ...(divisor === undefined ? {} : { divisor }) }
}

export function unpackRule({ fill, center, factor, divisor }: Readonly<Record<string, Json>>, { fail }: UnpackColumns): NumberRule {
  const numbers = [center, factor, ...(fill === null ? [] : [fill]), ...(divisor === undefined ? [] : [divisor])]
  if (!numbers.every(Number.isFinite) || divisor === 0) return fail(`is scaled by ${numbers.join(', ')}`)
  return {
    fill: fill as number | null,
    center: center as number,
    factor: factor as number,
    ...(divisor === undefined ? {} : { divisor: divisor as number }),
  }
}

function valueFor(known: Float64Array, impute: 'mean' | 'median' | 'mode'): number {
  return impute === 'mean' ? meanOf(known, 0, 0) : impute === 'median' ? quantileOf(known, 0.5) : modeOf(known)
}

/** Of the known values and `filled` times the fill. */
function scaling(
  known: Float64Array,
  filled: number,
  fill: number,
  scale: NumberTreatment['scale'],
): { readonly center: number; readonly factor: number } {
  if (scale === 'none' || scale === undefined) return { center: 0, factor: 1 }
  let [lowest, highest] = filled > 0 ? [fill, fill] : [known[0]!, known[0]!]
  for (const value of known) {
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  // Rounding leaves a constant column a deviation of almost 0, which would make any other value enormous.
  const factorOf = (spread: number): number => (highest > lowest ? 1 / (spread > 0 ? spread : 1) : 0)
  if (scale === 'min-max') return { center: -lowest, factor: factorOf(highest - lowest) }
  if (scale === 'standard') {
    const center = meanOf(known, filled, fill)
    let squares = filled * (fill - center) ** 2
    for (const value of known) squares += (value - center) ** 2
    return { center: -center, factor: factorOf(Math.sqrt(squares / (known.length + filled))) }
  }
  const all = new Float64Array(known.length + filled).fill(fill)
  all.set(known)
  all.sort()
  return { center: -quantileOf(all, 0.5), factor: factorOf(quantileOf(all, 0.75) - quantileOf(all, 0.25)) }
}

function meanOf(known: Float64Array, filled: number, fill: number): number {
  let sum = filled * fill
  for (const value of known) sum += value
  return sum / (known.length + filled)
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
