// Runs in a thread: writes one part of a table into the shared matrix, gives each row a hash of its content, and marks rows
// that were stored under another definition and do not fit the present one.
import { dateNumber, type Feature } from '../models/index.ts'
import { type DocumentPart, packDocuments } from './documents.ts'
import { type Aside, type AsideNotes, fillAside } from './fill-aside.ts'
import { type PartColumn, readPart } from './table-part.ts'
import { mix, textHash } from './text-hash.ts'

/** How a column of the matrix is made; plain data, so that it can be sent to a thread. */
export interface ColumnRecipe {
  readonly name: string
  /** Texts by code for a category; null for numbers, booleans and free texts. */
  readonly texts: readonly string[] | null
  /** What stands for a text that is none of these; absent: missing. */
  readonly unseen?: number
  /** Free text: the matrix holds the row of the table, and the texts are handed over beside it. */
  readonly isDocument?: true
  /** A date: the matrix holds its hours. */
  readonly isDate?: true
}

export interface FillMatrixInput {
  readonly bytes: Uint8Array
  readonly recipe: readonly ColumnRecipe[]
  /** Row-major matrix on shared memory. */
  readonly x: Float32Array
  /** Number of the part's first row in the whole table. */
  readonly firstRow: number
  /** Row of the matrix for each row of the table, -1 leaves it out; absent: the same number. */
  readonly positions?: Int32Array
  /** Target and hashes by row of the table; absent: only the matrix is wanted. */
  readonly target?: {
    readonly name: string
    readonly classes: readonly string[] | null
    readonly y: Float64Array
    readonly hashes: Uint32Array
  }
  /** What the rows are weighed and parted by; absent: nothing, or it is not wanted. */
  readonly aside?: Aside
  /** Absent: the rows were checked against these very features. */
  readonly fitting?: {
    readonly features: readonly Feature[]
    /** By row of the table, on shared memory; set to 0 for each row that does not fit. */
    readonly fits: Uint8Array
  }
}

export interface Filled {
  readonly rows: number
  /** Rows that do not fit each feature, and at the end the target; a row may count for several. */
  readonly misfits: Uint32Array
  /** Texts of the columns that are documents, of all rows of the part. */
  readonly documents: readonly DocumentPart[]
  /** Absent where none was wanted. */
  readonly aside?: AsideNotes
}

export function fillMatrix({ bytes, recipe, x, firstRow, positions, target, fitting, aside: wanted }: FillMatrixInput): Filled {
  const part = readPart(bytes)
  const { rows, columns, keys } = part
  const width = recipe.length
  const documents: DocumentPart[] = []
  for (const [index, { name, texts, unseen, isDocument, isDate }] of recipe.entries()) {
    const whole = isDocument === true ? textsOf(columns[name], rows) : undefined
    if (whole !== undefined) documents.push(packDocuments(index, whole))
    // float32 holds every row number below 2^24.
    const read = isDate
      ? dateReader(columns[name])
      : whole === undefined
        ? reader(columns[name], texts, unseen)
        : (row: number) => (whole[row] === undefined ? Number.NaN : firstRow + row)
    for (let row = 0; row < rows; row++) {
      const at = positions === undefined ? firstRow + row : positions[firstRow + row]!
      if (at >= 0) x[at * width + index] = read(row)
    }
  }
  if (target) {
    const read = reader(columns[target.name], target.classes)
    for (let row = 0; row < rows; row++) target.y[firstRow + row] = read(row)
    target.hashes.set(keys ?? contentHashes(columns, rows), firstRow)
  }
  const misfits = new Uint32Array((fitting?.features.length ?? 0) + 1)
  const aside = wanted === undefined ? {} : { aside: fillAside(wanted, part, firstRow) }
  if (fitting === undefined) return { rows, misfits, documents, ...aside }
  const mark = (column: number, row: number): void => {
    misfits[column]!++
    fitting.fits[firstRow + row] = 0
  }
  for (const [index, feature] of fitting.features.entries()) {
    const fits = fitTest(columns[feature.name], feature)
    for (let row = 0; row < rows; row++) if (!fits(row)) mark(index, row)
  }
  // A label that is no class any more.
  if (target) for (let row = 0; row < rows; row++) if (Number.isNaN(target.y[firstRow + row])) mark(fitting.features.length, row)
  return { rows, misfits, documents, ...aside }
}

