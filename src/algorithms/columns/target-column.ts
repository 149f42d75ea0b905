// Categories as the mean target of their rows, drawn towards the overall mean (Micci-Barreca 2001; scikit-learn's TargetEncoder with a
// number as `smooth`). While learning, a row gets the mean of other parts: it never sees its own target.
import { TandemError } from '../../errors.ts'
import type { Json } from '../format/canonical-json.ts'
import { kFold } from '../split/k-fold.ts'
import type { ColumnKind } from './column-kind.ts'
import { type LearnContext, type LearntColumn, type RawColumn, targetWidth } from './column-learner.ts'
import type { FittedTarget, TargetSpec } from './column-spec.ts'
import { applyRule, fitRule, packRule, unpackRule } from './number-rule.ts'
import { codeTable } from './one-hot-column.ts'

const FOLDS = 5

/** @throws `invalid_input` without a target, and for a `smooth` below 0 or fewer than two folds. */
export function fitTarget(
  { name, values }: RawColumn,
  spec: TargetSpec,
  { y, weights, classes, rng, lenient }: LearnContext,
): LearntColumn<FittedTarget> {
  const { smooth = 10, folds = FOLDS, scale = 'none' } = spec
  const refuse = (what: string): never => {
    throw new TandemError('invalid_input', `Column "${name}" ${what}`, { details: { column: name } })
  }
  if (y === undefined || rng === undefined) return refuse('is encoded by the target, but y or rng is absent. Pass both.')
  if (!(smooth >= 0 && Number.isFinite(smooth))) refuse(`has the smooth ${smooth}. It counts rows, or their weights. Pass 0 or more.`)
  if (!(Number.isInteger(folds) && folds >= 2)) refuse(`has ${folds} folds. Pass a whole number from 2.`)
  const width = targetWidth(classes)
  const rows = values.length
  const told = (row: number, k: number): number => (width === 1 ? y[row]! : Number(y[row] === k))
  const by = { width, smooth, weights }
  const means = meansOf(values, told, Uint32Array.from(values.keys()), by)
  const unseen = new Float64Array(rows * width)
  // One row has nobody to learn from but itself.
  if (rows === 1) for (let k = 0; k < width; k++) unseen[k] = told(0, k)
  else {
    for (const { train, test } of kFold(rows, { rng, folds: Math.min(folds, rows) })) {
      const read = meanReader(meansOf(values, told, train, by))
      for (const row of test) for (let k = 0; k < width; k++) unseen[row * width + k] = read(values[row]!, k)
    }
  }
  const numbers = (k: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => unseen[row * width + k]!)
  const rules = Array.from({ length: width }, (_, k) => fitRule(name, numbers(k), { impute: 'none', scale }, lenient))
  const scaled = rules.map((rule) => applyRule(rule, false))
  for (let at = 0; at < unseen.length; at++) unseen[at] = scaled[at % width]!(unseen[at]!)
  return { fitted: { kind: 'target', ...means, rules }, training: unseen }
}

export const targetColumn: ColumnKind<FittedTarget> = {
  width: ({ rules }) => rules.length,
  names: ({ rules }, name) => (rules.length === 1 ? [name] : rules.map((_, k) => `${name} of class ${k}`)),
  writer(fitted, first, clamped) {
    const read = meanReader(fitted)
    const scaled = fitted.rules.map((rule) => applyRule(rule, clamped))
    return (code, take) => {
      for (let k = 0; k < scaled.length; k++) {
        const seen = scaled[k]!(read(code, k))
        if (seen !== 0) take(first + k, seen)
      }
    }
  },
  pack: ({ codes, means, overall, missing, rules }, to) => ({
    codes: to.codes(codes),
    numbers: to.numbers([...means, ...overall, ...missing]),
    rules: rules.map(packRule),
  }),
  unpack(about, from) {
    const codes = from.codes(about.codes)
    const numbers = from.numbers(about.numbers)
    if (!Array.isArray(about.rules) || about.rules.length === 0) return from.fail('has no rules for its means')
    const rules = about.rules.map((rule) => unpackRule(rule as Readonly<Record<string, Json>>, from))
    const width = rules.length
    if (numbers.length !== (codes.length + 2) * width) from.fail(`has ${numbers.length} means of ${codes.length} categories`)
    const end = codes.length * width
    return {
      ...{ kind: 'target', codes, rules, means: numbers.slice(0, end) },
      ...{ overall: numbers.slice(end, end + width), missing: numbers.slice(end + width) },
    }
  },
}

interface MeansOptions {
  readonly width: number
  readonly smooth: number
  /** A row of weight 2 is the row twice, one of weight 0 is not there. */
  readonly weights: ArrayLike<number> | undefined
}

type Means = Pick<FittedTarget, 'codes' | 'means' | 'overall' | 'missing'>

function meansOf(
  values: Float64Array,
  told: (row: number, k: number) => number,
  rows: ArrayLike<number>,
  { width, smooth, weights }: MeansOptions,
): Means {
  const entries = new Map<number, { count: number; readonly sums: Float64Array }>()
  const all = { count: 0, sums: new Float64Array(width) }
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!
    const weight = weights === undefined ? 1 : weights[row]!
    if (weight === 0) continue
    let entry = entries.get(values[row]!)
    if (entry === undefined) {
      entry = { count: 0, sums: new Float64Array(width) }
      entries.set(values[row]!, entry)
    }
    entry.count += weight
    all.count += weight
    for (let k = 0; k < width; k++) {
      entry.sums[k]! += weight * told(row, k)
      all.sums[k]! += weight * told(row, k)
    }
  }
  // A part of rows of weight 0 alone says nothing.
  const overall = Array.from(all.sums, (sum) => (all.count > 0 ? sum / all.count : 0))
  const meansFor = ({ count, sums }: { readonly count: number; readonly sums: Float64Array }): number[] =>
    Array.from(sums, (sum, k) => (sum + smooth * overall[k]!) / (count + smooth))
  // A missing value is a category of its own, where there was one.
  const gap = entries.get(Number.NaN)
  entries.delete(Number.NaN)
  const codes = [...entries.keys()].sort((a, b) => a - b)
  return {
    codes,
    means: codes.flatMap((code) => meansFor(entries.get(code)!)),
    overall,
    missing: gap === undefined ? overall : meansFor(gap),
  }
}

function meanReader({ codes, means, overall, missing }: Means): (code: number, k: number) => number {
  const table = codeTable(codes)
  const width = overall.length
  return (code, k) => {
    if (Number.isNaN(code)) return missing[k]!
    const place = code < table.length ? table[code]! : -1
    return place < 0 ? overall[k]! : means[place * width + k]!
  }
}
