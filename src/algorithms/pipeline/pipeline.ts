// Columns and the model behind them as one thing: fitted together, asked with plain rows, kept in one .tdm file.
import { TandemError } from '../../errors.ts'
import type { Row } from '../columns/cell.ts'
import type { ColumnSpec } from '../columns/column-spec.ts'
import type { RowColumn } from '../columns/row-table.ts'
import type { Json } from '../format/canonical-json.ts'
import { packColumns, unpackColumns } from '../format/columns-file.ts'
import { decodeEnsemble, encodeEnsemble } from '../format/ensemble-file.ts'
import { decodeTdm, encodeTdm, type TdmContent, type TdmOptions } from '../format/tdm.ts'
import { type DenseMatrix, isSparse } from '../linear/feature-matrix.ts'
import { type LinearModel, predictLinear, predictLinearProba } from '../linear/linear-model.ts'
import type { Rng } from '../math/rng.ts'
import { type CsrMatrix, denseFromCsr } from '../sparse/csr-matrix.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { predictRows } from '../tree/predict.ts'
import { type ColumnTransformer, createColumnTransformer, type FittedRows, fitColumns } from './column-transformer.ts'
import { fromEarlierForm } from './earlier-form.ts'

export type PipelineModel = TreeEnsemble | LinearModel

export interface Pipeline {
  readonly transformer: ColumnTransformer
  readonly model: PipelineModel
  /** Labels in the order of the class codes; empty for regression. */
  readonly classes: readonly string[]
}

/** What a pipeline hands to the learner. */
export interface PreparedSet {
  /** Dense or sparse; trees take `denseFloats(matrix)`. */
  readonly matrix: DenseMatrix | CsrMatrix
  /** Class codes, or numbers. */
  readonly y: Float64Array
  /** 0 for regression. */
  readonly nClasses: number
  readonly featureNames: readonly string[]
}

export interface PipelineOptions {
  readonly columns: Readonly<Record<string, ColumnSpec>>
  /** Learns the model, such as `({ matrix, y, nClasses }) => fitLogisticRegression({ x: matrix, y, classes: nClasses })`. */
  readonly estimator: (set: PreparedSet) => PipelineModel
  /** For columns that read the target. */
  readonly rng?: Pick<Rng, 'next'>
}

const FORM = 'pipeline'

/**
 * Learns columns and model.
 *
 * @param targets  labels (text or booleans) for classification, numbers for regression.
 * @throws   as `fitColumns` and the learner; `too_few_classes` for labels that are all equal; `shape_mismatch`; `invalid_input` for a target
 *           that is missing or of mixed kinds.
 * @example
 * const pipeline = fitPipeline(rows, labels, {
 *   columns: { age: { kind: 'number', scale: 'standard' }, city: { kind: 'one-hot' }, note: { kind: 'text' } },
 *   estimator: ({ matrix, y, nClasses }) => fitLogisticRegression({ x: matrix, y, classes: nClasses }),
 * })
 * predictPipeline(pipeline, [{ age: 30, city: 'Graz', note: 'would come again' }]) // a probability for each class
 */
export function fitPipeline(rows: readonly Row[], targets: ArrayLike<string | number | boolean>, options: PipelineOptions): Pipeline {
  const { columns, estimator, rng } = options
  const { y, classes } = readTargets(targets)
  const { transformer, matrix } = fitColumns(rows, columns, { y, classes: classes.length, ...(rng === undefined ? {} : { rng }) })
  const model = estimator({ matrix, y, nClasses: classes.length, featureNames: transformer.featureNames })
  return { transformer, model, classes }
}

/**
 * Probabilities of rows, row-major, one for each class in the order of `classes`; or their values.
 *
 * @throws `invalid_input` for a field of another kind than in training, with its row and column, and for a model without probabilities.
 */
export function predictPipeline({ transformer, model }: Pipeline, rows: readonly Row[]): Float64Array {
  const matrix = transformer.transform(rows)
  if ('roots' in model) return predictRows(model, denseFloats(matrix), rows.length)
  return model.nClasses === 0 ? predictLinear(model, matrix) : predictLinearProba(model, matrix)
}

/** The matrix as trees take it: dense float32, row after row. */
export function denseFloats(matrix: DenseMatrix | CsrMatrix): Float32Array {
  return Float32Array.from(isSparse(matrix) ? denseFromCsr(matrix) : matrix.values)
}

