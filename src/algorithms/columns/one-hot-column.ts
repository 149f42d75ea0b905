// A column for each frequent category, one for the rare and never seen ones together, one for missing (scikit-learn's OneHotEncoder).
import { TandemError } from '../../errors.ts'
import type { ColumnKind } from './column-kind.ts'
import type { LearntColumn, RawColumn } from './column-learner.ts'
import type { FittedOneHot, OneHotSpec } from './column-spec.ts'

/** @throws `invalid_input` for counts that are no whole numbers from 1. */
export function fitOneHot({ name, values, codes }: RawColumn, spec: OneHotSpec): LearntColumn<FittedOneHot> {
  const { minCount = 1, maxCategories = Number.MAX_SAFE_INTEGER, missing: gaps = 'none' } = spec
  for (const [option, value] of Object.entries({ minCount, maxCategories })) {
    if (Number.isInteger(value) && value >= 1) continue
    throw new TandemError('invalid_input', `${option} of column "${name}" is ${value}. It counts rows. Pass a whole number from 1.`, {
      details: { column: name },
    })
  }
  const counts = new Uint32Array(codes)
  let missing = 0
  for (const code of values) {
    if (Number.isNaN(code)) missing++
    else counts[code]!++
  }
  const order = [...counts.keys()].filter((code) => counts[code]! >= minCount).sort((a, b) => counts[b]! - counts[a]! || a - b)
  const frequent = order.slice(0, maxCategories).sort((a, b) => a - b)
  const inFrequent = frequent.reduce((sum, code) => sum + counts[code]!, 0)
  const own = gaps === 'column'
  const rare = inFrequent + missing < values.length
  return { fitted: { kind: 'one-hot', frequent, rare, missing: own && missing > 0, ignoresMissing: !own } }
}

export const oneHotColumn: ColumnKind<FittedOneHot> = {
  width: ({ frequent, rare, missing }) => frequent.length + Number(rare) + Number(missing),
  names: ({ frequent, rare, missing }, name, labels) => [
    ...frequent.map((code) => `${name}=${labels[code]}`),
    ...(rare ? [`${name} other`] : []),
    ...(missing ? [`${name} missing`] : []),
  ],
  writer({ frequent, rare, missing, ignoresMissing }, first) {
    const table = codeTable(frequent)
    const others = rare ? frequent.length : -1
    // Where nothing was missing in training, a gap says as little as a rare value.
    const gap = missing ? frequent.length + Number(rare) : ignoresMissing ? -1 : others
    return (code, take) => {
      let place = gap
      if (!Number.isNaN(code)) {
        const own = code < table.length ? table[code]! : -1
        place = own >= 0 ? own : others
      }
      if (place >= 0) take(first + place, 1)
    }
  },
  pack: ({ frequent, rare, missing, ignoresMissing }, to) => ({ frequent: to.codes(frequent), rare, missing, ignoresMissing }),
  unpack(about, from) {
    const frequent = from.codes(about.frequent)
    if (frequent.some((code, at) => at > 0 && code <= frequent[at - 1]!)) from.fail('has categories that do not ascend')
    const flag = (name: string): boolean => about[name] === true
    return { kind: 'one-hot', frequent, rare: flag('rare'), missing: flag('missing'), ignoresMissing: flag('ignoresMissing') }
  },
}

/** The place of each code in `order`; -1 where it has none. */
export function codeTable(order: readonly number[]): Int32Array {
  const table = new Int32Array(order.reduce((most, code) => Math.max(most, code + 1), 0)).fill(-1)
  for (const [place, code] of order.entries()) table[code] = place
  return table
}
