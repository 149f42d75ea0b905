// What is seen of one column while a table is read: plain data in bounded memory, so that it can be kept and sent between
// threads. A value that was seen before costs one look-up; its kind and number are added when the rows are over.
import { hoursFromText, isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { addToHistogram, createNumberHistogram, type NumberHistogram } from './number-histogram.ts'

/** Different values remembered of a column. */
export const MAX_DISTINCT = 1001
/** Characters of a value that are remembered. */
const MAX_TEXT = 200
const DATE = /^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}.*)?$|^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}$/
/** A number with a comma for its point, as much of Europe writes it. */
const DECIMAL_COMMA = /^[+-]?\d{1,3}(\.\d{3})*,\d+$|^[+-]?\d+,\d+$/
const BOOLEANS = new Set(['true', 'false', 'True', 'False', 'TRUE', 'FALSE'])

export interface ColumnNotes {
  readonly name: string
  blank: number
  /** NA and the like: missing in a column of numbers, a value in one of texts. */
  marked: number
  numbers: number
  integers: number
  booleans: number
  dates: number
  /** Dates in ISO form, and those of them that name a time. */
  isoDates: number
  times: number
  texts: number
  textLength: number
  decimalCommas: number
  sum: number
  minimum: number
  maximum: number
  /** Whether every number was one more than the one before. */
  counting: boolean
  last: number | undefined
  readonly histogram: NumberHistogram
  /** Rows of each value, in the order of their first rows; of the first `MAX_DISTINCT` values. */
  readonly counts: Map<string, number>
  /** Whether the counts have been added. */
  folded: boolean
}

export function createColumnNotes(name: string, blank: number): ColumnNotes {
  return {
    ...{
      name,
      blank,
      marked: 0,
      numbers: 0,
      integers: 0,
      booleans: 0,
      dates: 0,
      isoDates: 0,
      times: 0,
      texts: 0,
      textLength: 0,
      decimalCommas: 0,
    },
    ...{ sum: 0, minimum: Number.POSITIVE_INFINITY, maximum: Number.NEGATIVE_INFINITY, counting: true, last: undefined },
    ...{ histogram: createNumberHistogram(), counts: new Map(), folded: false },
  }
}

export function noteValue(notes: ColumnNotes, value: unknown): void {
  const text = textOfValue(value)
  if (text === '') {
    notes.blank++
    return
  }
  const short = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
  const known = notes.counts.get(short)
  if (known !== undefined) {
    notes.counts.set(short, known + 1)
    // What comes twice does not count up.
    notes.counting = false
    return
  }
  if (notes.counts.size < MAX_DISTINCT) notes.counts.set(owned(short), 1)
  noteKind(notes, text, 1)
}

/** Adds what was only counted. To be called once, when the rows are over. */
export function foldCounts(notes: ColumnNotes): void {
  if (notes.folded) return
  notes.folded = true
  const { counting } = notes
  for (const [text, count] of notes.counts) if (count > 1) noteKind(notes, text, count - 1)
  notes.counting = counting
}

export function textOfValue(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A copy that does not keep the whole piece of the file alive that the text was cut from. */
export function owned(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1)
}

function noteKind(notes: ColumnNotes, text: string, weight: number): void {
  if (BOOLEANS.has(text)) {
    notes.booleans += weight
    return
  }
  const number = numberFromText(text)
  if (number !== undefined && Number.isFinite(number)) noteNumber(notes, number, weight)
  else if (isMissingText(text)) notes.marked += weight
  else {
    notes.texts += weight
    notes.textLength += text.length * weight
    if (DATE.test(text)) noteDate(notes, text, weight)
    else if (DECIMAL_COMMA.test(text)) notes.decimalCommas += weight
  }
}

function noteDate(notes: ColumnNotes, text: string, weight: number): void {
  notes.dates += weight
  if (hoursFromText(text) === undefined) return
  notes.isoDates += weight
  if (text.length > 10) notes.times += weight
}

function noteNumber(notes: ColumnNotes, number: number, weight: number): void {
  notes.numbers += weight
  notes.sum += number * weight
  if (Number.isInteger(number)) notes.integers += weight
  if (notes.last !== undefined && number !== notes.last + 1) notes.counting = false
  notes.last = number
  if (number < notes.minimum) notes.minimum = number
  if (number > notes.maximum) notes.maximum = number
  addToHistogram(notes.histogram, number, weight)
}