/** Writes a pipeline as one .tdm file; equal pipelines give equal bytes. */
export function encodePipeline({ transformer, model, classes }: Pipeline, options: TdmOptions = {}): Uint8Array {
  const { columns, rows } = transformer.fitted
  const packed = packColumns(columns)
  const table = {
    ...packed.header,
    rows: rows.map((column): Json => ({ ...column, ...(column.categories && { categories: [...column.categories] }) })),
  }
  const head = { form: FORM, table, classes: [...classes] }
  if ('roots' in model) {
    const sections = { trees: encodeEnsemble(model, {}, options), ...packed.sections }
    return encodeTdm({ header: { ...head, model: 'trees' }, sections }, options)
  }
  const { coefficients, intercepts, ...plain } = model
  const sections = { coefficients, intercepts, ...packed.sections }
  return encodeTdm({ header: { ...head, model: 'linear', linear: plain }, sections }, options)
}

/**
 * Reads what `encodePipeline` wrote.
 *
 * @throws `artifact_damaged` for a file that was changed, or holds something else.
 */
export function decodePipeline(bytes: Uint8Array, options: TdmOptions = {}): Pipeline {
  const content = decodeTdm(bytes, options)
  const { header, sections } = content
  const { classes, linear } = header
  if (header.form !== FORM || !Array.isArray(classes)) throw damaged(`it holds "${header.form}", not a pipeline`)
  const transformer = createColumnTransformer(fittedOf(content))
  const { trees, coefficients, intercepts } = sections
  let model: PipelineModel
  if (trees instanceof Uint8Array) model = decodeEnsemble(trees, options).ensemble
  else if (coefficients instanceof Float64Array && intercepts instanceof Float64Array) {
    model = { ...(linear as unknown as LinearModel), coefficients, intercepts }
    if (coefficients.length !== intercepts.length * model.nFeatures) throw damaged(`it has ${coefficients.length} coefficients`)
  } else throw damaged('it has no model')
  const width = transformer.featureNames.length
  if (model.nFeatures !== width) throw damaged(`its columns make ${width} features, but its model takes ${model.nFeatures}`)
  return { transformer, model, classes: classes.map(String) }
}

function fittedOf({ header: { columns, table }, sections }: TdmContent): FittedRows {
  // Files from before pipelines and tables shared a form.
  if (Array.isArray(columns)) return fromEarlierForm(columns)
  const about = table as Readonly<Record<string, Json>> | undefined
  if (about === undefined || !Array.isArray(about.rows)) throw damaged('it does not say how rows are read')
  const fitted = unpackColumns(about, sections)
  const rows = about.rows as unknown as RowColumn[]
  const isRead = ({ name, categories = [] }: RowColumn): boolean => typeof name === 'string' && Array.isArray(categories)
  if (rows.length !== fitted.features.length || !rows.every(isRead))
    throw damaged(`it reads ${rows.length} fields for ${fitted.features.length} columns`)
  return { rows, columns: fitted }
}

function readTargets(targets: ArrayLike<string | number | boolean>): { readonly y: Float64Array; readonly classes: string[] } {
  const values = Array.from(targets)
  const kind = typeof values[0]
  for (const [row, value] of values.entries()) {
    if (typeof value === kind && value !== '' && (typeof value !== 'number' || Number.isFinite(value))) continue
    throw new TandemError(
      'invalid_input',
      `The target of row ${row} is ${JSON.stringify(value) ?? 'missing'}, expected a ${kind} as in row 0. Leave the row out.`,
      {
        details: { row },
      },
    )
  }
  if (kind === 'number') return { y: Float64Array.from(values as number[]), classes: [] }
  const labels = values.map(String)
  const classes = [...new Set(labels)].sort()
  if (classes.length < 2) {
    throw new TandemError(
      'too_few_classes',
      `All ${labels.length} targets are "${classes[0]}". A classifier needs two classes. Add rows of another.`,
    )
  }
  return { y: Float64Array.from(labels, (label) => classes.indexOf(label)), classes }
}

function damaged(what: string): TandemError {
  return new TandemError('artifact_damaged', `The pipeline file is damaged: ${what}. Restore it from a copy, or fit it again.`)
}
