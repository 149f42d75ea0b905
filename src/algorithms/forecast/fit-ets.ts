// Exponential smoothing with error, trend and season (ETS), fitted by maximum likelihood; the form is chosen by the corrected information
// criterion of Akaike. Simple exponential smoothing, Holt's line and the damped trend are three of its forms.
// Source: Hyndman, Koehler, Snyder and Grose 2002; Hyndman and Khandakar 2008. Start, limits and search are those of statsforecast's AutoETS.
import { TandemError } from '../../errors.ts'
import { log } from '../math/exponential.ts'
import { minimizeNelderMead } from '../math/minimize-nelder-mead.ts'
import { createTrainingControl, type ProgressOptions, type Spend } from '../tree/training-control.ts'
import { createEtsPath, type EtsPath, type EtsShape, type EtsWeights, forecastEts, runEts } from './ets-filter.ts'
import { etsLikelihood } from './ets-likelihood.ts'
import { type EtsLimits, etsLimits, firstState, firstWeights } from './ets-start.ts'
import { etsVariances } from './ets-variances.ts'
import { createForecaster, type Forecaster, type ForecastKernel } from './forecaster.ts'
import { checkedSeries, type SeriesOptions } from './series-checks.ts'
import { unitOf } from './series-unit.ts'

/** `onProgress` is told the share of the forms that were tried. */
export interface EtsOptions extends SeriesOptions, ProgressOptions {
  /**
   * Error, trend, season: each N none, A added, M multiplied, Z chosen; `ZZZ` is the default, `AAN` Holt's line. A trend that multiplies is
   * never chosen, only taken when named, as in `MMN`: it runs away too easily.
   */
  readonly model?: string
  /** Whether the trend flattens. Default: chosen. */
  readonly damped?: boolean
}

export interface EtsForecaster extends Forecaster {
  readonly shape: EtsShape
  /** Criterion by which forms are compared; lower is better. */
  readonly aicc: number
}

export interface EtsKernel {
  readonly kernel: ForecastKernel
  readonly shape: EtsShape
  readonly aicc: number
}

interface Fit {
  readonly shape: EtsShape
  readonly weights: EtsWeights
  readonly m: number
  readonly path: EtsPath
  readonly aicc: number
  /** Of the errors, as shares of the forecast when these multiply. */
  readonly variance: number
}

/** Longer seasons have too many initial values to be estimated. */
const LONGEST_SEASON = 24
/** Steps of about a nanosecond that one observation takes in one try. */
const TRY_STEPS = 10

/**
 * Exponential smoothing of the form that describes the series best, or of a given one.
 *
 * Seasons longer than 24, and any season when the series holds not more than one, are left out of the choice (asked for by name they are
 * refused). Forms that multiply are tried only on series above 0. A constant series is forecast as that constant.
 *
 * Cost: up to 15 forms x 1000 steps x O(length); about 0.1 s for 1000 hours with a season of 24.
 *
 * @throws   `too_few_rows` when there are no more than 4 observations beyond the parameters; `invalid_input` for gaps, an unknown form,
 *           and forms that multiply on series with values not above 0; `canceled` when `isCanceled` said so, asked about every 10 ms.
 * @example
 * const { mean, intervals } = fitEts(hourly, { seasonLength: 24 }).predict(48, { level: [80, 95] })
 */
export function fitEts(y: ArrayLike<number>, options: EtsOptions = {}): EtsForecaster {
  const { kernel, shape, aicc } = etsKernel(y, options)
  return { ...createForecaster(kernel), shape, aicc }
}

/** What `fitEts` learns, for methods that forecast a part of their series by it. */
export function etsKernel(y: ArrayLike<number>, options: EtsOptions = {}): EtsKernel {
  const { seasonLength = 1, model = 'ZZZ', damped } = options
  const control = createTrainingControl(options)
  const shapes = shapesOf(model, damped)
  const fewest = Math.min(...shapes.map(({ trend, season }) => 7 + (trend === 'N' ? 0 : 2) + (season === 'N' ? 0 : 2)))
  const series = checkedSeries(y, seasonLength, fewest, `ETS ${model}`)
  if (series.every((value) => value === series[0])) return kernelOf(series, constantFit(series))
  const limits = etsLimits()
  const unit = unitOf(series)
  const measured = series.map((value) => value / unit)
  let best: Fit | undefined
  const tried = possible(shapes, series, seasonLength, model)
  for (const [at, shape] of tried.entries()) {
    const fit = fitShape(measured, seasonLength, shape, limits, control.spend)
    if (fit !== undefined && (best === undefined || fit.aicc < best.aicc)) best = fit
    control.progress((at + 1) / tried.length)
  }
  if (best === undefined) {
    throw new TandemError(
      'too_few_rows',
      `No form of ETS ${model} can be fitted to ${series.length} observations with a season of ${seasonLength}: each has about as many parameters. Give more history, or use a shorter season or fitSeasonalNaive.`,
    )
  }
  return kernelOf(series, best, unit)
}

