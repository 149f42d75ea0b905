// A table of token vectors as an encoder that learns: a text's vector is the mean of its tokens' rows, brought to length 1. Only rows of
// tokens that occur are held and trained.
import type { TokenizedTexts } from '../text/static-embedding/fit-static-table.ts'
import type { StaticTable } from '../text/static-embedding/static-table.ts'
import { createAdam } from './adam.ts'
import { backThroughNormalize, normalizeRows, type TrainableEncoder } from './trainable-encoder.ts'

export interface TrainableTable extends TrainableEncoder {
  /** Numbers of the rows that are trained, ascending. */
  readonly rows: Int32Array
  /** Their values as they are now, shape (rows.length, dimensions). */
  readonly values: Float32Array
}

/**
 * Holds the rows that the texts use, in float32.
 *
 * Cost: O(tokens x dimensions) a pass; 24 bytes x rows x dimensions.
 */
export function createTrainableTable(
  table: StaticTable,
  texts: TokenizedTexts,
  { weightDecay = 0 }: { readonly weightDecay?: number } = {},
): TrainableTable {
  const { dimensions } = table
  const rows = Int32Array.from(new Set(texts.ids)).sort()
  const placeOf = new Map<number, number>()
  for (const [place, row] of rows.entries()) placeOf.set(row, place)
  const ids = texts.ids.map((row) => placeOf.get(row)!)
  const values = new Float32Array(rows.length * dimensions)
  for (const [place, row] of rows.entries()) {
    const scale = table.scales[row]!
    for (let at = 0; at < dimensions; at++) values[place * dimensions + at] = scale * table.values[row * dimensions + at]!
  }
  const adam = createAdam(values, dimensions, { weightDecay })
  const touched = new Set<number>()
  let last: { items: Int32Array; units: Float32Array; lengths: Float32Array } = {
    items: new Int32Array(),
    units: new Float32Array(),
    lengths: new Float32Array(),
  }
  let kept = values
  const sums = (items: Int32Array): { units: Float32Array; lengths: Float32Array } => {
    const units = new Float32Array(items.length * dimensions)
    for (const [place, item] of items.entries()) {
      const to = place * dimensions
      for (let token = texts.offsets[item]!; token < texts.offsets[item + 1]!; token++) {
        const from = ids[token]! * dimensions
        for (let at = 0; at < dimensions; at++) units[to + at]! += values[from + at]!
      }
    }
    const lengths = new Float32Array(items.length)
    normalizeRows(units, dimensions, lengths)
    return { units, lengths }
  }
  return {
    ...{ items: texts.offsets.length - 1, dimensions, rows, values },
    forward(items) {
      last = { items, ...sums(items) }
      return last.units
    },
    backward(gradient) {
      const { items, units, lengths } = last
      backThroughNormalize(gradient, units, dimensions, lengths)
      for (const [place, item] of items.entries()) {
        const from = place * dimensions
        for (let token = texts.offsets[item]!; token < texts.offsets[item + 1]!; token++) {
          const row = ids[token]!
          touched.add(row)
          const to = row * dimensions
          for (let at = 0; at < dimensions; at++) adam.gradients[to + at]! += gradient[from + at]!
        }
      }
    },
    step(learningRate) {
      adam.step(learningRate, touched)
      touched.clear()
    },
    encode: (items) => sums(items).units,
    keep() {
      kept = values.slice()
    },
    restore() {
      values.set(kept)
    },
  }
}
