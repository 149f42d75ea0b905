// Claim: a random forest trains in at most 0.25x, 0.10x and 0.05x of scikit-learn's time at 10k, 100k and 1M rows, as well.
// 100 trees of depth 10, split from 5 rows, 19 features, same float32 rows and threads, by turns, by CPU seconds (two threads: the clock).
// Run: node bench/learn/forest.ts [--python PATH] [--large] [--rounds N]; the million rows need --large and an hour.

import { type Claim, median, report } from '../frame/report.ts'
import { type Duel, type DuelOptions, findPython, runDuels } from './duel.ts'

const LIMITS: Readonly<Record<number, number>> = { 10000: 0.25, 100000: 0.1, 1000000: 0.05 }
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
    { name: `log loss, ${on}`, ours: ours.logLoss - rival.logLoss, unit: 'above', bound: 'at most', limit: 0.005 },
  ]
}

const python = findPython()
if (python === undefined) process.exitCode = 1
else {
  const kind = 'forest'
  const large = process.argv.includes('--large')
  const duels: DuelOptions[] = [
    { kind, rows: 10_000, threads: 1, rounds },
    { kind, rows: 100_000, threads: 1, rounds },
    ...(large ? [{ kind, rows: 1_000_000, threads: 2, rounds } as const] : []),
  ]
  const results = await runDuels(python, duels)
  report('forest', results.flatMap(claimsOf), { rival: results[0]!.rival.name, seed: 7, trees: 100, depth: 10 })
}
