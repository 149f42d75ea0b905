// `tandem doctor`: looks at everything a server needs, and says for what is wrong how to make it right.
import type { Check } from '../../platform/diagnosis/check.ts'
import { type Command, readArguments, refuseFurther } from './command.ts'
import { checkMachine } from './doctor-checks.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem doctor [--config FILE] [--json]

Checks Node.js and SQLite, the settings, the config, the data folder, the database, the port and the running server.
Changes nothing. The exit status is 1 when something failed.
`

export const doctorCommand: Command = { usage, run: doctor }

async function doctor(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, {})
  refuseFurther(positionals, 0)
  const checks: Check[] = []
  for await (const check of checkMachine(terminal.cwd, values.config)) {
    checks.push(check)
    if (!terminal.json) printCheck(check, terminal)
  }
  const failed = checks.filter(({ status }) => status === 'failed').length
  const warnings = checks.filter(({ status }) => status === 'warning').length
  if (terminal.json) terminal.printJson({ ok: failed === 0, checks })
  else {
    terminal.print()
    terminal.print(
      failed === 0 ? `All good${warnings > 0 ? `, with ${warnings} warning(s)` : ''}.` : `${failed} failed, ${warnings} warning(s).`,
    )
  }
  return failed === 0 ? 0 : 1
}

const MARKS = { ok: ['green', 'ok     '], warning: ['yellow', 'warning'], failed: ['red', 'failed '] } as const

function printCheck({ status, name, message, remedy }: Check, terminal: Terminal): void {
  const [colour, mark] = MARKS[status]
  terminal.print(`${terminal.style(colour, mark)}  ${name.padEnd(11)}  ${message}`)
  if (remedy !== undefined) terminal.print(`${' '.repeat(22)}${terminal.style('dim', remedy)}`)
}
