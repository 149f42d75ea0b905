// What every benchmark ends with: a table of its claims, and the same as JSON under bench/results/, the latest runs of each bench.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** One number that is promised. With a rival, `value` is ours divided by the rival's. */
export interface Claim {
  readonly name: string
  readonly ours: number
  readonly rival?: number
  readonly unit: string
  readonly limit: number
  /** Whether the value may not be below or not above the limit. */
  readonly bound: 'at least' | 'at most'
  /** All rounds, to show the spread. */
  readonly rounds?: { readonly ours: readonly number[]; readonly rival?: readonly number[] }
}

export interface Run {
  readonly at: string
  readonly claims: readonly (Claim & { readonly value: number; readonly holds: boolean })[]
}

const RUNS_KEPT = 10

/**
 * Prints and stores the claims; the process ends with status 1 when one does not hold.
 *
 * @param bench    name of the bench, `serving` for bench/serving.ts.
 * @param details  rival and version, rows, seed: what somebody needs to repeat it.
 */
export function report(bench: string, claims: readonly Claim[], details: Readonly<Record<string, unknown>>): void {
  const judged = claims.map((claim) => {
    const value = claim.rival === undefined ? claim.ours : claim.ours / claim.rival
    return { ...claim, value, holds: claim.bound === 'at least' ? value >= claim.limit : value <= claim.limit }
  })
  console.table(
    judged.map(({ name, ours, rival, unit, value, bound, limit, holds, rounds }) => ({
      claim: name,
      ours: `${round(ours)} ${unit}${spread(rounds?.ours)}`,
      rival: rival === undefined ? '' : `${round(rival)} ${unit}${spread(rounds?.rival)}`,
      ratio: rival === undefined ? '' : `${round(value)}x`,
      promised: `${bound} ${limit}${rival === undefined ? ` ${unit}` : 'x'}`,
      holds: holds ? 'yes' : 'NO',
    })),
  )
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: round(totalmem() / 2 ** 30),
    // Processes that ran or waited over the last minute: beyond the cores, others took part.
    load: round(loadavg()[0]!),
    platform: process.platform,
    node: process.version,
  }
  const folder = new URL('../results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const file = new URL(`${bench}.json`, folder)
  const earlier: unknown[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const run = { at: new Date().toISOString(), machine, ...details, claims: judged } satisfies Run & Record<string, unknown>
  writeFileSync(file, `${JSON.stringify([...earlier, run].slice(-RUNS_KEPT), null, 2)}\n`)
  if (judged.some(({ holds }) => !holds)) process.exitCode = 1
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** By the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

function spread(rounds: readonly number[] | undefined): string {
  return rounds === undefined ? '' : ` (${round(Math.min(...rounds))}..${round(Math.max(...rounds))})`
}

/** Three significant digits, whole numbers kept. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}
