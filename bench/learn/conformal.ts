// Claim: what `predict` promises at a coverage of 0.9 is kept on rows of no training, with sets and intervals no larger than those of
// MAPIE's cross-conformal predictors around scikit-learn's forests on the same rows, in no more processor time a row. MAPIE leaves sets
// empty where the model is more often right than asked; we name the likeliest class, so its empty sets count as one class.
// Both sides: random forest of 100 trees of 10 levels, five folds. Ours also holds a fifth of the rows out to judge the version.
// Run: node bench/learn/conformal.ts [--python PATH]; tables of ../shared/data/tabular.
import { loadavg } from 'node:os'
import { hasTable, readTable } from '../../src/algorithms/tree/testing/read-table.ts'
import type { TrainingSet } from '../../src/algorithms/tree/training-set.ts'
import { createTandem } from '../../src/app.ts'
import type { UntypedModelClient } from '../../src/tandem.ts'
import { startPythonRival } from '../frame/python-rival.ts'
import { type Claim, report } from '../frame/report.ts'

const COVERAGE = 0.9
const SEED = 1
const TABLES = [
  ['adult_train.csv', 'income', 'classification'],
  ['digits.csv', 'target', 'classification'],
  ['abalone.csv', 'Rings', 'regression'],
] as const

type Row = Record<string, number | null>

interface Judged {
  readonly coverage: number
  /** Mean number of classes, or mean width. */
  readonly size: number
  readonly cpuSeconds: number
}

async function main(): Promise<void> {
  const tables = TABLES.filter(([file]) => hasTable(file))
  if (tables.length === 0) {
    console.error('The tables are not beside the repository, in ../shared/data/tabular.')
    process.exitCode = 1
    return
  }
  const rival = await startPythonRival('conformal_rival.py', { packages: ['mapie', 'sklearn'] })
  await using tandem = await createTandem({}, { settings: { dataDir: ':memory:', logLevel: 'error' } })
  const claims: Claim[] = []
  const coverageOfRival: Record<string, number> = {}
  for (const [file, target, task] of tables) {
    const { train, test } = readTable(file, target, task)
    const name = file.replace('.csv', '')
    const model = tandem.model(name)
    const rows = rowsOf(train)
    const properties = Object.fromEntries(Array.from({ length: train.features }, (_, at) => [`f${at}`, { type: ['number', 'null'] }]))
    // Said and not found out: columns without any value for a tree would be left out.
    await tandem.putModel(name, {
      task,
      target: 'target',
      features: { type: 'object', properties },
      algorithm: 'random-forest',
      seed: SEED,
    })
    await model.train({ rows: rows.map((row, at) => ({ ...row, target: targetOf(train, at) })) })
    const ours = await judge(model, test)
    await rival.ask('fit', { ...arraysOf(train), classes: train.classes, coverage: COVERAGE })
    const theirs = await rival.ask<Judged>('judge', arraysOf(test))
    coverageOfRival[name] = theirs.coverage
    const size = task === 'classification' ? 'classes a set' : 'width'
    const perRow = (seconds: number): number => (1e6 * seconds) / test.rows
    claims.push(
      { name: `${name}: coverage`, ours: ours.coverage, unit: '', bound: 'at least', limit: COVERAGE - 0.01 },
      { name: `${name}: ${size}`, ours: ours.size, rival: theirs.size, unit: '', bound: 'at most', limit: 1.05 },
      {
        name: `${name}: processor time a row`,
        ours: perRow(ours.cpuSeconds),
        rival: perRow(theirs.cpuSeconds),
        unit: 'us',
        bound: 'at most',
        limit: 1,
      },
    )
  }
  rival.stop()
  report('conformal', claims, {
    rivals: rival.versions,
    coverage: COVERAGE,
    seed: SEED,
    trees: 100,
    folds: 5,
    coverageOfRival,
    load: loadavg()[0],
  })
}

/** The whole answer of `predictMany`, checked features and all, not the sets alone. */
async function judge(model: UntypedModelClient, test: TrainingSet): Promise<Judged> {
  const rows = rowsOf(test)
  const ask = (part: readonly Row[]) => model.predictMany(part, { coverage: COVERAGE, log: false })
  await ask(rows.slice(0, 500))
  const cpu = process.cpuUsage()
  const answers = []
  for (let from = 0; from < rows.length; from += 5000) answers.push(...(await ask(rows.slice(from, from + 5000))))
  const { user, system } = process.cpuUsage(cpu)
  let [inside, size] = [0, 0]
  for (const [at, { set, interval }] of answers.entries()) {
    const truth = test.y[at]!
    inside += Number(set === undefined ? truth >= interval![0] && truth <= interval![1] : set.includes(String(targetOf(test, at))))
    size += set === undefined ? interval![1] - interval![0] : set.length
  }
  return { coverage: inside / rows.length, size: size / rows.length, cpuSeconds: (user + system) / 1e6 }
}

function rowsOf({ x, rows, features }: TrainingSet): Row[] {
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: features }, (_, feature) => {
        const value = x[row * features + feature]!
        return [`f${feature}`, Number.isNaN(value) ? null : value]
      }),
    ),
  )
}

const targetOf = ({ y, classes }: TrainingSet, row: number): string | number => (classes > 0 ? `class ${y[row]}` : y[row]!)

function arraysOf({ x, y, rows, features }: TrainingSet): { x: (number | null)[][]; y: number[] } {
  const matrix = Array.from({ length: rows }, (_, row) =>
    Array.from(x.subarray(row * features, (row + 1) * features), (value) => (Number.isNaN(value) ? null : value)),
  )
  return { x: matrix, y: [...y] }
}

await main()
