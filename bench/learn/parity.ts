// Claim: our forest and boosted trees predict as well as scikit-learn's forest and LightGBM: mean ROC AUC of 5 seeds (25 of small tables) is at most 0.002
// lower (0.003 beside HistGradientBoosting), and mean log loss at most 0.005 higher (forest) or 1 % higher (boosted trees beside LightGBM), on adult, breast cancer, German credit, Titanic
// and California housing, same float32 matrices, same 70/30 splits, 100 trees.
// Run: node bench/learn/parity.ts [--python PATH]

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRng } from '../../src/algorithms/math/rng.ts'
import { logLoss } from '../../src/algorithms/metrics/probability-scores.ts'
import type { TreeEnsemble } from '../../src/algorithms/tree/ensemble.ts'
import { fitBoostedTrees } from '../../src/algorithms/tree/fit-boosted-trees.ts'
import { fitRandomForest } from '../../src/algorithms/tree/fit-random-forest.ts'
import { predictRows } from '../../src/algorithms/tree/predict.ts'
import type { TrainingSet } from '../../src/algorithms/tree/training-set.ts'
import { type Claim, report } from '../frame/report.ts'
import { readTable, type Table, tableNames } from './tables.ts'

/** Of a small table chance moves the mean of five splits by more than the tolerance: the standard error of 25 is less than half of that. */
const SEEDS = 5
const SEEDS_OF_SMALL = 25
const SMALL_ROWS = 5000
const seedsOf = ({ rows }: Table): number[] => Array.from({ length: rows <= SMALL_ROWS ? SEEDS_OF_SMALL : SEEDS }, (_, i) => i + 1)
const TOLERANCE = 0.002
/** Beside HistGradientBoosting, the second rival of the boosted trees. */
const TOLERANCE_OF_HIST = 0.003
/** Of log losses: how far above, or what share. */
const LOSS_ABOVE = 0.005
const LOSS_SHARE = 1.01
const DATA = new URL('../../../shared/data/tabular/', import.meta.url)

interface Contestant {
  readonly label: string
  /** Names in rivals.py; the first one is the floor that must hold. */
  readonly rivals: readonly string[]
  readonly fit: (set: TrainingSet, seed: number) => TreeEnsemble
}

const CONTESTANTS: readonly Contestant[] = [
  {
    label: 'random forest, depth 10, split 5',
    rivals: ['forest-10'],
    fit: (set, seed) => fitRandomForest(set, { maxDepth: 10, minSamplesSplit: 5, randomState: seed }),
  },
  { label: 'random forest, defaults', rivals: ['forest'], fit: (set, seed) => fitRandomForest(set, { randomState: seed }) },
  { label: 'boosted trees, defaults', rivals: ['lightgbm', 'hist'], fit: (set, seed) => fitBoostedTrees(set, { randomState: seed }) },
]

interface Split {
  readonly seed: number
  readonly train: Uint32Array
  readonly test: Uint32Array
}

interface RivalResult {
  readonly name: string
  readonly rival: string
  readonly seed: number
  readonly seconds: number
  readonly file: string
}

interface Line {
  readonly table: string
  readonly learner: string
  readonly rival: string
  readonly ours: number
  readonly theirs: number
  readonly difference: number
  readonly ourLoss: number
  readonly theirLoss: number
  readonly ourSeconds: number
  readonly theirSeconds: number
}

/** Runs the comparison; false when something it needs is missing. */
function main(): boolean {
  const python = findPython()
  if (!python) return false
  const tables = tableNames.map((name) => readTable(name, DATA)).filter((table) => table !== undefined)
  if (tables.length < tableNames.length) {
    console.error(`The tables ${tableNames.join(', ')} are not all in ${fileURLToPath(DATA)}. Put them there to run this benchmark.`)
    return false
  }
  const folder = mkdtempSync(join(tmpdir(), 'tandem-parity-'))
  try {
    const splits = new Map(tables.map((table) => [table.name, seedsOf(table).map((seed) => splitRows(table.rows, seed))]))
    const { versions, results } = runRivals(python, folder, tables, splits)
    const lines = tables.flatMap((table) => CONTESTANTS.flatMap((c) => compare(table, c, splits.get(table.name)!, results, folder)))
    show(lines, versions)
    return true
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function findPython(): string | undefined {
  const flag = process.argv.indexOf('--python')
  const venv = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url))
  const python = flag > 0 ? process.argv[flag + 1] : (process.env.TANDEM_BENCH_PYTHON ?? (existsSync(venv) ? venv : undefined))
  if (python && spawnSync(python, ['-c', 'import sklearn, lightgbm']).status === 0) return python
  console.error(
    `${python ? `${python} cannot import scikit-learn and lightgbm` : 'No Python with the rivals was named'}. Make one with\n` +
      '  python3 -m venv .venv && .venv/bin/pip install -r bench/requirements.txt\n' +
      'or name one with --python PATH or TANDEM_BENCH_PYTHON.',
  )
  return undefined
}

function splitRows(rows: number, seed: number): Split {
  const order = Uint32Array.from({ length: rows }, (_, i) => i)
  const rng = createRng(seed)
  for (let i = rows - 1; i > 0; i--) {
    const j = rng.below(i + 1)
    const row = order[i]!
    order[i] = order[j]!
    order[j] = row
  }
  const cut = Math.floor(rows * 0.7)
  return { seed, train: order.slice(0, cut), test: order.slice(cut) }
}

