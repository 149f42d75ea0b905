// A date as numbers: year, month, weekday ..., each imputed and scaled by itself; one column says whether the date was missing.
import { TandemError } from '../../errors.ts'
import type { Json } from '../format/canonical-json.ts'
import type { ColumnKind } from './column-kind.ts'
import type { LearnContext, LearntColumn, RawColumn } from './column-learner.ts'
import { DATE_PARTS, type DatePart, type DateSpec, type FittedDate } from './column-spec.ts'
import { datePart } from './date-parts.ts'
import { wantsIndicator } from './number-column.ts'
import { applyRule, fitRule, packRule, unpackRule } from './number-rule.ts'

const USUAL: readonly DatePart[] = ['year', 'month', 'day', 'weekday']

/** @throws `invalid_input` for parts that there are not, that stand twice, or none. */
export function fitDate({ name, values }: RawColumn, spec: DateSpec, { lenient }: LearnContext): LearntColumn<FittedDate> {
  const { parts = USUAL } = spec
  const wrong = parts.find((part, at) => !DATE_PARTS.includes(part) || parts.indexOf(part) !== at)
  if (wrong !== undefined || parts.length === 0) {
    throw new TandemError(
      'invalid_input',
      `The parts of date column "${name}" are ${parts.join(', ') || 'none'}; name some of ${DATE_PARTS.join(', ')}, each once.`,
      { details: { column: name } },
    )
  }
  const rules = parts.map((part) =>
    fitRule(
      name,
      values.map((hours) => datePart(hours, part)),
      { impute: 'none', ...spec },
      lenient,
    ),
  )
  return { fitted: { kind: 'date', parts, rules, indicator: wantsIndicator(spec, values) } }
}

export const dateColumn: ColumnKind<FittedDate> = {
  width: ({ parts, indicator }) => parts.length + Number(indicator),
  names: ({ parts, indicator }, name) => [...parts.map((part) => `${name} ${part}`), ...(indicator ? [`${name} missing`] : [])],
  writer({ parts, rules, indicator }, first, clamped) {
    const scaled = rules.map((rule) => applyRule(rule, clamped))
    return (hours, take) => {
      for (let at = 0; at < parts.length; at++) {
        const seen = scaled[at]!(datePart(hours, parts[at]!))
        if (seen !== 0) take(first + at, seen)
      }
      if (indicator && Number.isNaN(hours)) take(first + parts.length, 1)
    }
  },
  pack: ({ parts, rules, indicator }) => ({ parts: [...parts], rules: rules.map(packRule), indicator }),
  unpack({ parts, rules, indicator }, from) {
    if (!Array.isArray(parts) || !parts.every((part) => DATE_PARTS.includes(part as DatePart)))
      return from.fail('has parts of a date that there are not')
    if (!Array.isArray(rules) || rules.length !== parts.length)
      return from.fail(`has ${parts.length} parts of a date, but not as many rules`)
    return {
      kind: 'date',
      parts: parts as DatePart[],
      rules: rules.map((rule) => unpackRule(rule as Readonly<Record<string, Json>>, from)),
      indicator: indicator === true,
    }
  },
}
