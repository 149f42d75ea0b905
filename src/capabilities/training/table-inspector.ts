// Looks at a table row by row and says what its columns hold, in bounded memory; and makes a model definition for a target.
import { TandemError } from '../../errors.ts'
import { shown } from '../../platform/validation/describe-schema.ts'
import { type Feature, featureSchemaOf, MAX_FEATURES, type ModelDefinition } from '../models/index.ts'
import { isMissingText, numberFromText } from './cell-text.ts'
import type { RowBatch } from './row-batches.ts'
import type { Column, Inspection } from './schema.ts'
import { labelOf, targetMissing } from './table-writer.ts'

/** Different values remembered of a column. */
const MAX_DISTINCT = 1001
const MAX_CATEGORIES = 100
/** Whole numbers with at most so many different values are taken for labels when they repeat, see `numbersAreLabels`. */
const MAX_NUMERIC_CLASSES = 20
/** Rows for each different number that make it a label rather than a count; two numbers are yes and no however few the rows. */
const ROWS_PER_NUMERIC_CLASS = 10
/** Fewer rows cannot show that a column is an id or gives the target away. */
const FEWEST_FOR_NOTES = 20
const MAX_TEXT = 200
const MAX_COLUMNS = 2000
const DATE = /^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}$/

export interface TableInspector {
  add(batch: RowBatch): void
  finish(): Inspection
}

/** What was seen of one column. */
class ColumnNotes {
  readonly name: string
  blank = 0
  /** NA and the like: missing in a column of numbers, a value in one of texts. */
  marked = 0
  numbers = 0
  integers = 0
  booleans = 0
  dates = 0
  texts = 0
  textLength = 0
  minimum = Number.POSITIVE_INFINITY
  maximum = Number.NEGATIVE_INFINITY
  /** Whether every number was one more than the one before. */
  counting = true
  last: number | undefined
  readonly distinct = new Set<string>()
  /** Whether values and targets go one with one, as far as was seen. */
  paired = true
  readonly toTarget = new Map<string, string>()
  readonly fromTarget = new Map<string, string>()

  constructor(name: string) {
    this.name = name
  }

  add(value: unknown, target: string | undefined): void {
    const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value)
    if (text === '') {
      this.blank++
      return
    }
    if (this.distinct.size < MAX_DISTINCT) this.distinct.add(text.slice(0, MAX_TEXT))
    if (this.paired && target !== undefined) this.#pair(text.slice(0, MAX_TEXT), target)
    const number = typeof value === 'number' ? value : typeof value === 'string' ? numberFromText(value) : undefined
    if (
      typeof value === 'boolean' ||
      text === 'true' ||
      text === 'false' ||
      text === 'True' ||
      text === 'False' ||
      text === 'TRUE' ||
      text === 'FALSE'
    )
      this.booleans++
    else if (number !== undefined && Number.isFinite(number)) this.#addNumber(number)
    else if (isMissingText(text)) this.marked++
    else {
      if (DATE.test(text)) this.dates++
      this.texts++
      this.textLength += text.length
    }
  }

  #addNumber(number: number): void {
    this.numbers++
    if (Number.isInteger(number)) this.integers++
    if (this.last !== undefined && number !== this.last + 1) this.counting = false
    this.last = number
    if (number < this.minimum) this.minimum = number
    if (number > this.maximum) this.maximum = number
  }

  #pair(text: string, target: string): void {
    const [known, back] = [this.toTarget.get(text), this.fromTarget.get(target)]
    if ((known !== undefined && known !== target) || (back !== undefined && back !== text)) this.paired = false
    else if (this.toTarget.size < MAX_DISTINCT) {
      this.toTarget.set(text, target)
      this.fromTarget.set(target, text)
    }
  }
}

/**
 * Looks at the rows of a table and infers its columns and a definition for a target.
 *
 * A target of texts or booleans makes a classification. A target of numbers makes a regression, unless all are whole, at most
 * 20 differ and each stands for 10 rows or more on average (ratings, grades, class codes); two different whole numbers are
 * always classes. Fractions such as 3.1 are never classes. Memory: at most 1,001 different values a column.
 *
 * @param target  the column to predict; absent: columns only.
 * @throws `target_missing`, `too_few_classes`, `invalid_input` (from `finish`, and from `add` for rows of another shape).
 */
