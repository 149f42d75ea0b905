// What every kind of fitted column can do: say its numbers, write those of a row, and be kept in a file.
import type { Json } from '../format/canonical-json.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import type { TfidfVectorizer } from '../text/tfidf-vectorizer.ts'

export type TakeColumn = (column: number, value: number) => void

/** Calls `take` for what is not 0, columns ascending. Allocates nothing. `terms` holds the weights of a text's terms, by row. */
export type WriteColumn = (value: number, take: TakeColumn, terms: CsrMatrix | undefined, row: number) => void

export interface ColumnKind<Fitted> {
  /** How many numbers it is. */
  width(fitted: Fitted): number
  /** What they are called, such as `city=Graz`; `labels` are the texts of a category by code. */
  names(fitted: Fitted, name: string, labels: readonly string[]): string[]
  /**
   * @param first    place of its first number in a row.
   * @param clamped  whether scaled numbers stop at 0 and 1.
   */
  writer(fitted: Fitted, first: number, clamped: boolean): WriteColumn
  /** Of a column that reads texts; undefined when it knows no term. */
  vectorizer?(fitted: Fitted): TfidfVectorizer | undefined
  /** Long lists go to `to`; the rest is told in JSON. */
  pack(fitted: Fitted, to: PackColumns): { readonly [name: string]: Json }
  /** @throws `artifact_damaged` for anything that `pack` would not write. */
  unpack(about: Readonly<Record<string, Json>>, from: UnpackColumns): Fitted
}

/** Each returns the length, which says how much to read back. */
export interface PackColumns {
  codes(values: readonly number[]): number
  numbers(values: readonly number[]): number
  terms(values: readonly string[]): number
}

/** Reads in the order of packing, and checks what it reads: lengths, finite numbers, whole codes. */
export interface UnpackColumns {
  codes(length: Json | undefined): number[]
  numbers(length: Json | undefined): number[]
  terms(length: Json | undefined): string[]
  /** @throws `artifact_damaged` that names the feature. */
  fail(what: string): never
}
