// Weights, groups and times of stored rows, on shared memory: what they are weighed and parted by. Runs in a thread, part by part.
import { TandemError } from '../../errors.ts'
import type { AsideColumn } from '../models/index.ts'
import { isWeight, timeFromText } from './aside-writer.ts'
import type { PartColumn, TablePart } from './table-part.ts'
import { textHash } from './text-hash.ts'

/** By row of the table, on shared memory; the arrays of the roles that are asked for. */
export interface Aside {
  readonly columns: readonly AsideColumn[]
  /** NaN where there is none. */
  readonly weights?: Float64Array
  /** A hash of each group; groups of one hash are kept together. */
  readonly groups?: Uint32Array
  /** Milliseconds since 1970, or numbers as they are; NaN where there is none. */
  readonly times?: Float64Array
}

/** What is found of each column, in their order. */
export interface AsideNotes {
  /** Rows that lack it. */
  readonly missing: readonly number[]
  /** Rows whose time is a number, and a date. */
  readonly numbers: number
  readonly dates: number
}

export function createAside(columns: readonly AsideColumn[], rows: number): Aside {
  const has = (role: AsideColumn['role']): boolean => columns.some((column) => column.role === role)
  const doubles = (): Float64Array => new Float64Array(new SharedArrayBuffer(rows * 8))
  return {
    columns,
    ...(has('weight') ? { weights: doubles() } : {}),
    ...(has('group') ? { groups: new Uint32Array(new SharedArrayBuffer(rows * 4)) } : {}),
    ...(has('time') ? { times: doubles() } : {}),
  }
}

export function fillAside({ columns, weights, groups, times }: Aside, part: TablePart, firstRow: number): AsideNotes {
  let [numbers, dates] = [0, 0]
  const missing = columns.map(({ name, role }) => {
    // What is stored beside the features goes before a feature of that name.
    const column = part.aside[name] ?? part.columns[name]
    if (column === undefined) {
      if (role === 'group') return part.rows
      ;(role === 'weight' ? weights : times)!.fill(Number.NaN, firstRow, firstRow + part.rows)
      return part.rows
    }
    if (role === 'weight') return fill(weights!, weightsOf(column), part.rows, firstRow)
    if (role === 'group') return fillGroups(groups!, column, part.rows, firstRow)
    const { read, areNumbers } = timesOf(column)
    const lacking = fill(times!, read, part.rows, firstRow)
    for (let row = 0; row < part.rows; row++) {
      if (Number.isNaN(times![firstRow + row])) continue
      if (areNumbers(row)) numbers++
      else dates++
    }
    return lacking
  })
  return { missing, numbers, dates }
}

export function addNotes(a: AsideNotes, b: AsideNotes): AsideNotes {
  return {
    missing: b.missing.map((count, index) => count + (a.missing[index] ?? 0)),
    numbers: a.numbers + b.numbers,
    dates: a.dates + b.dates,
  }
}

/** @throws `invalid_input` for stored rows that cannot be weighed or parted so: they are older than the definition. */
export function checkAside({ columns }: Aside, { missing, numbers, dates }: AsideNotes, rows: number, model: string): void {
  for (const [index, { name, role }] of columns.entries()) {
    const what = role === 'weight' ? `the weight "${name}"` : `the ${role} "${name}" of the split`
    const lacking = missing[index]!
    if (lacking > 0) throw notStored(`${lacking} of ${rows} stored rows of "${model}" have no usable value of ${what}`, name)
    if (role === 'time' && numbers > 0 && dates > 0)
      throw notStored(`Of the stored rows of "${model}" ${numbers} have a number and ${dates} a date as ${what}`, name)
  }
}

function notStored(what: string, name: string): TandemError {
  return new TandemError('invalid_input', `${what}; they may be older than the definition. Train on rows that have "${name}".`, {
    errors: [{ path: `/columns/${name}`, message: `the stored rows must have "${name}"` }],
  })
}

function fill(out: Float64Array, read: (row: number) => number, rows: number, firstRow: number): number {
  let missing = 0
  for (let row = 0; row < rows; row++) {
    const value = read(row)
    out[firstRow + row] = value
    if (Number.isNaN(value)) missing++
  }
  return missing
}

function weightsOf(column: PartColumn): (row: number) => number {
  if (!(column instanceof Float64Array)) return () => Number.NaN
  return (row) => (isWeight(column[row]!) ? column[row]! : Number.NaN)
}

function fillGroups(out: Uint32Array, column: PartColumn, rows: number, firstRow: number): number {
  let missing = 0
  if (column instanceof Float64Array) {
    for (let row = 0; row < rows; row++) {
      if (Number.isNaN(column[row])) missing++
      out[firstRow + row] = textHash(String(column[row]))
    }
    return missing
  }
  const hashes = Uint32Array.from(column.texts, textHash)
  for (let row = 0; row < rows; row++) {
    const code = column.codes[row]!
    if (code < 0) missing++
    else out[firstRow + row] = hashes[code]!
  }
  return missing
}

function timesOf(column: PartColumn): { readonly read: (row: number) => number; readonly areNumbers: (row: number) => boolean } {
  if (column instanceof Float64Array) return { read: (row) => column[row]!, areNumbers: () => true }
  const found = column.texts.map((text) => timeFromText(text))
  return {
    read: (row) => found[column.codes[row]!]?.time ?? Number.NaN,
    areNumbers: (row) => found[column.codes[row]!]?.isNumber === true,
  }
}
