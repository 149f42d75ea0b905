// Claim: one row is predicted in at most 10 us (p50) and 100 us (p99) by 100 trees, at least 50 times faster than by LightGBM in Python;
// a batch at 500,000 rows a CPU second by boosted trees, 600,000 by a forest, at least twice LightGBM's.
// Models of 10,000 rows x 19: forest of depth 10, boosted trees of 31 leaves. Run: node bench/learn/predict.ts [--python PATH]

import { type Claim, report } from '../frame/report.ts'
import { type Duel, findPython, runDuels } from './duel.ts'

const BATCH: Readonly<Record<string, number>> = { forest: 600_000, boosting: 500_000 }

function claimsOf(kind: 'forest' | 'boosting', { ours, rival }: Duel): Claim[] {
  const compared: Claim[] = [
    {
      name: `one row p50, ${kind} beside ${rival.name}`,
      ours: ours.one[0],
      rival: rival.one[0],
      unit: 'us',
      bound: 'at most',
      limit: 1 / 50,
    },
    { name: `batch, ${kind} beside ${rival.name}`, ours: ours.batch, rival: rival.batch, unit: 'rows/s', bound: 'at least', limit: 2 },
  ]
  return [
    { name: `one row p50, ${kind}`, ours: ours.one[0], unit: 'us', bound: 'at most', limit: 10 },
    { name: `one row p99, ${kind}`, ours: ours.one[1], unit: 'us', bound: 'at most', limit: 100 },
    { name: `batch, ${kind}`, ours: ours.batch, unit: 'rows/s', bound: 'at least', limit: BATCH[kind]! },
    ...(kind === 'boosting' ? compared : compared.slice(0, 1)),
  ]
}

const python = findPython()
if (python === undefined) process.exitCode = 1
else {
  const kinds = ['forest', 'boosting'] as const
  const results = await runDuels(
    python,
    kinds.map((kind) => ({ kind, set: '10000', threads: 1, rounds: 1 })),
  )
  report(
    'predict',
    results.flatMap((duel, i) => claimsOf(kinds[i]!, duel)),
    { rivals: results.map(({ rival }) => rival.name), seed: 7 },
  )
}
