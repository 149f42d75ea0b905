// Claim: one row is predicted in at most 10 us (p50) and 100 us (p99) by 100 trees, without memory taken, in 1/50 of LightGBM's time in Python
// and 1/500 of scikit-learn's forest's; a batch at 500,000 rows a CPU second by boosted trees, 600,000 by a forest, at least twice the rate
// of LightGBM and of HistGradientBoosting and that of XGBoost. Files take 13 bytes a node, a quarter of the pickle of a forest, 0.1 MB for
// boosted trees, and are read in 2 ms a MB.
// Models of 10,000 rows x 19: forest of depth 10, boosted trees of 31 leaves. Run: node bench/learn/predict.ts [--python PATH]

import { type Claim, report } from '../frame/report.ts'
import { type Duel, type DuelOptions, findPython, runDuels } from './duel.ts'

const BATCH: Readonly<Record<string, number>> = { forest: 600_000, boosting: 500_000 }
/** At most so much of a rival's time for one row, and at least so many times its rows a second. */
const BESIDE: Readonly<Record<string, { readonly one?: number; readonly batch?: number }>> = {
  forest: { one: 1 / 500 },
  lightgbm: { one: 1 / 50, batch: 2 },
  hist: { batch: 2 },
  xgboost: { batch: 1 },
}

/** What is promised of our side alone. */
function ownClaims(kind: 'forest' | 'boosting', { ours, rival }: Duel): Claim[] {
  const claim = (name: string, value: number, unit: string, limit: number): Claim => ({
    ...{ name: `${name}, ${kind}`, ours: value, unit, bound: 'at most', limit },
  })
  const file: Claim =
    kind === 'boosting'
      ? claim('file', ours.fileBytes / 2 ** 20, 'MB', 0.1)
      : { ...claim('file beside its pickle', ours.fileBytes, 'bytes', 0.25), rival: rival.fileBytes }
  return [
    claim('one row p50', ours.one[0], 'us', 10),
    claim('one row p99', ours.one[1], 'us', 100),
    claim('memory taken by predicting one row', ours.bytesPerCall!, 'bytes', 1),
    { ...claim('batch', ours.batch, 'rows/s', BATCH[kind]!), bound: 'at least' },
    claim('file', ours.fileBytes / ours.nodes!, 'bytes a node', 13),
    file,
    claim('reading a file as a server does (cpu)', ours.loadMs! / (ours.fileBytes / 2 ** 20), 'ms/MB', 2),
  ]
}

function claimsBeside(kind: 'forest' | 'boosting', against: string, { ours, rival }: Duel): Claim[] {
  const { one, batch } = BESIDE[against]!
  const beside = `${kind} beside ${rival.name}`
  return [
    ...(one === undefined
      ? []
      : [{ name: `one row p50, ${beside}`, ours: ours.one[0], rival: rival.one[0], unit: 'us', bound: 'at most', limit: one } as const]),
    ...(batch === undefined
      ? []
      : [{ name: `batch, ${beside}`, ours: ours.batch, rival: rival.batch, unit: 'rows/s', bound: 'at least', limit: batch } as const]),
  ]
}

const python = findPython('sklearn, lightgbm, xgboost')
if (python === undefined) process.exitCode = 1
else {
  const duels: readonly (DuelOptions & { readonly against: keyof typeof BESIDE })[] = [
    { kind: 'forest', set: '10000', threads: 1, rounds: 1, against: 'forest' },
    ...(['lightgbm', 'hist', 'xgboost'] as const).map(
      (against) => ({ kind: 'boosting', set: '10000', threads: 1, rounds: 1, against }) as const,
    ),
  ]
  const results = await runDuels(python, duels)
  report(
    'predict',
    results.flatMap((duel, i) => {
      const { kind, against } = duels[i]!
      // The same model of ours each time: it is told once.
      const isFirst = duels.findIndex((other) => other.kind === kind) === i
      return [...(isFirst ? ownClaims(kind, duel) : []), ...claimsBeside(kind, against!, duel)]
    }),
    { rivals: results.map(({ rival }) => rival.name), seed: 7 },
  )
}
