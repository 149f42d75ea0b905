// `tandem compare A B --model NAME`: two versions of a model, or a version and a model that the Python workers serve, on the same rows.
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type AnswerComparison, type CompareAnswersInput, MOST_COMPARED_ROWS } from '../../capabilities/predictions/comparison/schema.ts'
import { TandemError } from '../../errors.ts'
import { UsageError } from './command.ts'
import { connect } from './connect.ts'
import { shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

interface Asked {
  readonly a: string | undefined
  readonly b: string | undefined
  readonly model: string
  readonly rows: string | undefined
  readonly matrix: boolean | undefined
  /** Two numbers, joined by a comma. */
  readonly prices: string | undefined
}

const WORKER = 'worker:'

export async function compareAnswers(asked: Asked, config: string | undefined, terminal: Terminal): Promise<number> {
  const { a, b, model, matrix = false } = asked
  if (a === undefined || b === undefined)
    throw new UsageError('Name two versions, such as: tandem compare active 20261126_184439 --model churn')
  const [first, second] = pricesOf(asked.prices)
  const rows = asked.rows === undefined ? {} : { rows: await rowsOf(asked.rows, terminal) }
  await using connection = await connect(terminal, { config })
  const input = { a: sideOf(a, matrix, first), b: sideOf(b, matrix, second), ...rows }
  const comparison = await connection.client.model(model).compareAnswers(input)
  if (terminal.json) terminal.printJson(comparison)
  else print(comparison, terminal)
  return 0
}

function sideOf(text: string, matrix: boolean, usdPerHour: number | undefined): CompareAnswersInput['b'] {
  const price = usdPerHour === undefined ? {} : { usdPerHour }
  if (!text.startsWith(WORKER)) return { version: text, ...price }
  return { worker: text.slice(WORKER.length), ...(matrix ? { layout: 'matrix' } : {}), ...price }
}

/** "0.05,0.9": what the machines of both sides cost an hour. */
export function pricesOf(text: string | undefined): readonly [number?, number?] {
  if (text === undefined) return []
  const prices = text.split(',').map(Number)
  if (prices.length !== 2 || !prices.every((price) => price >= 0)) {
    throw new UsageError(`--usd-per-hour takes two numbers, such as 0.05,0.9; got "${text}".`)
  }
  return [prices[0]!, prices[1]!]
}

async function rowsOf(file: string, terminal: Terminal): Promise<NonNullable<CompareAnswersInput['rows']>> {
  const rows: NonNullable<CompareAnswersInput['rows']> = []
  const input = file === '-' ? process.stdin : createReadStream(resolve(terminal.cwd, file))
  let line = 0
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++
      if (text.trim() === '') continue
      if (rows.length === MOST_COMPARED_ROWS) {
        terminal.note(`${file} holds more than ${MOST_COMPARED_ROWS} rows; the first ${MOST_COMPARED_ROWS} are compared.`)
        break
      }
      rows.push(JSON.parse(text))
    }
  } catch (error) {
    throw new TandemError('invalid_input', `${file}, line ${line}: ${(error as Error).message}`, { cause: error })
  }
  if (rows.length === 0) throw new TandemError('invalid_input', `${file} holds no row.`)
  return rows
}

function print({ a, b, rows, sameLabel, probabilityDifference, valueDifference, parity }: AnswerComparison, terminal: Terminal): void {
  type Side = AnswerComparison['a']
  const columns = [
    { title: 'answers', value: ({ version, worker }: Side) => (worker === null ? (version ?? '-') : `${worker} ${version ?? ''}`.trim()) },
    { title: 'runtime', value: ({ runtime }: Side) => runtime },
    { title: 'fitted by', value: ({ fittedBy }: Side) => fittedBy ?? '-' },
    { title: 'one row p50', value: ({ single }: Side) => `${single.p50Ms.toFixed(3)} ms` },
    { title: 'p99', value: ({ single }: Side) => `${single.p99Ms.toFixed(3)} ms` },
    { title: 'rows/s', value: ({ rowsPerSecond }: Side) => Math.round(rowsPerSecond).toString() },
    { title: 'process', value: ({ rssBytes }: Side) => megabytes(rssBytes) },
    { title: 'model', value: ({ sizeBytes }: Side) => megabytes(sizeBytes) },
    {
      title: 'USD per million',
      value: ({ usdPerMillionRows }: Side) => (usdPerMillionRows === null ? '-' : shortNumber(usdPerMillionRows, 3)),
    },
  ]
  for (const line of tableLines([a, b], columns, terminal.width)) terminal.print(line)
  terminal.print('')
  if (sameLabel !== null) terminal.print(`The same class for ${(sameLabel * 100).toFixed(1)} % of ${rows} rows.`)
  if (probabilityDifference !== null) {
    const { largest, mean } = probabilityDifference
    terminal.print(`Probabilities are ${shortNumber(mean, 3)} apart on average, ${shortNumber(largest, 3)} at most.`)
  }
  if (valueDifference !== null) {
    const { largest, mean } = valueDifference
    terminal.print(`Values are ${shortNumber(mean, 3)} apart on average, ${shortNumber(largest, 3)} at most, of ${rows} rows.`)
  }
  terminal.print(parity ? 'One may stand in for the other.' : 'They answer differently: one does not stand in for the other.')
}

function megabytes(bytes: number | null): string {
  if (bytes === null) return '-'
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${Math.round(bytes / 1e6)} MB`
}