function runRivals(python: string, folder: string, tables: readonly Table[], splits: ReadonlyMap<string, readonly Split[]>) {
  const tasks = tables.map((table) => {
    writeFileSync(join(folder, `${table.name}.x`), table.x)
    writeFileSync(join(folder, `${table.name}.y`), table.y)
    const files = splits.get(table.name)!.map(({ seed, train, test }) => {
      const file = { seed, train: `${table.name}-${seed}.train`, test: `${table.name}-${seed}.test` }
      writeFileSync(join(folder, file.train), train)
      writeFileSync(join(folder, file.test), test)
      return file
    })
    return { name: table.name, rows: table.rows, features: table.features, splits: files }
  })
  writeFileSync(join(folder, 'tasks.json'), JSON.stringify(tasks))
  const script = fileURLToPath(new URL('./rivals.py', import.meta.url))
  // One thread, as ours; warnings about column names stay out of the table.
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONWARNINGS: 'ignore' }
  const run = spawnSync(python, [script, folder], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (run.status !== 0) throw new Error(`${python} ${script} ended with status ${run.status}.`)
  return JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as { versions: Record<string, string>; results: RivalResult[] }
}

function compare(table: Table, contestant: Contestant, splits: readonly Split[], results: readonly RivalResult[], folder: string): Line[] {
  const ours = splits.map((split) => {
    const set = subset(table, split.train)
    const started = process.cpuUsage()
    const model = contestant.fit(set, split.seed)
    const used = process.cpuUsage(started)
    const test = subset(table, split.test)
    const p = predictRows(model, test.x, test.rows)
    return { auc: rocAuc(test.y, (i) => p[i * 2 + 1]!), loss: logLoss(test.y, p), seconds: (used.user + used.system) / 1e6 }
  })
  return contestant.rivals.map((rival) => {
    const theirs = splits.map(({ seed, test }) => {
      const result = results.find((r) => r.name === table.name && r.rival === rival && r.seed === seed)!
      const bytes = readFileSync(join(folder, result.file))
      const p = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
      const { y } = subset(table, test)
      const both = Float64Array.from({ length: p.length * 2 }, (_, i) => (i % 2 === 1 ? p[i >> 1]! : 1 - p[i >> 1]!))
      return { auc: rocAuc(y, (i) => p[i]!), loss: logLoss(y, both), seconds: result.seconds }
    })
    const [a, b] = [mean(ours.map((o) => o.auc)), mean(theirs.map((t) => t.auc))]
    const [s, t] = [mean(ours.map((o) => o.seconds)), mean(theirs.map((r) => r.seconds))]
    const [ourLoss, theirLoss] = [mean(ours.map((o) => o.loss)), mean(theirs.map((r) => r.loss))]
    return {
      ...{ table: table.name, learner: contestant.label, rival, ours: a, theirs: b, difference: a - b },
      ...{ ourLoss, theirLoss, ourSeconds: s, theirSeconds: t },
    }
  })
}

function subset(table: Table, rows: Uint32Array): TrainingSet<Float64Array> {
  const { features } = table
  const x = new Float32Array(rows.length * features)
  const y = new Float64Array(rows.length)
  rows.forEach((row, i) => {
    x.set(table.x.subarray(row * features, (row + 1) * features), i * features)
    y[i] = table.y[row]!
  })
  return { x, y, rows: rows.length, features, classes: 2 }
}

/** Rank form of the area under the ROC curve; a tie counts half. */
function rocAuc(y: Float64Array, score: (i: number) => number): number {
  const order = Array.from(y, (_, i) => i).sort((a, b) => score(a) - score(b))
  let ranks = 0
  let positives = 0
  for (let i = 0; i < order.length; ) {
    let end = i
    while (end < order.length && score(order[end]!) === score(order[i]!)) end++
    for (let k = i; k < end; k++) {
      if (y[order[k]!] === 1) {
        ranks += (i + end + 1) / 2
        positives++
      }
    }
    i = end
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (order.length - positives))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function show(lines: readonly Line[], versions: Record<string, string>): void {
  console.log(`Mean of ${SEEDS} seeds, ${SEEDS_OF_SMALL} up to ${SMALL_ROWS} rows, 100 trees, 1 thread.`, versions)
  console.table(
    lines.map((line) => ({
      table: line.table,
      learner: line.learner,
      rival: line.rival,
      'our AUC': line.ours.toFixed(4),
      'their AUC': line.theirs.toFixed(4),
      difference: line.difference.toFixed(4),
      'our log loss': line.ourLoss.toFixed(4),
      'their log loss': line.theirLoss.toFixed(4),
      'our CPU s': line.ourSeconds.toFixed(3),
      'their CPU s': line.theirSeconds.toFixed(3),
    })),
  )
  const claims = lines.flatMap((line): Claim[] => {
    const { learner, table, rival, ourLoss, theirLoss } = line
    const on = `${learner} on ${table}`
    const loss: Claim = learner.startsWith('random')
      ? { name: `${on}: log loss above ${rival}`, ours: ourLoss - theirLoss, unit: '', limit: LOSS_ABOVE, bound: 'at most' }
      : { name: `${on}: log loss beside ${rival}`, ours: ourLoss, rival: theirLoss, unit: '', limit: LOSS_SHARE, bound: 'at most' }
    return [
      {
        name: `${on}: AUC below ${rival}`,
        ours: -line.difference,
        unit: 'AUC',
        limit: rival === 'hist' ? TOLERANCE_OF_HIST : TOLERANCE,
        bound: 'at most',
      },
      ...(rival === 'hist' ? [] : [loss]),
    ]
  })
  report('parity', claims, { versions, seeds: { small: SEEDS_OF_SMALL, others: SEEDS }, lines })
}

if (!main()) process.exitCode = 1
