// Claim: a random forest trains in at most 0.25x, 0.10x and 0.05x of scikit-learn's time at 10k, 100k and 1M rows, as well;
// of seven classes at 0.25x, and of five splits of two small tables (digits, splice sites; ../shared/data) at 0.75x.
// 100 trees of depth 10, split from 5 rows, 19 features, same float32 rows and threads, by turns, by CPU seconds (two threads: the clock).
// Run: node bench/learn/forest.ts [--python PATH] [--large] [--rounds N]; --large adds the million rows. There scikit-learn takes minutes of a
// processor for each fit of 100 trees: as many rounds as elsewhere are of 10 trees on both sides, and one round is of 100. With 10 trees
// our binning, once a fit, weighs ten times as much as with 100.

import { ROUNDS as rounds, runTreeBench } from './tree-bench.ts'

await runTreeBench({
  kind: 'forest',
  timeLimits: { 10000: 0.25, '10000x7': 0.25, digits: 0.75, dna: 0.75, 100000: 0.1, 1000000: 0.05 },
  logLoss: { above: 0.005 },
  duels: [
    { set: '10000', threads: 1, rounds },
    { set: '10000x7', threads: 1, rounds },
    { set: 'digits', threads: 1, rounds, tables: 5 },
    { set: 'dna', threads: 1, rounds, tables: 5 },
    { set: '100000', threads: 1, rounds },
  ],
  large: [
    { set: '1000000', threads: 1, trees: 10, rounds },
    { set: '1000000', threads: 1, rounds: 1, rivalRounds: 1 },
  ],
  details: { depth: 10 },
})
