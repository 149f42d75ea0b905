// `tandem models evaluate`: how good a version is on the rows of a file.
import { createReadStream, existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { TablesClient, UntypedModelClient } from '../../tandem.ts'
import { UsageError } from './command.ts'
import { metricTitle } from './metric-names.ts'
import { shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

interface EvaluateValues {
  readonly csv?: string
  readonly ndjson?: string
  readonly weight?: string
  readonly importances?: boolean
}

export async function evaluateVersion(
  { model, tables }: { readonly model: UntypedModelClient; readonly tables: TablesClient },
  version: string,
  { csv, ndjson, weight: column, importances = false }: EvaluateValues,
  terminal: Terminal,
): Promise<number> {
  const file = csv ?? ndjson
  if (file === undefined || (csv !== undefined && ndjson !== undefined)) {
    throw new UsageError('Say which rows: tandem models evaluate NAME [VERSION] --csv FILE, or --ndjson FILE')
  }
  const path = resolve(terminal.cwd, file)
  if (!existsSync(path)) throw new UsageError(`There is no file ${file}.`)
  const name = basename(file).slice(0, 200)
  // As a table, so that delimiter, encoding and decimals are found out as they are for a training.
  const { table } = await tables.upload(createReadStream(path), { name, format: csv === undefined ? 'ndjson' : 'csv' })
  const found = await model.evaluate(
    version,
    { table: table.id },
    { name, unknownColumns: 'ignore', importances, ...(column !== undefined && { weight: column }) },
  )
  await tables.delete(table.id)
  if (terminal.json) {
    terminal.printJson(found)
    return 0
  }
  const { rows, skippedRows, knownRows, intervals, weakSpots, weight, permutationImportances = {} } = found
  const skipped = skippedRows === 0 ? '' : `, ${skippedRows} more left out`
  terminal.print(`${terminal.style('bold', model.name)} version ${found.version} on ${rows} rows of ${found.name}${skipped}`)
  if (weight !== undefined) terminal.print(`Metrics count each row by ${weight}.`)
  if (knownRows !== null && knownRows > 0) {
    terminal.print(terminal.style('yellow', `${knownRows} of these stand in the rows of its training: on them it seems better than it is.`))
  }
  terminal.print()
  const own = (await model.version(version)).metrics
  const columns = [
    { title: 'metric', value: ([name]: [string, Interval]) => metricTitle(name) },
    { title: 'on these rows', value: ([, { value }]: [string, Interval]) => shortNumber(value), align: 'right' as const },
    { title: '95 % interval', value: ([, { low, high }]: [string, Interval]) => `${shortNumber(low)} to ${shortNumber(high)}` },
    ...(Object.keys(own).length === 0
      ? []
      : [{ title: 'held out', value: ([name]: [string, Interval]) => heldOut(own[name]), align: 'right' as const }]),
  ]
  for (const line of tableLines(Object.entries(intervals), columns, terminal.width - 2)) terminal.print(`  ${line}`)
  const leansOn = Object.entries(permutationImportances).sort(([, a], [, b]) => b.mean - a.mean)
  const loss = intervals.logLoss === undefined ? 'RMSE' : 'log loss'
  for (const [feature, { mean, std }] of leansOn.slice(0, 10)) {
    terminal.print(`  ${feature} shuffled: ${loss} ${mean < 0 ? '' : '+'}${shortNumber(mean)} ± ${shortNumber(std)}`)
  }
  for (const { name, rows: count, meanLoss, otherLoss } of weakSpots.slices.slice(0, 5)) {
    terminal.print(`  weak on ${name} (${count} rows): mean loss ${shortNumber(meanLoss)}, elsewhere ${shortNumber(otherLoss)}`)
  }
  return 0
}

interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

const heldOut = (value: number | undefined): string => (value === undefined ? '' : shortNumber(value))
