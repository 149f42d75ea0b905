// MSTL beside statsforecast's on the last horizon of series with several or long seasons: errors, and how many values lie in 95 % intervals;
// of the rival both the intervals it gives by itself and its conformal ones. Part of bench/learn/forecast.ts.
import { join } from 'node:path'
import { fitMstl } from '../../src/algorithms/forecast/fit-mstl.ts'
import { coverage, mase, smape } from '../../src/algorithms/forecast/forecast-errors.ts'
import { type PythonRival, timed } from '../frame/python-rival.ts'
import type { Claim } from '../frame/report.ts'
import type { SeasonedSet } from './forecast-sets.ts'

interface Scores {
  readonly smape: number
  readonly mase: number
  readonly coverage: number
  readonly cpuSeconds: number
}

export interface SeasonsTable {
  readonly series: number
  readonly horizon: number
  readonly ours: Scores
  readonly rival: Scores
  readonly rivalConformal: Scores
}

/** Fewer values than these say too little about a share of 95 %. */
const FEWEST_VALUES = 1000

export async function judgeSeasons(
  rival: PythonRival,
  sets: readonly SeasonedSet[],
  cache: string | undefined,
): Promise<{ claims: Claim[]; table: Record<string, SeasonsTable> }> {
  const claims: Claim[] = []
  const table: Record<string, SeasonsTable> = {}
  for (const set of sets) {
    await rival.ask('take', { series: set.series.map((y) => [...y]), horizon: set.horizon })
    const theirs = async (method: string): Promise<Scores> => {
      const kept = cache === undefined ? {} : { cache: join(cache, `${set.name} ${set.series.length} ${method}.json`) }
      return await rival.ask<Scores>('forecast', { method, season: set.seasonLengths, every: 1, ...kept })
    }
    const row = {
      series: set.series.length,
      horizon: set.horizon,
      ours: scoresOf(set),
      rival: await theirs('MSTL'),
      rivalConformal: await theirs('MSTL conformal'),
    }
    table[set.name] = row
    console.log('MSTL', set.name, JSON.stringify(row))
    if (row.series * row.horizon >= FEWEST_VALUES && set.name.startsWith('M4')) claims.push(...claimsOf(set.name, row))
  }
  return { claims, table }
}

function scoresOf({ series, seasonLengths, horizon }: SeasonedSet): Scores {
  const sums = { smape: 0, mase: 0, scaled: 0, coverage: 0, cpuSeconds: 0 }
  const season = Math.min(...seasonLengths)
  for (const all of series) {
    const [training, actual] = [all.slice(0, -horizon), all.slice(-horizon)]
    const { result, cpuSeconds } = timed(() => fitMstl(training, { seasonLengths }).predict(horizon, { level: [95] }))
    const [interval] = result.intervals
    sums.cpuSeconds += cpuSeconds
    sums.smape += smape(actual, result.mean) / series.length
    sums.coverage += coverage(actual, interval!.lower, interval!.upper) / series.length
    if (training.some((value, index) => index >= season && value !== training[index - season])) {
      sums.mase += mase(actual, result.mean, training, season)
      sums.scaled++
    }
  }
  return { smape: sums.smape, mase: sums.mase / sums.scaled, coverage: sums.coverage, cpuSeconds: sums.cpuSeconds }
}

function claimsOf(name: string, { ours, rival, rivalConformal }: SeasonsTable): Claim[] {
  const share = { name: `${name}, MSTL, values in 95 % intervals`, unit: '', ours: ours.coverage }
  return [
    { name: `${name}, MSTL, sMAPE`, unit: '', limit: 1.01, bound: 'at most', ours: ours.smape, rival: rival.smape },
    { name: `${name}, MSTL, MASE`, unit: '', limit: 1.01, bound: 'at most', ours: ours.mase, rival: rival.mase },
    { ...share, limit: 0.92, bound: 'at least' },
    { ...share, limit: 0.97, bound: 'at most' },
    {
      name: `${name}, MSTL with conformal intervals, CPU`,
      unit: 's',
      limit: 1,
      bound: 'at most',
      ours: ours.cpuSeconds,
      rival: rivalConformal.cpuSeconds,
    },
  ]
}
