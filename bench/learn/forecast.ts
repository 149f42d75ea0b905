// Claim: on the last horizon of the M4 Hourly and Weekly training series, sMAPE and MASE of the simple methods equal statsforecast's to 0.01,
// ETS and theta are not worse by more than 1 %, and 92 to 97 of 100 values lie in their 95 % intervals; CPU seconds with these intervals.
// Run: node bench/learn/forecast.ts [--python PATH] [--every N]
// The simple methods on every series; ETS and theta on every 8th or Nth, for which the rival copies its states for each forecast.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { fitEts, fitHolt, fitSes } from '../../src/algorithms/forecast/fit-ets.ts'
import { fitTheta } from '../../src/algorithms/forecast/fit-theta.ts'
import { coverage, mase, smape } from '../../src/algorithms/forecast/forecast-errors.ts'
import type { Forecaster } from '../../src/algorithms/forecast/forecaster.ts'
import { fitDrift, fitNaive, fitSeasonalNaive } from '../../src/algorithms/forecast/naive.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { type Claim, report } from '../frame/report.ts'

const SETS = [
  { name: 'Hourly', season: 24, horizon: 48 },
  { name: 'Weekly', season: 1, horizon: 13 },
]
const SIMPLE = ['naive', 'seasonal naive', 'drift', 'SES', 'Holt']
const METHODS: Readonly<Record<string, (y: Float64Array, seasonLength: number) => Forecaster>> = {
  naive: (y) => fitNaive(y),
  'seasonal naive': (y, seasonLength) => fitSeasonalNaive(y, { seasonLength }),
  drift: (y) => fitDrift(y),
  SES: (y) => fitSes(y),
  Holt: (y) => fitHolt(y),
  theta: (y, seasonLength) => fitTheta(y, { seasonLength, form: 'standard' }),
  'auto theta': (y, seasonLength) => fitTheta(y, { seasonLength }),
  ETS: (y, seasonLength) => fitEts(y, { seasonLength }),
}

interface Scores {
  readonly smape: number
  readonly mase: number
  readonly coverage: number
  readonly cpuSeconds: number
}

async function main(): Promise<void> {
  const at = process.argv.indexOf('--every')
  const searchedEvery = at === -1 ? 8 : Number(process.argv[at + 1])
  const rival = await startPythonRival('forecast_rival.py', { packages: ['statsforecast'] })
  const claims: Claim[] = []
  const table: Record<string, { ours: Scores; rival: Scores; series: number }> = {}
  for (const { name, season, horizon } of SETS) {
    const path = fileURLToPath(new URL(`../../../shared/data/m4/${name}-train.csv`, import.meta.url))
    if (!existsSync(path)) {
      console.error(`The M4 series are not at ${path}; their terms do not let this repository carry them.`)
      process.exitCode = 1
      return
    }
    const series = read(path)
    const counts = await rival.ask<{ series: number }>('load', { path, horizon })
    if (counts.series !== series.length) throw new Error('Both sides must read the same series.')
    for (const [method, fitSeries] of Object.entries(METHODS)) {
      const every = SIMPLE.includes(method) ? 1 : searchedEvery
      const chosen = series.filter((_, index) => index % every === 0)
      const theirs = await rival.ask<Scores>('forecast', { method, season, every })
      const ours = score(chosen, (y) => fitSeries(y, season), horizon, season)
      table[`${name} ${method}`] = { ours, rival: theirs, series: chosen.length }
      console.log(name, method, chosen.length, JSON.stringify({ ours, theirs }))
      claims.push(...claimsOf(`${name} ${method}`, ours, theirs, SIMPLE.includes(method)))
    }
  }
  rival.stop()
  report('forecast', claims, { rivals: rival.versions, searchedEvery, table })
}

function claimsOf(name: string, ours: Scores, theirs: Scores, simple: boolean): Claim[] {
  const errors = (['smape', 'mase'] as const).map((metric): Claim => {
    const label = `${name}, ${metric === 'smape' ? 'sMAPE' : 'MASE'}`
    return simple
      ? { name: `${label} apart`, unit: '', limit: 0.01, bound: 'at most', ours: Math.abs(ours[metric] - theirs[metric]) }
      : { name: label, unit: '', limit: 1.01, bound: 'at most', ours: ours[metric], rival: theirs[metric] }
  })
  const share = { name: `${name}, values in 95 % intervals`, unit: '', ours: ours.coverage }
  return [
    ...errors,
    { ...share, limit: 0.92, bound: 'at least' },
    { ...share, limit: 0.97, bound: 'at most' },
    ...(simple
      ? []
      : [{ name: `${name}, CPU`, unit: 's', limit: 1, bound: 'at most' as const, ours: ours.cpuSeconds, rival: theirs.cpuSeconds }]),
  ]
}

function score(series: readonly Float64Array[], fitSeries: (y: Float64Array) => Forecaster, horizon: number, season: number): Scores {
  const sums = { smape: 0, mase: 0, scaled: 0, coverage: 0, cpuSeconds: 0 }
  for (const all of series) {
    const [training, actual] = [all.slice(0, -horizon), all.slice(-horizon)]
    const { result, cpuSeconds } = timed(() => fitSeries(training).predict(horizon, { level: [95] }))
    const [interval] = result.intervals
    sums.cpuSeconds += cpuSeconds
    sums.smape += smape(actual, result.mean)
    sums.coverage += coverage(actual, interval!.lower, interval!.upper)
    if (training.some((value, index) => index >= season && value !== training[index - season])) {
      sums.mase += mase(actual, result.mean, training, season)
      sums.scaled++
    }
  }
  const n = series.length
  return { smape: sums.smape / n, mase: sums.mase / sums.scaled, coverage: sums.coverage / n, cpuSeconds: sums.cpuSeconds }
}

function read(path: string): Float64Array[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n').slice(1)
  return lines.map((line) =>
    Float64Array.from(
      line
        .split(',')
        .slice(1)
        .map((cell) => cell.replaceAll('"', '').trim())
        .filter((cell) => cell !== ''),
      Number,
    ),
  )
}

await main()
