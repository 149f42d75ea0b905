// `tandem train`: a table in, a model in service out.
import { createReadStream, createWriteStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { AlgorithmChoiceSchema, type ModelDefinition, TrainingRuntimeSchema, type Version } from '../../capabilities/models/schema.ts'
import { TandemError } from '../../errors.ts'
import type { TypedConfig } from '../../tandem.ts'
import type { Client } from '../client/index.ts'
import { errorOfJob, isFinished, trainedVersion } from '../client/job-state.ts'
import { type Command, readArguments, readChoice, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { type Features, featuresFromCells, propertiesOf, sampleFeatures } from './feature-values.ts'
import { createProgress } from './progress.ts'
import { shellWord } from './shell-words.ts'
import type { Terminal } from './terminal.ts'
import {
  applyOverrides,
  COLUMN_KINDS,
  changesFeatures,
  type Overrides,
  readParameters,
  readSplit,
  readTypes,
  updatedDefinition,
} from './training-definition.ts'
import { printColumns, printVersion } from './training-report.ts'

const ALGORITHMS = AlgorithmChoiceSchema.options

const usage = `
tandem train --csv FILE --target COLUMN [options]
tandem train --ndjson FILE --target COLUMN [options]     one JSON object a line
... | tandem train --csv - --target COLUMN               the table from standard input

  --target COLUMN       the column to predict
  --model NAME          default: the file's name
  --algorithm NAME      ${ALGORITHMS.slice(0, 4).join(', ')},
                        ${ALGORITHMS.slice(4, 9).join(', ')};
                        by a Python worker ${ALGORITHMS.slice(9, -1).join(', ')};
                        or auto: compares those that fit on the same folds and keeps the best
  --parameters JSON     of the algorithm, such as '{"nEstimators":300,"classWeight":"balanced"}'
  --tune N              draws N settings of the algorithm (of auto: of the best one) and keeps the best on the same folds
  --budget SECONDS      auto tries no further one after this time; default 60
  --runtime NAME        who fits: node; python (a worker, by scikit-learn: random-forest and boosted-trees);
                        fastest (both fit a sample); best (both fit the same folds, the better one is kept)
  --type COLUMN=KIND    reads a column as ${COLUMN_KINDS.join(', ')}; may be given many times.
                        For the target, category classifies and number predicts an amount
  --ignore COLUMN       leaves a column out; may be given many times
  --weight COLUMN       how much each row counts, from 0; no feature
  --split HOW           what parts the rows that judge from those that are learned from: random (the default);
                        group:COLUMN keeps rows of one value together; time:COLUMN holds out the latest rows
  --decimal MARK        what stands before the decimals of numbers, . or , ; found out unless said
  --seed N              of everything random; the same data and seed give the same model
  --activate            puts the new version in service even if it is worse
  --no-activate         keeps it out of service
  --redefine            infers the columns anew for a model that exists

The inferred columns are shown first. A new version goes in service unless it is worse on the same held-out rows.
Ctrl-C cancels the training.

Examples:
  tandem train --csv penguins.csv --target species
  tandem train --csv titanic.csv --target survived --type pclass=category --ignore alive --algorithm boosted-trees
`

export const trainCommand: Command = { usage, run: train }

type Format = 'csv' | 'ndjson'

/** A table in a file. */
interface Table {
  readonly path: string
  readonly format: Format
  readonly name: string
  remove(): void
}

interface Plan {
  readonly model: string
  readonly target: string
  readonly overrides: Overrides
  readonly activate: 'if_not_worse' | 'always' | 'never'
  readonly redefine: boolean
  readonly budgetSeconds: number | undefined
  readonly tune: number | undefined
  readonly runtime: ModelDefinition['runtime']
  readonly decimal: '.' | ',' | undefined
}

async function train(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    csv: { type: 'string' },
    ndjson: { type: 'string' },
    target: { type: 'string' },
    model: { type: 'string' },
    algorithm: { type: 'string' },
    parameters: { type: 'string' },
    budget: { type: 'string' },
    tune: { type: 'string' },
    runtime: { type: 'string' },
    type: { type: 'string', multiple: true },
    ignore: { type: 'string', multiple: true },
    weight: { type: 'string' },
    split: { type: 'string' },
    decimal: { type: 'string' },
    seed: { type: 'string' },
    activate: { type: 'boolean' },
    'no-activate': { type: 'boolean' },
    redefine: { type: 'boolean' },
  })
  refuseFurther(positionals, 0)
  const overrides: Overrides = {
    types: readTypes(values.type ?? []),
    ignored: new Set(values.ignore),
    algorithm: readChoice('algorithm', values.algorithm, ALGORITHMS),
    parameters: readParameters(values.parameters),
    seed: readCount('seed', values.seed, 0, 4_294_967_295),
    weight: values.weight,
    split: readSplit(values.split),
  }
  const budgetSeconds = readCount('budget', values.budget, 1, 86_400)
  const tune = readCount('tune', values.tune, 2, 200)
  if (budgetSeconds !== undefined && overrides.algorithm !== 'auto' && tune === undefined)
    throw new UsageError('--budget is for --algorithm auto and for --tune.')
  if (values.activate && values['no-activate']) throw new UsageError('--activate and --no-activate contradict each other.')
  const table = await openTable(values.csv, values.ndjson, terminal)
  try {
    if (values.target === undefined) throw new UsageError(`Say which column to predict: --target COLUMN.${await columnsHint(table)}`)
    const model = values.model ?? modelNameOf(table.name)
    const activate = values.activate ? 'always' : values['no-activate'] ? 'never' : 'if_not_worse'
    const decimal = readChoice('decimal', values.decimal, ['.', ','] as const)
    const runtime = readChoice('runtime', values.runtime, TrainingRuntimeSchema.options)
    const redefine = values.redefine === true
    const plan: Plan = { model, target: values.target, overrides, activate, redefine, budgetSeconds, tune, runtime, decimal }
    await using connection = await connect(terminal, { config: values.config, runJobs: true })
    return await trainOn(table, plan, connection.client, terminal)
  } finally {
    table.remove()
  }
}

