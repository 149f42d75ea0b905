// Demand that comes now and then, such as spare parts: sizes and how often they come are smoothed apart, since an average of mostly zeros
// says little. Every future value is the demand expected a step.
// Source: Croston 1972; Syntetos and Boylan 2005 (SBA, without Croston's bias upward); Teunter, Syntetos and Babai 2011 (TSB, which forgets
// what is no longer asked for). Start values are those of statsforecast.
import { TandemError } from '../../errors.ts'
import { createForecaster, type Forecaster } from './forecaster.ts'
import { checkedSeries } from './series-checks.ts'

export interface CrostonOptions {
  /** `sba` (default) takes Croston's bias upward out, `classic` leaves it in. */
  readonly form?: 'classic' | 'sba'
  /** Weight of the newest demand and of the newest wait for one, above 0 and up to 1. Default 0.1. */
  readonly alpha?: number
}

export interface TsbOptions {
  /** Weight of the newest demand, above 0 and up to 1. Default 0.1. */
  readonly alphaDemand?: number
  /** Weight of whether there was one, above 0 and up to 1. Default 0.1. */
  readonly alphaProbability?: number
}

/**
 * Demand a step by Croston's method: the smoothed size of a demand over the smoothed time from one to the next.
 *
 * Between demands the forecast stays as it is, however long they do not come: use `fitTsb` for what may have gone out of fashion. Without
 * any demand it is 0. Intervals do not go below 0.
 * Cost: O(length).
 *
 * @throws   `too_few_rows` below 2 observations; `invalid_input` for gaps, for values below 0 and for an unknown form or weight.
 * @example
 * fitCroston([0, 0, 3, 0, 0, 0, 4, 0, 2, 0]).predict(4, { level: [90] })
 */
export function fitCroston(y: ArrayLike<number>, { form = 'sba', alpha = 0.1 }: CrostonOptions = {}): Forecaster {
  if (form !== 'classic' && form !== 'sba') {
    throw new TandemError('invalid_input', `The form of Croston's method is "${String(form)}"; it is classic or sba.`)
  }
  checkWeight('alpha', alpha)
  const demand = checkedDemand(y, "Croston's method")
  const factor = form === 'sba' ? 0.95 : 1
  const rates = new Float64Array(demand.length + 1)
  let [size, wait, since] = [0, 0, 0]
  for (let at = 0; at < demand.length; at++) {
    since++
    if (demand[at]! > 0) {
      size = size === 0 ? demand[at]! : size + alpha * (demand[at]! - size)
      wait = wait === 0 ? since : wait + alpha * (since - wait)
      since = 0
    }
    rates[at + 1] = wait === 0 ? 0 : (factor * size) / wait
  }
  return ofRates(form === 'sba' ? 'CrostonSBA' : 'Croston', demand, rates, { alpha, size, wait })
}

/**
 * Demand a step by the method of Teunter, Syntetos and Babai: the smoothed size of a demand times the smoothed probability of one, which
 * sinks while none comes. Limits, cost and errors as `fitCroston`.
 *
 * @example
 * fitTsb([5, 0, 4, 0, 0, 0, 0, 0, 0, 0], { alphaProbability: 0.2 }).predict(4)
 */
export function fitTsb(y: ArrayLike<number>, { alphaDemand = 0.1, alphaProbability = 0.1 }: TsbOptions = {}): Forecaster {
  checkWeight('alphaDemand', alphaDemand)
  checkWeight('alphaProbability', alphaProbability)
  const demand = checkedDemand(y, 'TSB')
  const rates = new Float64Array(demand.length + 1)
  let size = 0
  let probability = demand[0]! > 0 ? 1 : 0
  for (let at = 0; at < demand.length; at++) {
    if (demand[at]! > 0) size = size === 0 ? demand[at]! : size + alphaDemand * (demand[at]! - size)
    probability += alphaProbability * ((demand[at]! > 0 ? 1 : 0) - probability)
    rates[at + 1] = probability * size
  }
  return ofRates('TSB', demand, rates, { alphaDemand, alphaProbability, size, probability })
}

/** @param rates  the forecast after so many observations. */
function ofRates(method: string, demand: Float64Array, rates: Float64Array, parameters: Readonly<Record<string, number>>): Forecaster {
  const n = demand.length
  let squares = 0
  for (let at = 1; at < n; at++) squares += (demand[at]! - rates[at]!) ** 2
  return createForecaster({
    method,
    seasonLength: 1,
    parameters,
    series: demand,
    firstOrigin: 1,
    forecastFrom: (origin, out) => out.fill(rates[origin]!),
    // The methods assume no model; the errors of one step stand for those of all.
    variances: (h) => new Float64Array(h).fill(squares / (n - 1)),
    least: 0,
  })
}

function checkedDemand(y: ArrayLike<number>, method: string): Float64Array {
  const demand = checkedSeries(y, 1, 2, method)
  const below = demand.findIndex((value) => value < 0)
  if (below === -1) return demand
  throw new TandemError(
    'invalid_input',
    `Observation ${below} of ${demand.length} is ${demand[below]}; ${method} forecasts demand, which is 0 or more. Take returns out, or use fitSes or fitEts.`,
    { details: { index: below } },
  )
}

function checkWeight(name: string, weight: number): void {
  if (!(weight > 0 && weight <= 1))
    throw new TandemError('invalid_input', `${name} is ${weight}; it is a weight above 0 and up to 1, such as 0.1.`)
}
