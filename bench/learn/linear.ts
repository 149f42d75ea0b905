// Claim: ridge, lasso, elastic net, logistic regression of two and of five classes, linear SVM learn 100,000 x 20 dense rows, and texts as sparse
// rows (SST-2 and banking77 by TF-IDF), in no more CPU seconds than scikit-learn, and are as good on rows not learned from; scikit-learn's
// defaults on both sides, one thread.
// Run: node bench/learn/linear.ts [--python PATH]
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import type { FeatureMatrix } from '../../src/algorithms/linear/feature-matrix.ts'
import { fitElasticNet } from '../../src/algorithms/linear/fit-elastic-net.ts'
import { fitRidge } from '../../src/algorithms/linear/fit-linear-regression.ts'
import { fitLinearSvm } from '../../src/algorithms/linear/fit-linear-svm.ts'
import { fitLogisticRegression } from '../../src/algorithms/linear/fit-logistic-regression.ts'
import { type LinearModel, predictLinear } from '../../src/algorithms/linear/linear-model.ts'
import { createRng, type Rng } from '../../src/algorithms/math/rng.ts'
import { r2Score } from '../../src/algorithms/metrics/regression-scores.ts'
import { fitTfidfVectorizer } from '../../src/algorithms/text/tfidf-vectorizer.ts'
import { startPythonRival, timed } from '../frame/python-rival.ts'
import { type Claim, median, report } from '../frame/report.ts'

const ROUNDS = 5
const SEED = 7
const DENSE = { rows: 100_000, held: 20_000, columns: 20, classes: 5 }

interface Task {
  readonly name: string
  readonly train: FeatureMatrix
  readonly test: FeatureMatrix
  readonly y: Float64Array
  readonly held: Float64Array
  /** 0 for regression. */
  readonly classes: number
}

type Method = 'ridge' | 'lasso' | 'elastic net' | 'logistic' | 'svm'

/** Fits to a round of what is over too soon to be measured, on either side. */
const fitsOf = (method: Method, task: Task): number => (method === 'ridge' && task.train.rows < 10_000 ? 10 : 1)

/** Penalties of lasso and elastic net that keep some of the columns; else scikit-learn's defaults. */
const ALPHA = { dense: 0.05, text: 1e-4 }

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-linear-'))
  try {
    const tasks = [...denseTasks(), ...textTasks()]
    const rival = await startPythonRival('linear_rival.py', { packages: ['sklearn', 'scipy'] })
    const claims: Claim[] = []
    const only = process.argv.indexOf('--only')
    for (const task of tasks) {
      const dense = 'columns' in task.train && !('starts' in task.train)
      await rival.ask('load', { folder, ...share(folder, task) })
      for (const method of task.classes === 0 ? (['ridge', 'lasso', 'elastic net'] as const) : (['logistic', 'svm'] as const)) {
        const name = `${method}, ${task.name}`
        if (only !== -1 && !name.includes(process.argv[only + 1]!)) continue
        claims.push(...(await duel(name, task, method, dense ? ALPHA.dense : ALPHA.text, rival)))
      }
    }
    rival.stop()
    report('linear', claims, { rivals: rival.versions, rounds: ROUNDS, seed: SEED })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function duel(
  name: string,
  task: Task,
  method: Method,
  alpha: number,
  rival: Awaited<ReturnType<typeof startPythonRival>>,
): Promise<Claim[]> {
  const fits = fitsOf(method, task)
  const times = { ours: [] as number[], rival: [] as number[] }
  let quality = { ours: 0, rival: 0 }
  // The first round of either side warms up and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const { result, cpuSeconds } = timed(() => {
      for (let fit = 1; fit < fits; fit++) learn(task, method, alpha)
      return learn(task, method, alpha)
    })
    const theirs = await rival.ask<{ cpuSeconds: number; quality: number; iterations: number }>('fit', {
      method,
      alpha,
      fits,
      classes: task.classes,
    })
    if (round > 0) {
      times.ours.push(cpuSeconds)
      times.rival.push(theirs.cpuSeconds)
    }
    if (!result.converged) throw new Error(`${name} did not converge in ${result.nIterations} iterations.`)
    quality = { ours: qualityOf(result, task), rival: theirs.quality }
    if (round === 0)
      console.log(name, { iterations: result.nIterations, theirs: theirs.iterations, ...quality, first: [cpuSeconds, theirs.cpuSeconds] })
  }
  const measure = task.classes === 0 ? 'R2' : 'accuracy'
  return [
    {
      name: `${name}, CPU${fits > 1 ? ` of ${fits} fits` : ''}`,
      unit: 's',
      limit: 1,
      bound: 'at most',
      ours: median(times.ours),
      rival: median(times.rival),
      rounds: times,
    },
    { name: `${name}, ${measure} behind`, unit: '', limit: 0.002, bound: 'at most', ours: quality.rival - quality.ours },
  ]
}

function learn({ train: x, y, classes }: Task, method: Method, alpha: number): LinearModel {
  if (method === 'ridge') return fitRidge({ x, y })
  if (method === 'lasso') return fitElasticNet({ x, y }, { alpha, l1Ratio: 1 })
  if (method === 'elastic net') return fitElasticNet({ x, y }, { alpha })
  return method === 'logistic' ? fitLogisticRegression({ x, y, classes }) : fitLinearSvm({ x, y, classes })
}