/** Sent once: what is inferred from it is shown, and what is shown is trained on. */
async function trainOn(table: Table, plan: Plan, client: Client<TypedConfig>, terminal: Terminal): Promise<number> {
  const { table: sent } = await client.tables.upload(createReadStream(table.path), {
    name: basename(table.path),
    format: table.format,
    ...(plan.decimal !== undefined && { decimal: plan.decimal }),
  })
  try {
    return await trainOnSent(table, sent.id, plan, client, terminal)
  } finally {
    // Whatever is left of it is deleted by the server after a day.
    await client.tables.delete(sent.id).catch(() => undefined)
  }
}

async function trainOnSent(table: Table, id: string, plan: Plan, client: Client<TypedConfig>, terminal: Terminal): Promise<number> {
  const inspection = await client.tables.get(id, { target: plan.target })
  const obstacle = inspection.warnings.find(({ code }) => code === 'no_model' || code === 'ragged_rows')
  if (inspection.dialect.decimal === ',') terminal.note('Numbers are read with a decimal comma: 1.234,5 is 1234.5. If not: --decimal .')
  if (obstacle !== undefined) throw new TandemError(obstacle.code === 'no_model' ? 'invalid_input' : 'malformed_body', obstacle.message)
  const existing = await client.model(plan.model).get().catch(ifModelNotFound)
  const keeps = existing !== undefined && !plan.redefine && !changesFeatures(plan.overrides)
  if (existing !== undefined && existing.definition.target !== plan.target) {
    const way = existing.origin === 'config' ? 'Choose another name' : 'Choose another name, or delete it first'
    throw new UsageError(`The model "${plan.model}" predicts "${existing.definition.target}", not "${plan.target}". ${way}: --model NAME.`)
  }
  if (existing?.origin === 'config' && !keeps) {
    throw new UsageError(
      `The model "${plan.model}" is defined in the config, so --type, --ignore and --redefine do not apply. Change the config, or choose another name with --model.`,
    )
  }
  const definition = keeps ? (existing.definition as ModelDefinition) : applyOverrides(inspection, plan.target, plan.overrides)
  if (keeps)
    terminal.note(
      `The model "${plan.model}" exists and keeps its definition${existing.origin === 'config' ? '' : ' (--redefine infers it anew)'}.`,
    )
  printColumns(inspection, definition, terminal)
  const put = keeps ? updatedDefinition(existing, plan.overrides) : definition
  if (put !== undefined) await client.putModel(plan.model, put)
  // The definition carries the seed, except where the config owns it.
  const seed = put === undefined ? plan.overrides.seed : undefined
  const version = await runTraining(id, { ...plan, seed }, client, terminal)
  if (terminal.json) {
    terminal.printJson({ model: plan.model, version })
    return 0
  }
  printVersion(plan.model, version, terminal)
  const features = (await firstRow(table, definition)) ?? sampleFeatures(definition.features)
  terminal.print()
  terminal.print('Next:')
  terminal.print(
    `  npx tandem predict ${plan.model}${version.active ? '' : ` --version ${version.version}`} --features ${shellWord(JSON.stringify(features))}`,
  )
  return 0
}

