// Columns of rows to a matrix of features: learnt once on the training rows, applied unchanged ever after. Equal to scikit-learn's
// ColumnTransformer of the transformers named in each file.
import { TandemError } from '../../errors.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import type { Rng } from '../math/rng.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'
import { fitTfidfVectorizer } from '../text/tfidf-vectorizer.ts'
import { categoryIn, isMissing, numberIn, type Row, textIn, timeIn } from './cell.ts'
import type { ColumnSpec, FittedColumn, OneHotSpec } from './column-spec.ts'
import { type ColumnWriter, columnWriter } from './column-writer.ts'
import { fitNumber } from './fit-number.ts'
import { rowMatrix } from './row-matrix.ts'
import { fitTarget, outOfFoldMeans, smoothOf } from './target-encoding.ts'

export interface ColumnTransformer {
  /** Plain data; `createColumnTransformer` makes the same transformer of it. */
  readonly fitted: Readonly<Record<string, FittedColumn>>
  /** One a feature, such as `city=Graz` or `age missing`. */
  readonly featureNames: readonly string[]
  /** Shape (rows, features); sparse when a column is text. Categories and values never seen have their documented place. */
  transform(rows: readonly Row[]): DenseMatrix | CsrMatrix
}

export interface FitColumnsOptions {
  /** Target of each row; needed for `target` columns, whose classes must be two (0 and 1) or a number. */
  readonly y?: ArrayLike<number>
  /** Draws the folds of `target` columns. */
  readonly rng?: Pick<Rng, 'next'>
}

/**
 * Learns how columns become features.
 *
 * Cost: O(rows x columns), and O(rows log rows) for medians.
 *
 * @param rows     training rows; columns that are not named in `columns` are left out.
 * @param columns  by name, in the order of the features.
 * @returns  the transformer, and `matrix`: the features of `rows`. They differ from `transform(rows)` for `target` columns, whose rows
 *           get means of other rows here.
 * @throws   `too_few_rows` without rows; `invalid_input` for a field of another kind, a column without a value that shall be imputed by its
 *           mean, or a target column without `y`; `shape_mismatch` when `y` has another length.
 * @example
 * const { transformer, matrix } = fitColumns([{ age: 30, city: 'Graz' }, { age: null, city: 'Linz' }], {
 *   age: { kind: 'number', impute: 'median', indicator: true },
 *   city: { kind: 'one-hot' },
 * })
 * transformer.featureNames // ['age', 'age missing', 'city=Graz', 'city=Linz']
 */
export function fitColumns(
  rows: readonly Row[],
  columns: Readonly<Record<string, ColumnSpec>>,
  options: FitColumnsOptions = {},
): { readonly transformer: ColumnTransformer; readonly matrix: DenseMatrix | CsrMatrix } {
  const names = Object.keys(columns)
  if (rows.length === 0) throw new TandemError('too_few_rows', 'There are 0 rows to learn columns from. Pass the training rows.')
  if (names.length === 0) throw new TandemError('invalid_input', 'No column is named. Features come from columns. Name at least one.')
  const { y, rng } = options
  if (y !== undefined && y.length !== rows.length) {
    throw new TandemError('shape_mismatch', `y has ${y.length} values for ${rows.length} rows. Pass one target a row.`)
  }
  const outOfFold: Record<string, Float64Array> = {}
  const fitted = names.map((name): [string, FittedColumn] => {
    const spec = columns[name]!
    if (spec.kind !== 'target') return [name, fitColumn(rows, name, spec)]
    if (y === undefined || rng === undefined) {
      throw new TandemError('invalid_input', `Column "${name}" is encoded by the target, but y or rng is absent. Pass both.`)
    }
    const codes = rows.map((row, at) => categoryIn(row, name, at) ?? '')
    outOfFold[name] = rows.length === 1 ? Float64Array.of(y[0]!) : outOfFoldMeans(codes, y, spec, rng)
    return [
      name,
      fitTarget(
        codes,
        y,
        codes.map((_, at) => at),
        smoothOf(spec),
      ),
    ]
  })
  const learnt = Object.fromEntries(fitted)
  const writers = writersOf(learnt)
  return { transformer: transformerOf(learnt, writers), matrix: matrixOf(writers, rows, outOfFold) }
}

