// Columns of rows to a matrix of features: learnt once on the training rows, applied unchanged ever after. Equal to scikit-learn's
// ColumnTransformer of the transformers named in each file of columns/.
import { TandemError } from '../../errors.ts'
import type { Row } from '../columns/cell.ts'
import { kindNamed } from '../columns/column-kinds.ts'
import { readerOf, rowFiller } from '../columns/column-reader.ts'
import type { ColumnSpec, FittedColumns } from '../columns/column-spec.ts'
import { fillTrainingRows, learnColumns, sparseTrainingRows } from '../columns/fit-columns.ts'
import { columnsOfRows, type RowColumn, tableOfRows } from '../columns/row-table.ts'
import type { DenseMatrix } from '../linear/feature-matrix.ts'
import type { Rng } from '../math/rng.ts'
import type { CsrMatrix } from '../sparse/csr-matrix.ts'

/** What was learnt of rows, as plain data that JSON keeps. */
export interface FittedRows {
  /** How each field of a row is read. */
  readonly rows: readonly RowColumn[]
  /** What it becomes. */
  readonly columns: FittedColumns
}

export interface ColumnTransformer {
  /** `createColumnTransformer` makes the same transformer of it. */
  readonly fitted: FittedRows
  /** One a feature, such as `city=Graz` or `age missing`. */
  readonly featureNames: readonly string[]
  /** Shape (rows, features); sparse when a column is text. Categories and values never seen have their documented place. */
  transform(rows: readonly Row[]): DenseMatrix | CsrMatrix
}

export interface FitColumnsOptions {
  /** Target of each row; needed for `target` and `text-score` columns. */
  readonly y?: ArrayLike<number>
  /** How much each row says of the target, from 0; default all alike. What does not read the target takes each row once. */
  readonly weights?: ArrayLike<number>
  /** Classes when `y` holds class indices; default 0: numbers, or two classes as 0 and 1. */
  readonly classes?: number
  /** Draws the folds of `target` and `text-score` columns. */
  readonly rng?: Pick<Rng, 'next'>
}

/**
 * Learns how columns become features.
 *
 * Cost: O(rows x columns), and O(rows log rows) for medians.
 *
 * @param rows     training rows; columns that are not named in `columns` are left out.
 * @param columns  by name, in the order of the features.
 * @returns  the transformer, and `matrix`: the features of `rows`. They differ from `transform(rows)` for columns that read the target, whose
 *           rows get what other rows say here.
 * @throws   `too_few_rows` without rows; `invalid_input` for a field of another kind, a column without a value that shall be imputed by its
 *           mean, or a column that reads the target without `y`; `shape_mismatch` when `y` or `weights` have another length.
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
  const specs = Object.values(columns)
  if (rows.length === 0) throw new TandemError('too_few_rows', 'There are 0 rows to learn columns from. Pass the training rows.')
  if (specs.length === 0) throw new TandemError('invalid_input', 'No column is named. Features come from columns. Name at least one.')
  const { y } = options
  if (y !== undefined && y.length !== rows.length) {
    throw new TandemError('shape_mismatch', `y has ${y.length} values for ${rows.length} rows. Pass one target a row.`)
  }
  const { weights } = options
  if (weights !== undefined) checkWeights(weights, rows.length)
  const read = columnsOfRows(rows, columns)
  const table = {
    ...tableOfRows(rows, read),
    kinds: read.map(({ kind }) => kind),
    codes: read.map(({ categories }) => categories?.length ?? 0),
    names: read.map(({ name }) => name),
    labels: read.map(({ categories }) => categories ?? null),
  }
  const learnt = learnColumns(table, specs, options)
  const fitted = { rows: read, columns: learnt.columns }
  const { nColumns } = learnt.columns
  const matrix = isSparseForm(learnt.columns)
    ? sparseTrainingRows(learnt, table)
    : { rows: rows.length, columns: nColumns, values: fillTrainingRows(learnt, table, new Float64Array(rows.length * nColumns)) }
  return { transformer: createColumnTransformer(fitted), matrix }
}

function checkWeights(weights: ArrayLike<number>, rows: number): void {
  if (weights.length !== rows) {
    throw new TandemError('shape_mismatch', `weights has ${weights.length} values for ${rows} rows. Pass one weight a row.`)
  }
  const wrong = Array.from(weights).findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY))
  if (wrong >= 0) throw new TandemError('invalid_input', `The weight of row ${wrong} is ${weights[wrong]}. Pass a finite number from 0.`)
}

/** The transformer of what was learnt, such as read from a file. */
export function createColumnTransformer(fitted: FittedRows): ColumnTransformer {
  const { columns, rows: read } = fitted
  const featureNames = columns.features.flatMap((column, feature) =>
    kindNamed(column.kind).names(column, read[feature]!.name, read[feature]!.categories ?? []),
  )
  return {
    fitted,
    featureNames,
    transform(rows) {
      const table = tableOfRows(rows, read)
      const texts = readerOf(columns).readTexts(table)
      if (isSparseForm(columns)) return sparseTrainingRows({ columns, training: texts }, table)
      const fill = rowFiller(columns)
      const values = new Float64Array(rows.length * columns.nColumns)
      for (let row = 0; row < rows.length; row++) fill(table.x, row * read.length, texts, row, values, row * columns.nColumns)
      return { rows: rows.length, columns: columns.nColumns, values }
    },
  }
}

/** Terms are too many to be written in full. */
const isSparseForm = ({ features }: FittedColumns): boolean => features.some(({ kind }) => kind === 'text')