/** Trains and waits; Ctrl-C cancels the job, a second one leaves at once. */
async function runTraining(
  table: string,
  plan: Plan & { readonly seed: number | undefined },
  client: Client<TypedConfig>,
  terminal: Terminal,
): Promise<Version> {
  const model = client.model(plan.model)
  const progress = createProgress(terminal)
  const interrupted = new AbortController()
  const onInterrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(130)
    interrupted.abort(new TandemError('canceled', 'Canceled: no version was made.'))
  }
  process.on('SIGINT', onInterrupt)
  try {
    const job = await model.startTraining(
      { table },
      {
        target: plan.target,
        activate: plan.activate,
        unknownColumns: 'ignore',
        ...(plan.seed !== undefined && { seed: plan.seed }),
        ...(plan.runtime !== undefined && { runtime: plan.runtime }),
        ...(plan.budgetSeconds !== undefined && { budgetSeconds: plan.budgetSeconds }),
        ...(plan.tune !== undefined && { tune: plan.tune }),
        // The definition has them by now, except where the config owns it and has others.
        ...(plan.overrides.weight !== undefined && { weight: plan.overrides.weight }),
        ...(plan.overrides.split !== undefined && { split: plan.overrides.split }),
        signal: interrupted.signal,
      },
    )
    try {
      for await (const state of client.jobs.watch(job.id, { signal: interrupted.signal })) {
        progress.update(state.progress, state.message)
        if (state.status === 'succeeded') return await model.version(trainedVersion(state))
        if (isFinished(state)) throw errorOfJob(state)
      }
    } catch (error) {
      if (interrupted.signal.aborted) await client.jobs.cancel(job.id).catch(() => undefined)
      throw error
    }
    throw new TandemError('internal', `The job ${job.id} ended without a result.`, { details: { jobId: job.id } })
  } finally {
    progress.end()
    process.off('SIGINT', onInterrupt)
  }
}

function ifModelNotFound(error: unknown): undefined {
  if (!TandemError.is(error) || error.code !== 'model_not_found') throw error
}

/** Standard input is written to a file first: it is sent, and its first row is the example that is printed. */
async function openTable(csv: string | undefined, ndjson: string | undefined, terminal: Terminal): Promise<Table> {
  if (csv !== undefined && ndjson !== undefined) throw new UsageError('Give --csv or --ndjson, not both.')
  const given = csv ?? ndjson ?? (process.stdin.isTTY ? undefined : '-')
  if (given === undefined) throw new UsageError('Which table? Give --csv FILE or --ndjson FILE, or pipe CSV to standard input.')
  const format: Format = ndjson === undefined ? 'csv' : 'ndjson'
  if (given !== '-') {
    const path = resolve(terminal.cwd, given)
    if (!existsSync(path)) throw new UsageError(`There is no file ${given}.`)
    if (!statSync(path).isFile()) throw new UsageError(`${given} is a folder, not a file.`)
    return { path, format, name: basename(path, extname(path)), remove: () => {} }
  }
  const folder = mkdtempSync(join(tmpdir(), 'tandem-train-'))
  const path = join(folder, `table.${format}`)
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }))
    if (statSync(path).size === 0) throw new UsageError('Standard input is empty. Give --csv FILE, or pipe a table.')
  } catch (error) {
    remove()
    throw error
  }
  return { path, format, name: 'table', remove }
}

/** A name the server takes, from a file's: small first letter; letters, digits, "_" and "-". */
function modelNameOf(file: string): string {
  const name = file
    .replaceAll(/[^a-zA-Z0-9_-]+/g, '-')
    .replace(/^[^a-zA-Z]+/, '')
    .replace(/-+$/, '')
    .slice(0, 64)
  if (name === '') throw new UsageError(`The file name "${file}" gives no name for the model. Choose one: --model NAME`)
  return name.charAt(0).toLowerCase() + name.slice(1)
}

async function columnsHint(table: Table): Promise<string> {
  if (table.format === 'ndjson') return ''
  const rows = await readRows(table.path, 1).catch(() => [])
  const names = Object.keys(rows[0] ?? {})
  return names.length === 0 ? '' : ` Columns: ${names.slice(0, 40).join(', ')}${names.length > 40 ? ', ...' : ''}.`
}

/** The first row of the table as features: an example that is real. */
async function firstRow(table: Table, definition: ModelDefinition): Promise<Features | undefined> {
  const properties = propertiesOf(definition.features)
  const rows = await readRows(table.path, table.format === 'csv' ? 20 : 0).catch(() => [])
  const samples = rows.map((cells) => featuresFromCells(cells, properties))
  // One without gaps, if there is one: it shows best what a row looks like.
  return samples.find((sample) => Object.values(sample).every((value) => value !== null)) ?? samples[0]
}

async function readRows(path: string, count: number): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = []
  const stream = createReadStream(path, { end: 1 << 20 })
  const parser = parse({ columns: true, bom: true, skip_empty_lines: true, to: count })
  stream.on('error', (error) => parser.destroy(error)).pipe(parser)
  for await (const row of parser as AsyncIterable<Record<string, string>>) {
    rows.push(row)
    if (rows.length >= count) break
  }
  stream.destroy()
  return rows
}
