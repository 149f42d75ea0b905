// The series of the forecasting benches, and the methods and scores they share.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fitEts, fitHolt, fitSes } from '../../src/algorithms/forecast/fit-ets.ts'
import { fitTheta } from '../../src/algorithms/forecast/fit-theta.ts'
import type { Forecaster } from '../../src/algorithms/forecast/forecaster.ts'
import { fitDrift, fitNaive, fitSeasonalNaive } from '../../src/algorithms/forecast/naive.ts'

export interface SeriesSet {
  readonly name: string
  readonly season: number
  readonly horizon: number
  readonly series: readonly Float64Array[]
}

export const SIMPLE = ['naive', 'seasonal naive', 'drift', 'SES', 'Holt']
export const METHODS: Readonly<Record<string, (y: Float64Array, seasonLength: number) => Forecaster>> = {
  naive: (y) => fitNaive(y),
  'seasonal naive': (y, seasonLength) => fitSeasonalNaive(y, { seasonLength }),
  drift: (y) => fitDrift(y),
  SES: (y) => fitSes(y),
  Holt: (y) => fitHolt(y),
  theta: (y, seasonLength) => fitTheta(y, { seasonLength, form: 'standard' }),
  'auto theta': (y, seasonLength) => fitTheta(y, { seasonLength }),
  ETS: (y, seasonLength) => fitEts(y, { seasonLength }),
}

const M4 = [
  { name: 'Hourly', season: 24, horizon: 48 },
  { name: 'Weekly', season: 1, horizon: 13 },
]

export function m4Path(name: string): string {
  return pathOf(`m4/${name}-train.csv`)
}

/** The training series of M4 Hourly and Weekly; undefined after saying where they are missing. */
export function readM4(): SeriesSet[] | undefined {
  const missing = M4.map(({ name }) => m4Path(name)).find((path) => !existsSync(path))
  if (missing !== undefined) {
    console.error(`The M4 series are not at ${missing}; their terms do not let this repository carry them.`)
    return undefined
  }
  return M4.map((set) => ({
    ...set,
    series: linesOf(m4Path(set.name)).map((cells) =>
      Float64Array.from(
        cells.slice(1).filter((cell) => cell !== ''),
        Number,
      ),
    ),
  }))
}

const ELECTRICITY = ['SystemLoadEA', 'SMPEA', 'ActualWindProduction', 'CO2Intensity']
const HOURS_A_PIECE = 24 * 28
const SMALL = [
  { file: 'AirPassengers.csv', column: 2, season: 12, horizon: 12 },
  { file: 'shampoo.csv', column: 1, season: 12, horizon: 6 },
  { file: 'monthly-sunspots.csv', column: 1, season: 12, horizon: 12 },
  { file: 'daily-min-temperatures.csv', column: 1, season: 7, horizon: 14 },
  { file: 'daily-total-female-births.csv', column: 1, season: 7, horizon: 14 },
  { file: 'elecdaily.csv', column: 1, season: 7, horizon: 14 },
  { file: 'aus_airpassengers.csv', column: 2, season: 1, horizon: 5 },
]
/** Last horizons of each small series that are forecast, each from all before it. */
const ORIGINS = 5

/** Sets on which no setting was chosen; those that are there. */
export function readFreshSets(): SeriesSet[] {
  const sets: SeriesSet[] = []
  const electricity = pathOf('electricity/electricity.csv')
  if (existsSync(electricity)) {
    const [names, ...rows] = [linesOf(electricity, true)[0]!, ...linesOf(electricity)]
    const series = ELECTRICITY.flatMap((name) => pieces(hourly(rows.map((cells) => Number.parseFloat(cells[names.indexOf(name)]!)))))
    sets.push({ name: 'Electricity', season: 24, horizon: 48, series })
  }
  for (const { file, column, season, horizon } of SMALL) {
    const path = pathOf(`timeseries-small/${file}`)
    if (!existsSync(path)) continue
    const y = Float64Array.from(linesOf(path).map((cells) => Number.parseFloat(cells[column]!)))
    const series = Array.from({ length: ORIGINS }, (_, back) => y.slice(0, y.length - back * horizon)).filter(
      (known) => known.length > 3 * horizon,
    )
    sets.push({ name: file.replace('.csv', ''), season, horizon, series })
  }
  return sets
}

/** The mean of the two half hours; an hour with a gap is a gap. */
function hourly(halves: readonly number[]): Float64Array {
  return Float64Array.from({ length: halves.length >> 1 }, (_, hour) => (halves[2 * hour]! + halves[2 * hour + 1]!) / 2)
}

/** Four weeks each, without gaps. */
function pieces(y: Float64Array): Float64Array[] {
  const count = Math.floor(y.length / HOURS_A_PIECE)
  return Array.from({ length: count }, (_, piece) => y.slice(piece * HOURS_A_PIECE, (piece + 1) * HOURS_A_PIECE)).filter((part) =>
    part.every(Number.isFinite),
  )
}

export interface SeasonedSet {
  readonly name: string
  readonly seasonLengths: readonly number[]
  readonly horizon: number
  readonly series: readonly Float64Array[]
}

/** Series with long or several seasons; `every` thins the M4 hourly ones out. The settings of MSTL saw no last horizon of any. */
export function readSeasonedSets(every: number): SeasonedSet[] {
  const [hours, weeks] = readM4() ?? []
  if (hours === undefined || weeks === undefined) return []
  const fresh = readFreshSets()
  const of = (name: string, set: SeriesSet | undefined, seasonLengths: readonly number[], shortest = 0): SeasonedSet[] =>
    set === undefined
      ? []
      : [{ name, seasonLengths, horizon: set.horizon, series: set.series.filter((y) => y.length >= shortest + set.horizon) }]
  const thinned = { ...hours, series: hours.series.filter((_, index) => index % every === 0) }
  return [
    ...of('M4 Hourly', thinned, [24, 168]),
    ...of('M4 Weekly', weeks, [52], 3 * 52),
    ...of('Electricity', fresh[0], [24, 168]),
    ...halfHours(),
    ...SMALL.filter(({ season }) => season > 1).flatMap(({ file, season }) => {
      const name = file.replace('.csv', '')
      return of(
        name,
        fresh.find((set) => set.name === name),
        [season],
        2 * season,
      )
    }),
  ]
}

const HALF_HOURS_A_WEEK = 336

/** A day ahead from four weeks each, of the demand for electricity in England. */
function halfHours(): SeasonedSet[] {
  const path = pathOf('timeseries-small/taylor.csv')
  if (!existsSync(path)) return []
  const y = Float64Array.from(linesOf(path).map((cells) => Number.parseFloat(cells[1]!)))
  const length = 4 * HALF_HOURS_A_WEEK + 48
  const series: Float64Array[] = []
  for (let from = 0; from + length <= y.length; from += 5 * 48) series.push(y.slice(from, from + length))
  return [{ name: 'taylor', seasonLengths: [48, HALF_HOURS_A_WEEK], horizon: 48, series }]
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url))
}

function linesOf(path: string, withHeader = false): string[][] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.slice(withHeader ? 0 : 1).map((line) => line.split(',').map((cell) => cell.replaceAll('"', '').trim()))
}
