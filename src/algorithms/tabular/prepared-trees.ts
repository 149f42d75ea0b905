// Trees on a table whose features do not all stand as they are: texts become what their words say of the target, dates their parts,
// categories means of the target ... (columns/). The trees see the columns; whoever asks sees the features.
import { columnWidth } from '../columns/column-kinds.ts'
import { readerOf, rowFiller } from '../columns/column-reader.ts'
import type { FittedColumns } from '../columns/column-spec.ts'
import type { ReadDocument, TabularRows } from '../columns/table.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { compileEnsemble, outputCount, predictInto, predictRows } from '../tree/predict.ts'

/** Plain data. */
export interface PreparedTrees {
  readonly kind: 'prepared-trees'
  readonly nFeatures: number
  readonly nClasses: number
  /** How features become what the trees read. */
  readonly columns: FittedColumns
  readonly ensemble: TreeEnsemble
  /** Those of the trees, of a feature all its columns together; they sum to 1. */
  readonly importances: Float64Array
}

/** Sums what was measured of the trees' columns to the features that they belong to. */
export function foldColumns(values: Float64Array, { features }: FittedColumns): Float64Array {
  return Float64Array.from(features, (column) => {
    let sum = 0
    for (let at = column.first; at < column.first + columnWidth(column); at++) sum += values[at]!
    return sum
  })
}

/** Trees that were fitted to the columns of a table, with how these are made. */
export function joinPreparedTrees(columns: FittedColumns, ensemble: TreeEnsemble): PreparedTrees {
  const { nClasses, importances } = ensemble
  return {
    ...{ kind: 'prepared-trees', nFeatures: columns.features.length, nClasses, columns, ensemble },
    importances: foldColumns(importances, columns),
  }
}

/** The rows as the trees see them, row-major. */
export function widenRows({ columns }: Pick<PreparedTrees, 'columns'>, rows: TabularRows): Float32Array {
  const { features, nColumns } = columns
  const fill = rowFiller(columns)
  const texts = readerOf(columns).readTexts(rows)
  const wide = new Float32Array(rows.rows * nColumns)
  for (let row = 0; row < rows.rows; row++) fill(rows.x, row * features.length, texts, row, wide, row * nColumns)
  return wide
}

/** @returns  shape (rows, outputs), row-major. */
export function predictPreparedTrees(model: PreparedTrees, rows: TabularRows): Float64Array {
  return predictRows(model.ensemble, widenRows(model, rows), rows.rows)
}

export const preparedTreesOutputs = ({ ensemble }: PreparedTrees): number => outputCount(ensemble)

/** For one row at a time; allocates nothing for a row without texts. */
export function createPreparedTreesPredictor({ columns, ensemble, nFeatures }: PreparedTrees) {
  const compiled = compileEnsemble(ensemble)
  const fill = rowFiller(columns)
  const { readTexts, noTexts } = readerOf(columns)
  const hasTexts = columns.features.some(({ kind }) => kind === 'text' || kind === 'text-score')
  const wide = new Float32Array(columns.nColumns)
  return {
    predictInto(x: Float32Array, offset: number, readDocument: ReadDocument | undefined, out: Float64Array, at: number): void {
      const texts =
        hasTexts && readDocument !== undefined ? readTexts({ x: x.subarray(offset, offset + nFeatures), rows: 1, readDocument }) : noTexts
      fill(x, offset, texts, 0, wide, 0)
      predictInto(compiled, wide, 0, out, at)
    },
  }
}
