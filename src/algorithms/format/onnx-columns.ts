// How the columns of a table become numbers, as ONNX nodes: an input for each feature, one tensor of all columns. Categories are finite
// tables, which our own writer fills; numbers and dates are computed in doubles, as here. Nothing is computed in another way than here, so
// the columns are the same to the bit. Words of texts are entries of a sparse matrix, for sums; trees read what they say as columns.
import { TandemError } from '../../errors.ts'
import { columnWidth, kindNamed } from '../columns/column-kinds.ts'
import type { FittedColumns, FittedTextScore, NumberRule, PlacedColumn } from '../columns/column-spec.ts'
import type { RowColumn } from '../columns/row-table.ts'
import { createDateParts } from './onnx-dates.ts'
import { integersAttribute, ML, numberAttribute, textsAttribute, valueInfo } from './onnx-model.ts'
import { sharesOf } from './onnx-sums.ts'
import { addEntries, gapsOf, perRow, type TextEntries, textEntries } from './onnx-texts.ts'
import { createOnnxWriter, type OnnxWriter } from './onnx-writer.ts'

/** Names that the graph's outputs have; a feature of such a name stands behind `feature:`. */
const OUTPUTS: readonly string[] = ['label', 'probabilities', 'prediction', 'logarithm']

export interface OnnxColumns {
  readonly writer: OnnxWriter
  readonly inputs: Uint8Array[]
  /** Name of each feature's input. */
  readonly inputNames: readonly string[]
  /** Tensor of all columns that are numbers, shape (rows, columns); absent where there are none. */
  readonly output: string | undefined
  /** Which columns these are, ascending. */
  readonly columns: Int32Array
  /** Texts whose terms are the columns from `first` on. */
  readonly texts: readonly { readonly first: number; readonly entries: TextEntries }[]
  readonly hasTexts: boolean
}

/**
 * @param fields  how each feature is read: a number is float32 (NaN is missing), a category its text ("" is missing), a date whole hours
 *                since 1970 UTC as float32 (NaN is missing), a text itself ("" is missing); each of shape (rows, 1).
 * @param type    of the columns: float32 for trees.
 * @throws   `invalid_input` for a text that is not read by words, or by trees word by word.
 */
export function writeColumns(fields: readonly RowColumn[], columns: FittedColumns, type: 'float' | 'double'): OnnxColumns {
  const inputNames = fields.map(({ name }) => (OUTPUTS.includes(name) ? `feature:${name}` : name))
  const writer = createOnnxWriter([...inputNames, ...OUTPUTS])
  const parts: string[] = []
  const texts: { readonly first: number; readonly entries: TextEntries }[] = []
  const dense: number[] = []
  const inputs = fields.map((field, feature): Uint8Array => {
    const column = columns.features[feature]!
    const input = inputNames[feature]!
    const width = columnWidth(column)
    if (column.kind === 'text') {
      if (type === 'float') throw wordsRefused(field.name)
      if (width > 0) texts.push({ first: column.first, entries: textEntries(writer, input, field.name, column) })
    } else if (width > 0) {
      const wanted = { type, clamped: columns.clamped }
      parts.push(
        ...(column.kind === 'text-score'
          ? scoreParts(writer, input, field.name, column, type)
          : partsOf(writer, input, field, column, wanted)),
      )
      for (let at = 0; at < width; at++) dense.push(column.first + at)
    }
    return valueInfo(input, field.kind === 'category' || field.kind === 'text' ? 'text' : 'float', [1])
  })
  const output = parts.length === 0 ? undefined : writer.node('Concat', parts, [numberAttribute('axis', 1)])
  const hasTexts = columns.features.some(({ kind }) => kind === 'text' || kind === 'text-score')
  return { writer, inputs, inputNames, output, columns: Int32Array.from(dense), texts, hasTexts }
}

/** Whether there is a text, and what its words say. */
function scoreParts(writer: OnnxWriter, input: string, name: string, column: FittedTextScore, type: 'float' | 'double'): string[] {
  const { node, constant } = writer
  const { base, weights, vocabulary, link } = column
  const width = base.length
  let said = node('Reshape', [perRow(writer, input, base), constant('integer', [2], [-1, width])])
  if (vocabulary.length > 0) {
    const { rows, terms, weights: values } = textEntries(writer, input, name, column)
    const each = node('Gather', [constant('double', [vocabulary.length, width], weights), terms])
    said = addEntries(writer, said, rows, node('Mul', [node('Unsqueeze', [values, constant('integer', [1], [1])]), each]))
  }
  if (link === 'sigmoid')
    said = node('Slice', [sharesOf(writer, said, { link, nClasses: 2 }), ...[1, 2, 1].map((at) => constant('integer', [1], [at]))])
  else if (link === 'softmax') said = sharesOf(writer, said, { link, nClasses: width })
  return [gapsOf(writer, input, Number.NaN, type), writer.cast(said, type)]
}

