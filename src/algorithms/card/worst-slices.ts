// Parts of the rows in which a model errs more than elsewhere. Every value of a column, or every quarter of a number, is a slice; what is
// reported is the mean loss in it against all other rows, with Bonferroni's correction, so that chance alone rarely names one.
import { TandemError } from '../../errors.ts'
import { normalQuantile } from '../math/normal-quantile.ts'
import { equalCountBins } from '../metrics/equal-count-bins.ts'
import type { Numbers } from '../metrics/input-checks.ts'

/** A column by which rows are parted: categories as text, or numbers, of which quarters are made. null and NaN are a slice of their own. */
export type SliceColumn = ArrayLike<string | number | boolean | null>

export interface Slice {
  /** Such as `city = Graz` or `age 31 to 44`. */
  readonly name: string
  readonly rows: number
  readonly meanLoss: number
  /** Mean loss of all other rows. */
  readonly otherLoss: number
  /** Smallest difference that is not ruled out at 95 % after correction; the slice is worse than the rest. */
  readonly atLeast: number
}

export interface SliceOptions {
  /** Fewer rows are no slice. Default 30. */
  readonly minRows?: number
  /** Chance that any slice is named when none is worse. Default 0.05. */
  readonly alpha?: number
}

export interface SliceReport {
  /** Slices that are worse, the worst first. */
  readonly slices: readonly Slice[]
  /** Slices looked at, which the correction counts. */
  readonly examined: number
}

/**
 * Cost: O(columns x rows log rows).
 *
 * @param losses  of each row, such as the log loss or the absolute error.
 * @throws   `shape_mismatch` for a column of another length; `invalid_input` for a loss that is not finite or options outside their limits.
 */
export function worstSlices(losses: Numbers, columns: Readonly<Record<string, SliceColumn>>, options: SliceOptions = {}): SliceReport {
  const { minRows = 30, alpha = 0.05 } = options
  if (!Number.isInteger(minRows) || minRows < 2 || !(alpha > 0 && alpha < 1)) {
    throw new TandemError(
      'invalid_input',
      `minRows is ${minRows} and alpha ${alpha}. Pass a whole number from 2 and a share between 0 and 1.`,
    )
  }
  const total = sumsOf(
    losses,
    Array.from({ length: losses.length }, (_, row) => row),
  )
  if (!Number.isFinite(total.squares))
    throw new TandemError('invalid_input', 'A loss is not a finite number. Leave its row out or correct it.')
  const candidates = Object.entries(columns).flatMap(([name, column]) => {
    if (column.length === losses.length) return slicesOf(name, column)
    throw new TandemError('shape_mismatch', `Column "${name}" has ${column.length} values for ${losses.length} losses. Pass one a row.`)
  })
  const large = candidates.filter(({ rows }) => rows.length >= minRows && losses.length - rows.length >= minRows)
  if (large.length === 0) return { slices: [], examined: 0 }
  const z = normalQuantile(1 - alpha / large.length)
  const slices = large.flatMap(({ name, rows }): Slice[] => {
    const own = sumsOf(losses, rows)
    const rest = { count: total.count - own.count, sum: total.sum - own.sum, squares: total.squares - own.squares }
    const [mean, other] = [own.sum / own.count, rest.sum / rest.count]
    const atLeast = mean - other - z * Math.sqrt(varianceOfMean(own) + varianceOfMean(rest))
    return atLeast > 0 ? [{ name, rows: rows.length, meanLoss: mean, otherLoss: other, atLeast }] : []
  })
  return { slices: slices.sort((a, b) => b.atLeast - a.atLeast), examined: large.length }
}

function slicesOf(name: string, column: SliceColumn): { readonly name: string; readonly rows: readonly number[] }[] {
  const all = Array.from({ length: column.length }, (_, row) => row)
  const isMissing = (row: number): boolean => column[row] === null || Number.isNaN(column[row])
  const present = all.filter((row) => !isMissing(row))
  const missing = present.length === all.length ? [] : [{ name: `${name} is missing`, rows: all.filter(isMissing) }]
  const byValue = new Map<string, number[]>()
  for (const row of present) {
    const key = String(column[row])
    const own = byValue.get(key)
    if (own === undefined) byValue.set(key, [row])
    else own.push(row)
  }
  const isNumber = present.length > 0 && present.every((row) => typeof column[row] === 'number')
  if (!isNumber || byValue.size <= 10) return [...missing, ...[...byValue].map(([value, rows]) => ({ name: `${name} = ${value}`, rows }))]
  const values = present.map((row) => column[row] as number)
  const quarters = equalCountBins(values, 4).map((bin) => {
    const rows = [...bin].map((at) => present[at]!)
    return { name: `${name} ${shown(column[rows[0]!])} to ${shown(column[rows.at(-1)!])}`, rows }
  })
  return [...missing, ...quarters]
}

/** Six digits tell a quarter's ends apart, and hide that features are float32. */
const shown = (value: unknown): string => (typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value))

interface Sums {
  readonly count: number
  readonly sum: number
  readonly squares: number
}

function sumsOf(losses: Numbers, rows: readonly number[]): Sums {
  let sum = 0
  let squares = 0
  for (const row of rows) {
    sum += losses[row]!
    squares += losses[row]! ** 2
  }
  return { count: rows.length, sum, squares }
}

function varianceOfMean({ count, sum, squares }: Sums): number {
  return Math.max(0, squares / count - (sum / count) ** 2) / (count - 1)
}
