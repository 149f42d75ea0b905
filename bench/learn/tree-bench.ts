// What the benches of boosted trees and of forests share: their duels, and what is promised of each.

import { type Claim, median, report } from '../frame/report.ts'
import { type Duel, type DuelOptions, findPython, runDuels } from './duel.ts'

export interface TreeBench {
  readonly kind: DuelOptions['kind']
  /** Largest share of the rival's training time by set. */
  readonly timeLimits: Readonly<Record<string, number>>
  /** Of the log loss: a share of the rival's, or how far above it. */
  readonly logLoss: { readonly share: number } | { readonly above: number }
  /** Without --large, and what --large adds. */
  readonly duels: readonly TreeDuel[]
  readonly large: readonly TreeDuel[]
  readonly details: Readonly<Record<string, unknown>>
}

/** A duel, with the largest share of the rival's training time where it is not that of the bench. */
export interface TreeDuel extends Omit<DuelOptions, 'kind'> {
  readonly timeLimit?: number
}

/** Our rounds, five unless --rounds says otherwise. */
export const ROUNDS = ((at) => (at > 0 ? Number(process.argv[at + 1]) : 5))(process.argv.indexOf('--rounds'))

export async function runTreeBench({ kind, timeLimits, logLoss, duels, large, details }: TreeBench): Promise<void> {
  const python = findPython()
  if (python === undefined) {
    process.exitCode = 1
    return
  }
  const wanted = [...duels, ...(process.argv.includes('--large') ? large : [])]
  const results = await runDuels(
    python,
    wanted.map((duel) => ({ ...duel, kind })),
  )
  const claims = results.flatMap((duel, i) => claimsOf(duel, wanted[i]!.timeLimit ?? timeLimits[duel.set]!, logLoss))
  const rivals = [...new Set(results.map(({ rival }) => rival.name))]
  report(kind, claims, { rivals, seed: 7, trees: 100, ...details })
}

function claimsOf(duel: Duel, timeLimit: number, logLoss: TreeBench['logLoss']): Claim[] {
  const { set, tables, rows, threads, classes, trees, ours, rival } = duel
  const what = `${tables === 1 ? '' : `${tables} tables of `}${/^\d+$/.test(set) ? `${rows} rows` : `${set.replace(/x.*/, ' rows')}, ${classes} classes`}`
  const on = `${what}, beside ${rival.name.replace(/ [\d.]+(, )?/, ' ').trim()}, ${threads} thread${threads === 1 ? '' : 's'}${trees === 100 ? '' : `, ${trees} trees`}`
  // One thread is judged by the time of the processor, which others on the machine do not take away.
  const measure = threads === 1 ? 'cpu' : 'wall'
  const once =
    rival[measure].length < ours[measure].length
      ? `, the rival ${rival[measure].length === 1 ? 'once' : `${rival[measure].length} times`}`
      : ''
  const quality: Claim =
    'share' in logLoss
      ? { name: `log loss, ${on}`, ours: ours.logLoss, rival: rival.logLoss, unit: '', bound: 'at most', limit: logLoss.share }
      : { name: `log loss, ${on}`, ours: ours.logLoss - rival.logLoss, unit: 'above', bound: 'at most', limit: logLoss.above }
  return [
    {
      name: `training time (${measure}), ${on}${once}`,
      ours: median(ours[measure]),
      rival: median(rival[measure]),
      unit: 's',
      bound: 'at most',
      limit: timeLimit,
      rounds: { ours: ours[measure], rival: rival[measure] },
    },
    classes > 2
      ? { name: `accuracy, ${on}`, ours: ours.accuracy - rival.accuracy, unit: 'above', bound: 'at least', limit: -accuracyMargin(duel) }
      : { name: `AUC, ${on}`, ours: ours.auc - rival.auc, unit: 'above', bound: 'at least', limit: -0.002 },
    quality,
    ...(rows === 1_000_000 ? memoryClaims(duel, on) : []),
  ]
}

function memoryClaims({ rows, features, ours, rival }: Duel, on: string): Claim[] {
  const [name, bound] = [`peak memory, ${on}`, 'at most'] as const
  return [
    { name, ours: ours.rssMb, rival: rival.rssMb, unit: 'MB', bound, limit: 1 },
    { name: `${name}, itself`, ours: ours.rssMb, unit: 'MB', bound, limit: 120 + (4.5 * rows * features) / 2 ** 20 },
  ]
}

/** Two learners that are equally good differ by about two standard errors on few test rows. */
function accuracyMargin({ testRows, rival: { accuracy } }: Duel): number {
  return Math.max(0.005, 2 * Math.sqrt((accuracy * (1 - accuracy)) / testRows))
}
