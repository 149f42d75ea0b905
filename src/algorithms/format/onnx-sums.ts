// A model whose score is a sum over columns (linear models, naive Bayes) as ONNX nodes, in doubles until the outputs.
import { TandemError } from '../../errors.ts'
import type { AdditiveModel } from '../tabular/additive-model.ts'
import type { OnnxColumns } from './onnx-columns.ts'
import { ELEMENT, numberAttribute, onnxNode, valueInfo } from './onnx-model.ts'
import { addEntries, perRow, type TextEntries } from './onnx-texts.ts'
import type { OnnxWriter } from './onnx-writer.ts'

export type Sums = Pick<AdditiveModel, 'term' | 'link' | 'nClasses' | 'nScores' | 'base' | 'first' | 'second'>

/**
 * The nodes that read the columns and give the outputs of the model, and these; the nodes between stand in the writer.
 *
 * Cost of Gaussian naive Bayes: four nodes a class, each (rows, columns).
 *
 * @throws   `shape_mismatch` for another number of labels.
 */
export function sumNodes(
  table: Pick<OnnxColumns, 'writer' | 'output' | 'columns' | 'texts'> & { readonly anyInput: string },
  model: Sums,
  classes: readonly string[] | undefined,
): { readonly nodes: Uint8Array[]; readonly outputs: Uint8Array[] } {
  const { nClasses } = model
  if (nClasses > 0 && classes !== undefined && classes.length !== nClasses) {
    throw new TandemError('shape_mismatch', `There are ${classes.length} labels for ${nClasses} classes. Pass one for each.`)
  }
  const { writer } = table
  const scores = scoresOf(table, model)
  const toFloat = [numberAttribute('to', ELEMENT.float)]
  if (nClasses === 0) {
    return { nodes: [onnxNode('Cast', [scores], ['prediction'], toFloat)], outputs: [valueInfo('prediction', 'float', [1])] }
  }
  const shares = sharesOf(writer, scores, model)
  const best = writer.node('ArgMax', [shares], [numberAttribute('axis', 1), numberAttribute('keepdims', 0)])
  const codes = Array.from({ length: nClasses }, (_, code) => code)
  const labels = writer.constant(classes === undefined ? 'integer' : 'text', [nClasses], classes ?? codes)
  return {
    nodes: [onnxNode('Gather', [labels, best], ['label']), onnxNode('Cast', [shares], ['probabilities'], toFloat)],
    outputs: [valueInfo('label', classes === undefined ? 'integer' : 'text', []), valueInfo('probabilities', 'float', [nClasses])],
  }
}

/** Shape (rows, scores). */
function scoresOf({ writer, output, columns, texts, anyInput }: Parameters<typeof sumNodes>[0], model: Sums): string {
  const { nScores, base } = model
  let scores: string
  if (output !== undefined) scores = denseScores(writer, output, rowsOfTable(model, columns))
  else scores = writer.node('Reshape', [perRow(writer, anyInput, base), writer.constant('integer', [2], [-1, nScores])])
  for (const { first, entries } of texts) scores = withTerms(writer, scores, entries, first, model)
  return scores
}

/** The tables of a model for some of its columns alone. */
function rowsOfTable(model: Sums, columns: Int32Array): Sums {
  const { nScores } = model
  const picked = (table: Float64Array): Float64Array =>
    table.length === 0
      ? table
      : Float64Array.from(
          { length: columns.length * nScores },
          (_, at) => table[columns[Math.floor(at / nScores)]! * nScores + (at % nScores)]!,
        )
  return { ...model, first: picked(model.first), second: picked(model.second) }
}

function denseScores(writer: OnnxWriter, columns: string, { term, nScores, base, first, second }: Sums): string {
  const { node, constant, double } = writer
  const start = constant('double', [nScores], base)
  const count = first.length / nScores
  if (term !== 'gaussian') {
    const values = term === 'linear' ? columns : writer.cast(node('Greater', [columns, double(0)]), 'double')
    return node('Add', [node('MatMul', [values, constant('double', [count, nScores], first)]), start])
  }
  // Class by class: the square written out as two products would lose the last digits of columns far from 0.
  const axis = constant('integer', [1], [1])
  const of = (table: Float64Array, score: number, factor: number): string =>
    constant(
      'double',
      [count],
      Float64Array.from({ length: count }, (_, column) => factor * table[column * nScores + score]!),
    )
  const sums = Array.from({ length: nScores }, (_, score) => {
    const product = node('Mul', [columns, node('Sub', [columns, of(first, score, 2)])])
    return node('ReduceSum', [node('Div', [product, of(second, score, 2)]), axis], [numberAttribute('keepdims', 1)])
  })
  return node('Sub', [start, node('Concat', sums, [numberAttribute('axis', 1)])])
}

/** Adds what the terms of a text say, `addColumn` of each entry. */
function withTerms(writer: OnnxWriter, scores: string, entries: TextEntries, from: number, { term, nScores, first, second }: Sums): string {
  const { node, constant, double } = writer
  const of = (table: Float64Array, factor = 1): string => {
    const own = table.subarray(from * nScores, (from + entries.width) * nScores).map((value) => factor * value)
    return node('Gather', [constant('double', [entries.width, nScores], own), entries.terms])
  }
  const weight = node('Unsqueeze', [entries.weights, constant('integer', [1], [1])])
  let said = of(first)
  if (term === 'linear') said = node('Mul', [weight, said])
  else if (term === 'gaussian') {
    const product = node('Mul', [weight, node('Sub', [weight, of(first, 2)])])
    said = node('Mul', [node('Div', [product, of(second, 2)]), double(-1)])
  }
  return addEntries(writer, scores, entries.rows, said)
}

/** Probabilities, shape (rows, classes). */
export function sharesOf(writer: OnnxWriter, scores: string, { link, nClasses }: Pick<Sums, 'link' | 'nClasses'>): string {
  const { node, double } = writer
  const axis = numberAttribute('axis', 1)
  if (link === 'softmax') return node('Softmax', [scores], [axis])
  // Not the operator Sigmoid: it cuts far scores off, whose shares of one another count below.
  const chances = node('Div', [double(1), node('Add', [double(1), node('Exp', [node('Neg', [scores])])])])
  if (link === 'sigmoid') return node('Concat', [node('Sub', [double(1), chances]), chances], [axis])
  const sum = node('ReduceSum', [chances, writer.constant('integer', [1], [1])], [numberAttribute('keepdims', 1)])
  return node('Where', [node('Greater', [sum, double(0)]), node('Div', [chances, sum]), double(1 / nClasses)])
}
