// Claim: on the last horizon of every M4 Hourly and Weekly training series, sMAPE and MASE of the simple methods equal statsforecast's to 0.01,
// ETS and theta are not worse by more than 1 %, and 92 to 97 of 100 values lie in their 95 % intervals, whose one setting was chosen on the
// horizon before (bench/learn/forecast-intervals.ts); CPU seconds with these intervals. The same of MSTL on series with several or long seasons,
// whose settings were chosen on earlier horizons (bench/learn/forecast-refits.ts). Also the coverage on sets used for nothing else.
// Run: node bench/learn/forecast.ts [--python PATH] [--every N] [--cache FOLDER] [--seasons-every N]
// --every N: ETS and theta on every Nth series only. --cache FOLDER: keeps the rival's answers there, since they take minutes and do not
// change; its CPU seconds are then those of the run that filled it. --seasons-every N: MSTL on every Nth hourly series; default 4.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { coverage, mase, smape } from '../../src/algorithms/forecast/forecast-errors.ts'
import type { Forecaster } from '../../src/algorithms/forecast/forecaster.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { type Claim, report } from '../frame/report.ts'
import { judgeSeasons } from './forecast-seasons.ts'
import { METHODS, m4Path, readFreshSets, readM4, readSeasonedSets, type SeriesSet, SIMPLE } from './forecast-sets.ts'

interface Scores {
  readonly smape: number
  readonly mase: number
  readonly coverage: number
  readonly cpuSeconds: number
}

async function main(): Promise<void> {
  const option = (name: string): string | undefined => {
    const at = process.argv.indexOf(name)
    return at === -1 ? undefined : process.argv[at + 1]
  }
  const searchedEvery = Number(option('--every') ?? 1)
  const cache = option('--cache') === undefined ? undefined : resolve(option('--cache')!)
  if (cache !== undefined) mkdirSync(cache, { recursive: true })
  const sets = readM4()
  if (sets === undefined) {
    process.exitCode = 1
    return
  }
  const rival = await startPythonRival('forecast_rival.py', { packages: ['statsforecast'] })
  const claims: Claim[] = []
  const table: Record<string, { ours: Scores; rival: Scores; series: number }> = {}
  for (const { name, season, horizon, series } of sets) {
    const counts = await rival.ask<{ series: number }>('load', { path: m4Path(name), horizon })
    if (counts.series !== series.length) throw new Error('Both sides must read the same series.')
    for (const [method, fitSeries] of Object.entries(METHODS)) {
      const every = SIMPLE.includes(method) ? 1 : searchedEvery
      const chosen = series.filter((_, index) => index % every === 0)
      const kept = cache === undefined ? {} : { cache: join(cache, `${name} ${method} every ${every}.json`) }
      const theirs = await rival.ask<Scores>('forecast', { method, season, every, ...kept })
      const ours = score({ name, season, horizon, series: chosen }, fitSeries)
      table[`${name} ${method}`] = { ours, rival: theirs, series: chosen.length }
      console.log(name, method, chosen.length, JSON.stringify({ ours, theirs }))
      claims.push(...claimsOf(`${name} ${method}`, ours, theirs, SIMPLE.includes(method)))
    }
  }
  const seasoned = await judgeSeasons(rival, readSeasonedSets(Number(option('--seasons-every') ?? 4)), cache)
  claims.push(...seasoned.claims)
  rival.stop()
  const fresh = freshCoverage()
  console.log('Values in 95 % intervals on sets that no setting was chosen on:')
  console.table(fresh)
  report('forecast', claims, {
    rivals: rival.versions,
    searchedEvery,
    rivalCached: cache !== undefined,
    table,
    seasons: seasoned.table,
    fresh,
  })
}

/** Of each method on each set, and over all small sets together. */
function freshCoverage(): Record<string, Record<string, number>> {
  const rows: Record<string, Record<string, number>> = {}
  for (const set of readFreshSets()) {
    rows[`${set.name} (${set.series.length} x ${set.horizon})`] = Object.fromEntries(
      Object.entries(METHODS).map(([method, fitSeries]) => [method, Number(score(set, fitSeries).coverage.toFixed(3))]),
    )
  }
  return rows
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

function score({ series, horizon, season }: SeriesSet, fitSeries: (y: Float64Array, seasonLength: number) => Forecaster): Scores {
  const sums = { smape: 0, mase: 0, scaled: 0, coverage: 0, cpuSeconds: 0 }
  for (const all of series) {
    const [training, actual] = [all.slice(0, -horizon), all.slice(-horizon)]
    const { result, cpuSeconds } = timed(() => fitSeries(training, season).predict(horizon, { level: [95] }))
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

await main()
