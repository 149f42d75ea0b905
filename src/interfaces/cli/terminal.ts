// Where the command line writes: results on standard output, everything about the work on standard error.
// Colours only where a person looks (a terminal) and did not refuse them (NO_COLOR, TERM=dumb: Node checks both).
import { relative } from 'node:path'
import { styleText } from 'node:util'

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

export interface Terminal {
  readonly cwd: string
  /** Whether `--json` was given: then standard output holds JSON only, and errors are JSON too. */
  readonly json: boolean
  /** Whether standard output is a terminal. */
  readonly isTty: boolean
  /** Columns of standard output; without end where there is no terminal, so that nothing is cut from what a program reads. */
  readonly width: number
  /** A line of the result. */
  print(line?: string): void
  /** The result as JSON. */
  printJson(value: unknown): void
  /** A line about the work; nothing with `--json`. */
  note(line: string): void
  /** Coloured text of the result. */
  style(style: Style, text: string): string
  /** Coloured text for `note`. */
  noteStyle(style: Style, text: string): string
  readonly progressBar: boolean
  /** Writes to standard error as it is. */
  writeNote(text: string): void
}

/** A path as a person in `cwd` would write it. */
export function shortPath(cwd: string, path: string): string {
  const near = relative(cwd, path) || '.'
  return near.startsWith('..') ? path : near
}

export function createTerminal({ json }: { readonly json: boolean }): Terminal {
  const { stdout, stderr } = process
  const hasColors = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && stream.hasColors()
  const paint = (stream: NodeJS.WriteStream, style: Style, text: string): string =>
    hasColors(stream) ? styleText(style, text, { validateStream: false }) : text
  return {
    cwd: process.cwd(),
    json,
    isTty: stdout.isTTY === true,
    width: stdout.isTTY ? Math.max(40, stdout.columns || 80) : Number.POSITIVE_INFINITY,
    print: (line = '') => void stdout.write(`${line}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (line) => {
      if (!json) stderr.write(`${line}\n`)
    },
    style: (style, text) => paint(stdout, style, text),
    noteStyle: (style, text) => paint(stderr, style, text),
    progressBar: stderr.isTTY === true && !json,
    writeNote: (text) => void stderr.write(text),
  }
}
