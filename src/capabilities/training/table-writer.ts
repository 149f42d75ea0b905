// Checks training rows against a model's features and target and packs them into parts. Every wrong cell is told with its
// line and column, the first 20 of them; when any is wrong the table is refused as a whole.
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { booleanFromText, isMissingLabel, isMissingText, numberFromText } from '../../algorithms/columns/cell-text.ts'
import { type FieldError, TandemError } from '../../errors.ts'
import { nearestName, shown, typeOf } from '../../platform/validation/describe-schema.ts'
import { type AsideColumn, BOOLEAN_CLASSES, describeFeature, type Feature, valueProblem } from '../models/index.ts'
import { AsideWriter } from './aside-writer.ts'
import { fromText } from './feature-cell.ts'
import type { RowBatch } from './row-batches.ts'
import { createColumn, setText, type TableColumn } from './table-columns.ts'
import { addToFingerprint, writePart } from './table-part.ts'

export interface TableTarget {
  readonly name: string
  readonly task: 'classification' | 'regression'
  /** Labels that are allowed; absent: any. */
  readonly classes?: readonly string[]
}

export interface TableWriterOptions {
  readonly dataset: string
  readonly features: readonly Feature[]
  readonly target: TableTarget
  /** What rows are weighed and parted by; default nothing. */
  readonly aside?: readonly AsideColumn[]
  /** Whether the table may lack columns of `aside` as a whole. Default false. */
  readonly asideMayLack?: boolean
  readonly unknownColumns: 'reject' | 'ignore'
  /** What is done with CSV rows that have another number of cells than the header. Default `reject`. */
  readonly raggedRows?: 'reject' | 'skip'
  /** Takes a part; the writer waits for it. */
  readonly sink: (part: Uint8Array) => Promise<void>
}

export interface TableSummary {
  readonly rows: number
  /** Rows of a stream without a target, and ragged ones that were to be skipped; they were left out. */
  readonly skippedRows: number
  /** Rows of each label; empty for regression. */
  readonly classCounts: Readonly<Record<string, number>>
  /** Different texts of each open category, sorted. */
  readonly categories: Readonly<Record<string, readonly string[]>>
  readonly fingerprint: string
  readonly bytes: number
  /** Columns of `aside` that the table has. */
  readonly aside: readonly string[]
}

export interface TableWriter {
  /** `keys`: a stable key hash for each row of the batch. */
  add(batch: RowBatch, keys?: readonly number[]): Promise<void>
  /** @throws `invalid_input`, `target_missing`. */
  finish(): Promise<TableSummary>
}

/** Packing and hashing a part takes about 1 ms. */
const PART_BYTES = 512 * 1024
const MAX_ERRORS = 20
const MAX_LABEL_LENGTH = 200
const MAX_TARGET = 1e38

export function createTableWriter(options: TableWriterOptions): TableWriter {
  return new PartWriter(options)
}

class PartWriter implements TableWriter {
  readonly #options: TableWriterOptions
  readonly #columns: ReadonlyMap<string, TableColumn>
  #aside: AsideWriter
  /** Whether it is known which columns of `aside` the table has. */
  #asideSettled: boolean
  readonly #capacity: number
  readonly #keys: Uint32Array
  readonly #hash = createHash('sha256')
  readonly #errors: FieldError[] = []
  readonly #known: ReadonlySet<string>
  #keyed = false
  #row = 0
  #rows = 0
  #bytes = 0
  #textBytes = 0
  #skipped = 0
  #targetSeen = false
  #header: readonly string[] | undefined
  /** Feature of each CSV column; -1 the target, -2 ignored. */
  #fieldOf: Int32Array = new Int32Array(0)
  /** Place in a CSV row of each column beside features and target. */
  #asideAt: readonly number[] = []
  /** Columns of `aside` that the table does not have. */
  #lacking: readonly string[] = []