function qualityOf(model: LinearModel, { test, held, classes }: Task): number {
  const predicted = predictLinear(model, test)
  if (classes === 0) return r2Score(held, predicted)
  return predicted.reduce((sum, value, row) => sum + (value === held[row] ? 1 : 0), 0) / held.length
}

function denseTasks(): Task[] {
  const rng = createRng(SEED)
  const all = DENSE.rows + DENSE.held
  const values = Float64Array.from({ length: all * DENSE.columns }, () => normal(rng))
  const directions = Float64Array.from({ length: DENSE.classes * DENSE.columns }, (_, at) => (at % 3 === 0 ? 0 : normal(rng)))
  const scores = (row: number, output: number): number => {
    let sum = 2 * normal(rng)
    for (let column = 0; column < DENSE.columns; column++) {
      sum += values[row * DENSE.columns + column]! * directions[output * DENSE.columns + column]!
    }
    return sum
  }
  const targets = {
    numbers: Float64Array.from({ length: all }, (_, row) => scores(row, 0)),
    two: Float64Array.from({ length: all }, (_, row) => (scores(row, 1) > 0 ? 1 : 0)),
    five: Float64Array.from({ length: all }, (_, row) => {
      const each = Array.from({ length: DENSE.classes }, (_, output) => scores(row, output))
      return each.indexOf(Math.max(...each))
    }),
  }
  const matrix = (from: number, to: number): FeatureMatrix => ({
    rows: to - from,
    columns: DENSE.columns,
    values: values.slice(from * DENSE.columns, to * DENSE.columns),
  })
  const parts = { train: matrix(0, DENSE.rows), test: matrix(DENSE.rows, all) }
  const task = (name: string, y: Float64Array, classes: number): Task => ({
    name: `100,000 x 20, ${name}`,
    ...parts,
    y: y.slice(0, DENSE.rows),
    held: y.slice(DENSE.rows),
    classes,
  })
  return [task('numbers', targets.numbers, 0), task('2 classes', targets.two, 2), task('5 classes', targets.five, DENSE.classes)]
}

function textTasks(): Task[] {
  const tasks: Task[] = []
  const sst2 = [pathOf('sst2/sst2_train.tsv'), pathOf('sst2/sst2_test.tsv')] as const
  if (sst2.every(existsSync)) {
    const [train, test] = sst2.map(readSst2) as [Texts, Texts]
    tasks.push(textTask('SST-2, 2 classes', train, test, 2))
    // The same words against a number: is the text positive, as -1 or 1.
    tasks.push({
      ...textTask('SST-2, numbers', train, test, 0),
      y: train.labels.map((label) => 2 * label - 1),
      held: test.labels.map((label) => 2 * label - 1),
    })
  }
  const banking = [pathOf('banking77/train.csv'), pathOf('banking77/test.csv')] as const
  if (banking.every(existsSync)) {
    const [train, test] = banking.map(readBanking) as [LabelledTexts, LabelledTexts]
    const names = [...new Set(train.names)].sort()
    const coded = ({ texts, names: labels }: LabelledTexts): Texts => ({
      texts,
      labels: Float64Array.from(labels, (label) => names.indexOf(label)),
    })
    tasks.push(textTask(`banking77, ${names.length} classes`, coded(train), coded(test), names.length))
  }
  return tasks
}

interface Texts {
  readonly texts: readonly string[]
  readonly labels: Float64Array
}

interface LabelledTexts {
  readonly texts: readonly string[]
  readonly names: readonly string[]
}

function textTask(name: string, train: Texts, test: Texts, classes: number): Task {
  const { vectorizer, matrix } = fitTfidfVectorizer(train.texts)
  return { name, train: matrix, test: vectorizer.transform(test.texts), y: train.labels, held: test.labels, classes }
}

function readSst2(path: string): Texts {
  const rows = linesOf(path)
    .map((line) => [line.slice(0, line.lastIndexOf('\t')), line.slice(line.lastIndexOf('\t') + 1)] as const)
    .filter(([, label]) => label === '0' || label === '1')
  return { texts: rows.map(([text]) => text), labels: Float64Array.from(rows, ([, label]) => Number(label)) }
}

function readBanking(path: string): LabelledTexts {
  // Some texts go over several lines.
  const rows = parse(readFileSync(path), { from_line: 2 }) as [text: string, category: string][]
  return { texts: rows.map(([text]) => text), names: rows.map(([, category]) => category) }
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split('\n')
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url))
}

/** Leaves the rows where the rival reads them; returns their shapes. */
function share(folder: string, { train, test, y, held }: Task): Record<string, unknown> {
  const shapes: Record<string, unknown> = {}
  for (const [part, matrix, target] of [
    ['train', train, y],
    ['test', test, held],
  ] as const) {
    writeFileSync(join(folder, `${part}.values`), matrix.values)
    writeFileSync(join(folder, `${part}.y`), target)
    if ('starts' in matrix) {
      writeFileSync(join(folder, `${part}.starts`), matrix.starts)
      writeFileSync(join(folder, `${part}.indices`), matrix.indices)
    }
    shapes[part] = [matrix.rows, matrix.columns]
  }
  return { ...shapes, sparse: 'starts' in train }
}

function normal(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.next())) * Math.cos(2 * Math.PI * rng.next())
}

await main()
