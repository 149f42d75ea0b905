// Claim: boosted trees train in at most 1.10x, 0.90x and 0.95x of LightGBM's time at 10k, 100k and 1M rows, as well, in no more memory.
// 100 trees of 31 leaves, 19 features, same float32 rows and threads, by turns. One thread is judged by CPU seconds, two by the clock.
// Run: node bench/learn/boosting.ts [--python PATH] [--large] [--rounds N]; two threads and the million rows need --large.

import { type Claim, median, report } from '../frame/report.ts'
import { type Duel, type DuelOptions, findPython, runDuels } from './duel.ts'

const LIMITS: Readonly<Record<number, number>> = { 10000: 1.1, 100000: 0.9, 1000000: 0.95 }
const roundsAt = process.argv.indexOf('--rounds')
const rounds = roundsAt > 0 ? Number(process.argv[roundsAt + 1]) : 5

function claimsOf({ rows, threads, ours, rival }: Duel): Claim[] {
  const on = `${rows} rows, ${threads} thread${threads === 1 ? '' : 's'}`
  const measure = threads === 1 ? 'cpu' : 'wall'
  return [
    {
      name: `training time (${measure}), ${on}`,
      ours: median(ours[measure]),
      rival: median(rival[measure]),
      unit: 's',
      bound: 'at most',
      limit: LIMITS[rows]!,
      rounds: { ours: ours[measure], rival: rival[measure] },
    },
    { name: `AUC, ${on}`, ours: ours.auc - rival.auc, unit: 'above', bound: 'at least', limit: -0.002 },
    { name: `log loss, ${on}`, ours: ours.logLoss, rival: rival.logLoss, unit: '', bound: 'at most', limit: 1.01 },
    ...(rows === 1_000_000
      ? [{ name: `peak memory, ${on}`, ours: ours.rssMb, rival: rival.rssMb, unit: 'MB', bound: 'at most', limit: 1 } as const]
      : []),
  ]
}

const python = findPython()
if (python === undefined) process.exitCode = 1
else {
  const kind = 'boosting'
  const large = process.argv.includes('--large')
  const duels: DuelOptions[] = [
    { kind, rows: 10_000, threads: 1, rounds },
    { kind, rows: 100_000, threads: 1, rounds },
    ...(large ? [100_000, 1_000_000].map((rows) => ({ kind, rows, threads: 2, rounds }) as const) : []),
  ]
  const results = await runDuels(python, duels)
  report('boosting', results.flatMap(claimsOf), { rival: results[0]!.rival.name, seed: 7, trees: 100, leaves: 31 })
}
