// Lets our learner and its rival fit the same rows by turns, each in its own process, and judges both on the same test rows.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { accuracyScore } from '../../src/algorithms/metrics/classification-scores.ts'
import { logLoss } from '../../src/algorithms/metrics/probability-scores.ts'
import { rocAucScore } from '../../src/algorithms/metrics/ranking-scores.ts'
import { predictedClasses } from '../../src/algorithms/metrics/reports.ts'
import { median, quantile } from '../frame/report.ts'
import { writeBuiltContender } from './built-contender.ts'

export interface Side {
  readonly name: string
  /** Seconds of each round. */
  readonly wall: readonly number[]
  readonly cpu: readonly number[]
  readonly rssMb: number
  /** Of two classes; NaN for more. */
  readonly auc: number
  readonly accuracy: number
  readonly logLoss: number
  /** Median and 99th percentile of one row, microseconds. */
  readonly one: readonly [number, number]
  /** Rows a CPU second of a batch, on one thread. */
  readonly batch: number
  readonly eventLoopP99Ms?: number
  /** Of our file, or of the pickle. */
  readonly fileBytes: number
  /** Of ours: nodes of all trees, CPU time of reading the file, and what a prediction of one row leaves on the heap. */
  readonly nodes?: number
  readonly loadMs?: number
  readonly bytesPerCall?: number
}

/** As contender.py knows them. */
export type Rival = 'forest' | 'lightgbm' | 'hist' | 'gradient-boosting' | 'xgboost'

export interface Duel {
  readonly set: string
  readonly tables: number
  readonly rows: number
  readonly features: number
  readonly classes: number
  readonly testRows: number
  readonly threads: number
  readonly trees: number
  readonly ours: Side
  readonly rival: Side
}

export interface DuelOptions {
  readonly kind: 'forest' | 'boosting'
  /** Default: scikit-learn's forest, or LightGBM. */
  readonly against?: Rival
  /** As generate.py names it. */
  readonly set: string
  readonly threads: number
  /** Of both sides. Default 100. */
  readonly trees?: number
  /** Counted ones; one more goes before to warm up. */
  readonly rounds: number
  /** Rounds of a rival that takes too long for as many, without one to warm up. */
  readonly rivalRounds?: number
  /**
   * Tables of other rows each: times on the first, quality on average. On one table of 10,000 rows the log losses of two learners that are
   * equally good differ by about 1 %.
   */
  readonly tables?: number
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A Python that has the rivals, or undefined after saying how to make one. */
export function findPython(packages = 'sklearn, lightgbm'): string | undefined {
  const flag = process.argv.indexOf('--python')
  const venv = here('../../.venv/bin/python')
  const python = flag > 0 ? process.argv[flag + 1] : (process.env.TANDEM_BENCH_PYTHON ?? (existsSync(venv) ? venv : undefined))
  if (python && spawnSync(python, ['-c', `import ${packages}`]).status === 0) return python
  console.error(
    `${python ? `${python} cannot import ${packages}` : 'No Python with the rivals was named'}. Make one with\n` +
      '  python3 -m venv .venv && .venv/bin/pip install -r bench/requirements.txt\n' +
      'or name one with --python PATH or TANDEM_BENCH_PYTHON.',
  )
  return undefined
}

/** Runs duels one after the other. */
export async function runDuels(python: string, duels: readonly DuelOptions[]): Promise<Duel[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-duel-'))
  try {
    mkdirSync(folder, { recursive: true })
    const parts = duels.map(tablesOf)
    const sets = [...new Set(parts.flat().map(({ set }) => set))]
    const made = spawnSync(python, [here('./generate.py'), folder, ...sets], { stdio: ['ignore', 'inherit', 'inherit'] })
    if (made.status !== 0) throw new Error(`generate.py ended with status ${made.status}.`)
    const contender = writeBuiltContender(folder)
    const results: Duel[] = []
    for (const tables of parts) {
      const fought: Duel[] = []
      for (const duel of tables) fought.push(await runDuel(python, contender, folder, duel))
      const duel = joined(fought)
      show(duel)
      results.push(duel)
    }
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function runDuel(
  python: string,
  contender: string,
  folder: string,
  { kind, against = kind === 'forest' ? 'forest' : 'lightgbm', set, threads, rounds, rivalRounds, trees = 100 }: DuelOptions,
): Promise<Duel> {
  const about = (name: string): { rows: number; features: number; classes: number; test: string } =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))
  const { rows, features, classes, test } = about(set)
  const options = [set, String(threads), folder, String(trees)]
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), PYTHONWARNINGS: 'ignore' }
  const sides = {
    ours: converse(spawn(process.execPath, [contender, kind, ...options], { stdio: ['pipe', 'pipe', 'inherit'] })),
    rival: converse(spawn(python, [here('./contender.py'), against, ...options], { stdio: ['pipe', 'pipe', 'inherit'], env })),
  }
  const taken = { ours: { wall: [] as number[], cpu: [] as number[] }, rival: { wall: [] as number[], cpu: [] as number[] } }
  for (let round = 0; round <= rounds; round++) {
    // Who is first changes, as the second finds the processor warmer.
    const isLong = rivalRounds !== undefined
    for (const side of round % 2 === 0 ? (['ours', 'rival'] as const) : (['rival', 'ours'] as const)) {
      if (side === 'rival' && isLong && (round === 0 || round > rivalRounds)) continue
      const { wall, cpu } = (await sides[side]('fit')) as { wall: number; cpu: number }
      if (round === 0) continue
      taken[side].wall.push(wall)
      taken[side].cpu.push(cpu)
    }
  }
  const y = Float64Array.from(readFileSync(join(folder, `${test}.y`)))
  const finish = async (side: 'ours' | 'rival'): Promise<Side> => {
    const told = summed((await sides[side]('predict')) as Told)
    const bytes = readFileSync(join(folder, `${side}.p`))
    const p = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const positive = (): Float64Array => p.filter((_, i) => i % 2 === 1)
    const accuracy = accuracyScore(y, predictedClasses(p, classes))
    return { ...told, ...taken[side], auc: classes === 2 ? rocAucScore(y, positive()) : Number.NaN, accuracy, logLoss: logLoss(y, p) }
  }
  const [ours, rival] = [await finish('ours'), await finish('rival')]
  return { set, tables: 1, rows, features, classes, testRows: y.length, threads, trees, ours, rival }
}