export function createTableInspector(target: string | undefined): TableInspector {
  const columns = new Map<string, ColumnNotes>()
  let rows = 0
  const columnOf = (name: string): ColumnNotes => {
    let column = columns.get(name)
    if (column === undefined) {
      if (columns.size >= MAX_COLUMNS) {
        throw new TandemError('invalid_input', `The table has more than ${MAX_COLUMNS} columns. Keep those a model can use.`)
      }
      column = new ColumnNotes(name)
      // It was absent from the rows before.
      column.blank = rows
      columns.set(name, column)
    }
    return column
  }
  return {
    add(batch) {
      if (batch.kind === 'cells') {
        const known = batch.columns.map(columnOf)
        const targetIndex = target === undefined ? -1 : batch.columns.indexOf(target)
        for (const { cells, line } of batch.records) {
          if (cells.length !== known.length) {
            throw new TandemError(
              'invalid_input',
              `Line ${line} has ${cells.length} cells, but the header names ${known.length} columns.`,
              {
                errors: [{ path: `/line/${line}`, message: `line ${line} must have ${known.length} cells, got ${cells.length}` }],
              },
            )
          }
          const label = targetIndex < 0 || cells[targetIndex] === '' ? undefined : cells[targetIndex]
          for (let index = 0; index < known.length; index++) known[index]!.add(cells[index], index === targetIndex ? undefined : label)
          rows++
        }
        return
      }
      for (const row of batch.rows as readonly Readonly<Record<string, unknown>>[]) {
        if (typeof row !== 'object' || row === null || Array.isArray(row)) {
          throw new TandemError('invalid_input', `Row ${rows} must be an object of columns, got ${shown(row)}.`)
        }
        const label = target === undefined || !Object.hasOwn(row, target) ? undefined : labelOf(row[target])
        for (const name of Object.keys(row)) columnOf(name).add(row[name], name === target ? undefined : label)
        rows++
        for (const column of columns.values()) if (!Object.hasOwn(row, column.name)) column.blank++
      }
    },
    finish() {
      const described = [...columns.values()].map((notes) => describe(notes, rows))
      const definition = target === undefined ? undefined : defineFor(target, rows, columns, described)
      return { rows, columns: described, ...(definition === undefined ? {} : { definition: definition as Inspection['definition'] }) }
    },
  }
}

function describe(notes: ColumnNotes, rows: number): Column {
  const { kind, note } = kindOf(notes, rows)
  const numeric = notes.texts === 0 && notes.numbers > 0
  const categorical = kind === 'category' || kind === 'boolean'
  const values = [...notes.distinct]
  return {
    name: notes.name,
    kind,
    missing: notes.blank + (numeric ? notes.marked : 0),
    distinct: notes.distinct.size,
    ...(numeric && notes.booleans === 0 ? { minimum: notes.minimum, maximum: notes.maximum } : {}),
    ...(categorical ? { categories: values.slice(0, MAX_CATEGORIES).sort() } : {}),
    examples: values.slice(0, 3).map((value) => value.slice(0, 60)),
    ...(note === undefined ? {} : { note }),
  }
}

function kindOf(notes: ColumnNotes, rows: number): { kind: Column['kind']; note?: string } {
  const { name, numbers, integers, booleans, dates, texts, marked, distinct } = notes
  const present = rows - notes.blank
  if (present === 0) return { kind: 'empty', note: 'Every cell is empty; left out.' }
  if (distinct.size === 1) return { kind: 'constant', note: `Every row has ${shown([...distinct][0])}; left out.` }
  const unique = distinct.size === MAX_DISTINCT ? rows >= FEWEST_FOR_NOTES && numbers === present : distinct.size === present
  const named = /(^|[_\s-])(id|uuid|guid)$|[a-z]Id$/i.test(name)
  if (numbers > 0 && texts === 0 && booleans === 0) {
    const whole = integers === numbers
    if (whole && rows >= FEWEST_FOR_NOTES && ((notes.counting && numbers === present) || (named && unique))) {
      return { kind: 'id', note: 'Numbers each row on its own; left out.' }
    }
    return { kind: whole ? 'integer' : 'number' }
  }
  if (booleans > 0 && texts === 0 && numbers === 0 && marked === 0) return { kind: 'boolean' }
  if (dates === present) return { kind: 'date', note: 'Dates are no feature; left out. Add numbers such as the month or the days since.' }
  const mixed = numbers > 0 ? ` Holds ${numbers} numbers beside ${texts + booleans} texts.` : ''
  const repeats = present - distinct.size
  if (distinct.size <= MAX_CATEGORIES && (rows < FEWEST_FOR_NOTES || repeats > present * 0.1)) {
    return { kind: 'category', ...(mixed === '' ? {} : { note: mixed.trim() }) }
  }
  if (texts > 0 && notes.textLength / texts > 40) return { kind: 'text', note: 'Free text; left out.' }
  if (distinct.size < MAX_DISTINCT && repeats <= present * 0.1)
    return { kind: 'id', note: `Nearly every row has its own value; left out.${mixed}` }
  const count = distinct.size === MAX_DISTINCT ? `more than ${MAX_DISTINCT - 1}` : String(distinct.size)
  return {
    kind: 'text',
    note: `Has ${count} different texts, more than ${MAX_CATEGORIES}; left out. Define it as a string feature to use it.${mixed}`,
  }
}