/** What each row of a part is known by. */
export function rowHashes(bytes: Uint8Array): Uint32Array {
  const { rows, columns, keys } = readPart(bytes)
  return keys ?? contentHashes(columns, rows)
}

/** The text of each row; numbers of a feature that has become a text are read as they are written. */
function textsOf(column: PartColumn | undefined, rows: number): (string | undefined)[] {
  if (column === undefined) return new Array(rows).fill(undefined)
  if (column instanceof Float64Array) return Array.from(column, (value) => (Number.isNaN(value) ? undefined : String(value)))
  return Array.from(column.codes, (code) => (code < 0 ? undefined : column.texts[code]!))
}

/** Whether a stored cell would be taken for the feature as it is defined now. */
function fitTest(column: PartColumn | undefined, feature: Feature): (row: number) => boolean {
  const mayLack = !feature.required || feature.nullable
  if (column === undefined) return () => mayLack
  if (!(column instanceof Float64Array)) {
    const good = column.texts.map(
      (text) =>
        feature.kind === 'text' ||
        (feature.kind === 'date' && dateNumber(text) !== undefined) ||
        (feature.kind === 'category' && (feature.values?.includes(text) ?? true)),
    )
    return (row) => (column.codes[row]! < 0 ? mayLack : good[column.codes[row]!]!)
  }
  if (feature.kind === 'number') return (row) => (Number.isNaN(column[row]) ? mayLack : numberFits(feature, column[row]!))
  if (feature.kind === 'boolean') return (row) => (Number.isNaN(column[row]) ? mayLack : column[row] === 0 || column[row] === 1)
  // Numbers are known as texts where the texts are named; an open category knows those alone that came as texts.
  const texts = new Set(feature.kind === 'category' ? feature.values : [])
  return (row) => (Number.isNaN(column[row]) ? mayLack : texts.has(String(column[row])))
}

function numberFits(feature: Extract<Feature, { kind: 'number' }>, value: number): boolean {
  const { integer, minimum = value, maximum = value, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = feature
  return (
    value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum && (!integer || Number.isInteger(value))
  )
}

/** Dates are stored as they were written; numbers are none. */
function dateReader(column: PartColumn | undefined): (row: number) => number {
  if (column === undefined || column instanceof Float64Array) return () => Number.NaN
  const hours = Float64Array.from(column.texts, (text) => dateNumber(text) ?? Number.NaN)
  return (row) => (column.codes[row]! < 0 ? Number.NaN : hours[column.codes[row]!]!)
}

function reader(column: PartColumn | undefined, texts: readonly string[] | null, unseen: number = Number.NaN): (row: number) => number {
  // A feature that came after these rows.
  if (column === undefined) return () => Number.NaN
  const codes = texts === null ? undefined : new Map(texts.map((text, code) => [text, code]))
  if (column instanceof Float64Array) {
    // Numbers of a feature that has become a category are known by their texts.
    return codes === undefined
      ? (row) => column[row]!
      : (row) => codes.get(String(column[row])) ?? (Number.isNaN(column[row]) ? Number.NaN : unseen)
  }
  const numbers = Float64Array.from(column.texts, (text) => (codes === undefined ? Number.NaN : (codes.get(text) ?? unseen)))
  return (row) => (column.codes[row]! < 0 ? Number.NaN : numbers[column.codes[row]!]!)
}

/**
 * The same row has the same hash in every table: it depends on the names and values that are present, not on their order,
 * on the definition or on the other rows.
 */
function contentHashes(columns: Readonly<Record<string, PartColumn>>, rows: number): Uint32Array {
  const hashes = new Uint32Array(rows)
  const number = new Float64Array(1)
  const bits = new Uint32Array(number.buffer)
  for (const name of Object.keys(columns).sort()) {
    const column = columns[name]!
    const seed = textHash(name)
    if (column instanceof Float64Array) {
      for (let row = 0; row < rows; row++) {
        // -0 and 0 are one number.
        number[0] = column[row]! + 0
        if (!Number.isNaN(number[0])) hashes[row] = mix(hashes[row]! ^ mix(seed ^ mix(bits[0]!) ^ Math.imul(bits[1]!, 0x9e3779b1)))
      }
    } else {
      const texts = Uint32Array.from(column.texts, textHash)
      for (let row = 0; row < rows; row++) {
        const code = column.codes[row]!
        if (code >= 0) hashes[row] = mix(hashes[row]! ^ mix(seed ^ texts[code]!))
      }
    }
  }
  return hashes
}
