// Finds the command, runs it, and turns whatever it throws into one clear sentence and an exit status:
// 0 done, 1 failed, 2 called in a way that makes no sense.
import { readSettings } from '../../config.ts'
import { TandemError } from '../../errors.ts'
import { type Command, UsageError } from './command.ts'
import { helpText, nearestCommand, versionText } from './help.ts'
import { watchOutput } from './output-faults.ts'
import { holdYoungGeneration } from './start-memory.ts'
import { createTerminal, type Terminal } from './terminal.ts'

/** Loaded when called: `tandem --version` need not load the server. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => {
    holdYoungGeneration()
    return (await import('./start.ts')).startCommand
  },
  train: async () => (await import('./train.ts')).trainCommand,
  predict: async () => (await import('./predict.ts')).predictCommand,
  models: async () => (await import('./models.ts')).modelsCommand,
  embed: async () => (await import('./embed.ts')).embedCommand,
  language: async () => (await import('./language.ts')).languageCommand,
  compare: async () => (await import('./compare.ts')).compareCommand,
  'fine-tune': async () => (await import('./fine-tune.ts')).fineTuneCommand,
  sync: async () => (await import('./sync.ts')).syncCommand,
  jobs: async () => (await import('./jobs.ts')).jobsCommand,
  keys: async () => (await import('./keys.ts')).keysCommand,
  python: async () => (await import('./python.ts')).pythonCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
}

const MAX_PLACES = 10

/** Runs one call of `tandem` and returns its exit status; never rejects. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  watchOutput()
  const terminal = createTerminal({ json: optionsOf(args).includes('--json') })
  try {
    return await run(args, terminal)
  } catch (error) {
    return tellFailure(error, args[0], terminal)
  }
}

async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = 'help', ...rest] = args
  if (name === '--version' || name === '-v' || name === 'version') return say(terminal, versionText())
  const wantsHelp = name === 'help' || name === '--help' || name === '-h'
  const subject = wantsHelp ? rest.find((word) => !word.startsWith('-')) : name
  if (subject === undefined) {
    if (!wantsHelp) throw new UsageError(`"${name}" is not an option of tandem itself.`)
    return say(terminal, helpText())
  }
  const load = Object.hasOwn(COMMANDS, subject) ? COMMANDS[subject] : undefined
  if (load === undefined) {
    const near = nearestCommand(subject, Object.keys(COMMANDS))
    throw new UsageError(`There is no command "${subject}".${near === undefined ? '' : ` Did you mean "${near}"?`}`)
  }
  const command = await load()
  if (wantsHelp || optionsOf(rest).some((option) => option === '--help' || option === '-h')) return say(terminal, command.usage.trim())
  return command.run(rest, terminal)
}

function say(terminal: Terminal, text: string): number {
  terminal.print(text)
  return 0
}

function optionsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  return end < 0 ? args : args.slice(0, end)
}

function tellFailure(error: unknown, command: string | undefined, terminal: Terminal): number {
  const usage = error instanceof UsageError
  const known = TandemError.is(error)
  const message = error instanceof Error ? error.message : String(error)
  if (terminal.json) {
    const code = usage ? 'usage' : known ? error.code : 'internal'
    const facts = known ? { errors: error.errors, details: error.details } : {}
    terminal.writeNote(`${JSON.stringify({ error: { code, message, ...facts } })}\n`)
    return usage ? 2 : 1
  }
  terminal.note(`${terminal.noteStyle('red', 'error:')} ${known || usage ? message : `Tandem itself failed: ${message}`}`)
  if (usage) {
    const known = command !== undefined && Object.hasOwn(COMMANDS, command)
    terminal.note(terminal.noteStyle('dim', `See: tandem help${known ? ` ${command}` : ''}`))
    return 2
  }
  if (known) for (const line of placeLines(error)) terminal.note(line)
  if (isDebugging()) terminal.note(error instanceof Error ? `${error.stack}${causesOf(error)}` : '')
  else if (!known)
    terminal.note(terminal.noteStyle('dim', 'This is a fault of Tandem. TANDEM_LOG_LEVEL=debug shows where; please report it.'))
  return 1
}

/** The single places, unless the message names them already. */
function placeLines(error: TandemError): string[] {
  const places = (error.errors ?? []).filter(({ message }) => !error.message.includes(message))
  const lines = places.slice(0, MAX_PLACES).map(({ message }) => `  - ${message}`)
  return places.length > MAX_PLACES ? [...lines, `  ... and ${places.length - MAX_PLACES} more`] : lines
}

function causesOf(error: Error): string {
  return error.cause instanceof Error ? `\n  caused by ${error.cause.stack}${causesOf(error.cause)}` : ''
}

function isDebugging(): boolean {
  try {
    return ['debug', 'trace'].includes(readSettings().logLevel)
  } catch {
    // The settings may be what failed.
    return false
  }
}
