// Many series in one call: one that cannot be forecast does not stop the others.
import { TandemError } from '../../errors.ts'
import type { FitSeries } from './choose-forecaster.ts'
import type { Forecast, PredictOptions } from './forecaster.ts'
import { checkHorizon, numbersOf } from './series-checks.ts'

export interface ForecastManyOptions extends PredictOptions {
  /** Steps ahead, from 1 on. */
  readonly horizon: number
}

export type SeriesForecast =
  | { readonly name: string; readonly method: string; readonly forecast: Forecast }
  | { readonly name: string; readonly error: TandemError }

/**
 * The forecasts of named series, one after the other as they are taken: of a million series only one is held.
 *
 * @param series     pairs of name and observations: a Map, `Object.entries(...)`, or a generator that reads them from somewhere.
 * @param fitSeries  what each is learned by, such as `(y) => chooseForecaster(y, { seasonLength: 12, horizon: 6 }).forecaster`.
 * @throws   `invalid_input` at once for a horizon below 1; what is wrong with one series stands in its place.
 * @example
 * for (const one of forecastMany(Object.entries(shops), (y) => fitEts(y, { seasonLength: 7 }), { horizon: 14, level: [95] })) save(one)
 */
export function forecastMany(
  series: Iterable<readonly [name: string, y: ArrayLike<number>]>,
  fitSeries: FitSeries,
  { horizon, ...options }: ForecastManyOptions,
): Generator<SeriesForecast, void, undefined> {
  checkHorizon(horizon)
  return forecasts(series, fitSeries, horizon, options)
}

function* forecasts(
  series: Iterable<readonly [name: string, y: ArrayLike<number>]>,
  fitSeries: FitSeries,
  horizon: number,
  options: PredictOptions,
): Generator<SeriesForecast, void, undefined> {
  for (const [name, y] of series) {
    try {
      const forecaster = fitSeries(numbersOf(y))
      yield { name, method: forecaster.method, forecast: forecaster.predict(horizon, options) }
    } catch (error) {
      // Who cancels one wants no more of them.
      if (!TandemError.is(error) || error.code === 'canceled') throw error
      yield { name, error }
    }
  }
}
