// Measures two ways to the answers of a model on the same rows, in turns: what the answers differ in, and what they take.
import { type FieldError, TandemError } from '../../../errors.ts'
import { decodeSample, type LiveModel, MAX_ERRORS, type ModelHeader, type Models, rowsError, type SampleRows } from '../../models/index.ts'
import { createPause } from '../../training/index.ts'
import { differencesOf, type OneAnswer } from './differences.ts'
import type { AnswerComparison, CompareAnswersInput, ComparedAnswers } from './schema.ts'

type Row = Record<string, string | number | boolean | null>

/** What is asked of the workers. */
export interface AskWorkers {
  predict(
    model: string,
    rows: readonly (Row | readonly (number | null)[])[],
  ): Promise<{ readonly version: string | null; readonly predictions: readonly OneAnswer[] }>
  /** Memory of a runtime, where it is known. */
  rssBytes(runtime: 'node' | 'python'): number | null
}

/** @throws `model_not_found`, `version_not_found`, `no_version`; `invalid_input` for rows that do not fit; what a worker says. */
export type CompareAnswers = (model: string, input: CompareAnswersInput, signal?: AbortSignal) => Promise<AnswerComparison>

interface Side {
  readonly view: Pick<ComparedAnswers, 'worker' | 'runtime' | 'fittedBy' | 'sizeBytes'>
  readonly live?: LiveModel
  version: string | null
  readonly usdPerHour: number | undefined
  ask(rows: readonly Row[]): Promise<readonly OneAnswer[]>
  readonly singles: number[]
  readonly batches: number[]
  answers: readonly OneAnswer[]
}

const MOST_SINGLES = 200
const ROUNDS = 3
const MOST_WAITING = 4

/** One comparison at a time: two would measure each other. */
export function createAnswerComparison(models: Models, workers: AskWorkers): CompareAnswers {
  let running: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (model, input, signal) => {
    if (waiting >= MOST_WAITING) {
      throw new TandemError('overloaded', `${waiting} comparisons wait already. They run one after the other; try again later.`)
    }
    waiting++
    const mine = running
      .then(() => compare(models, workers, model, input, signal))
      .finally(() => {
        waiting--
      })
    running = mine.catch(() => undefined)
    return mine
  }
}

async function compare(
  models: Models,
  workers: AskWorkers,
  model: string,
  { a, b, rows: given }: CompareAnswersInput,
  signal: AbortSignal | undefined,
): Promise<AnswerComparison> {
  const sides = [await sideOf(models, workers, model, a ?? {}, '/a'), await sideOf(models, workers, model, b, '/b')] as const
  const known = sides.find(({ live }) => live !== undefined)?.live
  const rows = given ?? (await sampleOf(models, model, known))
  const measured = async (side: Side, part: readonly Row[]) => {
    signal?.throwIfAborted()
    const startedAt = performance.now()
    const answers = await side.ask(part)
    return { answers, ms: performance.now() - startedAt }
  }
  // The first call opens a model, which is no part of what is compared; it also finds what does not fit.
  for (const side of sides) side.answers = await side.ask(rows)
  for (const row of rows.slice(0, MOST_SINGLES)) for (const side of sides) side.singles.push((await measured(side, [row])).ms)
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) side.batches.push((await measured(side, rows)).ms)
  }
  const viewOf = ({ view, version, usdPerHour, singles, batches }: Side): ComparedAnswers => {
    const rowsPerSecond = (rows.length * 1000) / quantile(batches, 0.5)
    return {
      ...{ ...view, version, rowsPerSecond },
      single: { p50Ms: quantile(singles, 0.5), p99Ms: quantile(singles, 0.99) },
      rssBytes: workers.rssBytes(view.runtime),
      usdPerMillionRows: usdPerHour === undefined ? null : (usdPerHour / 3600) * (1e6 / rowsPerSecond),
    }
  }
  const task = known === undefined ? (await models.find(model)).definition.definition.task : known.header.task
  return {
    ...{ model, rows: rows.length, a: viewOf(sides[0]), b: viewOf(sides[1]) },
    ...differencesOf(sides[0].answers, sides[1].answers, task),
  }
}

