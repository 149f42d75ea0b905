// What `tandem train` shows: the columns before, the measured quality after.
import type { Candidate, ModelDefinition, Version } from '../../capabilities/models/schema.ts'
import type { Column, Inspection } from '../../capabilities/training/schema.ts'
import { metricTitle } from './metric-names.ts'
import { cut, shortNumber, tableLines } from './table.ts'
import type { Terminal } from './terminal.ts'

const SHOWN_COLUMNS = 60
const SHOWN_IMPORTANCES = 8
const BAR_CELLS = 20

/** The columns of a table and what each becomes. */
export function printColumns(inspection: Inspection, definition: ModelDefinition, terminal: Terminal): void {
  const properties = (definition.features as { properties?: Record<string, unknown> }).properties ?? {}
  const { weight, split } = definition
  const asideOf = (name: string): string | undefined => {
    if (name === weight) return 'weight'
    if (split === undefined || split.by === 'random' || split.column !== name) return undefined
    return Object.hasOwn(properties, name) ? `feature, ${split.by}` : split.by
  }
  const roleOf = ({ name }: Column): string =>
    name === definition.target ? 'target' : (asideOf(name) ?? (Object.hasOwn(properties, name) ? 'feature' : 'left out'))
  const lines = tableLines(
    inspection.columns.slice(0, SHOWN_COLUMNS),
    [
      { title: 'column', value: (column) => cut(column.name, 32) },
      { title: 'type', value: (column) => kindOf(column, properties[column.name]) },
      { title: 'missing', value: (column) => (column.missing === 0 ? '' : String(column.missing)), align: 'right' },
      { title: 'use', value: roleOf },
      { title: 'values', value: (column) => cut(valuesOf(column), 44) },
      { title: 'note', value: (column) => column.note ?? '' },
    ],
    terminal.width - 2,
  )
  terminal.note(
    `${inspection.rows} rows, ${inspection.columns.length} columns; ${definition.task} of "${definition.target}" by ${definition.algorithm}`,
  )
  terminal.note('')
  for (const line of lines) terminal.note(`  ${line}`)
  const further = inspection.columns.length - SHOWN_COLUMNS
  if (further > 0) terminal.note(`  ... and ${further} more columns`)
  terminal.note('')
}

/** The result: metrics on held-out rows beside cross-validation, importances, and what became of the version. */
export function printVersion(model: string, version: Version, terminal: Terminal): void {
  const { metrics, crossValidation, rows, holdoutRows, importances, gate, durationMs } = version
  terminal.print(
    `${terminal.style('bold', model)} version ${version.version}: ${rows} rows, ${holdoutRows} of them held out, ${(durationMs / 1000).toFixed(1)} s`,
  )
  if (version.split !== undefined || version.weight !== undefined) terminal.print(`  ${judgedBy(version)}`)
  terminal.print()
  if (version.runtime !== undefined) terminal.print(`  Fitted by ${fitterOf(version)}.${reasonOf(version)}\n`)
  if (version.candidates !== undefined) printCandidates(version.candidates, terminal)
  const columns = [
    { title: 'metric', value: ([name]: [string, number]) => metricTitle(name) },
    { title: 'held out', value: ([, value]: [string, number]) => shortNumber(value), align: 'right' as const },
    { title: `${crossValidation.folds}-fold cross-validation`, value: ([name]: [string, number]) => meanAndSpread(version, name) },
  ]
  for (const line of tableLines(Object.entries(metrics), columns, terminal.width - 2)) terminal.print(`  ${line}`)
  terminal.print()
  const ranked = Object.entries(importances).sort((a, b) => b[1] - a[1])
  const top = ranked[0]?.[1] ?? 1
  const bars = [
    { title: 'most important', value: ([name]: [string, number]) => cut(name, 40) },
    { title: '', value: ([, weight]: [string, number]) => shortNumber(weight, 3), align: 'right' as const },
    { title: '', value: ([, weight]: [string, number]) => '█'.repeat(Math.round((weight / (top || 1)) * BAR_CELLS)) },
  ]
  for (const line of tableLines(ranked.slice(0, SHOWN_IMPORTANCES), bars, terminal.width - 2)) terminal.print(`  ${line}`)
  terminal.print()
  const verdict = gate.activated ? terminal.style('green', 'In service') : terminal.style('yellow', 'Kept, not in service')
  terminal.print(`${verdict}: ${gate.reason}`)
}

/** "Held out: the latest rows by date, from 2024-03-01. Rows are weighed by w." */
function judgedBy({ split, weight }: Version): string {
  const which =
    split === undefined
      ? []
      : split.by === 'time'
        ? [`Held out: the latest rows by ${split.column}, from ${split.from}.`]
        : [`Held out: ${split.heldOutGroups} of ${split.groups} groups by ${split.column}.`]
  return [...which, ...(weight === undefined ? [] : [`Rows are weighed by ${weight}.`])].join(' ')
}

/** "Node", or "Python 3.12.3, scikit-learn 1.9.1". */
export function fitterOf({ runtime }: Pick<Version, 'runtime'>): string {
  if (runtime === undefined || runtime.name === 'node') return 'Node'
  const { python = '', lightgbm, ...libraries } = runtime.libraries
  return `Python ${python}, ${lightgbm === undefined ? `scikit-learn ${libraries['scikit-learn']}` : `LightGBM ${lightgbm}`}`
}

function reasonOf({ runtime }: Version): string {
  if (runtime?.fallback) return ` ${runtime.asked} was asked for, but: ${runtime.fallback.message}`
  return runtime?.decided ? ` ${runtime.decided}` : ''
}

/** What `--algorithm auto` compared, the best one marked. */
function printCandidates(candidates: NonNullable<Version['candidates']>, terminal: Terminal): void {
  const columns = [
    {
      title: 'tried',
      value: ({ algorithm, runtime, chosen }: Candidate) => `${chosen ? '>' : ' '} ${algorithm}${runtime === 'python' ? ' by Python' : ''}`,
    },
    { title: metricTitle(candidates[0]?.metric ?? ''), value: ({ mean }: Candidate) => shortNumber(mean), align: 'right' as const },
    { title: '95 % interval', value: ({ low, high }: Candidate) => `${shortNumber(low)} to ${shortNumber(high)}` },
    { title: 'time', value: ({ durationMs }: Candidate) => `${(durationMs / 1000).toFixed(1)} s`, align: 'right' as const },
    { title: 'settings', value: ({ parameters }: Candidate) => cut(settingsOf(parameters), 60) },
  ]
  for (const line of tableLines(candidates, columns, terminal.width - 2)) terminal.print(`  ${line}`)
  terminal.print()
}

const settingsOf = (parameters: Candidate['parameters']): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? shortNumber(value, 2) : value}`)
    .join(', ')

function meanAndSpread({ crossValidation: { mean, std } }: Version, name: string): string {
  const value = mean[name]
  return value === undefined ? '' : `${shortNumber(value)} ± ${shortNumber(std[name] ?? 0, 2)}`
}

function kindOf(column: Column, property: unknown): string {
  const type = typeof property === 'object' && property !== null && 'type' in property ? [property.type].flat()[0] : undefined
  if (type === undefined) return column.kind
  if (type !== 'string') return String(type)
  const { format } = property as { readonly format?: unknown }
  return format === 'text' ? 'text' : format === 'date' || format === 'date-time' ? 'date' : 'category'
}

function valuesOf({ minimum, maximum, categories, examples }: Column): string {
  if (minimum !== undefined && maximum !== undefined) return `${shortNumber(minimum)} to ${shortNumber(maximum)}`
  return (categories ?? examples).join(', ')
}
