// The method that forecast the past of a series best is taken to forecast its future.
import { TandemError } from '../../errors.ts'
import { type ProgressOptions, stopWhenCanceled } from '../tree/training-control.ts'
import { type Backtest, backtest } from './backtest.ts'
import { fitCroston, fitTsb } from './fit-croston.ts'
import { fitEts } from './fit-ets.ts'
import { fitMstl } from './fit-mstl.ts'
import { fitTheta } from './fit-theta.ts'
import type { Forecaster } from './forecaster.ts'
import { fitDrift, fitNaive, fitSeasonalNaive } from './naive.ts'
import { checkedSeries, type SeriesOptions } from './series-checks.ts'

export type FitSeries = (y: Float64Array) => Forecaster

/** `onProgress` is told the share of the fits that are done; `isCanceled` is asked before each, and within those of `forecastMethods`. */
export interface ChooseOptions extends SeriesOptions, ProgressOptions {
  /** Steps ahead that matter, from 1 on. */
  readonly horizon: number
  /** Beginnings of the series on which the methods are compared. Default 5. */
  readonly origins?: number
  /** Methods by name, the simplest first, since the first of equals is taken. Default: those of `forecastMethods`. */
  readonly methods?: Readonly<Record<string, FitSeries>>
}

export interface MethodComparison {
  readonly name: string
  /** Undefined for a method that could not be compared; `reason` says why. */
  readonly backtest?: Backtest
  readonly reason?: string
}

export interface ChosenForecaster {
  readonly name: string
  /** Fitted to the whole series. */
  readonly forecaster: Forecaster
  /** Every method, the best first. */
  readonly comparison: readonly MethodComparison[]
}

/** Values of which so many are 0 are demand that comes now and then (Syntetos and Boylan 2005: more than 1.32 steps from one to the next). */
const INTERMITTENT = 1 - 1 / 1.32

/**
 * The methods that suit a series: naive and drift; with a season seasonal naive, ETS up to a season of 24, theta and, from two seasons on,
 * MSTL; for demand that comes now and then Croston's method and TSB in place of theta and MSTL. With `isCanceled` the long ones ask it as they
 * go.
 */
export function forecastMethods(
  y: ArrayLike<number>,
  { seasonLength = 1, isCanceled }: SeriesOptions & Pick<ProgressOptions, 'isCanceled'> = {},
): Record<string, FitSeries> {
  const series = checkedSeries(y, seasonLength, 1, 'A forecast')
  const zeros = series.reduce((count, value) => count + (value === 0 ? 1 : 0), 0)
  const intermittent = zeros > INTERMITTENT * series.length && series.every((value) => value >= 0)
  const methods: Record<string, FitSeries> = { naive: fitNaive }
  if (seasonLength > 1) methods['seasonal-naive'] = (known) => fitSeasonalNaive(known, { seasonLength })
  methods.drift = fitDrift
  if (intermittent) {
    methods.croston = (known) => fitCroston(known)
    methods.tsb = (known) => fitTsb(known)
  } else methods.theta = (known) => fitTheta(known, { seasonLength, isCanceled })
  methods.ets = (known) => fitEts(known, { seasonLength, isCanceled })
  if (!intermittent && seasonLength > 1) methods.mstl = (known) => fitMstl(known, { seasonLengths: [seasonLength], isCanceled })
  return methods
}

/**
 * Compares methods on the same beginnings of a series by their mean absolute error and fits the best to all of it.
 *
 * They are compared on as many beginnings as all of them can learn from; a method that can learn from none is left out, with its reason. The best of several is a little luckier
 * than it will be: its errors here are no promise, its intervals are its own.
 * Cost: methods x origins fits.
 *
 * @throws   `too_few_rows` when no method can be compared; `invalid_input` as `backtest`; `canceled` when `isCanceled` said so.
 * @example
 * const { name, forecaster } = chooseForecaster(monthly, { seasonLength: 12, horizon: 12 })
 */
export function chooseForecaster(y: ArrayLike<number>, options: ChooseOptions): ChosenForecaster {
  const { seasonLength = 1, horizon, origins = 5, isCanceled, onProgress } = options
  const { methods = forecastMethods(y, { seasonLength, isCanceled }) } = options
  const count = Object.keys(methods).length
  let fits = 0
  const watched = (fitSeries: FitSeries): FitSeries => {
    return (known) => {
      stopWhenCanceled({ isCanceled })
      const forecaster = fitSeries(known)
      // Where methods are compared again, on fewer beginnings, there are more fits than were expected.
      fits++
      onProgress?.(Math.min(fits, count * origins) / (count * origins + 1))
      return forecaster
    }
  }
  const named = Object.entries(methods).map(([name, fitSeries]) => [name, watched(fitSeries)] as const)
  if (named.length === 0) throw new TandemError('invalid_input', 'methods names no method; give at least one, or leave it out.')
  const first = named.map(([name, fitSeries]) => ({ fitSeries, ...comparisonOf(name, y, fitSeries, horizon, origins) }))
  // All by the same beginnings: as many as every method that can be compared at all can use.
  const shared = Math.min(...first.map(({ backtest: past }) => past?.origins.length ?? Number.POSITIVE_INFINITY))
  const judged = first.map((each) =>
    each.backtest === undefined || each.backtest.origins.length === shared
      ? each
      : { fitSeries: each.fitSeries, ...comparisonOf(each.name, y, each.fitSeries, horizon, shared) },
  )
  const best = judged.reduce<(typeof judged)[number] | undefined>((kept, next) => (errorOf(next) < errorOf(kept) ? next : kept), undefined)
  if (best === undefined) {
    throw new TandemError(
      'too_few_rows',
      `None of ${named.map(([name]) => name).join(', ')} could forecast ${horizon} steps of the past of ${y.length} observations: ${judged[0]!.reason} Give more history or a shorter horizon.`,
    )
  }
  const comparison = judged.map(({ fitSeries: _, ...rest }) => rest).sort((left, right) => errorOf(left) - errorOf(right) || 0)
  const forecaster = best.fitSeries(checkedSeries(y, seasonLength, 1, 'A forecast'))
  onProgress?.(1)
  return { name: best.name, forecaster, comparison }
}

function comparisonOf(name: string, y: ArrayLike<number>, fitSeries: FitSeries, horizon: number, origins: number): MethodComparison {
  try {
    return { name, backtest: backtest(y, fitSeries, { horizon, origins }) }
  } catch (error) {
    if (TandemError.is(error) && error.code === 'too_few_rows') return { name, reason: error.message }
    throw error
  }
}

function errorOf(each: MethodComparison | undefined): number {
  return each?.backtest?.meanAbsoluteError ?? Number.POSITIVE_INFINITY
}
