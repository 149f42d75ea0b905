// How the share of a series whose errors do not count for intervals (`warmUp`) was chosen: on the horizon BEFORE the last of every M4 Hourly
// and Weekly training series, so that the last one, on which bench/learn/forecast.ts reports the coverage, and other sets stay unseen.
// Prints for each choice the coverage of 95 % intervals and their interval score (Gneiting and Raftery 2007; scaled as in M4), lower is better.
// Run: node bench/learn/forecast-intervals.ts [--every N]
import { coverage } from '../../src/algorithms/forecast/forecast-errors.ts'
import { METHODS, readM4 } from './forecast-sets.ts'

const CHOICES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
const LEVEL = 95

const at = process.argv.indexOf('--every')
const every = at === -1 ? 1 : Number(process.argv[at + 1])
const totals = CHOICES.map((warmUp) => ({ warmUp, deviation: 0, score: 0, rows: 0 }))
for (const { name, season, horizon, series } of readM4() ?? []) {
  for (const [method, learn] of Object.entries(METHODS)) {
    const sums = CHOICES.map(() => ({ inside: 0, score: 0, scaled: 0 }))
    const chosen = series.filter((_, index) => index % every === 0)
    for (const all of chosen) {
      // The last horizon is cut off before anything else.
      const [training, actual] = [all.slice(0, -2 * horizon), all.slice(-2 * horizon, -horizon)]
      const forecaster = learn(training, season)
      for (const [index, warmUp] of CHOICES.entries()) {
        const [interval] = forecaster.predict(horizon, { level: [LEVEL], warmUp }).intervals
        const sum = sums[index]!
        sum.inside += coverage(actual, interval!.lower, interval!.upper) / chosen.length
        const scale = meanChange(training, season)
        if (scale === 0) continue
        sum.score += intervalScore(actual, interval!.lower, interval!.upper) / scale
        sum.scaled++
      }
    }
    const row = Object.fromEntries(
      CHOICES.map((warmUp, index) => [
        warmUp,
        `${sums[index]!.inside.toFixed(4)} (${(sums[index]!.score / sums[index]!.scaled).toFixed(2)})`,
      ]),
    )
    console.log(JSON.stringify({ set: name, method, series: chosen.length, ...row }))
    for (const [index, total] of totals.entries()) {
      total.deviation += Math.abs(sums[index]!.inside - LEVEL / 100)
      total.score += sums[index]!.score / sums[index]!.scaled / (sums[0]!.score / sums[0]!.scaled)
      total.rows++
    }
  }
}
console.table(
  totals.map(({ warmUp, deviation, score, rows }) => ({
    'warm-up': warmUp,
    'mean distance from 0.95': (deviation / rows).toFixed(4),
    'mean interval score beside warm-up 0': (score / rows).toFixed(4),
  })),
)

function meanChange(y: Float64Array, season: number): number {
  let sum = 0
  for (let t = season; t < y.length; t++) sum += Math.abs(y[t]! - y[t - season]!)
  return sum / (y.length - season)
}

function intervalScore(actual: Float64Array, lower: Float64Array, upper: Float64Array): number {
  const penalty = 2 / (1 - LEVEL / 100)
  let sum = 0
  for (let step = 0; step < actual.length; step++) {
    sum += upper[step]! - lower[step]!
    sum += penalty * (Math.max(0, lower[step]! - actual[step]!) + Math.max(0, actual[step]! - upper[step]!))
  }
  return sum / actual.length
}