async function sideOf(
  models: Models,
  workers: AskWorkers,
  model: string,
  { version, worker, layout = 'columns', usdPerHour }: CompareAnswersInput['b'],
  path: string,
): Promise<Side> {
  const measured = () => ({ singles: [], batches: [], answers: [] })
  if (worker !== undefined) {
    if (version !== undefined) {
      throw new TandemError('invalid_input', `A side is a version or a model of a worker, but ${path.slice(1)} names both.`, {
        errors: [{ path, message: 'give version or worker, not both' }],
      })
    }
    const names = (await models.find(model)).definition.features.map(({ name }) => name)
    const side: Side = {
      ...{ ...measured(), usdPerHour, version: null },
      view: { worker, runtime: 'python', fittedBy: null, sizeBytes: null },
      async ask(rows) {
        const sent = rows.map((row, at) => (layout === 'matrix' ? numbersOf(row, names, at) : columnsOf(row, names)))
        const said = await workers.predict(worker, sent)
        side.version = said.version
        return said.predictions
      },
    }
    return side
  }
  const known = await models.getVersion(model, version ?? 'active').catch((error: unknown) => {
    if (version === undefined && TandemError.is(error) && error.code === 'version_not_found') throw noVersion(model)
    throw error
  })
  const live = await models.load(model, known.version)
  return {
    ...{ ...measured(), usdPerHour, version: known.version, live },
    view: { worker: null, runtime: 'node', fittedBy: known.runtime?.name ?? 'node', sizeBytes: live.sizeBytes },
    ask: (rows) => scored(live, rows, model),
  }
}

/** On the path of a prediction, giving way every few milliseconds. */
async function scored(live: LiveModel, rows: readonly Row[], model: string): Promise<readonly OneAnswer[]> {
  const pause = createPause()
  const answers: OneAnswer[] = []
  const errors: FieldError[] = []
  for (const [at, row] of rows.entries()) {
    const answer = live.score(row)
    if (answer !== undefined) answers.push(answer)
    else errors.push(...live.encoder.problems(row, `/rows/${at}`))
    if (errors.length >= MAX_ERRORS) break
    if (pause.due()) await pause.rest()
  }
  if (errors.length > 0) throw rowsError(model, errors)
  return answers
}

async function sampleOf(models: Models, model: string, live: LiveModel | undefined): Promise<Row[]> {
  const file = live === undefined ? undefined : await models.sample(model, live.version)
  if (file !== undefined) return rowsOfSample(decodeSample(file), live!.header)
  throw new TandemError('invalid_input', 'There are no rows to compare on: no side is a version that keeps a sample. Send rows.', {
    errors: [{ path: '/rows', message: 'rows are required here' }],
  })
}

/** The rows of a sample as somebody would send them. */
function rowsOfSample({ rows, x, texts }: SampleRows, { features, categories }: ModelHeader): Row[] {
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      features.flatMap(({ name, kind, nullable }, feature): [string, Row[string]][] => {
        const value = x[row * features.length + feature]!
        // What may not be null is left out where it is missing.
        if (Number.isNaN(value)) return nullable ? [[name, null]] : []
        if (kind === 'boolean') return [[name, value === 1]]
        if (kind === 'text') return [[name, texts[feature]?.[row] ?? '']]
        return [[name, kind === 'category' ? (categories[feature]?.[value] ?? null) : value]]
      }),
    ),
  )
}

/** Every feature, so that all rows have the same. */
function columnsOf(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
}

function numbersOf(row: Row, names: readonly string[], at: number): (number | null)[] {
  return names.map((name) => {
    const value = row[name] ?? null
    if (typeof value !== 'string') return value === null ? null : Number(value)
    throw new TandemError('invalid_input', `Row ${at} has the text ${JSON.stringify(value)} for "${name}"; a matrix holds numbers only.`, {
      errors: [{ path: `/rows/${at}/${name}`, message: `${name} must be a number for the layout matrix; use columns` }],
    })
  })
}

function noVersion(model: string): TandemError {
  return new TandemError('no_version', `Model "${model}" has no version in service to compare. Train it, or name a version.`, {
    details: { model },
  })
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!
}
