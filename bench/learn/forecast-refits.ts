// How the number of beginnings from which MSTL learns anew for its intervals, and the share of each step's own errors in their width, were
// chosen: on the second, third and fourth horizon from the end of every Nth M4 Hourly (seasons 24 and 168) and Weekly (52) training series, so
// that the last one, on which bench/learn/forecast.ts reports, and all other sets stay unseen. Prints for each pair the coverage of 95 %
// intervals and their interval score (Gneiting and Raftery 2007), as a share of that of 8 beginnings and own share 0; lower is better.
// Run: node bench/learn/forecast-refits.ts [--every N], N 3 by default: about 10 minutes of CPU time.
import { fitMstl } from '../../src/algorithms/forecast/fit-mstl.ts'
import { spreadOf } from '../../src/algorithms/forecast/refit-variances.ts'
import { studentQuantile } from '../../src/algorithms/math/student-quantile.ts'
import { readM4 } from './forecast-sets.ts'

const CHOICES = [8, 12, 16].flatMap((refits) => [0, 0.3, 0.5].map((ownShare) => ({ refits, ownShare })))
const CUTS = [2, 3, 4]
const LEVEL = 95

const at = process.argv.indexOf('--every')
const every = at === -1 ? 3 : Number(process.argv[at + 1])
for (const { name, horizon, series } of readM4() ?? []) {
  const seasonLengths = name === 'Hourly' ? [24, 168] : [52]
  const fewest = 2 * Math.max(...seasonLengths)
  const sums = CHOICES.map(() => ({ inside: 0, score: 0 }))
  let windows = 0
  for (const all of series.filter((_, index) => index % every === 0)) {
    for (const cut of CUTS) {
      const training = all.slice(0, -cut * horizon)
      if (training.length < fewest + horizon || training.every((value) => value === training[0])) continue
      const actual = all.slice(all.length - cut * horizon, all.length - (cut - 1) * horizon)
      const ahead = errorsOf(training, actual, seasonLengths)
      const errors: Float64Array[] = []
      for (let origin = training.length - horizon; origin >= fewest && errors.length < 16; origin -= Math.ceil(horizon / 2)) {
        errors.push(errorsOf(training.slice(0, origin), training.slice(origin, origin + horizon), seasonLengths))
      }
      const scale = meanSize(errors.slice(0, 4))
      if (scale === 0) continue
      windows++
      for (const [index, { refits, ownShare }] of CHOICES.entries()) {
        const used = errors.slice(0, refits)
        const t = studentQuantile(0.5 + LEVEL / 200, used.length + 1)
        const half = spreadOf(used, ownShare).map((variance) => t * Math.sqrt(variance))
        for (let step = 0; step < horizon; step++) {
          const beyond = Math.max(0, Math.abs(ahead[step]!) - half[step]!)
          sums[index]!.inside += (beyond === 0 ? 1 : 0) / horizon
          sums[index]!.score += (2 * half[step]! + (2 / (1 - LEVEL / 100)) * beyond) / scale / horizon
        }
      }
    }
  }
  console.log(name, windows, 'windows')
  console.table(
    CHOICES.map(({ refits, ownShare }, index) => ({
      beginnings: refits,
      'own share': ownShare,
      coverage: (sums[index]!.inside / windows).toFixed(4),
      'interval score beside the first': (sums[index]!.score / sums[0]!.score).toFixed(4),
    })),
  )
}

function errorsOf(training: Float64Array, actual: Float64Array, seasonLengths: readonly number[]): Float64Array {
  const { mean } = fitMstl(training, { seasonLengths }).predict(actual.length)
  return actual.map((value, step) => value - mean[step]!)
}

function meanSize(errors: readonly Float64Array[]): number {
  const sizes = errors.flatMap((each) => Array.from(each, Math.abs))
  return sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length)
}