/** A duel of each table. */
function tablesOf(duel: DuelOptions): DuelOptions[] {
  const { set, rounds, tables = 1 } = duel
  return Array.from({ length: tables }, (_, i) => ({
    ...duel,
    ...(i === 0 ? { set, rounds } : { set: `${set}@${i + 1}`, rounds: 0 }),
  }))
}

/** Quality on average, the rest as on the first table. */
function joined(duels: readonly Duel[]): Duel {
  const side = (name: 'ours' | 'rival'): Side => {
    const sides = duels.map((duel) => duel[name])
    const mean = (of: (side: Side) => number): number => sides.reduce((sum, one) => sum + of(one), 0) / sides.length
    return {
      ...sides[0]!,
      ...{ auc: mean(({ auc }) => auc), accuracy: mean(({ accuracy }) => accuracy), logLoss: mean((one) => one.logLoss) },
    }
  }
  return { ...duels[0]!, tables: duels.length, ours: side('ours'), rival: side('rival') }
}

type Told = Omit<Side, 'wall' | 'cpu' | 'auc' | 'accuracy' | 'logLoss' | 'batch' | 'loadMs'> & {
  readonly batch: number | readonly number[]
  readonly loadMs?: readonly number[]
}

/** Our contender tells what it measured, the rival's has medians. */
function summed({ one, batch, loadMs, ...told }: Told) {
  if (typeof batch === 'number') return { ...told, one, batch }
  return { ...told, one: [median(one), quantile(one, 0.99)] as const, batch: median(batch), loadMs: median(loadMs!) }
}

/** Sends a line and waits for the answer. */
function converse(child: ChildProcess): (line: string) => Promise<unknown> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return async (line) => {
    child.stdin!.write(`${line}\n`)
    // Nothing comes after it: the contender may end.
    if (line === 'predict') child.stdin!.end()
    const { value, done } = await lines.next()
    if (done) throw new Error('A contender ended before it answered.')
    return JSON.parse(value)
  }
}

function show({ set, tables, rows, classes, threads, trees, ours, rival }: Duel): void {
  const line = (side: Side) => ({
    who: side.name,
    'wall s': median(side.wall).toFixed(3),
    'CPU s': median(side.cpu).toFixed(3),
    'peak RSS MB': Math.round(side.rssMb),
    ...(classes === 2 ? { AUC: side.auc.toFixed(4) } : { accuracy: side.accuracy.toFixed(4) }),
    'log loss': side.logLoss.toFixed(4),
    'one row us (p99)': `${side.one[0].toFixed(1)} (${side.one[1].toFixed(1)})`,
    'rows/s': Math.round(side.batch),
    'event loop p99 ms': side.eventLoopP99Ms?.toFixed(1) ?? '',
  })
  const of = rival.wall.length === ours.wall.length ? 'by turns' : `of ours, ${rival.wall.length} of the rival`
  console.log(
    `${set}: ${tables === 1 ? '' : `${tables} tables of `}${rows} rows, ${classes} classes, ${threads} thread${threads === 1 ? '' : 's'}, ${trees} trees, ${ours.wall.length} rounds ${of}`,
  )
  console.table([line(ours), line(rival)])
}
