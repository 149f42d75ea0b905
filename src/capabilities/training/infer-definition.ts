// From what was seen of a table's columns to the definition of a model that predicts one of them, with what a person corrects.

import { isMissingLabel, isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { type FieldError, TandemError } from '../../errors.ts'
import { nearestName, shown } from '../../platform/validation/describe-schema.ts'
import { type AlgorithmName, type Feature, featureSchemaOf, MAX_FEATURES, type ModelDefinition, usualAlgorithm } from '../models/index.ts'
import { type ColumnNotes, MAX_DISTINCT } from './column-notes.ts'
import { isFreeText, MAX_CATEGORIES } from './describe-column.ts'
import type { Column, ColumnChoices } from './schema.ts'
import { targetMissing } from './table-writer.ts'

/** Whole numbers with at most so many different values are taken for labels when they repeat, see `numbersAreLabels`. */
const MAX_NUMERIC_CLASSES = 20
/** Rows for each different number that make it a label rather than a count; two numbers are yes and no however few the rows. */
const ROWS_PER_NUMERIC_CLASS = 10
const MAX_CLASSES = 1000

const USABLE: ReadonlySet<Column['kind']> = new Set(['number', 'integer', 'boolean', 'category'])

export type InferredDefinition = Omit<ModelDefinition, 'algorithm'> & { readonly algorithm: AlgorithmName }

/**
 * A target of texts or booleans makes a classification. A target of numbers makes a regression, unless all are whole, at most
 * 20 differ and each stands for 10 rows or more on average (ratings, grades, class codes); two different whole numbers are
 * always classes. Fractions such as 3.1 are never classes. `choices` go before all of this and before `leftOut`.
 *
 * @throws `target_missing`, `too_few_classes`, `invalid_input`.
 */
export function inferDefinition(
  target: string,
  columns: readonly Column[],
  notes: readonly ColumnNotes[],
  { choices = {}, leftOut = new Set() }: { readonly choices?: ColumnChoices; readonly leftOut?: ReadonlySet<string> } = {},
): InferredDefinition {
  const names = columns.map(({ name }) => name)
  const place = names.indexOf(target)
  const about = columns[place]
  if (about === undefined || about.kind === 'empty') throw targetMissing(target, names)
  checkChoices(choices, names, target)
  const purpose = purposeOf(about, notes[place]!, choices[target]?.kind)
  const features: Feature[] = []
  for (const column of columns) {
    const { kind: chosen, use } = choices[column.name] ?? {}
    const ownNotes = notes[names.indexOf(column.name)]!
    const readable = (column.kind === 'text' && isFreeText(ownNotes)) || (column.kind === 'date' && ownNotes.isoDates === ownNotes.dates)
    const usable = (USABLE.has(column.kind) || readable) && !leftOut.has(column.name)
    if (column.name === target || !(use ?? (usable || chosen !== undefined))) continue
    const kind = chosen ?? (USABLE.has(column.kind) ? column.kind : naturalKind(column.kind, ownNotes))
    const missing = column.missing + (kind === 'date' ? ownNotes.marked : 0)
    const options = { name: column.name, required: missing === 0, nullable: missing > 0 }
    if (kind === 'boolean') features.push({ kind, ...options })
    else if (kind === 'category' || kind === 'text') features.push({ kind, ...options })
    else if (kind === 'date') features.push({ kind, time: ownNotes.times > 0, ...options })
    else features.push({ kind: 'number', integer: chosen === 'integer', ...options })
  }
  if (features.length === 0 || features.length > MAX_FEATURES) {
    throw new TandemError(
      'invalid_input',
      `The table has ${features.length} columns that can be features of "${target}"; a model takes 1 to ${MAX_FEATURES}. ${columns.length} columns were seen; the note of each says why it is left out.`,
    )
  }
  return {
    task: purpose.task,
    target,
    ...(purpose.classes ? { classes: purpose.classes } : {}),
    features: featureSchemaOf(features) as ModelDefinition['features'],
    algorithm: usualAlgorithm(
      purpose.task,
      features.every(({ kind }) => kind === 'text'),
    ),
  }
}

/** Labels in a fixed order: numbers by size, texts by their characters. */
export function sortedLabels(labels: readonly string[]): string[] {
  const numeric = labels.every((label) => numberFromText(label) !== undefined)
  return [...labels].sort(numeric ? (a, b) => Number(a) - Number(b) || (a < b ? -1 : 1) : undefined)
}

/** What a column that is left out by itself is read as when somebody wants it. */
function naturalKind(kind: Column['kind'], notes: ColumnNotes): 'number' | 'boolean' | 'category' | 'text' | 'date' {
  if (kind === 'text') return 'text'
  const { numbers, texts, booleans, dates, isoDates } = notes
  if (kind === 'date' && isoDates === dates) return 'date'
  if (numbers > 0 && texts === 0 && booleans === 0) return 'number'
  return booleans > 0 && texts === 0 && numbers === 0 ? 'boolean' : 'category'
}

function checkChoices(choices: ColumnChoices, names: readonly string[], target: string): void {
  const errors: FieldError[] = []
  for (const [name, { use }] of Object.entries(choices)) {
    const path = `/columns/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    if (!names.includes(name)) {
      const near = nearestName(name, names)
      errors.push({
        path,
        message: `the table has no column "${name.slice(0, 100)}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      })
    } else if (name === target && use === false) errors.push({ path, message: `"${name}" is the target and cannot be left out` })
  }
  if (errors.length > 0) {
    throw new TandemError('invalid_input', `The choices of columns do not fit the table: ${errors[0]!.message}.`, {
      errors: errors.slice(0, 20),
    })
  }
}