const USABLE: ReadonlySet<Column['kind']> = new Set(['number', 'integer', 'boolean', 'category'])

function defineFor(
  target: string,
  rows: number,
  notes: ReadonlyMap<string, ColumnNotes>,
  columns: Column[],
): Omit<ModelDefinition, 'algorithm'> & { algorithm: 'random-forest' } {
  const about = columns.find(({ name }) => name === target)
  if (about === undefined || about.kind === 'empty') throw targetMissing(target, [...notes.keys()])
  const purpose = targetOf(about, notes.get(target)!, rows)
  const features: Feature[] = []
  for (const [index, column] of columns.entries()) {
    if (column.name === target || !USABLE.has(column.kind)) continue
    const seen = notes.get(column.name)!
    if (rows >= FEWEST_FOR_NOTES && seen.paired && seen.toTarget.size > 1 && seen.toTarget.size < MAX_DISTINCT / 2) {
      columns[index] = { ...column, note: `Says the same as "${target}" in other words; left out, because it is not known beforehand.` }
      continue
    }
    const options = { name: column.name, required: column.missing === 0, nullable: column.missing > 0 }
    if (column.kind === 'boolean') features.push({ kind: 'boolean', ...options })
    else if (column.kind === 'category') features.push({ kind: 'category', ...options })
    else features.push({ kind: 'number', integer: false, ...options })
  }
  if (features.length === 0 || features.length > MAX_FEATURES) {
    throw new TandemError(
      'invalid_input',
      `The table has ${features.length} columns that can be features of "${target}"; a model takes 1 to ${MAX_FEATURES}. ${columns.length} columns were seen, see POST /v1/tables/inspect for why each is left out.`,
    )
  }
  return {
    task: purpose.task,
    target,
    ...(purpose.classes ? { classes: purpose.classes } : {}),
    features: featureSchemaOf(features) as ModelDefinition['features'],
    algorithm: 'random-forest',
  }
}

function targetOf(column: Column, notes: ColumnNotes, rows: number): { task: 'classification' | 'regression'; classes?: string[] } {
  const numeric = column.kind === 'number' || column.kind === 'integer' || (column.kind === 'id' && notes.texts === 0)
  // Numbers such as 1 and 1.0 are one label only when they are written alike.
  const labels = [...notes.distinct].filter((label) => !numeric || !isMissingText(label))
  if (labels.length === 1) {
    throw new TandemError(
      'too_few_classes',
      `Every row has the same ${column.name} (${shown(labels[0])}), so there is nothing to learn. Add rows of another value.`,
    )
  }
  if (numeric && !numbersAreLabels(notes, labels.length)) return { task: 'regression' }
  if (!numeric && column.distinct > MAX_CATEGORIES) {
    const count = column.distinct >= MAX_DISTINCT ? `more than ${MAX_DISTINCT - 1}` : column.distinct
    throw new TandemError(
      'invalid_input',
      `"${column.name}" has ${count} different texts in ${rows} rows; a model tells at most ${MAX_CATEGORIES} classes apart when they are inferred. Choose another target, or define the model with its classes.`,
      { errors: [{ path: '/target', message: `target "${column.name}" has ${count} different texts` }] },
    )
  }
  return { task: 'classification', classes: sortedLabels(labels) }
}

function numbersAreLabels({ numbers, integers }: ColumnNotes, distinct: number): boolean {
  if (integers < numbers || distinct > MAX_NUMERIC_CLASSES) return false
  return distinct === 2 || numbers >= distinct * ROWS_PER_NUMERIC_CLASS
}

/** Labels in a fixed order: numbers by size, texts by their characters. */
export function sortedLabels(labels: readonly string[]): string[] {
  const numeric = labels.every((label) => numberFromText(label) !== undefined)
  return [...labels].sort(numeric ? (a, b) => Number(a) - Number(b) || (a < b ? -1 : 1) : undefined)
}
