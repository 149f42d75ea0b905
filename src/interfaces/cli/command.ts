// What a command of the command line is, and how its arguments are read.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Terminal } from './terminal.ts'

export interface Command {
  /** Shown by `tandem help NAME`: usage lines, options, examples. */
  readonly usage: string
  /** Does the work and returns the exit status: 0 done, 1 failed. Throws `UsageError` for arguments it cannot use. */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}

/** Arguments that make no sense; the command line ends with status 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>

const COMMON = { config: { type: 'string' }, json: { type: 'boolean' } } as const satisfies Options

type Parsed<Given extends Options> = ReturnType<
  typeof parseArgs<{ options: Given & typeof COMMON; allowPositionals: true; strict: true; args: string[] }>
>

/** Reads the options of a command and those of every command; a word after `--` is never an option. */
export function readArguments<const Given extends Options>(args: readonly string[], options: Given): Parsed<Given> {
  try {
    return parseArgs({ args: [...args], options: { ...COMMON, ...options }, allowPositionals: true, strict: true }) as Parsed<Given>
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (typeof code !== 'string' || !code.startsWith('ERR_PARSE_ARGS')) throw error
    throw new UsageError((error as Error).message.replace(/\. To specify a positional.*$/s, '.'))
  }
}

/** The whole number of an option, within its range. */
export function readCount(name: string, text: string | undefined, minimum: number, maximum: number): number | undefined {
  if (text === undefined) return undefined
  const number = Number(text)
  if (!Number.isInteger(number) || text.trim() === '' || number < minimum || number > maximum) {
    throw new UsageError(`--${name} must be a whole number from ${minimum} to ${maximum}, got "${text}".`)
  }
  return number
}

/** The value of an option that takes one of a few words. */
export function readChoice<const Choice extends string>(
  name: string,
  text: string | undefined,
  choices: readonly Choice[],
): Choice | undefined {
  if (text === undefined) return undefined
  const choice = choices.find((known) => known === text)
  if (choice === undefined) throw new UsageError(`--${name} must be one of ${choices.join(', ')}, got "${text}".`)
  return choice
}

/** Refuses words that nothing was expected for, so that a mistyped option does not go unnoticed. */
export function refuseFurther(positionals: readonly string[], expected: number): void {
  const further = positionals.slice(expected)
  if (further.length > 0) throw new UsageError(`"${further.join(' ')}" was not expected here.`)
}