/** The transformer of what was learnt, such as read from a file. */
export function createColumnTransformer(fitted: Readonly<Record<string, FittedColumn>>): ColumnTransformer {
  return transformerOf(fitted, writersOf(fitted))
}

interface NamedWriter extends ColumnWriter {
  readonly column: string
  readonly kind: FittedColumn['kind']
}

/** Made once: the table of a vocabulary costs more than a row. */
function writersOf(fitted: Readonly<Record<string, FittedColumn>>): NamedWriter[] {
  return Object.entries(fitted).map(([name, column]) => ({ ...columnWriter(name, column), column: name, kind: column.kind }))
}

function transformerOf(fitted: Readonly<Record<string, FittedColumn>>, writers: readonly NamedWriter[]): ColumnTransformer {
  return { fitted, featureNames: writers.flatMap(({ names }) => names), transform: (rows) => matrixOf(writers, rows, {}) }
}

function matrixOf(
  writers: readonly NamedWriter[],
  rows: readonly Row[],
  outOfFold: Readonly<Record<string, Float64Array>>,
): DenseMatrix | CsrMatrix {
  const width = writers.reduce((sum, { names }) => sum + names.length, 0)
  const sparse = writers.some(({ kind }) => kind === 'text')
  return rowMatrix(rows.length, width, sparse, (row, put) => {
    let first = 0
    for (const writer of writers) {
      const own = outOfFold[writer.column]
      if (own === undefined) writer.write(rows[row]!, row, (column, value) => put(first + column, value))
      else put(first, own[row]!)
      first += writer.names.length
    }
  })
}

function fitColumn(rows: readonly Row[], name: string, spec: Exclude<ColumnSpec, { kind: 'target' }>): FittedColumn {
  switch (spec.kind) {
    case 'number':
      return fitNumber(
        name,
        Float64Array.from(rows, (row, at) => numberIn(row, name, at)),
        spec,
      )
    case 'one-hot':
      return fitOneHot(rows, name, spec)
    case 'ordinal': {
      const seen = new Set(rows.flatMap((row, at) => (isMissing(row[name]) ? [] : [categoryIn(row, name, at)!])))
      return { kind: 'ordinal', categories: spec.categories ?? [...seen].sort() }
    }
    case 'date':
      for (const [at, row] of rows.entries()) timeIn(row, name, at)
      return { kind: 'date', parts: spec.parts ?? ['year', 'month', 'day', 'weekday'] }
    case 'text': {
      const options = spec.options ?? {}
      const texts = rows.map((row, at) => textIn(row, name, at))
      const { vocabulary, idf } = fitTfidfVectorizer(texts, options).vectorizer
      return { kind: 'text', options, vocabulary, idf: [...idf] }
    }
    case 'passthrough':
      return { kind: 'passthrough' }
  }
}

function fitOneHot(rows: readonly Row[], name: string, { minCount = 1 }: OneHotSpec): FittedColumn {
  if (!Number.isInteger(minCount) || minCount < 1) {
    throw new TandemError('invalid_input', `minCount of column "${name}" is ${minCount}. It counts rows. Pass a whole number from 1.`)
  }
  const counts = new Map<string, number>()
  for (const [at, row] of rows.entries()) {
    const category = categoryIn(row, name, at)
    if (category !== undefined) counts.set(category, (counts.get(category) ?? 0) + 1)
  }
  const categories = [...counts.keys()].filter((category) => counts.get(category)! >= minCount).sort()
  return { kind: 'one-hot', categories, rare: categories.length < counts.size }
}
