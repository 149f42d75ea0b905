// `tandem start`: the server, with one link and one line to paste.
import { join, resolve } from 'node:path'
import { createTandem, type ServerAddress, type Tandem } from '../../app.ts'
import type { Model } from '../../capabilities/models/schema.ts'
import { readSettings, type Settings } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import { type Command, readArguments, readCount, refuseFurther } from './command.ts'
import { sampleFeatures } from './feature-values.ts'
import { fetchDefaultModel } from './fetch-default-model.ts'
import { loadConfig } from './load-config.ts'
import { outliveOutput } from './output-faults.ts'
import { describeHolder } from './port-holder.ts'
import { curlPredict, shellWord } from './shell-words.ts'
import { holdOldGeneration, releaseStartMemory } from './start-memory.ts'
import { shortPath, type Terminal } from './terminal.ts'

const usage = `
tandem start [--port N] [--host ADDRESS] [--data-dir FOLDER] [--config FILE]

Serves the models of tandem.config.ts, and those made over HTTP, until Ctrl-C. Open requests are finished first;
a second Ctrl-C ends it at once.

  --port N           default 4700, or TANDEM_PORT, or PORT; 0 takes a free one
  --host ADDRESS     default 127.0.0.1, or HOST; 0.0.0.0 lets other machines in
  --data-dir FOLDER  default ./.tandem, or TANDEM_DATA_DIR
  --json             prints the address as one line of JSON

Examples:
  tandem start
  tandem start --port 0
  DATABASE_URL=postgres://user@host/db tandem start
`

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

export const startCommand: Command = { usage, run: start }

async function start(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    port: { type: 'string' },
    host: { type: 'string' },
    'data-dir': { type: 'string' },
  })
  refuseFurther(positionals, 0)
  const port = readCount('port', values.port, 0, 65_535)
  const settings: Partial<Settings> = {
    ...(port === undefined ? {} : { port }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values['data-dir'] === undefined ? {} : { dataDir: resolve(terminal.cwd, values['data-dir']) }),
  }
  const { dataDir } = { ...readSettings(), ...settings }
  const keepIn = dataDir === ':memory:' ? undefined : join(dataDir, 'cache', 'config')
  const { config } = await loadConfig(terminal.cwd, values.config, { stripTypes: { keepIn } })
  endOnFaults()
  outliveOutput()
  const tandem = await createTandem(config, { settings })
  let onStop = (): void => {}
  const stopped = stopOnSignals(tandem, terminal, () => onStop())
  let address: ServerAddress
  try {
    address = await tandem.listen()
  } catch (error) {
    await tandem.close({ drainMs: 0 })
    throw await withHolder(error)
  }
  if (terminal.json) terminal.print(JSON.stringify({ url: address.url, signInLink: address.signInLink, pid: process.pid }))
  else await welcome(tandem, address, terminal)
  holdOldGeneration()
  if (tandem.settings.fetchModels) onStop = fetchDefaultModel(tandem, terminal)
  releaseStartMemory()
  return stopped
}

async function welcome(tandem: Tandem, address: ServerAddress, terminal: Terminal): Promise<void> {
  const { items } = await tandem.listModels({ limit: 200 })
  const models = items.length === 1 ? '1 model' : `${items.length === 200 ? '200 or more' : items.length} models`
  const storage = tandem.settings.databaseUrl === undefined ? shortPath(terminal.cwd, tandem.settings.dataDir) : 'PostgreSQL'
  terminal.print(`${terminal.style('bold', 'Tandem is ready')} after ${process.uptime().toFixed(1)} s: ${models}, data in ${storage}`)
  terminal.print()
  terminal.print(`  ${terminal.style('cyan', address.signInLink)}`)
  terminal.print(terminal.style('dim', '  Opens the pages signed in. Good once, within 10 minutes.'))
  terminal.print()
  const keyExpression =
    address.adminKeyFile === undefined ? '$TANDEM_ADMIN_KEY' : `$(cat ${shellWord(shortPath(terminal.cwd, address.adminKeyFile))})`
  const model = items.find(({ serving }) => serving.source !== 'none')
  terminal.print(
    model === undefined
      ? `curl -s ${address.url}/v1/models -H "Authorization: Bearer ${keyExpression}"`
      : curlPredict({ url: address.url, model: model.name, features: await exampleFor(model, tandem), keyExpression }),
  )
  terminal.print()
  if (model === undefined) terminal.print('  No model answers yet. Train one: npx tandem train --csv FILE --target COLUMN')
  terminal.print(terminal.style('dim', '  Ctrl-C stops the server.'))
}

/** The row predicted last is real; without one, values from the middle of each feature's range. */
async function exampleFor({ name, definition }: Model, tandem: Tandem): Promise<Readonly<Record<string, unknown>>> {
  const logged = await tandem
    .model(name)
    .predictions({ limit: 1 })
    .catch(() => undefined)
  const last = logged?.items[0]?.features
  const sample = sampleFeatures(definition.features)
  const fits = last !== undefined && Object.keys(last).every((feature) => Object.hasOwn(sample, feature))
  return fits && Object.keys(last).length > 0 ? last : sample
}

/** Resolves with the exit status once the server has stopped. */
function stopOnSignals(tandem: Tandem, terminal: Terminal, onStop: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping = false
    for (const signal of Object.keys(SIGNAL_NUMBERS) as (keyof typeof SIGNAL_NUMBERS)[]) {
      process.on(signal, () => {
        if (stopping) process.exit(128 + SIGNAL_NUMBERS[signal])
        stopping = true
        onStop()
        terminal.note('Stopping: open requests are finished first. Again to stop at once.')
        tandem.close().then(() => resolve(0), reject)
      })
    }
  })
}

/** What nobody caught leaves the process in a state nobody knows. Everything acknowledged is on disk, so it ends. */
function endOnFaults(): void {
  const end = (kind: string) => (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`${kind}, so the server ends: ${text}\n`)
    process.exit(1)
  }
  process.on('uncaughtException', end('An error was not caught'))
  process.on('unhandledRejection', end('A rejected promise was not handled'))
}

/** Adds who holds the port, where the machine tells. */
async function withHolder(error: unknown): Promise<unknown> {
  if (!TandemError.is(error) || typeof error.details.port !== 'number') return error
  if (!(error.cause instanceof Error) || (error.cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error
  const { port } = error.details
  const holder = await describeHolder(String(error.details.host ?? '127.0.0.1'), port)
  if (holder === undefined) return error
  return new TandemError(
    'invalid_config',
    `Port ${port} is in use by ${holder}. Stop it, or choose another port: tandem start --port ${port + 1} (0 takes a free one).`,
    { details: error.details, cause: error },
  )
}
