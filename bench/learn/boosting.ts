// Claim: boosted trees train in at most 0.70x of LightGBM's time at 10k, 100k and 1M rows (two threads, by the clock: 0.90x and 0.95x), of
// scikit-learn's HistGradientBoosting at most 1.0x and of its exact GradientBoosting 0.06x, as well, in no more memory.
// On dna (2,230 rows, 180 binary columns, 3 classes; ../shared/data) at most 0.9x of LightGBM's, which bundles columns as well.
// 100 trees of 31 leaves (the exact one: depth 5), 19 features, same float32 rows and threads, by turns. One thread is judged by CPU seconds;
// models of 10,000 rows and of dna by five tables of other rows.
// Run: node bench/learn/boosting.ts [--python PATH] [--large] [--rounds N]; two threads and the million rows need --large.

import { ROUNDS as rounds, runTreeBench } from './tree-bench.ts'

await runTreeBench({
  kind: 'boosting',
  timeLimits: { 10000: 0.7, 100000: 0.7, 1000000: 0.7 },
  logLoss: { share: 1.01 },
  duels: [
    { set: '10000', threads: 1, rounds, tables: 5 },
    { set: '100000', threads: 1, rounds },
    { set: 'dna', threads: 1, rounds, tables: 5, timeLimit: 0.9 },
    { set: '10000', threads: 1, rounds, tables: 5, against: 'hist', timeLimit: 1 },
    { set: '100000', threads: 1, rounds, against: 'hist', timeLimit: 1 },
    // It takes half a minute for what takes us a quarter of a second: once.
    { set: '10000', threads: 1, rounds, rivalRounds: 1, against: 'gradient-boosting', timeLimit: 0.06 },
  ],
  large: [
    { set: '100000', threads: 2, rounds, timeLimit: 0.9 },
    { set: '1000000', threads: 2, rounds, timeLimit: 0.95 },
    { set: '1000000', threads: 1, rounds },
  ],
  details: { leaves: 31 },
})
