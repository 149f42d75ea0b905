// Checks and packs what rows are weighed and parted by: the columns that stand beside features and target. They have names of their own
// in a part, so that a column may be a feature and a group, and may become the one or the other later.
import { isMissingText, millisecondsFromText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { TandemError } from '../../errors.ts'
import { shown, typeOf } from '../../platform/validation/describe-schema.ts'
import type { AsideColumn } from '../models/index.ts'
import { createColumn, setText, type TableColumn } from './table-columns.ts'

/** Largest weight: beyond it sums of many lose what the small ones say. */
const MOST_WEIGHT = 1e30
const MAX_TEXT = 1000
/** A hold-out and two folds. */
export const FEWEST_GROUPS = 3

/** What a cell says, or what is wrong with it as the end of a sentence. */
type Read = { readonly value: number | string } | { readonly problem: string }

export class AsideWriter {
  readonly columns: readonly AsideColumn[]
  /** Those that are stored beside the features. */
  readonly stored: ReadonlyMap<string, TableColumn>
  readonly #read: (Read & { readonly value?: number | string })[] = []
  #positive = 0
  #rows = 0
  #timesAreNumbers: boolean | undefined
  /** Different groups and times, as many as it takes to know that they are enough. */
  readonly #groups = new Set<string>()
  readonly #times = new Set<number>()

  constructor(columns: readonly AsideColumn[], capacity: number) {
    this.columns = columns
    const own = columns.filter(({ isFeature }) => !isFeature)
    this.stored = new Map(own.map(({ name, role }) => [name, createColumn(role === 'weight' ? 'number' : 'document', capacity)]))
  }

  /** Reads the cells of a row, one a column in their order; returns what is wrong with each that is. */
  read(cells: readonly unknown[]): { readonly name: string; readonly problem: string }[] {
    return this.columns.flatMap(({ name, role }, index) => {
      const read = role === 'weight' ? weightOf(cells[index]) : role === 'group' ? groupOf(cells[index]) : this.#timeOf(cells[index])
      this.#read[index] = read
      return 'problem' in read ? [{ name, problem: read.problem }] : []
    })
  }

  /** Takes the row that was read; returns the bytes it adds. */
  take(row: number): number {
    let bytes = 0
    this.#rows++
    for (const [index, { name, role }] of this.columns.entries()) {
      const value = this.#read[index]!.value!
      if (role === 'weight' && (value as number) > 0) this.#positive++
      if (role === 'group' && this.#groups.size < FEWEST_GROUPS) this.#groups.add(value as string)
      if (role === 'time') {
        this.#timesAreNumbers ??= numberFromText(String(value)) !== undefined
        if (this.#times.size < 2) this.#times.add(timeFromText(String(value))!.time)
      }
      const column = this.stored.get(name)
      if (column?.kind === 'number') column.values[row] = value as number
      else if (column !== undefined) bytes += setText(column, row, String(value))
    }
    return bytes
  }

  /** Forgets the texts of a part that was written. */
  clear(): void {
    for (const column of this.stored.values()) if (column.kind === 'text') column.dictionary.clear()
  }

  /** @throws `too_few_rows` for rows that cannot be weighed or parted so. */
  finish(): void {
    if (this.#rows === 0) return
    for (const { name, role } of this.columns) {
      if (role === 'weight' && this.#positive === 0) throw allWeightless(name, this.#rows)
      if (role === 'group' && this.#groups.size < FEWEST_GROUPS) throw tooFewGroups(name, this.#groups.size)
      if (role === 'time' && this.#times.size < 2) throw oneTime(name, this.#rows)
    }
  }

  #timeOf(given: unknown): Read {
    if (given === undefined || given === null || given === '') return { problem: 'is missing; the split needs the time of every row' }
    const text = String(given)
    const time = typeof given === 'string' || typeof given === 'number' ? timeFromText(text) : undefined
    if (time === undefined)
      return { problem: `must be a time: an ISO date such as 2026-11-26 or 2026-11-26T10:00Z, or a number, got ${gotOf(given)}` }
    if (this.#timesAreNumbers !== undefined && this.#timesAreNumbers !== time.isNumber)
      return { problem: `must be ${this.#timesAreNumbers ? 'a number' : 'an ISO date'} as in the rows before, got ${gotOf(given)}` }
    return { value: text }
  }
}

/** A time as a number that orders rows: milliseconds since 1970 of an ISO date, a number as it is. */
export function timeFromText(text: string): { readonly time: number; readonly isNumber: boolean } | undefined {
  const number = numberFromText(text)
  if (number !== undefined) return Number.isFinite(number) ? { time: number, isNumber: true } : undefined
  const time = millisecondsFromText(text)
  return time === undefined ? undefined : { time, isNumber: false }
}

export const isWeight = (value: number): boolean => value >= 0 && value <= MOST_WEIGHT

function weightOf(given: unknown): Read {
  if (given === undefined || given === null || (typeof given === 'string' && isMissingText(given))) {
    return { problem: `is missing; the weight of a row is a number from 0${given === 'NaN' ? ', got NaN' : ''}` }
  }
  const value = typeof given === 'string' ? numberFromText(given) : given
  if (typeof value === 'number' && isWeight(value)) return { value }
  return { problem: `must be a weight: a number from 0 to 1e30, got ${typeof value === 'number' ? value : gotOf(given)}` }
}

function groupOf(given: unknown): Read {
  if (given === undefined || given === null || given === '') return { problem: 'is missing; the split needs the group of every row' }
  if (typeof given === 'string' && given.length <= MAX_TEXT) return { value: given }
  if (typeof given === 'boolean' || (typeof given === 'number' && Number.isFinite(given))) return { value: String(given) }
  return { problem: `must be a group: a text of at most ${MAX_TEXT} characters, a number or a boolean, got ${gotOf(given)}` }
}

const gotOf = (value: unknown): string => `${typeOf(value)} ${typeof value === 'number' ? value : shown(value)}`

export function allWeightless(name: string, rows: number): TandemError {
  return new TandemError(
    'too_few_rows',
    `All ${rows} rows have the weight ("${name}") 0, so none counts. Give rows to learn from a weight above 0.`,
    {
      details: { rows, weight: name },
      errors: [{ path: `/columns/${name}`, message: `"${name}" must be above 0 in some rows` }],
    },
  )
}

export function tooFewGroups(name: string, groups: number): TandemError {
  return new TandemError(
    'too_few_rows',
    `The rows have ${groups} different "${name}"; a split by group needs at least ${FEWEST_GROUPS}, to hold some out and compare the others. Add rows of other groups, or split at random.`,
    {
      details: { groups, minimum: FEWEST_GROUPS },
      errors: [{ path: '/split/column', message: `"${name}" must have at least ${FEWEST_GROUPS} different values, got ${groups}` }],
    },
  )
}

export function oneTime(name: string, rows: number): TandemError {
  return new TandemError(
    'too_few_rows',
    `All ${rows} rows have the same "${name}", so none is later than another. Split at random, or by another column.`,
    { details: { rows }, errors: [{ path: '/split/column', message: `"${name}" must have at least 2 different times` }] },
  )
}
