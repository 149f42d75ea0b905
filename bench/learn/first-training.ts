// Claim: the first training of an application, 100 rows x 19, takes a forest of 100 trees at most 50 ms and boosted trees at most 20 ms, once
// warm; CPU time, in less than scikit-learn and LightGBM take.
// Run: node bench/learn/first-training.ts [--python PATH] [--rounds N]

import { type Claim, median, report } from '../frame/report.ts'
import { findPython, runDuels } from './duel.ts'
import { ROUNDS as rounds } from './tree-bench.ts'

const LIMIT_MS = { forest: 50, boosting: 20 }

const python = findPython()
if (python === undefined) process.exitCode = 1
else {
  const kinds = ['forest', 'boosting'] as const
  const results = await runDuels(
    python,
    kinds.map((kind) => ({ kind, set: '100', threads: 1, rounds })),
  )
  const ms = (seconds: readonly number[]): number[] => seconds.map((value) => value * 1000)
  const claims = results.flatMap(({ ours, rival }, i): Claim[] => {
    const kind = kinds[i]!
    const [own, theirs] = [ms(ours.cpu), ms(rival.cpu)]
    const own100 = { ours: median(own), unit: 'ms', bound: 'at most' } as const
    return [
      { name: `training of 100 rows, ${kind}`, ...own100, limit: LIMIT_MS[kind], rounds: { ours: own } },
      {
        ...{ name: `training of 100 rows, ${kind} beside ${rival.name}`, ...own100, rival: median(theirs), limit: 1 },
        rounds: { ours: own, rival: theirs },
      },
    ]
  })
  report('first-training', claims, { rivals: results.map(({ rival }) => rival.name), seed: 7, trees: 100 })
}
