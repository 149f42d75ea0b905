// Claim: boosted trees train in at most 1.10x, 0.90x and 0.95x of LightGBM's time at 10k, 100k and 1M rows, as well, in no more memory.
// 100 trees of 31 leaves, 19 features, same float32 rows and threads, by turns. One thread is judged by CPU seconds, two by the clock.
// Run: node bench/learn/boosting.ts [--python PATH] [--large] [--rounds N]; two threads and the million rows need --large.

import { ROUNDS as rounds, runTreeBench } from './tree-bench.ts'

await runTreeBench({
  kind: 'boosting',
  timeLimits: { 10000: 1.1, 100000: 0.9, 1000000: 0.95 },
  logLoss: { share: 1.01 },
  duels: [
    { set: '10000', threads: 1, rounds },
    { set: '100000', threads: 1, rounds },
  ],
  large: [
    { set: '100000', threads: 2, rounds },
    { set: '1000000', threads: 2, rounds },
    { set: '1000000', threads: 1, rounds },
  ],
  details: { leaves: 31 },
})
