// What hyper-parameters may be, and seeded draws of them (Bergstra & Bengio 2012, Random Search for Hyper-Parameter Optimization).
import { TandemError } from '../../errors.ts'
import { exp, log } from '../math/exponential.ts'
import type { Rng } from '../math/rng.ts'

export type ParameterValue = number | string | boolean | null

/** A list to choose from, or a range: evenly, or evenly in the logarithm; `integer` draws whole numbers, both ends included. */
export type ParameterRange =
  | readonly ParameterValue[]
  | { readonly low: number; readonly high: number; readonly scale?: 'linear' | 'log'; readonly integer?: boolean }

export type ParameterSpace = Readonly<Record<string, ParameterRange>>
export type Parameters = Readonly<Record<string, ParameterValue>>

/**
 * Draws one value of each parameter.
 *
 * @throws `invalid_input` for a list without values or a range without numbers between its ends.
 */
export function drawParameters(space: ParameterSpace, rng: Pick<Rng, 'next'>): Parameters {
  return Object.fromEntries(Object.entries(space).map(([name, range]) => [name, draw(name, range, rng)]))
}

function draw(name: string, range: ParameterRange, rng: Pick<Rng, 'next'>): ParameterValue {
  if (isList(range)) {
    if (range.length === 0) throw new TandemError('invalid_input', `Parameter "${name}" has no value to choose from. List at least one.`)
    return range[Math.floor(rng.next() * range.length)]!
  }
  const { low, high, scale = 'linear', integer = false } = range
  const ordered = Number.isFinite(low) && Number.isFinite(high) && low <= high
  if (!ordered || (scale === 'log' && low <= 0) || (integer && !(Number.isInteger(low) && Number.isInteger(high)))) {
    throw new TandemError(
      'invalid_input',
      `Parameter "${name}" goes from ${low} to ${high}. Finite ends in order are needed, above 0 for a log scale, whole for integers.`,
    )
  }
  // A whole number gets the interval of length 1 that begins with it.
  const end = integer ? high + 1 : high
  const share = rng.next()
  const value = scale === 'log' ? exp(log(low) + share * (log(end) - log(low))) : low + share * (end - low)
  return Math.min(high, integer ? Math.floor(value) : value)
}

function isList(range: ParameterRange): range is readonly ParameterValue[] {
  return Array.isArray(range)
}
