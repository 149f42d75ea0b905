// A column of numbers, imputed and scaled.
import type { ColumnKind } from './column-kind.ts'
import type { LearnContext, LearntColumn, RawColumn } from './column-learner.ts'
import type { FittedNumber, NumberTreatment } from './column-spec.ts'
import { fitRule, packRule, unpackRule } from './number-rule.ts'

export function fitNumber({ name, values }: RawColumn, treatment: NumberTreatment, { lenient }: LearnContext): LearntColumn<FittedNumber> {
  return { fitted: { kind: 'number', ...fitRule(name, values, treatment, lenient), indicator: wantsIndicator(treatment, values) } }
}

export function wantsIndicator({ indicator = false }: Pick<NumberTreatment, 'indicator'>, values: Float64Array): boolean {
  return indicator === 'auto' ? values.some(Number.isNaN) : indicator
}

export const numberColumn: ColumnKind<FittedNumber> = {
  width: ({ indicator }) => (indicator ? 2 : 1),
  names: ({ indicator }, name) => (indicator ? [name, `${name} missing`] : [name]),
  writer({ fill, center, factor, divisor = 1, indicator }, clamped) {
    const standIn = fill ?? Number.NaN
    // As `applyRule`, but in place: most columns are numbers, and a call more is a third of what one costs.
    return (value, _terms, _row, first, take) => {
      const isMissing = Number.isNaN(value)
      let seen = (((isMissing ? standIn : value) + center) * factor) / divisor
      if (clamped) seen = Math.min(1, Math.max(0, seen))
      if (seen !== 0) take(first, seen)
      if (indicator && isMissing) take(first + 1, 1)
    }
  },
  pack: ({ kind, indicator, ...rule }) => ({ ...packRule(rule), indicator }),
  unpack: (about, from) => ({ kind: 'number', ...unpackRule(about, from), indicator: about.indicator === true }),
}
