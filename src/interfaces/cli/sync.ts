// `tandem sync`: brings the documents of a collection's source.
import { type Command, readArguments, refuseFurther, UsageError } from './command.ts'
import { connect } from './connect.ts'
import { createProgress } from './progress.ts'
import { boundBulkHeap } from './start-memory.ts'
import type { Terminal } from './terminal.ts'

const usage = `
tandem sync COLLECTION      brings what changed in the source of the collection since its last sync

  --full      reads everything, and deletes documents that the source no longer has
  --json      the report of the sync

A sync that was cut off goes on where it was. Ctrl+C ends the waiting; the server goes on: tandem jobs cancel ID.
`

const SHOWN_FAILURES = 10

export const syncCommand: Command = { usage, run: sync }

async function sync(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = readArguments(args, { full: { type: 'boolean' } })
  const [name] = positionals
  if (name === undefined) throw new UsageError('Which collection? Say: tandem sync COLLECTION')
  refuseFurther(positionals, 1)
  await using connection = await connect(terminal, { config: values.config, runJobs: true })
  boundBulkHeap()
  const progress = createProgress(terminal)
  const report = await connection.client
    .collection(name)
    .sync({ full: values.full === true, onProgress: progress.update })
    .finally(() => progress.end())
  if (terminal.json) {
    terminal.printJson(report)
    return 0
  }
  const count = (number: number): string => number.toLocaleString('en')
  terminal.print(`${count(report.read)} rows read: ${count(report.upserted)} new or changed, ${count(report.unchanged)} as before.`)
  if (report.full) terminal.print(`${count(report.deleted)} documents deleted that the source no longer has.`)
  if (report.withoutVector > 0) terminal.print(`${count(report.withoutVector)} documents get their vectors in the background.`)
  if (report.ignoredColumns.length > 0) terminal.note(`No property of the schema, so left out: ${report.ignoredColumns.join(', ')}`)
  if (report.failedCount > 0) {
    terminal.print(`${count(report.failedCount)} rows were left out:`)
    for (const { id, error } of report.failed.slice(0, SHOWN_FAILURES)) terminal.print(`  ${id ?? 'without id'}: ${error}`)
  }
  return 0
}
