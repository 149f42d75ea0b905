// Claim: a training that is canceled is told so within 200 ms, and its thread free after 200 ms of work, whichever algorithm it is.
// Each algorithm fits a table that takes it seconds, in a thread of the pool that servers train in, and is canceled on the way. Counted is the
// processor time from the cancel to the end of the next, tiny, task on the same only thread: what others on the machine do does not add to
// it; and the time by the clock until the canceled one is told. Cross-validation: five folds at once.
// Run: node bench/learn/cancel.ts

import type { AlgorithmName } from '../../src/capabilities/models/algorithms.ts'
import { joinDocuments, packDocuments } from '../../src/capabilities/training/documents.ts'
import { TRAINING_PROGRAM } from '../../src/capabilities/training/program.ts'
import { recipeOf } from '../../src/capabilities/training/recipe.ts'
import type { Table } from '../../src/capabilities/training/tasks.ts'
import { createThreadPool } from '../../src/platform/threads/create-thread-pool.ts'
import { type Claim, median, report } from '../frame/report.ts'

const ROUNDS = 5
const LIMIT_MS = 200
const FEATURES = 40

function tableOf(rows: number, classes: number, withText: boolean, features = FEATURES): Table {
  let state = 1
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  const width = features + (withText ? 1 : 0)
  const x = new Float32Array(new SharedArrayBuffer(rows * width * 4)).map((_, at) =>
    withText && at % width === features ? Math.floor(at / width) : random(),
  )
  const shared = new Float32Array(new SharedArrayBuffer(x.length * 4))
  shared.set(x)
  const y = new Float64Array(new SharedArrayBuffer(rows * 8))
  for (let row = 0; row < rows; row++) y[row] = classes === 0 ? shared[row * width]! + random() : Math.floor(random() * classes)
  const text = (): string => Array.from({ length: 40 }, () => `w${Math.floor(random() ** 3 * 30_000)}`).join(' ')
  const documents = withText ? joinDocuments([packDocuments(features, Array.from({ length: rows }, text))]) : []
  const names = Array.from({ length: width }, (_, f) => `f${f}`)
  const kinds = names.map((_, f) => (f < features ? ('number' as const) : ('text' as const)))
  const labels = Array.from({ length: classes }, (_, k) => `class ${k}`)
  return { x: shared, y, features: width, classes, columns: { names, labels, kinds, codes: names.map(() => 0) }, documents }
}

const numbers = { classes: tableOf(200_000, 4, false), regression: tableOf(200_000, 0, false) }
const million = tableOf(1_000_000, 2, false, 19)
const texts = { classes: tableOf(15_000, 4, true), regression: tableOf(15_000, 0, true) }

interface Case {
  readonly name: string
  readonly algorithm: AlgorithmName
  readonly table: Table
  /** Trainings at the same time. */
  readonly folds?: number
  /** Between the places at which it is canceled. Default 90. */
  readonly everyMs?: number
}

const CASES: readonly Case[] = [
  { name: 'random forest', algorithm: 'random-forest', table: numbers.classes },
  { name: 'boosted trees', algorithm: 'boosted-trees', table: numbers.classes },
  { name: 'boosted trees, five folds', algorithm: 'boosted-trees', table: numbers.classes, folds: 5 },
  { name: 'random forest, a million rows', algorithm: 'random-forest', table: million, everyMs: 700 },
  { name: 'boosted trees, a million rows', algorithm: 'boosted-trees', table: million, everyMs: 700 },
  { name: 'logistic regression', algorithm: 'logistic-regression', table: numbers.classes },
  { name: 'linear SVM', algorithm: 'linear-svm', table: numbers.classes },
  { name: 'naive Bayes', algorithm: 'naive-bayes', table: numbers.classes },
  { name: 'linear regression', algorithm: 'linear-regression', table: numbers.regression },
  { name: 'ridge', algorithm: 'ridge', table: numbers.regression },
  { name: 'elastic net', algorithm: 'elastic-net', table: numbers.regression },
  { name: 'random forest on texts', algorithm: 'random-forest', table: texts.classes },
  { name: 'logistic regression on texts', algorithm: 'logistic-regression', table: texts.classes },
  { name: 'naive Bayes on texts', algorithm: 'naive-bayes', table: texts.classes },
  { name: 'ridge on texts', algorithm: 'ridge', table: texts.regression },
]

const pool = createThreadPool({ size: 1, program: TRAINING_PROGRAM, idleTimeoutMs: 600_000 })
const tiny = { table: tableOf(20, 2, false), train: Int32Array.from({ length: 20 }, (_, row) => row), seed: 1 }
const next = (): Promise<unknown> => pool.run('training.folds', tiny)

interface Times {
  readonly work: number[]
  readonly told: number[]
}

async function timesOf({ algorithm, table, folds = 1, everyMs = 90 }: Case): Promise<Times> {
  const task = table.classes === 0 ? 'regression' : 'classification'
  const recipe = recipeOf({ task, parameters: {} }, algorithm, 1)
  const train = Int32Array.from({ length: table.y.length }, (_, row) => row)
  const [work, told]: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    await next()
    const stop = new AbortController()
    const running = Array.from({ length: folds }, () => pool.run('training.fit', { table, recipe, train }, { signal: stop.signal }))
    const settled = Promise.allSettled(running)
    // Elsewhere in its work each time.
    await new Promise((resolve) => setTimeout(resolve, 60 + everyMs * round))
    const [from, used] = [performance.now(), process.cpuUsage()]
    stop.abort()
    const results = await settled
    const answered = performance.now() - from
    await next()
    const { user, system } = process.cpuUsage(used)
    // One that had finished says nothing about being stopped.
    if (!results.every(({ status }) => status === 'rejected')) continue
    told.push(answered)
    work.push((user + system) / 1000)
  }
  return { work, told }
}

const claims: Claim[] = []
for (const one of CASES) {
  const { work, told } = await timesOf(one)
  if (work.length === 0) throw new Error(`${one.name} was always done before it was canceled: give it more rows.`)
  const claim = (name: string, unit: string, values: number[]): Claim => ({
    ...{ name: `${name}, ${one.name}`, ours: median(values), unit, bound: 'at most', limit: LIMIT_MS, rounds: { ours: values } },
  })
  claims.push(claim('cancel to free thread', 'ms of work', work), claim('cancel to its answer', 'ms', told))
}
await pool.close()
report('cancel', claims, {
  rounds: ROUNDS,
  rows: { numbers: 200_000, million: 1_000_000, texts: 15_000 },
  features: { million: 19, others: FEATURES },
})
