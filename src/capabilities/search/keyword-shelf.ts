// One collection as the search thread holds it: its words, its fields as columns, and which rows there are.
import { createFieldColumn, type FieldColumn, type FieldInput } from '../../algorithms/retrieval/field-columns.ts'
import { countRows, countValues, eachRow, filterRows, type RowBits, type RowFilter } from '../../algorithms/retrieval/filter-rows.ts'
import { bytesOf, type IndexImage, int32Of } from '../../algorithms/retrieval/index-image.ts'
import { createKeywordIndex, type KeywordImages, type KeywordIndex } from '../../algorithms/retrieval/keyword-index.ts'
import { TandemError } from '../../errors.ts'
import type { FilterField } from './collection-definition.ts'
import type { ExplainRequest, FindRequest, Found, OpenShelf, ShelfRow, TermScores } from './keyword-messages.ts'

/** What a shelf holds, in pieces that can be kept in a file. */
export interface ShelfImages {
  readonly words: KeywordImages
  readonly columns: readonly IndexImage[]
  readonly live: IndexImage
}

/** Values of one field that are counted for an answer. */
const MOST_FACET_VALUES = 100

export class KeywordShelf {
  readonly #words: KeywordIndex
  readonly #columns: ReadonlyMap<string, FieldColumn>
  #live: RowBits
  /** One above the largest row. */
  #rows = 0

  /** An empty one, or one that was kept with the same language and fields. */
  constructor({ language, fields }: Pick<OpenShelf, 'language' | 'fields'>, images?: ShelfImages) {
    this.#words = createKeywordIndex({ language }, images?.words)
    this.#columns = new Map(
      fields.map(({ name, kind }: FilterField, place) => [name, createFieldColumn(name, kind, images?.columns[place])] as const),
    )
    const live = images && int32Of(images.live.parts[0]!)
    this.#live = live === undefined ? new Uint32Array(32) : new Uint32Array(live.buffer, live.byteOffset, live.length)
    this.#rows = images?.live.numbers[0] ?? 0
  }

  get bytes(): number {
    let bytes = this.#words.bytes + this.#live.byteLength
    for (const column of this.#columns.values()) bytes += column.bytes
    return bytes
  }

  /** Documents that are there. */
  get documents(): number {
    return this.#words.size
  }

  /** Valid until the next change. */
  images(): ShelfImages {
    return {
      words: this.#words.images(),
      columns: [...this.#columns.values()].map((column) => column.image()),
      live: { numbers: [this.#rows], parts: [bytesOf(this.#live)] },
    }
  }

  apply(rows: readonly ShelfRow[]): void {
    for (const { row, text, content } of rows) {
      if (text === null || content === null) this.#remove(row)
      else this.#set(row, text, JSON.parse(content))
    }
  }

  find({ query, k, filter, prefix, facets, wantsBits }: Omit<FindRequest, 'shelf'>): Found {
    const bits = filter === undefined ? undefined : this.#passing(filter)
    const among = bits ?? (facets.length > 0 || query === undefined ? this.#liveRows() : undefined)
    const counted = Object.fromEntries(facets.map((name) => [name, countValues(this.#column(name), among!, MOST_FACET_VALUES)]))
    const { rows, scores } =
      query === undefined
        ? firstRows(among!, k)
        : this.#words.search(query, { k, prefix, ...(bits === undefined ? {} : { allowed: bits }) })
    return { rows, scores, bits: wantsBits ? bits : undefined, facets: counted }
  }

  count(filter: RowFilter): number {
    return countRows(this.#passing(filter))
  }

  explain({ query, rows }: Omit<ExplainRequest, 'shelf'>): TermScores {
    return this.#words.explain(query, rows)
  }

  #passing(filter: RowFilter): RowBits {
    const bits = filterRows(filter, this.#columns, this.#rows)
    for (let word = 0; word < bits.length; word++) bits[word]! &= this.#live[word]!
    return bits
  }

  #liveRows(): RowBits {
    return this.#live.slice(0, (this.#rows + 31) >> 5)
  }

  #column(name: string): FieldColumn {
    const column = this.#columns.get(name)
    if (column !== undefined) return column
    throw new TandemError(
      'invalid_input',
      `'${name}' is no field whose values can be counted. There are: ${[...this.#columns.keys()].join(', ') || 'none'}.`,
      { details: { field: name } },
    )
  }

  #set(row: number, text: string, document: Readonly<Record<string, unknown>>): void {
    this.#words.upsert(row, text)
    for (const [name, column] of this.#columns) column.set(row, document[name] as FieldInput)
    this.#rows = Math.max(this.#rows, row + 1)
    if (row >> 5 >= this.#live.length) {
      const grown = new Uint32Array(Math.max((row >> 5) + 1, this.#live.length * 2))
      grown.set(this.#live)
      this.#live = grown
    }
    this.#live[row >> 5]! |= 1 << (row & 31)
  }

  #remove(row: number): void {
    if (!this.#words.delete(row)) return
    for (const column of this.#columns.values()) column.set(row, null)
    this.#live[row >> 5]! &= ~(1 << (row & 31))
  }
}

function firstRows(bits: RowBits, k: number): Pick<Found, 'rows' | 'scores'> {
  const rows: number[] = []
  eachRow(bits, (row) => {
    if (rows.length < k) rows.push(row)
  })
  return { rows: Int32Array.from(rows), scores: new Float64Array(rows.length) }
}
