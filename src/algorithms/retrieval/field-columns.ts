// Fields of documents as columns, so that a filter reads a few bytes a row and not the documents: numbers, dates, booleans, and
// strings by a number each. A field may hold several strings.
import { TandemError } from '../../errors.ts'
import { bytesOf, bytesOfStrings, float64Of, type IndexImage, int32Of, stringsOf } from './index-image.ts'

export type FieldKind = 'string' | 'number' | 'boolean' | 'date'

export type FieldValue = string | number | boolean
export type FieldInput = FieldValue | readonly string[] | null | undefined

export interface FieldColumn {
  readonly name: string
  readonly kind: FieldKind
  readonly bytes: number
  /** Sets a row's value; null and undefined take it away. @throws `invalid_input` for a value of another kind. */
  set(row: number, value: FieldInput): void
  has(row: number): boolean
  /** The value as a number that compares: dates in ms, false 0, true 1; of strings a code. NaN when absent. */
  code(row: number): number
  /** All codes of a row that holds several. */
  codes(row: number): readonly number[]
  /** The code that rows with this value hold; undefined when no row ever held it. @throws `invalid_input` for another kind. */
  codeOf(value: FieldValue): number | undefined
  /** The value of a code; of a date its milliseconds since 1970. */
  valueOf(code: number): FieldValue
  /** Strings of a string field by their code. */
  readonly strings: readonly string[]
  image(): IndexImage
}

const NONE: readonly number[] = []

/** An empty column, or the one of an image, whose parts become its own. Memory: 8 bytes a row, for strings 4 and each different string once. */
export function createFieldColumn(name: string, kind: FieldKind, image?: IndexImage): FieldColumn {
  return kind === 'string' ? new StringColumn(name, image) : new NumberColumn(name, kind, image)
}

class NumberColumn implements FieldColumn {
  readonly strings: readonly string[] = []
  #values: Float64Array<ArrayBuffer>

  readonly name: string
  readonly kind: FieldKind

  constructor(name: string, kind: FieldKind, image?: IndexImage) {
    this.name = name
    this.kind = kind
    this.#values = image === undefined ? new Float64Array(1024).fill(Number.NaN) : float64Of(image.parts[0]!)
  }

  get bytes(): number {
    return this.#values.byteLength
  }

  set(row: number, value: FieldInput): void {
    const code = value === null || value === undefined ? Number.NaN : this.codeOf(value as FieldValue)
    if (row >= this.#values.length) {
      const grown = new Float64Array(Math.max(row + 1, this.#values.length * 2)).fill(Number.NaN, this.#values.length)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[row] = code
  }

  has(row: number): boolean {
    return !Number.isNaN(this.code(row))
  }

  code(row: number): number {
    return this.#values[row] ?? Number.NaN
  }

  codes(row: number): readonly number[] {
    return this.has(row) ? [this.code(row)] : NONE
  }

  codeOf(value: FieldValue): number {
    if (this.kind === 'boolean' && typeof value === 'boolean') return value ? 1 : 0
    if (this.kind === 'number' && typeof value === 'number' && Number.isFinite(value)) return value
    if (this.kind === 'date' && typeof value === 'string') {
      const time = Date.parse(value)
      if (!Number.isNaN(time)) return time
    }
    throw wrongKind(this, value)
  }

  valueOf(code: number): FieldValue {
    return this.kind === 'boolean' ? code === 1 : code
  }

  image(): IndexImage {
    return { numbers: [], parts: [bytesOf(this.#values)] }
  }
}

class StringColumn implements FieldColumn {
  readonly kind = 'string'
  readonly strings: string[] = []
  readonly name: string
  readonly #codes = new Map<string, number>()
  /** The only or first string of a row, -1 for none. */
  #first: Int32Array<ArrayBuffer> = new Int32Array(1024).fill(-1)
  /** All strings of the rows that hold several. */
  readonly #several = new Map<number, readonly number[]>()

  constructor(name: string, image?: IndexImage) {
    this.name = name
    if (image === undefined) return
    const [first, several, strings] = image.parts as [Uint8Array, Uint8Array, Uint8Array]
    this.#first = int32Of(first)
    for (const value of stringsOf(strings)) this.#add(value)
    const words = int32Of(several)
    for (let at = 0; at < words.length; at += 2 + words[at + 1]!) {
      this.#several.set(words[at]!, Array.from(words.subarray(at + 2, at + 2 + words[at + 1]!)))
    }
  }

  get bytes(): number {
    return this.#first.byteLength + this.#several.size * 64
  }

  set(row: number, value: FieldInput): void {
    const values = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value as FieldValue]
    const codes = [...new Set(values.map((each) => this.#add(each)))]
    if (row >= this.#first.length) {
      const grown = new Int32Array(Math.max(row + 1, this.#first.length * 2)).fill(-1, this.#first.length)
      grown.set(this.#first)
      this.#first = grown
    }
    this.#first[row] = codes[0] ?? -1
    if (codes.length > 1) this.#several.set(row, codes)
    else this.#several.delete(row)
  }

  has(row: number): boolean {
    return (this.#first[row] ?? -1) >= 0
  }

  code(row: number): number {
    return this.has(row) ? this.#first[row]! : Number.NaN
  }

  codes(row: number): readonly number[] {
    return this.has(row) ? (this.#several.get(row) ?? [this.#first[row]!]) : NONE
  }

  codeOf(value: FieldValue): number | undefined {
    if (typeof value !== 'string') throw wrongKind(this, value)
    return this.#codes.get(value)
  }

  valueOf(code: number): FieldValue {
    return this.strings[code]!
  }

  image(): IndexImage {
    const several = [...this.#several].flatMap(([row, codes]) => [row, codes.length, ...codes])
    return { numbers: [], parts: [bytesOf(this.#first), bytesOf(Int32Array.from(several)), bytesOfStrings(this.strings)] }
  }

  #add(value: FieldValue): number {
    const known = this.codeOf(value)
    if (known !== undefined) return known
    const code = this.strings.length
    this.strings.push(value as string)
    this.#codes.set(value as string, code)
    return code
  }
}

const EXAMPLES: Readonly<Record<FieldKind, string>> = {
  string: 'a string, such as "retail"',
  number: 'a number, such as 1000',
  boolean: 'true or false',
  date: 'a date, such as "2026-11-26" or "2026-11-26T09:30:00Z"',
}

function wrongKind({ name, kind }: { readonly name: string; readonly kind: FieldKind }, value: unknown): TandemError {
  const shown = JSON.stringify(value) ?? String(value)
  return new TandemError(
    'invalid_input',
    `Field '${name}' compares as a ${kind}, but the value is ${shown.slice(0, 60)}. Give ${EXAMPLES[kind]}.`,
    {
      details: { field: name, kind },
    },
  )
}
