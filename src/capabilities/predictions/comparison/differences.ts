// How far two lists of answers to the same rows agree.
import type { AnswerComparison } from './schema.ts'

export interface OneAnswer {
  readonly value: string | number
  readonly probabilities?: Readonly<Record<string, number>>
}

/** Share of the range of values that may lie between two of them that stand in for each other. */
const SAME_SHARE = 0.01
const SAME_PROBABILITY = 0.01

type Differences = Pick<AnswerComparison, 'sameLabel' | 'probabilityDifference' | 'valueDifference' | 'parity'>

export function differencesOf(a: readonly OneAnswer[], b: readonly OneAnswer[], task: 'classification' | 'regression'): Differences {
  if (task === 'regression') {
    const values = a.map(({ value }) => Number(value))
    const valueDifference = summary(values.map((value, row) => Math.abs(value - Number(b[row]!.value))))
    const range = Math.max(...values) - Math.min(...values)
    return { sameLabel: null, probabilityDifference: null, valueDifference, parity: valueDifference.largest <= SAME_SHARE * range }
  }
  // A worker may name a class by its number.
  const same = a.filter(({ value }, row) => String(value) === String(b[row]!.value)).length
  const apart = a.flatMap(({ probabilities: first }, row) => {
    const second = b[row]!.probabilities
    if (first === undefined || second === undefined) return []
    return [...new Set([...Object.keys(first), ...Object.keys(second)])].map((label) =>
      Math.abs((first[label] ?? 0) - (second[label] ?? 0)),
    )
  })
  const probabilityDifference = apart.length === 0 ? null : summary(apart)
  const areNear = probabilityDifference === null || probabilityDifference.largest <= SAME_PROBABILITY
  return { sameLabel: same / a.length, probabilityDifference, valueDifference: null, parity: same === a.length && areNear }
}

function summary(differences: readonly number[]): { readonly largest: number; readonly mean: number } {
  const largest = differences.reduce((most, value) => Math.max(most, value), 0)
  return { largest, mean: differences.reduce((sum, value) => sum + value, 0) / differences.length }
}
