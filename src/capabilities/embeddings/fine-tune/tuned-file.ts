// The file of a fine-tuned version: what it changes of its base. Of a table the rows that were trained, in 8 bits; of an adapter its weights.
import type { Adapter } from '../../../algorithms/fine-tune/adapter.ts'
import { decodeTdm, encodeTdm, type TdmContent } from '../../../algorithms/format/tdm.ts'
import type { StaticTable } from '../../../algorithms/text/static-embedding/static-table.ts'
import { TandemError } from '../../../errors.ts'
import { sha256 } from '../../../platform/storage/sha256.ts'

export interface TableChanges {
  readonly kind: 'table'
  readonly dimensions: number
  /** Numbers of the rows that are others than those of the base, ascending. */
  readonly rows: Int32Array
  readonly values: Int8Array
  readonly scales: Float32Array
}

export type TunedWeights = TableChanges | Adapter

export interface TunedFile {
  /** Of the model that it was made from. */
  readonly baseFingerprint: string
  readonly weights: TunedWeights
}

export function encodeTunedFile({ baseFingerprint, weights }: TunedFile): Uint8Array {
  const { kind, dimensions } = weights
  const header = { format: 'tandem-embedding', kind, dimensions, baseFingerprint }
  return encodeTdm({ header, sections: sectionsOf(weights) }, { sha256 })
}

function sectionsOf(weights: TunedWeights): TdmContent['sections'] {
  if (weights.kind === 'table') return { rows: weights.rows, values: weights.values, scales: weights.scales }
  if (weights.kind === 'linear') return { weights: weights.weights, bias: weights.bias }
  return { inner: weights.inner, innerBias: weights.innerBias, outer: weights.outer }
}

/** @throws `artifact_damaged` for anything that `encodeTunedFile` does not write. */
export function decodeTunedFile(bytes: Uint8Array): TunedFile {
  const { header, sections } = decodeTdm(bytes, { sha256 })
  const { format, kind, dimensions, baseFingerprint } = header
  if (format !== 'tandem-embedding' || typeof dimensions !== 'number' || !(dimensions > 0) || typeof baseFingerprint !== 'string') {
    throw damaged('its header is that of another file')
  }
  const floats = (name: string, length?: number): Float32Array => {
    const section = sections[name]
    if (!(section instanceof Float32Array) || (length !== undefined && section.length !== length))
      throw damaged(`its section ${name} does not fit`)
    return section
  }
  if (kind === 'linear') {
    return {
      baseFingerprint,
      weights: { kind, dimensions, weights: floats('weights', dimensions * dimensions), bias: floats('bias', dimensions) },
    }
  }
  if (kind === 'mlp') {
    const innerBias = floats('innerBias')
    const hidden = innerBias.length
    const [inner, outer] = [floats('inner', hidden * dimensions), floats('outer', hidden * dimensions)]
    return { baseFingerprint, weights: { kind, dimensions, hidden, inner, innerBias, outer } }
  }
  const { rows, values } = sections
  if (kind !== 'table' || !(rows instanceof Int32Array) || !(values instanceof Int8Array) || values.length !== rows.length * dimensions) {
    throw damaged('its rows and values do not fit')
  }
  return { baseFingerprint, weights: { kind, dimensions, rows, values, scales: floats('scales', rows.length) } }
}

/**
 * The table with the changed rows in place.
 *
 * @throws `artifact_damaged` when the changes are not of this table.
 */
export function changeTable(table: StaticTable, { rows, values, scales, dimensions }: TableChanges): StaticTable {
  if (dimensions !== table.dimensions || rows.some((row) => row < 0 || row >= table.rows)) {
    throw damaged(`it changes rows of ${dimensions} columns, and the table has ${table.rows} rows of ${table.dimensions}`)
  }
  const changed = { ...table, values: table.values.slice(), scales: table.scales.slice() }
  for (const [place, row] of rows.entries()) {
    changed.values.set(values.subarray(place * dimensions, (place + 1) * dimensions), row * dimensions)
    changed.scales[row] = scales[place]!
  }
  return changed
}

function damaged(why: string): TandemError {
  return new TandemError(
    'artifact_damaged',
    `The file of a fine-tuned model cannot be used: ${why}. Activate another version, or fine-tune again.`,
  )
}