interface Wanted {
  readonly type: 'float' | 'double'
  readonly clamped: boolean
}

function partsOf(writer: OnnxWriter, input: string, field: RowColumn, column: PlacedColumn, wanted: Wanted): string[] {
  if (field.kind === 'category') return [categoryPart(writer, input, field, column, wanted)]
  if (column.kind === 'date') {
    const hours = writer.cast(input, 'double')
    const part = createDateParts(writer, hours)
    const parts = column.parts.map((name, at) => writer.cast(ruled(writer, part(name), column.rules[at]!, wanted), wanted.type))
    return column.indicator ? [...parts, gapOf(writer, input, wanted)] : parts
  }
  if (column.kind !== 'number') throw codesRefused(field.name, column.kind)
  const { fill, center, factor, divisor = 1, indicator } = column
  const isAsItIs = fill === null && center === 0 && factor === 1 && divisor === 1 && !wanted.clamped
  const value = isAsItIs ? input : ruled(writer, writer.cast(input, 'double'), column, wanted)
  const number = isAsItIs && wanted.type === 'float' ? value : writer.cast(value, wanted.type)
  return indicator ? [number, gapOf(writer, input, wanted)] : [number]
}

/** What `applyRule` computes of a double. */
function ruled(writer: OnnxWriter, value: string, { fill, center, factor, divisor = 1 }: NumberRule, { clamped }: Wanted): string {
  const { node, double } = writer
  let seen = fill === null ? value : node('Where', [node('IsNaN', [value]), double(fill), value])
  if (center !== 0) seen = node('Add', [seen, double(center)])
  if (factor !== 1) seen = node('Mul', [seen, double(factor)])
  if (divisor !== 1) seen = node('Div', [seen, double(divisor)])
  return clamped ? node('Clip', [seen, double(0), double(1)]) : seen
}

function gapOf({ node, cast }: OnnxWriter, input: string, { type }: Wanted): string {
  return cast(node('IsNaN', [input]), type)
}

/** A category is one of its texts, another text, or missing: what it becomes stands in a table. */
function categoryPart(writer: OnnxWriter, input: string, { categories = [] }: RowColumn, column: PlacedColumn, wanted: Wanted): string {
  const width = columnWidth(column)
  const count = categories.length
  const write = kindNamed(column.kind).writer(column, 0, wanted.clamped)
  // A text never seen is missing to a column that takes codes as they are.
  const unseen = column.kind === 'number' ? Number.NaN : count
  const rowOf = (code: number): Float64Array => {
    const row = new Float64Array(width)
    const take = (at: number, value: number): void => {
      row[at] = value
    }
    write(code, take, undefined, 0)
    return row
  }
  const rows = [...categories.map((_, code) => rowOf(code)), rowOf(Number.NaN), rowOf(unseen)]
  const isOneHot = column.kind === 'one-hot'
  // Of one-hot the place of its 1, or the width for none; else the number of its row in the table.
  const places = rows.map((row, at) => (isOneHot ? (row.includes(1) ? row.indexOf(1) : width) : at))
  const encoded = writer.node(
    'LabelEncoder',
    [input],
    [
      textsAttribute('keys_strings', [...categories, '']),
      integersAttribute('values_int64s', places.slice(0, count + 1)),
      numberAttribute('default_int64', places[count + 1]!),
    ],
    ML,
  )
  const place = writer.node('Reshape', [encoded, writer.constant('integer', [1], [-1])])
  if (!isOneHot) {
    const table = writer.constant(wanted.type, [rows.length, width], Float64Array.from(rows.flatMap((row) => [...row])))
    return writer.node('Gather', [table, place], [numberAttribute('axis', 0)])
  }
  const depth = writer.constant('integer', [], [width])
  const hot = writer.node('OneHot', [place, depth, writer.constant('float', [2], [0, 1])], [numberAttribute('axis', -1)])
  return wanted.type === 'float' ? hot : writer.cast(hot, 'double')
}

function wordsRefused(name: string): TandemError {
  const message = `"${name}" is a text that trees read word by word, and these are too many columns for a tensor of all. Read it as text-score, or ask for the format tdm.`
  return new TandemError('invalid_input', message, {
    errors: [{ path: '/format', message: `"${name}" is a text of words for trees, which the format cannot say` }],
  })
}

/** A pipeline of another library may take numbers for categories; what it knows of them is a table of numbers, and not of texts. */
function codesRefused(name: string, kind: string): TandemError {
  const message = `"${name}" is a number and is read as a category (${kind}), which the format does not say. Ask for the format tdm.`
  return new TandemError('invalid_input', message, { errors: [{ path: '/format', message: `"${name}" is a number read as a category` }] })
}
