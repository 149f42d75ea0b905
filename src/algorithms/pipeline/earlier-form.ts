// Columns as pipelines wrote them before they shared a form with tables: texts in place of codes, every list in the header.
import { TandemError } from '../../errors.ts'
import { columnWidth } from '../columns/column-kinds.ts'
import type { DatePart, FittedColumn, PlacedColumn } from '../columns/column-spec.ts'
import { AS_IT_IS } from '../columns/number-rule.ts'
import type { RowColumn } from '../columns/row-table.ts'
import type { Json } from '../format/canonical-json.ts'
import type { TfidfVectorizerOptions } from '../text/tfidf-vectorizer.ts'
import type { FittedRows } from './column-transformer.ts'

type EarlierColumn =
  | { readonly kind: 'number'; readonly fill: number | null; readonly indicator: boolean; readonly center: number; readonly scale: number }
  | { readonly kind: 'one-hot'; readonly categories: readonly string[]; readonly rare: boolean }
  | { readonly kind: 'ordinal'; readonly categories: readonly string[] }
  | { readonly kind: 'target'; readonly categories: readonly string[]; readonly means: readonly number[]; readonly mean: number }
  | { readonly kind: 'date'; readonly parts: readonly DatePart[] }
  | {
      readonly kind: 'text'
      readonly options: TfidfVectorizerOptions
      readonly vocabulary: readonly string[]
      readonly idf: readonly number[]
    }
  | { readonly kind: 'passthrough' }

/** @throws `artifact_damaged` for columns that no earlier version wrote. */
export function fromEarlierForm(columns: readonly Json[]): FittedRows {
  const rows: RowColumn[] = []
  const features: PlacedColumn[] = []
  let first = 0
  for (const [at, entry] of columns.entries()) {
    const { name, column } = (entry ?? {}) as { readonly name?: unknown; readonly column?: EarlierColumn }
    if (typeof name !== 'string' || typeof column !== 'object' || column === null) throw damaged(at, 'is not described')
    const { fitted, kind, categories } = translated(column, at)
    rows.push({ name, kind, ...(categories === undefined ? {} : { categories }) })
    features.push({ ...fitted, first })
    first += columnWidth(fitted)
  }
  return { rows, columns: { features, nColumns: first, clamped: false } }
}

interface Translated extends Pick<RowColumn, 'kind' | 'categories'> {
  readonly fitted: FittedColumn
}

function translated(column: EarlierColumn, at: number): Translated {
  switch (column.kind) {
    case 'number': {
      const { fill, indicator, center, scale } = column
      if (![center, scale, fill ?? 0].every(Number.isFinite) || scale === 0) throw damaged(at, `is scaled by ${scale}`)
      return { kind: 'number', fitted: { kind: 'number', fill, center: -center, factor: 1, divisor: scale, indicator } }
    }
    case 'passthrough':
      return { kind: 'number', fitted: { kind: 'number', ...AS_IT_IS, indicator: false } }
    case 'one-hot': {
      const frequent = codesOf(column.categories, at)
      const fitted: FittedColumn = { kind: 'one-hot', frequent, rare: column.rare, missing: false, ignoresMissing: true }
      return { kind: 'category', categories: column.categories, fitted }
    }
    case 'ordinal': {
      const order = codesOf(column.categories, at)
      const fitted: FittedColumn = { kind: 'ordinal', order, unseen: -1, ...AS_IT_IS, indicator: false }
      return { kind: 'category', categories: column.categories, fitted }
    }
    case 'target': {
      const { categories, means, mean } = column
      const codes = codesOf(categories, at)
      if (![mean, ...means].every(Number.isFinite) || means.length !== codes.length) throw damaged(at, 'has means that are no numbers')
      // A missing value was the category "".
      const gap = categories.indexOf('')
      const rules = [AS_IT_IS]
      const missing = [gap < 0 ? mean : means[gap]!]
      return { kind: 'category', categories, fitted: { kind: 'target', codes, means, overall: [mean], missing, rules } }
    }
    case 'date': {
      const rules = column.parts.map(() => AS_IT_IS)
      return { kind: 'date', fitted: { kind: 'date', parts: column.parts, rules, indicator: false } }
    }
    case 'text': {
      const { options, vocabulary, idf } = column
      return { kind: 'text', fitted: { kind: 'text', options, vocabulary, idf } }
    }
    default:
      throw damaged(at, `is of the unknown kind "${(column as { readonly kind: unknown }).kind}"`)
  }
}

function codesOf(categories: readonly string[], at: number): number[] {
  if (!Array.isArray(categories)) throw damaged(at, 'lists no categories')
  return [...categories.keys()]
}

function damaged(at: number, what: string): TandemError {
  return new TandemError('artifact_damaged', `The pipeline file is damaged: column ${at} ${what}. Restore it from a copy, or fit it again.`)
}
