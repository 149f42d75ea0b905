// How the columns of a table become numbers, as ONNX nodes: an input for each feature, one tensor of all columns. Categories are finite
// tables, which our own writer fills; numbers and dates are computed in doubles, as here. Nothing is computed in another way than here, so
// the columns are the same to the bit. Texts have no operators that read words as we do and are refused.
import { TandemError } from '../../errors.ts'
import { columnWidth, kindNamed } from '../columns/column-kinds.ts'
import type { FittedColumns, NumberRule, PlacedColumn } from '../columns/column-spec.ts'
import type { RowColumn } from '../columns/row-table.ts'
import { createDateParts } from './onnx-dates.ts'
import { integersAttribute, ML, numberAttribute, textsAttribute, valueInfo } from './onnx-model.ts'
import { createOnnxWriter, type OnnxWriter } from './onnx-writer.ts'

/** Names that the graph's outputs have; a feature of such a name stands behind `feature:`. */
const OUTPUTS: readonly string[] = ['label', 'probabilities', 'prediction', 'logarithm']

export interface OnnxColumns {
  readonly writer: OnnxWriter
  readonly inputs: Uint8Array[]
  /** Name of each feature's input. */
  readonly inputNames: readonly string[]
  /** Tensor of all columns, shape (rows, columns). */
  readonly output: string
}

/**
 * @param fields  how each feature is read: a number is float32 (NaN is missing), a category its text ("" is missing), a date whole hours
 *                since 1970 UTC as float32 (NaN is missing); each of shape (rows, 1).
 * @param type    of the columns: float32 for trees.
 * @throws   `invalid_input` for a feature that is a text.
 */
export function writeColumns(fields: readonly RowColumn[], columns: FittedColumns, type: 'float' | 'double'): OnnxColumns {
  const inputNames = fields.map(({ name }) => (OUTPUTS.includes(name) ? `feature:${name}` : name))
  const writer = createOnnxWriter([...inputNames, ...OUTPUTS])
  const parts: string[] = []
  const inputs = fields.map((field, feature): Uint8Array => {
    const column = columns.features[feature]!
    const input = inputNames[feature]!
    if (column.kind === 'text' || column.kind === 'text-score' || field.kind === 'text') throw textRefused(field.name)
    if (columnWidth(column) > 0) parts.push(...partsOf(writer, input, field, column, { type, clamped: columns.clamped }))
    return valueInfo(input, field.kind === 'category' ? 'text' : 'float', [1])
  })
  return { writer, inputs, inputNames, output: writer.node('Concat', parts, [numberAttribute('axis', 1)]) }
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

function textRefused(name: string): TandemError {
  const message = `"${name}" is a text. ONNX has no operators that cut it into words as the model does (letters of all scripts, lower case whatever the machine), so its answers would differ. Ask for the format tdm and serve it with Tandem, or train without "${name}".`
  return new TandemError('invalid_input', message, {
    errors: [{ path: '/format', message: `"${name}" is a text, which the format cannot say` }],
  })
}

/** A pipeline of another library may take numbers for categories; what it knows of them is a table of numbers, and not of texts. */
function codesRefused(name: string, kind: string): TandemError {
  const message = `"${name}" is a number and is read as a category (${kind}), which the format does not say. Ask for the format tdm.`
  return new TandemError('invalid_input', message, { errors: [{ path: '/format', message: `"${name}" is a number read as a category` }] })
}
