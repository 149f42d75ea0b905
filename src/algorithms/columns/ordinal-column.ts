// A category as its place in an order (scikit-learn's OrdinalEncoder), imputed and scaled as a number is.
import { TandemError } from '../../errors.ts'
import type { ColumnKind } from './column-kind.ts'
import type { LearnContext, LearntColumn, RawColumn } from './column-learner.ts'
import type { FittedOrdinal, OrdinalSpec } from './column-spec.ts'
import { wantsIndicator } from './number-column.ts'
import { applyRule, fitRule, packRule, unpackRule } from './number-rule.ts'
import { codeTable } from './one-hot-column.ts'

/** @throws `invalid_input` when an order is asked for of categories whose texts are not known. */
export function fitOrdinal(
  { name, values, codes, labels }: RawColumn,
  spec: OrdinalSpec,
  { lenient }: LearnContext,
): LearntColumn<FittedOrdinal> {
  const order = orderOf(name, codes, labels, spec.categories)
  const { unseen = -1 } = spec
  const place = placeReader(order, unseen === 'missing' ? Number.NaN : unseen)
  const places = values.map(place)
  const rule = fitRule(name, places, { impute: 'none', ...spec }, lenient)
  return {
    fitted: { kind: 'ordinal', order, unseen: unseen === 'missing' ? null : unseen, ...rule, indicator: wantsIndicator(spec, places) },
  }
}

export const ordinalColumn: ColumnKind<FittedOrdinal> = {
  width: ({ indicator }) => (indicator ? 2 : 1),
  names: ({ indicator }, name) => (indicator ? [name, `${name} missing`] : [name]),
  writer({ order, unseen, indicator, ...rule }, first, clamped) {
    const scaled = applyRule(rule, clamped)
    const place = placeReader(order, unseen ?? Number.NaN)
    return (code, take) => {
      const value = place(code)
      const seen = scaled(value)
      if (seen !== 0) take(first, seen)
      if (indicator && Number.isNaN(value)) take(first + 1, 1)
    }
  },
  pack: ({ kind, order, unseen, indicator, ...rule }, to) => ({ order: to.codes(order), unseen, ...packRule(rule), indicator }),
  unpack(about, from) {
    const order = from.codes(about.order)
    if (new Set(order).size < order.length) from.fail('has an order that names a category twice')
    if (about.unseen !== null && !Number.isFinite(about.unseen)) from.fail(`takes categories never seen for ${about.unseen}`)
    return {
      kind: 'ordinal',
      order,
      unseen: about.unseen as number | null,
      ...unpackRule(about, from),
      indicator: about.indicator === true,
    }
  },
}

function placeReader(order: readonly number[], unseen: number): (code: number) => number {
  const table = codeTable(order)
  return (code) => {
    if (Number.isNaN(code)) return code
    const place = code < table.length ? table[code]! : -1
    return place >= 0 ? place : unseen
  }
}

function orderOf(name: string, codes: number, labels: readonly string[] | null, wanted: readonly string[] | undefined): number[] {
  if (wanted === undefined) return Array.from({ length: codes }, (_, code) => code)
  if (labels === null) {
    throw new TandemError('invalid_input', `Column "${name}" has an order of categories, but no texts are known of it. Pass its labels.`, {
      details: { column: name },
    })
  }
  const byText = new Map(labels.map((text, code) => [text, code]))
  // A category that the rows have not shown has a place all the same.
  return wanted.map((text, at) => byText.get(text) ?? codes + 1 + at)
}