/** Simple exponential smoothing: an average that forgets. Options and errors as `fitEts`. */
export function fitSes(y: ArrayLike<number>): EtsForecaster {
  return fitEts(y, { model: 'ANN' })
}

/** Holt's line: level and trend, both smoothed; `damped` lets the trend flatten. Options and errors as `fitEts`. */
export function fitHolt(y: ArrayLike<number>, { damped = false }: { readonly damped?: boolean } = {}): EtsForecaster {
  return fitEts(y, { model: 'AAN', damped })
}

/** Every form that the letters allow; statsforecast's order, since the first of equals wins. */
function shapesOf(model: string, damped: boolean | undefined): EtsShape[] {
  if (!/^[AMZ][NAMZ][NAMZ]$/.test(model) || (damped === true && model[1] === 'N')) {
    throw new TandemError(
      'invalid_input',
      `The ETS model is "${model}"${damped === true ? ', damped' : ''}. Give three letters: error A, M or Z; trend N, A, M or Z; season N, A, M or Z, as in "ZZZ" or "AAN". Only a trend can be damped.`,
    )
  }
  const of = (letter: string, all: string): string[] => (letter === 'Z' ? [...all] : [letter])
  const shapes: EtsShape[] = []
  for (const error of of(model[0]!, 'AM')) {
    for (const trend of of(model[1]!, 'NA')) {
      for (const season of of(model[2]!, 'NAM')) {
        for (const flattens of damped === undefined ? [true, false] : [damped]) {
          if ((trend === 'N' && flattens) || isUnstable(error, trend, season)) continue
          shapes.push({ error, trend, season, damped: flattens } as EtsShape)
        }
      }
    }
  }
  if (shapes.length === 0) {
    throw new TandemError(
      'invalid_input',
      `ETS ${model} is unstable: an added error with a trend or season that multiplies, or a season added to a trend that multiplies. Use an error that multiplies, as in "M${model.slice(1, 2)}${model[1] === 'M' ? 'N' : model[2]}".`,
    )
  }
  return shapes
}

/** Forms without a finite variance (Hyndman et al. 2008, section 3.4), and those that R's forecast leaves out as well. */
function isUnstable(error: string, trend: string, season: string): boolean {
  return error === 'A' ? trend === 'M' || season === 'M' : trend === 'M' && season === 'A'
}

function possible(shapes: readonly EtsShape[], series: Float64Array, m: number, model: string): EtsShape[] {
  const low = series.findIndex((value) => value <= 0)
  const seasonal = m > 1 && m <= LONGEST_SEASON && series.length > m
  const kept = shapes.filter(
    ({ error, trend, season }) => (low === -1 || (error === 'A' && trend !== 'M' && season !== 'M')) && (seasonal || season === 'N'),
  )
  if (kept.length > 0) return kept
  if (low !== -1 && model.includes('M')) {
    throw new TandemError(
      'invalid_input',
      `Observation ${low} is ${series[low]}, and ETS ${model} multiplies, which needs values above 0. Use A or Z in place of M, or shift the series.`,
      { details: { index: low } },
    )
  }
  throw new TandemError(
    'invalid_input',
    `ETS ${model} needs a season of 2 to ${LONGEST_SEASON} and more than one season of history; the season is ${m} and there are ${series.length} observations. Use N or Z for the season, or fitTheta, which takes longer ones.`,
  )
}

