// `tandem models`: models, their versions, and which one is in service.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pullModel } from '../../capabilities/embeddings/pull/pull-model.ts'
import type { Model, Version } from '../../capabilities/models/schema.ts'
import { readSettings } from '../../config.ts'
import type { TypedConfig, UntypedModelClient } from '../../tandem.ts'
import type { Client } from '../client/index.ts'
import { type Command, readArguments, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { evaluateVersion } from './evaluate-version.ts'
import { mainMetric } from './metric-names.ts'
import { exportModel, importModel } from './model-files.ts'
import { shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'
import { fitterOf } from './training-report.ts'

const usage = `
tandem models                                  all models
tandem models NAME                             one model with its versions
tandem models card NAME [VERSION] [--out FILE] the model card as Markdown; of the version in service unless said
tandem models evaluate NAME [VERSION] --csv FILE | --ndjson FILE [--weight COLUMN] [--importances]
                                               judges a version on rows with the target, beside its held-out ones;
                                               with what it leans on, measured on these rows
tandem models import NAME --file FILE [--format NAME] [--target COLUMN] [--features A,B,...] [--classes A,B,...]
                     [--activate]
                                               takes over a model of LightGBM, XGBoost (JSON, UBJSON), scikit-learn
                                               (what worker/export_sklearn.py writes), ONNX, or what export wrote
tandem models export NAME [VERSION] --out FILE [--format onnx|json|tdm]
                                               the format is that of the file's ending unless said
tandem models activate NAME VERSION [--reason TEXT]
tandem models rollback NAME [--reason TEXT]    puts the version back that was in service before
tandem models delete-version NAME VERSION      never the one in service
tandem models delete NAME --yes                with its versions and predictions
tandem models pull NAME [--as NAME] [--file FILE] [--force]
                                               brings an embedding model: all-MiniLM-L6-v2, owner/repository of the
                                               hub, or a folder; an interrupted pull goes on where it stopped
`

export const modelsCommand: Command = { usage, run: models }

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  show: ['NAME'],
  card: ['NAME'],
  evaluate: ['NAME'],
  import: ['NAME'],
  export: ['NAME'],
  activate: ['NAME', 'VERSION'],
  rollback: ['NAME'],
  'delete-version': ['NAME', 'VERSION'],
  delete: ['NAME'],
  pull: ['NAME'],
}

async function models(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    reason: { type: 'string' },
    yes: { type: 'boolean' },
    out: { type: 'string' },
    as: { type: 'string' },
    file: { type: 'string' },
    format: { type: 'string' },
    target: { type: 'string' },
    features: { type: 'string' },
    csv: { type: 'string' },
    ndjson: { type: 'string' },
    weight: { type: 'string' },
    importances: { type: 'boolean' },
    classes: { type: 'string' },
    activate: { type: 'boolean' },
    force: { type: 'boolean' },
  })
  const [first] = positionals
  const action = first !== undefined && Object.hasOwn(ACTIONS, first) ? first : undefined
  const words = action === undefined ? positionals : positionals.slice(1)
  const expected = action === undefined ? [] : (ACTIONS[action] ?? [])
  if (words.length < expected.length) throw new UsageError(`Say: tandem models ${action} ${expected.join(' ')}`)
  refuseFurther(
    words,
    action === 'card' || action === 'evaluate' || action === 'export' ? 2 : Math.max(expected.length, action === undefined ? 1 : 0),
  )
  if (values.out !== undefined && action !== 'card' && action !== 'export') throw new UsageError('--out belongs to card and export.')
  const [name, version = ''] = words
  if (action === 'delete' && values.yes !== true) {
    throw new UsageError(`This deletes the model "${name}" with all its versions and predictions. Add --yes if that is what you want.`)
  }
  // Needs no server and no database.
  if (action === 'pull') return pull(name!, values, terminal)
  await using connection = await connect(terminal, { config: values.config })
  const { client } = connection
  if (name === undefined) return await list(client, terminal)
  if (action === undefined || action === 'show') return await show(name, client, terminal)
  if (action === 'card') return await showCard(client.model(name), version || 'active', values.out, terminal)
  if (action === 'evaluate')
    return await evaluateVersion({ model: client.model(name), tables: client.tables }, version || 'active', values, terminal)
  if (action === 'import') return await importModel(client.model(name), values, terminal)
  if (action === 'export') return await exportModel(client.model(name), version || 'active', values, terminal)
  const told = await change(action, { client, name, version, reason: values.reason })
  if (terminal.json) terminal.printJson(told.facts)
  else terminal.print(told.sentence)
  return 0
}

async function showCard(model: UntypedModelClient, version: string, out: string | undefined, terminal: Terminal): Promise<number> {
  const text = terminal.json ? JSON.stringify(await model.card(version), undefined, 2) : await model.cardMarkdown(version)
  if (out === undefined) terminal.print(text.trimEnd())
  else {
    await writeFile(resolve(terminal.cwd, out), text)
    terminal.note(`The card is written to ${out}.`)
  }
  return 0
}

