// A column of numbers, imputed and scaled.
import type { ColumnKind, TakeColumn } from './column-kind.ts'
import type { LearnContext, LearntColumn, RawColumn } from './column-learner.ts'
import type { FittedNumber, NumberTreatment } from './column-spec.ts'
import { fitRule, packRule, unpackRule } from './number-rule.ts'

export function fitNumber({ name, values }: RawColumn, treatment: NumberTreatment, { lenient }: LearnContext): LearntColumn<FittedNumber> {
  return { fitted: { kind: 'number', ...fitRule(name, values, treatment, lenient), indicator: wantsIndicator(treatment, values) } }
}

export function wantsIndicator({ indicator = false }: Pick<NumberTreatment, 'indicator'>, values: Float64Array): boolean {
  return indicator === 'auto' ? values.some(Number.isNaN) : indicator
}

/** A column of numbers with nothing left to decide. Most columns are: readers of rows call `writeNumber` without a table of kinds. */
export interface ReadyNumber {
  readonly first: number
  readonly standIn: number
  readonly center: number
  readonly factor: number
  readonly divisor: number
  readonly indicator: boolean
  readonly clamped: boolean
}

export function readyNumber({ fill, center, factor, divisor = 1, indicator }: FittedNumber, first: number, clamped: boolean): ReadyNumber {
  return { first, standIn: fill ?? Number.NaN, center, factor, divisor, indicator, clamped }
}

export function writeNumber(column: ReadyNumber, value: number, take: TakeColumn): void {
  const isMissing = Number.isNaN(value)
  let seen = (((isMissing ? column.standIn : value) + column.center) * column.factor) / column.divisor
  if (column.clamped) seen = Math.min(1, Math.max(0, seen))
  if (seen !== 0) take(column.first, seen)
  if (isMissing && column.indicator) take(column.first + 1, 1)
}

export const numberColumn: ColumnKind<FittedNumber> = {
  width: ({ indicator }) => (indicator ? 2 : 1),
  names: ({ indicator }, name) => (indicator ? [name, `${name} missing`] : [name]),
  writer(fitted, first, clamped) {
    const ready = readyNumber(fitted, first, clamped)
    return (value, take) => writeNumber(ready, value, take)
  },
  pack: ({ kind, indicator, ...rule }) => ({ ...packRule(rule), indicator }),
  unpack: (about, from) => ({ kind: 'number', ...unpackRule(about, from), indicator: about.indicator === true }),
}
