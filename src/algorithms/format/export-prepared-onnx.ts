// A preparation of features and the model behind it as one ONNX graph: it takes a table as it is, an input for each feature.
import { TandemError } from '../../errors.ts'
import type { FittedColumns } from '../columns/column-spec.ts'
import type { RowColumn } from '../columns/row-table.ts'
import type { LinearModel } from '../linear/linear-model.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import { type OnnxOptions, treeNodes } from './export-onnx.ts'
import { type OnnxColumns, writeColumns } from './onnx-columns.ts'
import { ELEMENT, numberAttribute, onnxModel, onnxNode, valueInfo } from './onnx-model.ts'

/** A table and how it is learned from. */
export interface PreparedModel {
  /** How each feature is read, in their order. */
  readonly fields: readonly RowColumn[]
  readonly columns: FittedColumns
  readonly model: TreeEnsemble | LinearModel
}

/**
 * An ONNX model with an input for each feature, called as it is, of shape (rows, 1): a number is float32, NaN is missing; a category is its
 * text, "" is missing and a text never seen what it is here; a date is whole hours since 1970 UTC as float32, NaN is missing. A feature
 * called as an output stands as `feature:label`. Outputs as `exportOnnx`. Under `inputs` of the metadata stands the input of each feature.
 *
 * The columns are the same to the bit; trees add in float32, so predictions agree within that rounding, about 1e-6.
 *
 * @throws   `invalid_input` for a text, for trees that split by sets of categories, and for a linear SVM, which has no probabilities.
 */
export function exportPreparedOnnx({ fields, columns, model }: PreparedModel, { classes, metadata = {} }: OnnxOptions = {}): Uint8Array {
  const isTrees = 'roots' in model
  const written = writeColumns(fields, columns, isTrees ? 'float' : 'double')
  const { writer, inputs, inputNames, output } = written
  const { nodes, outputs } = isTrees ? treeNodes(model, classes, output) : linearNodes(written, model, classes)
  const described = fields.map(({ name, kind }, at) => ({ feature: name, input: inputNames[at]!, kind }))
  const graph = { name: 'prepared', inputs, outputs, constants: writer.constants, nodes: [...writer.nodes, ...nodes] }
  return onnxModel(graph, { ...metadata, inputs: JSON.stringify(described) })
}

/** The nodes of a linear model on the columns, in doubles until the end. */
function linearNodes(
  { writer, output }: OnnxColumns,
  { kind, nClasses, nFeatures, coefficients, intercepts }: LinearModel,
  classes: readonly string[] | undefined,
): { readonly nodes: Uint8Array[]; readonly outputs: Uint8Array[] } {
  if (nClasses > 0 && kind !== 'logistic-regression') {
    throw new TandemError('invalid_input', `A ${kind} has no probabilities to export. Fit a logistic regression.`)
  }
  const { node, constant, double } = writer
  const scores = intercepts.length
  const weights = Float64Array.from(
    { length: nFeatures * scores },
    (_, at) => coefficients[(at % scores) * nFeatures + Math.floor(at / scores)]!,
  )
  const product = node('MatMul', [output, constant('double', [nFeatures, scores], weights)])
  const score = node('Add', [product, constant('double', [scores], intercepts)])
  const toFloat = [numberAttribute('to', ELEMENT.float)]
  if (nClasses === 0)
    return { nodes: [onnxNode('Cast', [score], ['prediction'], toFloat)], outputs: [valueInfo('prediction', 'float', [1])] }
  const axis = numberAttribute('axis', 1)
  const positive = scores === 1 ? node('Sigmoid', [score]) : ''
  const shares = scores === 1 ? node('Concat', [node('Sub', [double(1), positive]), positive], [axis]) : node('Softmax', [score], [axis])
  const best = node('ArgMax', [shares], [axis, numberAttribute('keepdims', 0)])
  const labels =
    classes === undefined
      ? constant(
          'integer',
          [nClasses],
          Array.from({ length: nClasses }, (_, code) => code),
        )
      : constant('text', [nClasses], classes)
  return {
    nodes: [onnxNode('Gather', [labels, best], ['label']), onnxNode('Cast', [shares], ['probabilities'], toFloat)],
    outputs: [valueInfo('label', classes === undefined ? 'integer' : 'text', []), valueInfo('probabilities', 'float', [nClasses])],
  }
}