  constructor(options: TableWriterOptions) {
    const { features, target, aside = [], asideMayLack = false } = options
    this.#options = options
    this.#asideSettled = !asideMayLack
    this.#capacity = Math.max(16, Math.min(65_536, Math.floor(PART_BYTES / 8 / (features.length + 1))))
    this.#aside = new AsideWriter(aside, this.#capacity)
    const columns = features.map((feature): [string, TableColumn] => [
      feature.name,
      createColumn(
        feature.kind === 'category' ? 'text' : feature.kind === 'text' || feature.kind === 'date' ? 'document' : 'number',
        this.#capacity,
      ),
    ])
    const targetColumn = createColumn(target.task === 'classification' ? 'text' : 'number', this.#capacity)
    this.#columns = new Map([...columns, [target.name, targetColumn]])
    this.#keys = new Uint32Array(this.#capacity)
    this.#known = new Set([...this.#columns.keys(), ...aside.map(({ name }) => name)])
  }

  async add(batch: RowBatch, keys?: readonly number[]): Promise<void> {
    const count = batch.kind === 'cells' ? batch.records.length : batch.rows.length
    if (batch.kind === 'cells' && this.#header === undefined) this.#readHeader(batch.columns)
    for (let index = 0; index < count; index++) {
      const good = batch.kind === 'cells' ? this.#readCells(batch.records[index]!) : this.#readObject(batch, index)
      if (this.#errors.length >= MAX_ERRORS) throw this.#refusal()
      if (!good) continue
      this.#textBytes += this.#aside.take(this.#row)
      if (keys) {
        this.#keyed = true
        this.#keys[this.#row] = keys[index]!
      }
      this.#row++
      this.#rows++
      if (this.#row === this.#capacity || this.#textBytes > PART_BYTES) await this.#flush()
    }
  }

  async finish(): Promise<TableSummary> {
    const { target, features } = this.#options
    if (this.#errors.length > 0) throw this.#refusal()
    if (!this.#targetSeen && this.#skipped > 0) throw targetMissing(target.name, [])
    this.#aside.finish()
    await this.#flush()
    const labels = this.#columns.get(target.name)!
    const categories = features.flatMap((feature) => {
      const column = this.#columns.get(feature.name)!
      return column.kind === 'text' && column.counts !== undefined ? [[feature.name, [...column.counts.keys()].sort()] as const] : []
    })
    return {
      rows: this.#rows,
      skippedRows: this.#skipped,
      classCounts: labels.kind === 'text' ? Object.fromEntries(labels.counts ?? []) : {},
      categories: Object.fromEntries(categories),
      fingerprint: this.#hash.digest('hex'),
      bytes: this.#bytes,
      aside: this.#aside.columns.map(({ name }) => name),
    }
  }

  async #flush(): Promise<void> {
    // Nothing more is stored of a table that will be refused.
    if (this.#row > 0 && this.#errors.length === 0) {
      const keys = this.#keyed ? this.#keys : undefined
      // Packing, and storing below, get turns of their own: each takes 1 to 2 ms.
      await nextTurn()
      const part = { dataset: this.#options.dataset, rows: this.#row, columns: this.#columns, aside: this.#aside.stored, keys }
      addToFingerprint(this.#hash, part)
      const bytes = writePart(part)
      this.#bytes += bytes.length
      await nextTurn()
      await this.#options.sink(bytes)
    }
    this.#row = 0
    this.#textBytes = 0
    for (const column of this.#columns.values()) if (column.kind === 'text') column.dictionary.clear()
    this.#aside.clear()
  }

  #readHeader(header: readonly string[]): void {
    const { features, target, unknownColumns } = this.#options
    this.#header = header
    const names = [...this.#known]
    this.#settleAside((name) => header.includes(name))
    if (!header.includes(target.name)) throw targetMissing(target.name, header)
    const unknown = header.filter((name) => !this.#known.has(name))
    const missing = features.filter(({ name, required, nullable }) => required && !nullable && !header.includes(name))
    const absent = this.#aside.columns.filter(({ name, isFeature }) => !header.includes(name) && !isFeature)
    const errors = [
      ...absent.map(({ name, role }) => ({ path: `/columns/${name}`, message: `column "${name}" is required: the ${role} of each row` })),
      ...missing.map((feature) => ({
        path: `/columns/${feature.name}`,
        message: `column "${feature.name}" is required: ${describeFeature(feature)}`,
      })),
      ...(unknownColumns === 'ignore' ? [] : unknown).map((name) => {
        const near = nearestName(name, names)
        const hint = near === undefined ? 'remove it, or ignore such columns with unknownColumns=ignore' : `did you mean "${near}"?`
        return { path: `/columns/${name}`, message: `column "${name.slice(0, 100)}" is no feature of the model; ${hint}` }
      }),
    ]
    if (errors.length > 0) throw wrongRows(errors)
    this.#fieldOf = Int32Array.from(header, (name) => (name === target.name ? -1 : features.findIndex((feature) => feature.name === name)))
    // What is no feature is not stored as one; -1 is also what no feature is found by.
    for (const [index, name] of header.entries()) if (!this.#columns.has(name)) this.#fieldOf[index] = -2
    this.#asideAt = this.#aside.columns.map(({ name }) => header.indexOf(name))
    // An optional column that the table lacks is missing in every row.
    for (const { name } of features) if (!header.includes(name)) fillMissing(this.#columns.get(name)!)
  }

  /** The first row tells whether all have what they may lack. */
  #settleAside(has: (name: string) => boolean): void {
    if (this.#asideSettled) return
    this.#asideSettled = true
    const there = this.#aside.columns.filter(({ name }) => has(name))
    this.#lacking = this.#aside.columns.filter((column) => !there.includes(column)).map(({ name }) => name)
    this.#aside = new AsideWriter(there, this.#capacity)
  }

  #readCells({ cells, line }: { readonly cells: readonly string[]; readonly line: number }): boolean {
    const { features } = this.#options
    if (cells.length !== this.#header!.length) {
      if (this.#options.raggedRows === 'skip') {
        this.#skipped++
        return false
      }
      this.#fail(`/line/${line}`, `line ${line} has ${cells.length} cells, but the header names ${this.#header!.length} columns`)
      return false
    }
    let good = true
    for (let index = 0; index < cells.length; index++) {
      const field = this.#fieldOf[index]!
      if (field === -2) continue
      const text = cells[index]!
      if (field === -1) {
        if (this.#isUnknown(text)) {
          this.#skipped++
          return false
        }
        good = this.#setTarget(this.#targetFromText(text), `/line/${line}`, `line ${line}`) && good
      } else good = this.#setFeature(features[field]!, fromText(features[field]!, text), `/line/${line}`, `line ${line}`) && good
    }
    if (this.#asideAt.length === 0) return good
    const own = this.#asideAt.map((place) => cells[place])
    return this.#readAside(own, `/line/${line}`, `line ${line}`) && good
  }

  #readAside(cells: readonly unknown[], path: string, place: string): boolean {
    const problems = this.#aside.read(cells)
    for (const { name, problem } of problems) this.#fail(`${path}/${name}`, `${place}: ${name} ${problem}`)
    return problems.length === 0
  }

  #readObject(batch: Extract<RowBatch, { kind: 'objects' }>, index: number): boolean {
    const { features, target, unknownColumns } = this.#options
    const row = batch.rows[index] as Readonly<Record<string, unknown>>
    const line = batch.lines?.[index]
    const path = line === undefined ? `/rows/${batch.first + index}` : `/line/${line}`
    const place = line === undefined ? `rows[${batch.first + index}]` : `line ${line}`
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      this.#fail(path, `${place} must be an object of columns, got ${typeOf(row)}`)
      return false
    }
    const label = Object.hasOwn(row, target.name) ? row[target.name] : undefined
    const unknown = label === undefined || label === null || (typeof label === 'string' && this.#isUnknown(label))
    if (unknown && line !== undefined) {
      this.#skipped++
      return false
    }
    this.#settleAside((name) => Object.hasOwn(row, name))
    let good = this.#setTarget(label ?? undefined, path, place)
    for (const feature of features) {
      const value = Object.hasOwn(row, feature.name) ? row[feature.name] : undefined
      good = this.#setFeature(feature, value, path, place) && good
    }
    if (this.#aside.columns.length > 0) {
      const own = this.#aside.columns.map(({ name }) => (Object.hasOwn(row, name) ? row[name] : undefined))
      good = this.#readAside(own, path, place) && good
    }
    for (const name of this.#lacking) {
      if (!Object.hasOwn(row, name)) continue
      this.#fail(`${path}/${name}`, `${place}: ${name} is there, and the rows before have none. Give it to every row, or to none`)
      good = false
    }
    if (unknownColumns === 'reject') {
      for (const name in row) {
        if (this.#known.has(name)) continue
        const near = nearestName(name, [...this.#known])
        const hint = near === undefined ? 'is no feature of the model' : `is no feature of the model; did you mean "${near}"?`
        this.#fail(`${path}/${name.slice(0, 100)}`, `${place}: "${name.slice(0, 100)}" ${hint}`)
        good = false
      }
    }
    return good
  }

  #setFeature(feature: Feature, value: unknown, path: string, place: string): boolean {
    const column = this.#columns.get(feature.name)!
    if (value === undefined || value === null) {
      if (column.kind === 'number') column.values[this.#row] = Number.NaN
      else setText(column, this.#row, undefined)
      if (value === null ? feature.nullable : !feature.required) return true
      const got = value === null ? ', got null' : ''
      this.#fail(`${path}/${feature.name}`, `${place}: ${feature.name} is required: ${describeFeature(feature)}${got}`)
      return false
    }
    const problem = valueProblem(feature, value)
    if (problem !== undefined) {
      this.#fail(`${path}/${feature.name}`, `${place}: ${feature.name} ${problem}`)
      return false
    }
    if (column.kind === 'number') column.values[this.#row] = Number(value)
    else this.#textBytes += setText(column, this.#row, value as string)
    return true
  }

  /** Whether the text of a target says that it is not known. */
  #isUnknown(text: string): boolean {
    const { task, classes } = this.#options.target
    return task === 'regression' ? isMissingText(text) : isMissingLabel(text) && !classes?.includes(text)
  }

  #targetFromText(text: string): unknown {
    const { task, classes } = this.#options.target
    if (task === 'regression') return numberFromText(text) ?? text
    if (classes === undefined || classes.includes(text)) return text
    const word = classes.every((label) => BOOLEAN_CLASSES.includes(label)) ? booleanFromText(text) : undefined
    return word ?? text
  }

  #setTarget(value: unknown, path: string, place: string): boolean {
    const { name, task, classes } = this.#options.target
    const fail = (what: string): boolean => {
      this.#fail(`${path}/${name}`, `${place}: target ${name} ${what}`)
      return false
    }
    const got = `${typeOf(value)} ${typeof value === 'number' ? value : shown(value)}`
    if (value === undefined) return fail('is missing')
    this.#targetSeen = true
    const column = this.#columns.get(name)!
    if (column.kind === 'number') {
      if (typeof value !== 'number' || !(Math.abs(value) <= MAX_TARGET)) return fail(`must be a number between -1e38 and 1e38, got ${got}`)
      column.values[this.#row] = value
      return true
    }
    const label = labelOf(value)
    if (label === undefined || task !== 'classification') return fail(`must be a label: a text, a boolean or a number, got ${got}`)
    if (classes !== undefined && !classes.includes(label)) {
      return fail(`must be one of ${classes.slice(0, 20).map(shown).join(', ')}${classes.length > 20 ? ', …' : ''}, got ${got}`)
    }
    this.#textBytes += setText(column, this.#row, label)
    return true
  }

  #fail(path: string, message: string): void {
    this.#errors.push({ path, message })
  }

  #refusal(): TandemError {
    const { name } = this.#options.target
    return this.#targetSeen || this.#errors.some(({ message }) => !message.endsWith('is missing'))
      ? wrongRows(this.#errors)
      : targetMissing(name, [])
  }
}

/** The label of a value as a class, undefined when it can be none: booleans and numbers become their texts. */
export function labelOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value !== '' && value.length <= MAX_LABEL_LENGTH ? value : undefined
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) ? String(value) : undefined
}

export function targetMissing(target: string, columns: readonly string[]): TandemError {
  if (columns.includes(target)) {
    return new TandemError(
      'target_missing',
      `No row has a value of "${target}", which is the target of the model. Add rows that have one, or choose another target.`,
      { details: { target } },
    )
  }
  const near = nearestName(target, columns)
  const there = columns.length === 0 ? '' : ` The columns are ${columns.slice(0, 12).join(', ')}${columns.length > 12 ? ', …' : ''}.`
  const hint = near === undefined ? '' : ` Did you mean "${near}"?`
  return new TandemError('target_missing', `The rows have no column "${target}", which is the target of the model.${there}${hint}`, {
    details: { target },
  })
}

function fillMissing(column: TableColumn): void {
  if (column.kind === 'number') column.values.fill(Number.NaN)
  else column.codes.fill(-1)
}

function wrongRows(errors: readonly FieldError[]): TandemError {
  const shownErrors = errors.slice(0, MAX_ERRORS)
  const more =
    errors.length > 1
      ? ` (${errors.length >= MAX_ERRORS ? `at least ${MAX_ERRORS}` : errors.length} problems, the first ${shownErrors.length} in errors)`
      : ''
  return new TandemError('invalid_input', `The rows cannot be used: ${errors[0]?.message}${more}. Nothing was stored.`, {
    errors: shownErrors,
  })
}
