// What a person should know of a table before training on it.

import { isMissingLabel, isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import type { ColumnNotes } from './column-notes.ts'
import { FEWEST_FOR_NOTES, hasCommaNumbers, isMostlyNumbers } from './describe-column.ts'
import { FEWEST_ROWS } from './intake.ts'
import type { Column, TableWarning } from './schema.ts'
import type { Survey } from './table-survey.ts'

const MANY_MISSING = 0.5
/** Share of the commonest class above which accuracy says little. */
const IMBALANCED = 0.9
const FEW_OF_A_CLASS = 10
const SHOWN = 5
/** Names of columns whose values are things that rows are about, and of those that say when. */
const THING = /(^|[_\s-])(id|uuid|guid|patient|customer|client|user|subject|session|device|account|household|member)$|[a-z]Id$/i
const WHEN = /(^|[_\s-])(timestamp|time|year|epoch)$|[a-z](Timestamp|Time|Year)$/i
/** Fewer things tell nothing of others, and fewer rows of each are no groups. */
const [FEWEST_THINGS, FEWEST_OF_A_THING] = [10, 1.5]
const FEWEST_TIMES = 10

/** Warnings that hold for every target. */
export function tableWarnings(survey: Survey, columns: readonly Column[], rows: readonly (readonly string[])[]): TableWarning[] {
  const { ragged, head } = survey
  const warnings: TableWarning[] = []
  if (head?.dialect.encoding === 'windows-1252' && head.guessedEncoding) {
    const message = 'The bytes are no UTF-8, so they are read as windows-1252. Check letters such as é and ß in the preview.'
    warnings.push({ code: 'encoding_guessed', message })
  }
  for (const { index, from, to } of head?.renamed ?? []) {
    const message =
      from === ''
        ? `Column ${index + 1} has no name; it is called "${to}" here.`
        : `Column ${index + 1} is called "${from.slice(0, 100)}" like one before it, or cannot be a name; it is called "${to}" here.`
    warnings.push({ column: to, code: from === '' ? 'unnamed_column' : 'renamed_column', message })
  }
  if (columns.length === 1 && head?.dialect.format === 'csv') {
    warnings.push({ code: 'one_column', message: 'The table has one column. If there are more in the file, another delimiter parts them.' })
  }
  if (ragged.count > 0) warnings.push({ code: 'ragged_rows', message: raggedMessage(survey, columns.length) })
  if (survey.rows < FEWEST_ROWS) {
    const message = survey.rows === 0 ? 'There is only a header and no row.' : `There are ${survey.rows} rows.`
    warnings.push({ code: 'too_few_rows', message: `${message} Training needs at least ${FEWEST_ROWS}.` })
  }
  for (const [index, column] of columns.entries()) {
    warnings.push(
      ...columnWarnings(column, survey.columns[index]!, survey.rows),
      ...splitHints(column, survey.columns[index]!, survey.rows),
    )
  }
  return [...warnings, ...sameColumns(columns, rows)]
}

/** Whether the classes of a target can be told apart and judged. */
export function classWarnings(target: Column, notes: ColumnNotes): TableWarning[] {
  const labels = [...notes.counts].filter(([label]) => !isMissingLabel(label)).sort((a, b) => b[1] - a[1])
  const all = labels.reduce((sum, [, count]) => sum + count, 0)
  const [first, last] = [labels[0], labels.at(-1)]
  if (first === undefined || last === undefined || labels.length < 2) return []
  const warnings: TableWarning[] = []
  if (first[1] > all * IMBALANCED) {
    const share = percent(first[1] / all)
    const message = `${share} of the rows are "${first[0]}": a model that always says so is right that often. Judge by ROC AUC and log loss, not by accuracy.`
    warnings.push({ column: target.name, code: 'imbalanced', message })
  }
  warnings.push(...labelWarnings(target.name, notes.counts))
  const few = labels.filter(([, count]) => count < FEW_OF_A_CLASS)
  if (few.length > 0) {
    const names = few.slice(0, SHOWN).map(([label, count]) => `"${label}" (${count})`)
    const message = `${few.length} of ${labels.length} classes have fewer than ${FEW_OF_A_CLASS} rows: ${names.join(', ')}${few.length > SHOWN ? ', …' : ''}. They can hardly be learned or judged.`
    warnings.push({ column: target.name, code: 'rare_class', message })
  }
  return warnings
}

/** Texts that may not be the classes they are taken for. */
function labelWarnings(column: string, counts: ReadonlyMap<string, number>): TableWarning[] {
  const warnings: TableWarning[] = []
  for (const [label, count] of counts) {
    if (isMissingLabel(label)) {
      const message = `${count} rows have "${label}" for "${column}", which is taken for a missing value: they are left out.`
      warnings.push({ column, code: 'missing_label', message })
    } else if (isMissingText(label)) {
      const message = `${count} rows have "${label}" for "${column}", which is taken for a class. If it stands for a missing value, leave those cells empty.`
      warnings.push({ column, code: 'missing_label', message })
    }
  }
  const alike = Map.groupBy(counts.keys(), (label) => label.trim().toLowerCase())
  for (const labels of alike.values()) {
    if (labels.length < 2) continue
    const names = labels.slice(0, SHOWN).map((label) => JSON.stringify(label))
    const message = `${names.join(' and ')} are different classes of "${column}", though they differ only by case or by blanks. Write them alike if they mean the same.`
    warnings.push({ column, code: 'alike_labels', message })
  }
  return warnings
}

function columnWarnings(column: Column, notes: ColumnNotes, rows: number): TableWarning[] {
  const { name, kind, missing } = column
  const warn = (code: TableWarning['code'], message: string): TableWarning => ({ column: name, code, message })
  if (kind === 'id')
    return [warn('looks_like_id', `"${name}" looks like an id: it names rows and says nothing about new ones. It is left out.`)]
  if (kind === 'constant') return [warn('constant', `"${name}" has the same value in every row and is left out.`)]
  if (kind === 'empty') return rows === 0 ? [] : [warn('empty', `"${name}" is empty in every row and is left out.`)]
  const warnings: TableWarning[] = []
  if (notes.numbers === 0 && hasCommaNumbers(notes)) {
    warnings.push(
      warn(
        'decimal_comma',
        `"${name}" holds numbers with a comma, which are read as texts. Read the table with decimal "," if it stands before decimals; leave it out if it parts thousands.`,
      ),
    )
  }
  if (isMostlyNumbers(notes)) {
    const text = [...notes.counts.keys()].find((value) => !isMissingText(value) && !Number.isFinite(numberFromText(value)))
    const such = text === undefined ? '' : ` such as "${text.slice(0, 40)}"`
    const read = kind === 'category' ? 'it is read as categories' : 'it is left out unless you say what it is'
    warnings.push(
      warn(
        'mixed',
        `"${name}" holds ${notes.numbers} numbers and ${notes.texts + notes.booleans} texts${such}, so ${read}. Leave those cells empty to use it as a number.`,
      ),
    )
  }
  if (rows >= FEWEST_FOR_NOTES && missing > rows * MANY_MISSING) {
    warnings.push(warn('many_missing', `"${name}" is missing in ${percent(missing / rows)} of the rows.`))
  }
  return warnings
}

/** Columns by which the rows may have to be split; whether they do, only a person knows. */
function splitHints({ name, kind, distinct }: Column, notes: ColumnNotes, rows: number): TableWarning[] {
  if (rows < FEWEST_FOR_NOTES) return []
  const counted = [...notes.counts.values()].reduce((sum, count) => sum + count, 0)
  const each = counted / Math.max(1, distinct)
  if (['integer', 'category', 'text'].includes(kind) && THING.test(name) && distinct >= FEWEST_THINGS && each >= FEWEST_OF_A_THING) {
    const message = `"${name}" repeats: a value stands in ${each.toPrecision(2)} rows on average. If the model is meant for values it has not seen, split by group on "${name}": held out at random, rows of one would be on both sides and it would look better than it is.`
    return [{ column: name, code: 'repeats_ids', message }]
  }
  const isTime = (kind === 'date' && notes.isoDates === notes.dates) || (kind === 'integer' && WHEN.test(name))
  if (!isTime || distinct < FEWEST_TIMES) return []
  const message = `"${name}" may say when each row was. If the model is meant to predict what comes later, split by time on "${name}": it then learns from earlier rows and is judged on the latest.`
  return [{ column: name, code: 'orders_rows', message }]
}

/** Columns that hold the same in every row that was drawn. */
function sameColumns(columns: readonly Column[], rows: readonly (readonly string[])[]): TableWarning[] {
  if (rows.length < FEWEST_FOR_NOTES) return []
  const first = new Map<string, string>()
  return columns.flatMap(({ name, kind }, index): TableWarning[] => {
    if (kind === 'constant' || kind === 'empty') return []
    const content = JSON.stringify(rows.map((row) => row[index] ?? ''))
    const same = first.get(content)
    if (same === undefined) {
      first.set(content, name)
      return []
    }
    return [{ column: name, code: 'same_values', message: `"${name}" holds the same values as "${same}"; one of them is enough.` }]
  })
}

function raggedMessage({ ragged }: Survey, width: number): string {
  const places = ragged.first.map(({ line, cells }) => `line ${line} (${cells})`).join(', ')
  const more = ragged.count > ragged.first.length ? ', …' : ''
  return `${ragged.count} ${ragged.count === 1 ? 'row has' : 'rows have'} more or fewer cells than the ${width} columns of the header: ${places}${more}. Training refuses them unless it is told to skip them; if there are many, the delimiter may be another one.`
}

const percent = (share: number): string => `${(share * 100).toPrecision(3)} %`