async function pull(name: string, options: { as?: string; file?: string; force?: boolean }, terminal: Terminal): Promise<number> {
  const { modelsDir, hubUrl } = readSettings()
  const startedAt = performance.now()
  let told = 0
  const pulled = await pullModel(name, {
    ...{ modelsDir, hubUrl, as: options.as, file: options.file, force: options.force },
    onProgress: ({ file, bytes, of }) => {
      // Every few megabytes: a log of a build server must stay short.
      if (terminal.json || bytes - told < PROGRESS_BYTES) return
      told = bytes
      terminal.note(`${file}: ${megabytes(bytes)}${of === undefined ? '' : ` of ${megabytes(of)}`} MB`)
    },
  })
  if (terminal.json) terminal.printJson(pulled)
  else if (pulled.wasThere) terminal.print(`${pulled.name} is there already, in ${pulled.folder}. --force brings it again.`)
  else {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    terminal.print(`${pulled.name} is in ${pulled.folder}, from ${pulled.origin}, after ${seconds} s.`)
  }
  return 0
}

const PROGRESS_BYTES = 8 * 1024 * 1024
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)

interface Change {
  readonly client: Client<TypedConfig>
  readonly name: string
  readonly version: string
  readonly reason: string | undefined
}

async function change(action: string, { client, name, version, reason }: Change): Promise<{ facts: object; sentence: string }> {
  const model = client.model(name)
  const because = reason === undefined ? {} : { reason }
  if (action === 'activate') {
    await model.activate(version, because)
    return { facts: { model: name, version }, sentence: `${name} is now served by ${version}.` }
  }
  if (action === 'rollback') {
    const done = await model.rollback(because)
    return {
      facts: { model: name, ...done },
      sentence: `${name} is served by ${done.version} again${done.previous === null ? '' : `, instead of ${done.previous}`}.`,
    }
  }
  if (action === 'delete-version') {
    await model.deleteVersion(version)
    return { facts: { deleted: version }, sentence: `Version ${version} of ${name} is deleted.` }
  }
  await client.deleteModel(name)
  return { facts: { deleted: name }, sentence: `The model ${name} is deleted.` }
}

async function list(client: Client<TypedConfig>, terminal: Terminal): Promise<number> {
  const items: Model[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.listModels({ limit: 200, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  if (terminal.json) {
    terminal.printJson(items)
    return 0
  }
  if (items.length === 0) {
    terminal.print('There are no models yet. Train one: tandem train --csv FILE --target COLUMN')
    return 0
  }
  const columns = [
    { title: 'name', value: (model: Model) => model.name },
    { title: 'predicts', value: (model: Model) => `${model.definition.target} (${model.definition.task})` },
    { title: 'algorithm', value: (model: Model) => model.definition.algorithm },
    { title: 'served by', value: servedBy },
    { title: 'from', value: (model: Model) => (model.origin === 'config' ? 'config' : 'api') },
  ]
  for (const line of tableLines(items, columns, terminal.width)) terminal.print(line)
  return 0
}

function servedBy({ serving, activeVersion }: Model): string {
  if (serving.source === 'model') return activeVersion ?? 'a version'
  return serving.source === 'fallback'
    ? `fallback: ${serving.reason ?? 'no version yet'}`
    : `nothing${serving.reason ? `: ${serving.reason}` : ''}`
}

async function show(name: string, client: Client<TypedConfig>, terminal: Terminal): Promise<number> {
  const [model, versions] = await Promise.all([client.model(name).get(), client.model(name).versions({ limit: 50 })])
  if (terminal.json) {
    terminal.printJson({ model, versions: versions.items })
    return 0
  }
  const { definition, retrain } = model
  terminal.print(`${terminal.style('bold', name)} predicts ${definition.target} (${definition.task}, ${definition.algorithm})`)
  if (definition.description !== undefined) terminal.print(`  ${definition.description}`)
  const features = Object.keys((definition.features.properties as object | undefined) ?? {})
  terminal.print(`  ${features.length} features: ${features.slice(0, 12).join(', ')}${features.length > 12 ? ', ...' : ''}`)
  terminal.print(`  served by ${servedBy(model)}`)
  if (retrain !== null) terminal.print(`  ${retrain.outcomesSinceTraining} of ${retrain.everyOutcomes} outcomes until it trains again`)
  terminal.print()
  if (versions.items.length === 0) terminal.print('It has no version yet.')
  for (const line of versions.items.length > 0 ? versionTable(versions.items, definition.task, terminal) : []) terminal.print(line)
  return 0
}

function versionTable(versions: readonly Version[], task: Model['definition']['task'], terminal: Terminal): string[] {
  const metric = mainMetric(task)
  const number = (value: number | undefined): string => (value === undefined ? '' : shortNumber(value))
  return tableLines(
    versions,
    [
      { title: '', value: (version) => (version.active ? '*' : ' ') },
      { title: 'version', value: (version) => version.version },
      { title: 'rows', value: (version) => String(version.rows), align: 'right' },
      { title: metric.title, value: (version) => number(metric.of(version.metrics)), align: 'right' },
      { title: 'cross-validated', value: (version) => number(metric.of(version.crossValidation.mean)), align: 'right' },
      { title: 'algorithm', value: (version) => version.algorithm },
      { title: 'fitted by', value: fitterOf },
      { title: 'about', value: (version) => version.gate.reason },
    ],
    terminal.width,
  )
}
