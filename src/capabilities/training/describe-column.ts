// What the notes of a column say: its kind, how its values spread, and why it is left out of a model.
import { shown } from '../../platform/validation/describe-schema.ts'
import { type ColumnNotes, MAX_DISTINCT } from './column-notes.ts'
import { histogramOf } from './number-histogram.ts'
import type { Column } from './schema.ts'

export const MAX_CATEGORIES = 100
/** Fewer rows cannot show that a column is an id or gives the target away. */
export const FEWEST_FOR_NOTES = 20
/** Tables of many columns are told in fewer words. */
const WIDE = 200
const BINS = 20
const TOP_VALUES = 10

export function describeColumn(notes: ColumnNotes, rows: number, columns: number): Column {
  const { kind, note } = kindOf(notes, rows)
  const numeric = notes.texts === 0 && notes.numbers > 0
  const categorical = kind === 'category' || kind === 'boolean'
  const values = [...notes.counts.keys()]
  const missing = notes.blank + (numeric ? notes.marked : 0)
  return {
    name: notes.name,
    kind,
    missing,
    missingShare: rows === 0 ? 0 : missing / rows,
    distinct: notes.counts.size,
    ...(numeric && notes.booleans === 0 ? { minimum: notes.minimum, maximum: notes.maximum } : {}),
    ...(categorical ? { categories: values.slice(0, MAX_CATEGORIES).sort() } : {}),
    examples: values.slice(0, 3).map((value) => value.slice(0, 60)),
    spread: spreadOf(notes, numeric && notes.booleans === 0, columns > WIDE ? 0.5 : 1),
    ...(note === undefined ? {} : { note }),
  }
}

function spreadOf(notes: ColumnNotes, numeric: boolean, share: number): Column['spread'] {
  if (numeric) {
    const histogram = histogramOf(notes.histogram, BINS * share)
    return { mean: notes.sum / notes.numbers, histogram }
  }
  const ranked = [...notes.counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const present = notes.numbers + notes.booleans + notes.texts + notes.marked
  const top = ranked.slice(0, TOP_VALUES * share).map(([value, count]) => ({ value: value.slice(0, 60), count }))
  return { top, others: present - top.reduce((sum, { count }) => sum + count, 0) }
}

/** Mean length from which texts are sentences rather than names. */
const SENTENCE = 40

/** Whether the texts of a column are to be read word by word. */
export function isFreeText({ texts, textLength }: ColumnNotes): boolean {
  return texts > 0 && textLength / texts > SENTENCE
}

/** Whether a column of texts is one of numbers, but for a few cells. */
export function isMostlyNumbers({ numbers, texts, booleans, counts }: ColumnNotes): boolean {
  const others = texts + booleans
  return others > 0 && others < numbers / (counts.size > MANY_VALUES ? 2 : 10)
}

/** Whether most cells are numbers like 1,5 that were read as texts. */
export function hasCommaNumbers({ decimalCommas, texts }: ColumnNotes): boolean {
  return decimalCommas > texts / 2
}

/** A column of sizes or grades has fewer. */
const MANY_VALUES = 20

function kindOf(notes: ColumnNotes, rows: number): { kind: Column['kind']; note?: string } {
  const { name, numbers, integers, booleans, dates, isoDates, texts, marked, counts } = notes
  const present = rows - notes.blank
  if (present === 0) return { kind: 'empty', note: 'Every cell is empty; left out.' }
  if (counts.size === 1) return { kind: 'constant', note: `Every row has ${shown(counts.keys().next().value)}; left out.` }
  const unique = counts.size === MAX_DISTINCT ? rows >= FEWEST_FOR_NOTES && numbers === present : counts.size === present
  // What R and pandas write for the names of rows counts too.
  const named = /(^|[_\s-])(id|uuid|guid)$|[a-z]Id$|^row[_\s.-]?(names?|number|num|no|index|id)$|^unnamed: 0$/i.test(name)
  if (numbers > 0 && texts === 0 && booleans === 0) {
    const whole = integers === numbers
    if (whole && rows >= FEWEST_FOR_NOTES && ((notes.counting && numbers === present) || (named && unique))) {
      return { kind: 'id', note: 'Numbers each row on its own; left out.' }
    }
    return { kind: whole ? 'integer' : 'number' }
  }
  if (booleans > 0 && texts === 0 && numbers === 0 && marked === 0) return { kind: 'boolean' }
  if (dates > 0 && dates + marked === present) {
    if (isoDates === dates) return { kind: 'date' }
    return { kind: 'date', note: 'Dates that are not written like 2026-11-26 could mean two days; left out.' }
  }
  const mixed = numbers > 0 ? ` Holds ${numbers} numbers beside ${texts + booleans} texts.` : ''
  const repeats = present - counts.size
  if (counts.size <= MAX_CATEGORIES && (rows < FEWEST_FOR_NOTES || repeats > present * 0.1)) {
    return { kind: 'category', ...(mixed === '' ? {} : { note: mixed.trim() }) }
  }
  if (isFreeText(notes)) return { kind: 'text', ...(mixed === '' ? {} : { note: mixed.trim() }) }
  // Numbers are no id because a few cells are none, or because they are written with commas.
  if (isMostlyNumbers(notes) || hasCommaNumbers(notes)) return { kind: 'text', note: `Left out.${mixed}` }
  if (counts.size < MAX_DISTINCT && repeats <= present * 0.1)
    return { kind: 'id', note: `Nearly every row has its own value; left out.${mixed}` }
  const count = counts.size === MAX_DISTINCT ? `more than ${MAX_DISTINCT - 1}` : String(counts.size)
  return {
    kind: 'text',
    note: `Has ${count} different texts, more than ${MAX_CATEGORIES}; left out. Read it as text or category to use it.${mixed}`,
  }
}
