// The theta method, winner of the M3 competition: half the line through the series, half exponential smoothing, on what is left when a
// season is taken out. The optimised forms learn how much the line counts, the dynamic ones let it turn with the series.
// Source: Assimakopoulos and Nikolopoulos 2000; Fiorucci et al. 2016. Start, limits and search are those of statsforecast's AutoTheta.
import { TandemError } from '../../errors.ts'
import { minimizeNelderMead } from '../math/minimize-nelder-mead.ts'
import { createTrainingControl, type ProgressOptions, type Spend } from '../tree/training-control.ts'
import { decompose, isSeasonal } from './decompose.ts'
import { createForecaster, type Forecaster } from './forecaster.ts'
import { checkedSeries, type SeriesOptions } from './series-checks.ts'
import { unitOf } from './series-unit.ts'
import { createThetaPath, forecastTheta, runTheta, THETA_WARM_UP, type ThetaPath, type ThetaWeights } from './theta-filter.ts'

export type ThetaForm = 'standard' | 'optimized' | 'dynamic-standard' | 'dynamic-optimized'

/** `onProgress` is told the share of the forms that were tried. */
export interface ThetaOptions extends SeriesOptions, ProgressOptions {
  /** `auto` (default) takes the form with the smallest squared error. */
  readonly form?: ThetaForm | 'auto'
  /** How a season is taken out; it is when the series has one (autocorrelation test). Multiplied (default) only for values above 0. */
  readonly decomposition?: 'multiplicative' | 'additive'
}

interface Fit {
  readonly form: ThetaForm
  readonly dynamic: boolean
  readonly weights: ThetaWeights
  readonly path: ThetaPath
  readonly loss: number
}

interface Season {
  readonly additive: boolean
  readonly values: Float64Array
}

const FORMS: readonly ThetaForm[] = ['standard', 'optimized', 'dynamic-standard', 'dynamic-optimized']
const NAMES: Readonly<Record<ThetaForm, string>> = {
  standard: 'Theta',
  optimized: 'OptimizedTheta',
  'dynamic-standard': 'DynamicTheta',
  'dynamic-optimized': 'DynamicOptimizedTheta',
}
/** Steps of about a nanosecond that one observation takes in one try. */
const TRY_STEPS = 10
/** A season that multiplies by less is not one that was measured. */
const SMALLEST_FACTOR = 0.01

/**
 * Theta forecasts; any season length.
 *
 * A series shorter than two seasons, or without a season by the test, is forecast without one. A multiplied season on a series with
 * values not above 0 becomes an added one. A constant series is forecast as that constant.
 *
 * Cost: up to 4 forms x 1000 steps x O(length).
 *
 * @throws   `too_few_rows` below 4 observations; `invalid_input` for gaps; `canceled` when `isCanceled` said so.
 * @example
 * fitTheta(monthly, { seasonLength: 12 }).predict(18, { level: [95] })
 */
export function fitTheta(
  y: ArrayLike<number>,
  { seasonLength = 1, form = 'auto', decomposition = 'multiplicative', ...watch }: ThetaOptions = {},
): Forecaster {
  if (form !== 'auto' && !FORMS.includes(form)) {
    throw new TandemError('invalid_input', `The theta form is "${form}"; it is auto or one of ${FORMS.join(', ')}.`)
  }
  const series = checkedSeries(y, seasonLength, THETA_WARM_UP + 1, 'Theta')
  const season = seasonOf(series, seasonLength, decomposition)
  const rest =
    season === undefined ? series : series.map((value, at) => (season.additive ? value - season.values[at]! : value / season.values[at]!))
  const unit = unitOf(rest)
  const measured = rest.map((value) => value / unit)
  const control = createTrainingControl(watch)
  const fit = (form === 'auto' ? FORMS : [form])
    .map((each, at, { length }) => {
      const tried = fitForm(measured, each, control.spend)
      control.progress((at + 1) / length)
      return tried
    })
    .reduce((best, next) => (next.loss < best.loss ? next : best))
  return forecasterOf(series, seasonLength, season, fit, unit)
}

function seasonOf(series: Float64Array, m: number, decomposition: 'multiplicative' | 'additive'): Season | undefined {
  if (!isSeasonal(series, m)) return undefined
  if (decomposition === 'multiplicative' && series.every((value) => value > 0)) {
    const values = decompose(series, { seasonLength: m, model: 'multiplicative' }).seasonal
    if (values.every((value) => value >= SMALLEST_FACTOR)) return { additive: false, values }
  }
  return { additive: true, values: decompose(series, { seasonLength: m }).seasonal }
}

function fitForm(y: Float64Array, form: ThetaForm, spend: Spend): Fit {
  const dynamic = form.startsWith('dynamic')
  const path = createThetaPath(y.length)
  if (y.every((value) => value === y[0])) {
    const weights = { level: y[0]!, alpha: 0.5, theta: 1 }
    return { form, dynamic, weights, path, loss: runTheta(weights, dynamic, y, path) }
  }
  const optimized = form.endsWith('optimized')
  const weightsOf = (point: Float64Array): ThetaWeights => ({ level: point[0]!, alpha: point[1]!, theta: optimized ? point[2]! : 2 })
  const cut = optimized ? 3 : 2
  const { point } = minimizeNelderMead(
    (candidate) => {
      spend(y.length * TRY_STEPS)
      return runTheta(weightsOf(candidate), dynamic, y, path)
    },
    Float64Array.of(y[0]! / 2, 0.5, 2).slice(0, cut),
    {
      lower: Float64Array.of(-1e10, 0.1, 1).slice(0, cut),
      upper: Float64Array.of(1e10, 0.99, 1e10).slice(0, cut),
    },
  )
  return { form, dynamic, weights: weightsOf(point), path, loss: runTheta(weightsOf(point), dynamic, y, path) }
}

/** @param unit  of the series in which it was fitted. */
function forecasterOf(
  series: Float64Array,
  m: number,
  season: Season | undefined,
  { form, dynamic, weights, path }: Fit,
  unit: number,
): Forecaster {
  const n = series.length
  const { alpha, theta } = weights
  const used = path.errors.subarray(Math.min(THETA_WARM_UP, n - 2))
  const variance = used.reduce((sum, error) => sum + (error * unit) ** 2, 0) / Math.max(1, used.length - 1)
  return createForecaster({
    method: NAMES[form],
    seasonLength: season === undefined ? 1 : m,
    parameters: { alpha, theta, level: weights.level * unit },
    series,
    firstOrigin: 1,
    forecastFrom(origin, out) {
      forecastTheta(weights, dynamic, path, origin, out)
      for (let step = 0; step < out.length; step++) out[step]! *= unit
      if (season === undefined) return
      for (let step = 0; step < out.length; step++) {
        const place = season.values[(origin + step) % m]!
        out[step] = season.additive ? out[step]! + place : out[step]! * place
      }
    },
    // As for exponential smoothing with drift (Hyndman and Billah 2003), which the standard form is.
    variances: (h) =>
      Float64Array.from({ length: h }, (_, step) => {
        const factor = season === undefined || season.additive ? 1 : season.values[(n + step) % m]!
        return variance * (1 + alpha * alpha * step) * factor * factor
      }),
    relative: season !== undefined && !season.additive,
  })
}
