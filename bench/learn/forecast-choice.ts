// Claim: the method that `chooseForecaster` takes for each series, by five earlier beginnings of it, is on the last horizon not worse than the
// one method that is best for all of them; MASE on M4 Weekly and Hourly training series, and the coverage of 95 % intervals of what is chosen.
// Run: node bench/learn/forecast-choice.ts [--weekly-every N] [--hourly-every N], 4 and 20 by default: a minute of CPU time.
import { chooseForecaster, forecastMethods } from '../../src/algorithms/forecast/choose-forecaster.ts'
import { coverage, mase } from '../../src/algorithms/forecast/forecast-errors.ts'
import { timed } from '../frame/python-rival.ts'
import { type Claim, report } from '../frame/report.ts'
import { readM4, type SeriesSet } from './forecast-sets.ts'

interface Row {
  readonly series: number
  readonly mase: Readonly<Record<string, number>>
  readonly chosen: {
    readonly mase: number
    readonly coverage: number
    readonly cpuSeconds: number
    readonly names: Readonly<Record<string, number>>
  }
}

function option(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name)
  return at === -1 ? otherwise : Number(process.argv[at + 1])
}

const table: Record<string, Row> = {}
const claims: Claim[] = []
for (const set of readM4() ?? []) {
  const every = set.name === 'Weekly' ? option('--weekly-every', 4) : option('--hourly-every', 20)
  const row = judge({ ...set, series: set.series.filter((_, index) => index % every === 0) })
  table[set.name] = row
  console.log(set.name, JSON.stringify(row))
  claims.push({
    name: `${set.name}, MASE of the chosen methods beside the best one for all`,
    unit: '',
    limit: 1,
    bound: 'at most',
    ours: row.chosen.mase,
    rival: Math.min(...Object.values(row.mase)),
  })
}
if (claims.length > 0) report('forecast-choice', claims, { table })
else process.exitCode = 1

function judge({ series, season, horizon }: SeriesSet): Row {
  const sums: Record<string, number> = {}
  const names: Record<string, number> = {}
  const chosen = { mase: 0, coverage: 0, cpuSeconds: 0 }
  let count = 0
  for (const all of series) {
    const [known, actual] = [all.slice(0, -horizon), all.slice(-horizon)]
    if (!known.some((value, at) => at >= season && value !== known[at - season])) continue
    count++
    for (const [name, fitSeries] of Object.entries(forecastMethods(known, { seasonLength: season }))) {
      sums[name] = (sums[name] ?? 0) + mase(actual, fitSeries(known).predict(horizon).mean, known, season)
    }
    const { result, cpuSeconds } = timed(() => {
      const { name, forecaster } = chooseForecaster(known, { seasonLength: season, horizon })
      return { name, ...forecaster.predict(horizon, { level: [95] }) }
    })
    names[result.name] = (names[result.name] ?? 0) + 1
    chosen.mase += mase(actual, result.mean, known, season)
    chosen.coverage += coverage(actual, result.intervals[0]!.lower, result.intervals[0]!.upper)
    chosen.cpuSeconds += cpuSeconds
  }
  return {
    series: count,
    mase: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count])),
    chosen: { mase: chosen.mase / count, coverage: chosen.coverage / count, cpuSeconds: chosen.cpuSeconds / count, names },
  }
}
