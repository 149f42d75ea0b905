// `tandem predict`: one row from words, or a CSV file row by row.

import { once } from 'node:events'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { TandemError } from '../../errors.ts'
import type { AnyPrediction } from '../../predictions.ts'
import type { UntypedModelClient } from '../../tandem.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { type Features, featuresFromCells, featuresFromWords, propertiesOf } from './feature-values.ts'
import { shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem predict MODEL name=value ...                one row; an empty value means missing
tandem predict MODEL --features '{"name": value}'  one row as JSON
tandem predict MODEL --csv FILE [--out FILE]       every row of a table; - reads standard input

  --version VERSION  a version or alias instead of the one in service
  --importances      adds what the version's features weigh (one row)
  --coverage SHARE   adds the classes, or the interval, that hold the truth so often, such as 0.9
  --out FILE         writes the table as CSV: the columns of the file, then prediction, confidence, predictionId,
                     with --coverage the set or the interval's ends, and one column for each class

Without --out a table is shown on a terminal, and CSV is written elsewhere; --json writes one JSON object a line.

Examples:
  tandem predict penguins bill_length_mm=39.1 island=Torgersen
  tandem predict penguins --csv penguins.csv --out predicted.csv
`

export const predictCommand: Command = { usage, run: predict }

/** Rows of one request: few enough for the server's body limit, many enough that the way there does not count. */
const BATCH_ROWS = 500
const BATCH_CHARACTERS = 300_000
/** Rows shown on a terminal. */
const SHOWN_ROWS = 30

interface Options {
  readonly version?: string
  readonly importances?: boolean
  readonly coverage?: number
}

async function predict(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    features: { type: 'string' },
    csv: { type: 'string' },
    out: { type: 'string' },
    version: { type: 'string' },
    importances: { type: 'boolean' },
    coverage: { type: 'string' },
  })
  const [name, ...words] = positionals
  if (name === undefined) throw new UsageError('Which model? Say: tandem predict MODEL name=value ...')
  const strange = words.find((word) => word.indexOf('=') < 1)
  if (strange !== undefined) throw new UsageError(`"${strange}" is not name=value.`)
  const ways = [words.length > 0, values.features !== undefined, values.csv !== undefined].filter(Boolean).length
  if (ways !== 1)
    throw new UsageError('Give the row as name=value words, or as --features JSON, or a file with --csv: exactly one of them.')
  if (values.out !== undefined && values.csv === undefined) throw new UsageError('--out belongs to --csv.')
  const file = values.csv === undefined || values.csv === '-' ? undefined : resolve(terminal.cwd, values.csv)
  if (file !== undefined && !existsSync(file)) throw new UsageError(`There is no file ${values.csv}.`)
  const features = values.features === undefined ? undefined : readJson(values.features)
  const options: Options = {
    ...(values.version !== undefined && { version: values.version }),
    ...(values.importances === true && { importances: true }),
    ...(values.coverage !== undefined && { coverage: readShare(values.coverage) }),
  }
  await using connection = await connect(terminal, { config: values.config })
  const model = connection.client.model(name)
  if (features !== undefined) return await predictOne(model, features, options, terminal)
  const { definition } = await model.get()
  if (values.csv === undefined) return await predictOne(model, featuresFromWords(words, definition.features), options, terminal)
  const source = file === undefined ? process.stdin : createReadStream(file)
  const out = values.out === undefined ? undefined : resolve(terminal.cwd, values.out)
  return await predictTable(predictedRows(model, source, definition.features, options), out, terminal)
}

function readShare(text: string): number {
  const share = Number(text)
  if (share > 0 && share < 1) return share
  throw new UsageError(`--coverage must be a share between 0 and 1, such as 0.9, got "${text}".`)
}

function readJson(text: string): Features {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UsageError(`--features is not JSON: ${(error as Error).message}. Put it in single quotes: --features '{"age": 41}'`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError('--features must be a JSON object.')
  return value as Features
}

async function predictOne(model: UntypedModelClient, features: Features, options: Options, terminal: Terminal): Promise<number> {
  const prediction = await model.predict(features, options)
  if (terminal.json) {
    terminal.printJson(prediction)
    return 0
  }
  const { value, probabilities, interval, set, coverage, importances, source } = prediction
  const sure =
    interval === undefined
      ? `confidence ${percent(prediction.confidence)}`
      : `between ${interval.map((end) => shortNumber(end)).join(' and ')} with ${percent(prediction.confidence)}`
  terminal.print(`${terminal.style('bold', typeof value === 'number' ? shortNumber(value, 6) : value)}  ${sure}`)
  if (set !== undefined) terminal.print(`  one of ${set.join(', ')} with ${percent(coverage ?? 0)}`)
  if (probabilities !== undefined) {
    const classes = Object.entries(probabilities).sort((a, b) => b[1] - a[1])
    const columns = [
      { title: 'class', value: ([label]: [string, number]) => label },
      { title: 'probability', value: ([, share]: [string, number]) => share.toFixed(4), align: 'right' as const },
    ]
    for (const line of tableLines(classes.slice(0, 20), columns, terminal.width)) terminal.print(`  ${line}`)
  }
  for (const [feature, weight] of Object.entries(importances ?? {}).sort((a, b) => b[1] - a[1])) {
    terminal.print(`  ${shortNumber(weight, 3).padStart(7)}  ${feature}`)
  }
  terminal.print(
    terminal.style(
      'dim',
      source === 'model'
        ? `version ${prediction.version}, prediction ${prediction.predictionId}`
        : `answered by the fallback: ${prediction.reason ?? 'no version in service'}`,
    ),
  )
  return 0
}

interface PredictedRow {
  readonly cells: Readonly<Record<string, string>>
  readonly prediction: AnyPrediction
}

/** Rows in batches, so that a file of any size needs the memory of one batch. */
async function* predictedRows(
  model: UntypedModelClient,
  source: NodeJS.ReadableStream,
  featureSchema: unknown,
  options: Options,
): AsyncGenerator<PredictedRow, void, undefined> {
  const properties = propertiesOf(featureSchema)
  const parser = parse({ columns: true, bom: true, skip_empty_lines: true })
  source.on('error', (error) => parser.destroy(error)).pipe(parser)
  let waiting: { cells: Record<string, string>; features: Features }[] = []
  let characters = 0
  let done = 0
  const flush = async (): Promise<PredictedRow[]> => {
    const batch = waiting
    const predictions = await model
      .predictMany(
        batch.map(({ features }) => features),
        options,
      )
      .catch((error: unknown) => {
        throw withRowNumbers(error, done)
      })
    done += batch.length
    waiting = []
    characters = 0
    return batch.map(({ cells }, at) => ({ cells, prediction: predictions[at] as AnyPrediction }))
  }
  try {
    for await (const cells of parser as AsyncIterable<Record<string, string>>) {
      const features = featuresFromCells(cells, properties)
      waiting.push({ cells, features })
      characters += JSON.stringify(features).length
      if (waiting.length >= BATCH_ROWS || characters >= BATCH_CHARACTERS) yield* await flush()
    }
  } catch (error) {
    if (!(error instanceof Error) || !String((error as { code?: unknown }).code).startsWith('CSV_')) throw error
    throw new TandemError('malformed_body', `The table is not valid CSV: ${error.message}.`, { cause: error })
  }
  if (waiting.length > 0) yield* await flush()
}

/** The server counts the rows of one request; people count those of the file, its head line aside. */
function withRowNumbers(error: unknown, before: number): unknown {
  if (!TandemError.is(error) || before === 0) return error
  return new TandemError(error.code, `After ${before} rows: ${error.message}`, {
    details: error.details,
    errors: error.errors ?? [],
    cause: error,
  })
}

async function predictTable(rows: AsyncIterable<PredictedRow>, out: string | undefined, terminal: Terminal): Promise<number> {
  if (out === undefined && terminal.isTty && !terminal.json) return showTable(rows, terminal)
  const target = out === undefined ? process.stdout : createWriteStream(out)
  let failure: unknown
  target.on('error', (error) => {
    failure = error
  })
  let count = 0
  let columns: readonly string[] | undefined
  for await (const row of rows) {
    if (failure !== undefined) break
    if (columns === undefined && !terminal.json) {
      columns = Object.keys(row.prediction.probabilities ?? {})
      const promised = promisedCells(row.prediction).map(([title]) => title)
      target.write(
        csvLine([
          ...[...Object.keys(row.cells), 'prediction', 'confidence', 'predictionId', ...promised],
          ...columns.map((label) => `probability_${label}`),
        ]),
      )
    }
    const line = terminal.json ? `${JSON.stringify({ ...row.cells, prediction: row.prediction })}\n` : csvLine(cellsOf(row, columns ?? []))
    if (!target.write(line) && target !== process.stdout) await once(target, 'drain').catch(() => {})
    count++
  }
  if (out !== undefined) {
    target.end()
    await finished(target).catch((error: unknown) => {
      failure ??= error
    })
  }
  if (failure !== undefined)
    throw new TandemError('storage_full', `${out ?? 'The output'} cannot be written: ${(failure as Error).message}.`)
  terminal.note(`${count} rows predicted${out === undefined ? '' : `, written to ${out}`}.`)
  return 0
}

function cellsOf({ cells, prediction }: PredictedRow, classes: readonly string[]): (string | number)[] {
  const shares = classes.map((label) => prediction.probabilities?.[label] ?? '')
  const promised = promisedCells(prediction).map(([, cell]) => cell)
  return [...Object.values(cells), prediction.value, prediction.confidence, prediction.predictionId, ...promised, ...shares]
}

/** Of a set its classes in one cell, of an interval its ends; nothing unless a coverage was asked for. */
function promisedCells({ coverage, set, interval }: AnyPrediction): [title: string, cell: string | number][] {
  if (coverage === undefined) return []
  if (set !== undefined) return [['set', set.join('|')]]
  return (interval ?? []).map((end, at) => [at === 0 ? 'low' : 'high', end])
}

function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => (/[",\r\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell))).join(',')}\n`
}

async function showTable(rows: AsyncIterable<PredictedRow>, terminal: Terminal): Promise<number> {
  const shown: PredictedRow[] = []
  let count = 0
  for await (const row of rows) if (++count <= SHOWN_ROWS) shown.push(row)
  const names = Object.keys(shown[0]?.cells ?? {})
  const columns = [
    { title: 'prediction', value: ({ prediction: { value } }: PredictedRow) => (typeof value === 'number' ? shortNumber(value) : value) },
    { title: 'confidence', value: ({ prediction }: PredictedRow) => percent(prediction.confidence), align: 'right' as const },
    ...names.map((name) => ({ title: name, value: ({ cells }: PredictedRow) => cells[name] ?? '' })),
  ]
  for (const line of tableLines(shown, columns, terminal.width)) terminal.print(line)
  if (count > shown.length) terminal.print(terminal.style('dim', `... and ${count - shown.length} more; --out FILE writes them all.`))
  return 0
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
