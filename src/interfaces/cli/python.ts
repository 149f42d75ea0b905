// `tandem python`: the Python environment and its workers.
import { readPythonEnvironment, readSettings } from '../../config.ts'
import { createEnvironment, EXTRAS, type Extra } from '../../platform/python/create-environment.ts'
import { removeEnvironment } from '../../platform/python/remove-environment.ts'
import type { RuntimeView } from '../client/index.ts'
import { type Command, readArguments, readCount, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { versionText } from './help.ts'
import { loadConfig } from './load-config.ts'
import { createProgress } from './progress.ts'
import { tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem python setup [--extras LIST] [--python PATH] [--recreate]
                          make the environment of the Python worker in the data folder
tandem python remove      take that environment away again; models trained by workers stay
tandem python status      the workers, their state and latency
tandem python log [--limit N]
                          the last lines they wrote
tandem python start | stop | restart
                          of a running server; restart replaces each worker without a gap

  --extras LIST   ${EXTRAS.join(', ')}, separated by commas; default embed. none: the small base alone
  --python PATH   the Python to make it from (3.11 or newer); default: the first one found, or what uv brings
  --recreate      make it anew although it is there

Nothing of this is needed: without Python, Node computes everything it can. Proxies and package indexes are taken from
HTTPS_PROXY, NO_PROXY, PIP_INDEX_URL, UV_INDEX_URL and their like.

Example:
  tandem python setup --extras embed,tabular
`

const ACTIONS = ['setup', 'remove', 'status', 'log', 'start', 'stop', 'restart'] as const

export const pythonCommand: Command = { usage, run: python }

async function python(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {
    extras: { type: 'string' },
    python: { type: 'string' },
    recreate: { type: 'boolean' },
    limit: { type: 'string' },
  })
  const [word = 'status'] = positionals
  const action = ACTIONS.find((known) => known === word)
  if (action === undefined) throw new UsageError(`"${word}" is none of ${ACTIONS.join(', ')}.`)
  refuseFurther(positionals, 1)
  if (action === 'setup') return setUp(values, terminal)
  if (action === 'remove') return remove(values.config, terminal)
  const limit = readCount('limit', values.limit, 1, 500)
  await using connection = await connect(terminal, { config: values.config })
  const { runtimes } = connection.client
  if (action === 'log') {
    const lines = await runtimes.log('python', limit === undefined ? {} : { limit })
    if (terminal.json) terminal.printJson(lines)
    else for (const { at, worker, level, message } of lines) terminal.print(`${at.slice(11, 23)} ${worker} ${level.padEnd(5)} ${message}`)
    return 0
  }
  if (action !== 'status' && connection.by === 'process') throw new UsageError('No server runs here. Start one with `tandem start`.')
  const view = action === 'status' ? await runtimes.get('python') : await runtimes[action]('python')
  if (terminal.json) terminal.printJson(view)
  else for (const line of describe(view, terminal)) terminal.print(line)
  return 0
}

interface SetUpWords {
  readonly config?: string | undefined
  readonly extras?: string | undefined
  readonly python?: string | undefined
  readonly recreate?: boolean | undefined
}

async function setUp({ config: file, extras, python: wanted, recreate }: SetUpWords, terminal: Terminal): Promise<number> {
  const folder = await folderOf(file, terminal)
  const progress = createProgress(terminal)
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt)
  try {
    const result = await createEnvironment({
      ...{ folder, extras: readExtras(extras), version: versionText(), env: readPythonEnvironment(), signal: stop.signal },
      ...(wanted === undefined ? {} : { python: wanted }),
      recreate: recreate === true,
      onProgress: progress.update,
    })
    progress.end()
    if (terminal.json) terminal.printJson(result)
    else {
      terminal.print(
        result.changed ? `Python ${result.python} is set up in ${folder}.` : `Python ${result.python} was set up in ${folder} already.`,
      )
      terminal.note('A server that starts now uses it: see `tandem python status`. Who computes what: TANDEM_PYTHON_PREFER.')
    }
    return 0
  } finally {
    progress.end()
    process.off('SIGINT', interrupt)
  }
}

async function remove(file: string | undefined, terminal: Terminal): Promise<number> {
  const folder = await folderOf(file, terminal)
  const removed = await removeEnvironment(folder)
  if (terminal.json) terminal.printJson({ folder, removed })
  else terminal.print(removed ? `The Python environment in ${folder} is gone. Node computes what it can.` : `There is none in ${folder}.`)
  return 0
}

/** Where the environment is, or would be. */
async function folderOf(file: string | undefined, terminal: Terminal): Promise<string> {
  const { config } = await loadConfig(terminal.cwd, file)
  return config.python?.folder ?? { ...readSettings(), ...config.settings }.pythonDir
}

function readExtras(text = 'embed'): Extra[] {
  const words = text.split(',').map((word) => word.trim())
  if (words.length === 1 && words[0] === 'none') return []
  return words.map((word) => {
    const extra = EXTRAS.find((known) => known === word)
    if (extra === undefined) throw new UsageError(`"${word}" is no extra. Extras: ${EXTRAS.join(', ')}, or none.`)
    return extra
  })
}

function describe(view: RuntimeView, terminal: Terminal): string[] {
  const { environment } = view
  const lines = [`Python is ${view.state}${view.reason === null ? '' : `: ${view.reason}`}`]
  if (environment?.executable != null) lines.push(`Runs ${environment.executable}; prefer ${view.prefer}; ${view.restarts} restarts`)
  if (view.workers.length > 0) {
    lines.push(
      '',
      ...tableLines(
        view.workers,
        [
          { title: 'worker', value: ({ id }) => id },
          { title: 'state', value: ({ state }) => state },
          { title: 'origin', value: ({ origin, address }) => address ?? origin ?? '' },
          { title: 'pid', value: ({ pid }) => String(pid ?? '') },
          { title: 'up', value: ({ uptimeSeconds }) => (uptimeSeconds === null ? '' : `${Math.round(uptimeSeconds)} s`) },
          { title: 'restarts', value: ({ restarts }) => String(restarts) },
          { title: 'memory', value: ({ rssBytes }) => (rssBytes === null ? '' : `${Math.round(rssBytes / 2 ** 20)} MB`) },
          { title: 'served', value: ({ served }) => String(served) },
          { title: 'canary', value: ({ canaryMs }) => (canaryMs === null ? '' : `${canaryMs.toFixed(1)} ms`) },
        ],
        terminal.width,
      ),
    )
  }
  if (view.paths.length > 0) {
    const ms = (value: number | null): string => (value === null ? '' : `${value.toFixed(2)} ms`)
    lines.push(
      '',
      ...tableLines(
        view.paths,
        [
          { title: 'path', value: ({ path }) => path },
          { title: 'model', value: ({ model }) => model },
          { title: 'calls', value: ({ calls }) => String(calls) },
          { title: 'errors', value: ({ errors }) => String(errors) },
          { title: 'p50', value: ({ p50Ms }) => ms(p50Ms) },
          { title: 'p99', value: ({ p99Ms }) => ms(p99Ms) },
        ],
        terminal.width,
      ),
    )
  }
  return lines
}
