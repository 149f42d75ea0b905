// A preparation of features and the model behind it as one ONNX graph: it takes a table as it is, an input for each feature.
import { TandemError } from '../../errors.ts'
import type { FittedColumns } from '../columns/column-spec.ts'
import type { RowColumn } from '../columns/row-table.ts'
import type { LinearModel } from '../linear/linear-model.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { type OnnxOptions, treeNodes } from './export-onnx.ts'
import { linearAsAdditive } from './linear-as-additive.ts'
import { writeColumns } from './onnx-columns.ts'
import { onnxModel } from './onnx-model.ts'
import { type Sums, sumNodes } from './onnx-sums.ts'
import { CONTRIB } from './onnx-texts.ts'

/** A table and how it is learned from. */
export interface PreparedModel {
  /** How each feature is read, in their order. */
  readonly fields: readonly RowColumn[]
  readonly columns: FittedColumns
  readonly model: TreeEnsemble | LinearModel | Sums
}

/**
 * An ONNX model with an input for each feature, called as it is, of shape (rows, 1): a number is float32, NaN is missing; a category is its
 * text, "" is missing and a text never seen what it is here; a date is whole hours since 1970 UTC as float32, NaN is missing. A feature
 * called as an output stands as `feature:label`. Outputs as `exportOnnx`. Under `inputs` of the metadata stands the input of each feature.
 *
 * The columns are the same to the bit; trees add in float32 and sums leave as float32, so predictions agree within that rounding, about 1e-6.
 *
 * A text is itself, "" is missing; of texts the file needs onnxruntime's own operators (com.microsoft) and opset 16, and holds a table of the
 * 140,000 letters and digits of Unicode, about 1 MB.
 *
 * @throws   `invalid_input` for a text that is not read by words alone, for trees that split by sets of categories, and for a linear SVM,
 *           which has no probabilities.
 */
export function exportPreparedOnnx({ fields, columns, model }: PreparedModel, { classes, metadata = {} }: OnnxOptions = {}): Uint8Array {
  const isTrees = 'roots' in model
  const written = writeColumns(fields, columns, isTrees ? 'float' : 'double')
  const { writer, inputs, inputNames, output, hasTexts } = written
  if (isTrees && output === undefined) throw nothingRead()
  const { nodes, outputs } = isTrees
    ? treeNodes(model, classes, output!)
    : sumNodes({ ...written, anyInput: inputNames[0]! }, sumsOf(model), classes)
  const described = fields.map(({ name, kind }, at) => ({ feature: name, input: inputNames[at]!, kind }))
  const graph = { name: 'prepared', inputs, outputs, constants: writer.constants, nodes: [...writer.nodes, ...nodes] }
  const operators = hasTexts ? { opset: 16, domains: [[CONTRIB, 1] as const] } : {}
  return onnxModel({ ...graph, ...operators }, { ...metadata, inputs: JSON.stringify(described) })
}

/** A linear model as a sum; its columns are those of the table. @throws `invalid_input` for a linear SVM. */
function sumsOf(model: LinearModel | Sums): Sums {
  if (!('coefficients' in model)) return model
  if (model.kind !== 'linear-svm') return linearAsAdditive(model)
  throw new TandemError('invalid_input', `A ${model.kind} has no probabilities to export. Fit a logistic regression.`)
}

function nothingRead(): TandemError {
  return new TandemError('invalid_input', 'The trees read no column: no feature says anything. Ask for the format tdm.')
}