type Purpose = { readonly task: 'classification' | 'regression'; readonly classes?: string[] }

function purposeOf(column: Column, notes: ColumnNotes, chosen: string | undefined): Purpose {
  const numeric = column.kind === 'number' || column.kind === 'integer' || (notes.texts === 0 && notes.booleans === 0 && notes.numbers > 0)
  // Numbers such as 1 and 1.0 are one label only when they are written alike.
  const labels = [...notes.counts.keys()].filter((label) => !(numeric ? isMissingText : isMissingLabel)(label))
  if (labels.length === 0) throw targetMissing(column.name, [column.name])
  if (labels.length === 1) {
    throw new TandemError(
      'too_few_classes',
      `Every row has the same ${column.name} (${shown(labels[0])}), so there is nothing to learn. Add rows of another value.`,
    )
  }
  const asNumber = chosen === 'number' || chosen === 'integer'
  if (asNumber && !numeric) {
    const example = labels.find((label) => numberFromText(label) === undefined)
    throw new TandemError('invalid_input', `"${column.name}" cannot be predicted as a number: it holds texts such as ${shown(example)}.`, {
      errors: [{ path: `/columns/${column.name}`, message: `"${column.name}" holds texts` }],
    })
  }
  if (asNumber || (chosen === undefined && numeric && !numbersAreLabels(notes, labels.length))) return { task: 'regression' }
  const most = chosen === undefined ? MAX_CATEGORIES : MAX_CLASSES
  if ((chosen !== undefined || !numeric) && column.distinct > most) {
    const count = column.distinct >= MAX_DISTINCT ? `more than ${MAX_DISTINCT - 1}` : column.distinct
    const different = numeric ? 'numbers' : 'texts'
    throw new TandemError(
      'invalid_input',
      `"${column.name}" has ${count} different ${different}; a model tells at most ${most} classes apart${chosen === undefined ? ' when they are inferred' : ''}. Choose another target, or define the model with its classes.`,
      { errors: [{ path: '/target', message: `target "${column.name}" has ${count} different ${different}` }] },
    )
  }
  return { task: 'classification', classes: sortedLabels(labels) }
}

function numbersAreLabels({ numbers, integers }: ColumnNotes, distinct: number): boolean {
  if (integers < numbers || distinct > MAX_NUMERIC_CLASSES) return false
  return distinct === 2 || numbers >= distinct * ROWS_PER_NUMERIC_CLASS
}
