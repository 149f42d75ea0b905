// `tandem fine-tune`: fine-tunes the embedding model of a collection, or one on a file of examples.
import { readFileSync } from 'node:fs'
import type { TunedModel, TunedVersion, TunedVersionSummary } from '../../capabilities/embeddings/fine-tune/schema.ts'
import type { FineTuneRequest } from '../../embeddings.ts'
import { TandemError } from '../../errors.ts'
import { type Command, readArguments, readChoice, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { createProgress } from './progress.ts'
import { tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem fine-tune COLLECTION --field NAME   documents of one value of the field belong together
tandem fine-tune MODEL --file FILE         NDJSON: { "text", "label" } or { "anchor", "positive", "negative"? } a line
tandem fine-tune                           fine-tuned models and their versions
tandem fine-tune MODEL --activate VERSION  puts a version in service
tandem fine-tune MODEL --rollback          puts in service what served before: a version, or the base

  --base NAME        the model to start from; default: that of the collection, else the first that can answer
  --method METHOD    table, linear or mlp; default: table where the base is one
  --epochs N         at most; default 10
  --never            keeps the version without putting it in service
  --json             the version as JSON

A version goes into service when it finds better on examples that were held out.
Ctrl+C ends the waiting; the server goes on: tandem jobs cancel ID.
`

export const fineTuneCommand: Command = { usage, run: fineTune }

async function fineTune(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    ...{ field: { type: 'string' }, file: { type: 'string' }, base: { type: 'string' }, method: { type: 'string' } },
    ...{ epochs: { type: 'string' }, never: { type: 'boolean' }, activate: { type: 'string' }, rollback: { type: 'boolean' } },
  })
  const [name] = positionals
  refuseFurther(positionals, 1)
  const request = name === undefined ? undefined : requestOf(name, values)
  await using connection = await connect(terminal, { config: values.config, runJobs: true })
  const { embeddings } = connection.client
  if (name === undefined) return showModels((await embeddings.tuned.list()).items, terminal)
  if (values.activate !== undefined) return showServing(await embeddings.tuned.activate(name, values.activate), terminal)
  if (values.rollback === true) return showServing(await embeddings.tuned.rollback(name), terminal)
  const progress = createProgress(terminal)
  const version = await embeddings.fineTune(request!, { onProgress: progress.update }).finally(() => progress.end())
  return showVersion(version, terminal)
}

interface Values {
  readonly field?: string | undefined
  readonly file?: string | undefined
  readonly base?: string | undefined
  readonly method?: string | undefined
  readonly epochs?: string | undefined
  readonly never?: boolean | undefined
  readonly activate?: string | undefined
  readonly rollback?: boolean | undefined
}

/** Undefined where nothing is to be learned. */
function requestOf(name: string, { field, file, base, method, epochs, never, activate, rollback }: Values): FineTuneRequest | undefined {
  if (activate !== undefined || rollback === true) return undefined
  if ((field === undefined) === (file === undefined))
    throw new UsageError('What says which texts belong together? Give --field NAME or --file FILE.')
  const shared = {
    ...(base === undefined ? {} : { base }),
    ...(method === undefined ? {} : { method: readChoice('method', method, ['auto', 'table', 'linear', 'mlp'])! }),
    ...(epochs === undefined ? {} : { parameters: { epochs: readCount('epochs', epochs, 1, 100)! } }),
    ...(never === true ? { activate: 'never' as const } : {}),
  }
  if (field !== undefined) return { collection: name, field, ...shared }
  return { model: name, ...examplesOf(file!), ...shared }
}

function examplesOf(file: string): Pick<FineTuneRequest, 'labelled' | 'pairs'> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`)
  }
  const lines = text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as unknown]
    } catch (error) {
      throw new TandemError('malformed_body', `Line ${at + 1} of ${file} is no JSON: ${(error as Error).message}`)
    }
  })
  const isPairs = typeof lines[0] === 'object' && lines[0] !== null && 'anchor' in lines[0]
  return (isPairs ? { pairs: lines } : { labelled: lines }) as Pick<FineTuneRequest, 'labelled' | 'pairs'>
}

function showVersion(version: TunedVersion, terminal: Terminal): number {
  if (terminal.json) {
    terminal.printJson(version)
    return 0
  }
  const { before, after } = version
  const names = {
    accuracyAt1: 'first hit right',
    precisionAt10: 'precision@10',
    recallAt10: 'recall@10',
    mrr: 'MRR',
    ndcgAt10: 'nDCG@10',
  } as const
  const columns = [
    { title: 'held out', value: (metric: keyof typeof names) => names[metric] },
    { title: 'before', value: (metric: keyof typeof names) => before[metric].toFixed(3), align: 'right' as const },
    { title: 'after', value: (metric: keyof typeof names) => after[metric].toFixed(3), align: 'right' as const },
  ]
  for (const line of tableLines(Object.keys(names) as (keyof typeof names)[], columns, terminal.width)) terminal.print(line)
  terminal.print(`${version.model}@${version.version}: ${version.gate.reason}`)
  return 0
}

function showServing(model: TunedModel, terminal: Terminal): number {
  if (terminal.json) terminal.printJson(model)
  else terminal.print(`${model.name}: ${model.active === null ? `its base ${model.base}` : `version ${model.active}`} is in service.`)
  return 0
}

function showModels(models: readonly TunedModel[], terminal: Terminal): number {
  if (terminal.json) {
    terminal.printJson({ items: models })
    return 0
  }
  if (models.length === 0) {
    terminal.print('No embedding model was fine-tuned yet. Begin: tandem fine-tune COLLECTION --field NAME')
    return 0
  }
  const columns = [
    { title: 'model', value: ({ model }: TunedVersionSummary) => model },
    { title: 'version', value: ({ version }: TunedVersionSummary) => version },
    { title: '', value: ({ active }: TunedVersionSummary) => (active ? 'in service' : '') },
    { title: 'nDCG@10 before', value: ({ before }: TunedVersionSummary) => before.ndcgAt10.toFixed(3), align: 'right' as const },
    { title: 'after', value: ({ after }: TunedVersionSummary) => after.ndcgAt10.toFixed(3), align: 'right' as const },
    { title: 'base', value: ({ base }: TunedVersionSummary) => base },
  ]
  const versions = models.flatMap((model) => model.versions)
  for (const line of tableLines(versions, columns, terminal.width)) terminal.print(line)
  return 0
}