function fitShape(y: Float64Array, seasonLength: number, shape: EtsShape, limits: EtsLimits, spend: Spend): Fit | undefined {
  const m = shape.season === 'N' ? 1 : seasonLength
  const first = firstWeights(shape, m, limits)
  const free = [true, shape.trend !== 'N', shape.season !== 'N', shape.damped]
  const state = firstState(y, m, shape)
  const [lower, upper] = [limits.lower, limits.upper].map((limit) => [...limit].filter((_, at) => free[at])) as [number[], number[]]
  const start = Float64Array.of(...[first.alpha, first.beta, first.gamma, first.phi].filter((_, at) => free[at]), ...state)
  const n = y.length
  if (start.length >= n - 1) return undefined
  const path = createEtsPath(n, m)
  const unbounded = Array.from(state, () => Number.POSITIVE_INFINITY)
  const attempt = (candidate: Float64Array): number => {
    spend(n * TRY_STEPS)
    return judge(y, m, shape, candidate, free, path, etsLikelihood)
  }
  const { point } = minimizeNelderMead(attempt, start, {
    lower: Float64Array.of(...lower, ...unbounded.map((value) => -value)),
    upper: Float64Array.of(...upper, ...unbounded),
  })
  const likelihood = judge(y, m, shape, point, free, path, runEts)
  const parameters = start.length + 1
  if (!Number.isFinite(likelihood)) return undefined
  const spare = n - parameters - 1
  const aicc = spare > 0 ? likelihood + 2 * parameters + (2 * parameters * (parameters + 1)) / spare : Number.POSITIVE_INFINITY
  if (!Number.isFinite(aicc)) return undefined
  const variance = path.errors.reduce((sum, error) => sum + error * error, 0) / spare
  return { shape, weights: weightsOf(point, free), m, path, aicc, variance }
}

function judge(
  y: Float64Array,
  m: number,
  shape: EtsShape,
  point: Float64Array,
  free: readonly boolean[],
  path: EtsPath,
  run: typeof runEts,
): number {
  const weights = weightsOf(point, free)
  let at = free.filter(Boolean).length
  path.levels[0] = point[at++]!
  if (shape.trend !== 'N') path.trends[0] = point[at++]!
  if (shape.season !== 'N') {
    // The last place of the season comes first; what is missing to m (or 0) is the first place.
    let rest = shape.season === 'M' ? m : 0
    for (let place = m - 1; place > 0; place--) {
      const value = point[at++]!
      path.seasons[place] = value
      rest -= value
      if (shape.season === 'M' && value < 0) return Number.POSITIVE_INFINITY
    }
    path.seasons[0] = rest
    if (shape.season === 'M' && rest < 0) return Number.POSITIVE_INFINITY
  }
  return run(shape, weights, y, m, path)
}

function weightsOf(point: Float64Array, free: readonly boolean[]): EtsWeights {
  let at = 0
  const next = (place: number, otherwise: number): number => (free[place] ? point[at++]! : otherwise)
  return { alpha: next(0, 1), beta: next(1, 0), gamma: next(2, 0), phi: next(3, 1) }
}

function constantFit(y: Float64Array): Fit {
  const shape: EtsShape = { error: 'A', trend: 'N', season: 'N', damped: false }
  const weights = { alpha: 0.9999, beta: 0, gamma: 0, phi: 1 }
  const path = createEtsPath(y.length, 1)
  path.levels[0] = y[0]!
  runEts(shape, weights, y, 1, path)
  return { shape, weights, m: 1, path, aicc: Number.NEGATIVE_INFINITY, variance: 0 }
}

/** @param unit  of the series in which it was fitted. */
function kernelOf(series: Float64Array, { shape, weights, m, path, aicc, variance }: Fit, unit = 1): EtsKernel {
  const { alpha, beta, gamma, phi } = weights
  const parameters: Record<string, number> = { alpha }
  if (shape.trend !== 'N') parameters.beta = beta
  if (shape.season !== 'N') parameters.gamma = gamma
  if (shape.damped) parameters.phi = phi
  const kernel: ForecastKernel = {
    method: `ETS(${shape.error},${shape.trend}${shape.damped ? 'd' : ''},${shape.season})`,
    seasonLength: m,
    parameters,
    series,
    firstOrigin: 0,
    forecastFrom(origin, out) {
      forecastEts(shape, phi, m, path, origin, out)
      for (let step = 0; step < out.length; step++) out[step]! *= unit
    },
    variances(h) {
      const mean = new Float64Array(h)
      forecastEts(shape, phi, m, path, series.length, mean)
      return etsVariances(shape, weights, m, variance, mean).map((each) => each * unit * unit)
    },
    relative: shape.error === 'M',
  }
  return { kernel, shape, aicc: aicc + 2 * series.length * log(unit) }
}
