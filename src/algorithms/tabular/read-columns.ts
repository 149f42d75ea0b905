// The columns of one row of a table, as a fitted model takes them. Nothing is allocated for a row without texts.
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { createTfidfVectorizer, type TfidfVectorizer } from '../text/tfidf-vectorizer.ts'
import { columnOf, documentsOf, type FeatureColumns, type FittedFeatures, textOptions } from './fit-features.ts'
import type { TabularRows } from './tabular-set.ts'

export type TakeColumn = (column: number, value: number) => void

export interface ColumnReader {
  /** The TF-IDF of the texts of these rows by feature; what `readRow` reads texts from. */
  readTexts(rows: TabularRows): readonly (CsrMatrix | undefined)[]
  /** Calls `take` for every column of a feature that is not 0, ascending. */
  readFeature(
    feature: number,
    x: Float32Array,
    offset: number,
    texts: readonly (CsrMatrix | undefined)[],
    row: number,
    take: TakeColumn,
  ): void
}

const NO_TEXTS: readonly undefined[] = []

export function createColumnReader({ features, clamped }: FittedFeatures): ColumnReader {
  const columnOfCode = features.map(codeTable)
  const vectorizers = features.map((feature): TfidfVectorizer | undefined =>
    feature.kind !== 'text' || feature.vocabulary.length === 0
      ? undefined
      : createTfidfVectorizer(feature.vocabulary, feature.idf, textOptions({ maxNgram: longestOf(feature.vocabulary) })),
  )
  const hasTexts = vectorizers.some((vectorizer) => vectorizer !== undefined)
  return {
    readTexts(rows) {
      if (!hasTexts) return NO_TEXTS
      return vectorizers.map((vectorizer, feature) =>
        vectorizer?.transform(documentsOf(columnOf(rows, features.length, feature), feature, rows)),
      )
    },
    readFeature(feature, x, offset, texts, row, take) {
      const columns = features[feature]!
      const value = x[offset + feature]!
      if (columns.kind === 'number') {
        const isMissing = Number.isNaN(value)
        let scaled = ((isMissing ? columns.fill : value) + columns.center) * columns.factor
        if (clamped) scaled = Math.min(1, Math.max(0, scaled))
        if (scaled !== 0) take(columns.first, scaled)
        if (isMissing && columns.indicator) take(columns.first + 1, 1)
      } else if (columns.kind === 'category') {
        const column = placeOf(columns, columnOfCode[feature]!, value)
        if (column >= 0) take(column, 1)
      } else {
        const matrix = texts[feature]
        if (matrix === undefined) return
        const { starts, indices, values } = matrix
        for (let at = starts[row]!; at < starts[row + 1]!; at++) take(columns.first + indices[at]!, values[at]!)
      }
    },
  }
}

/** Columns of the codes up to the highest frequent one; -1 where a code has none of its own. */
function codeTable(columns: FeatureColumns): Int32Array {
  if (columns.kind !== 'category') return new Int32Array()
  const { frequent, first } = columns
  const table = new Int32Array((frequent.at(-1) ?? -1) + 1).fill(-1)
  for (const [index, code] of frequent.entries()) table[code] = first + index
  return table
}

/** The column of a value; -1 when it has none: a rare one where training had no rare ones. */
function placeOf(columns: Extract<FeatureColumns, { kind: 'category' }>, table: Int32Array, code: number): number {
  const afterFrequent = columns.first + columns.frequent.length
  if (Number.isNaN(code)) {
    // Where nothing was missing in training, a gap says as little as a rare value.
    if (columns.missing) return afterFrequent + Number(columns.rare)
    return columns.rare ? afterFrequent : -1
  }
  const own = code < table.length ? table[code]! : -1
  return own >= 0 ? own : columns.rare ? afterFrequent : -1
}

/** Words of the longest term; a vocabulary without pairs needs none to be made. */
function longestOf(vocabulary: readonly string[]): number {
  let spaces = 0
  for (const term of vocabulary) {
    let count = 0
    for (let at = term.indexOf(' '); at >= 0; at = term.indexOf(' ', at + 1)) count++
    if (count > spaces) spaces = count
  }
  return spaces + 1
}
