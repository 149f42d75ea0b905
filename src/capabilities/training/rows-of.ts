// Rows of a table by themselves, as learners take them.
import type { Table } from './tasks.ts'

export type Memory = typeof ArrayBuffer | typeof SharedArrayBuffer

export interface PickedRows {
  readonly x: Float32Array
  readonly y: Float64Array
  /** Absent: all rows weigh alike. */
  readonly weights?: Float64Array
}

/** Copies of rows of a table. */
export function rowsOf(
  { x, y, features, weights }: Pick<Table, 'x' | 'y' | 'features' | 'weights'>,
  rows: Int32Array,
  memory: Memory = ArrayBuffer,
): PickedRows {
  const picked = {
    x: new Float32Array(new memory(rows.length * features * 4)),
    y: new Float64Array(new memory(rows.length * 8)),
    ...(weights === undefined ? {} : { weights: new Float64Array(new memory(rows.length * 8)) }),
  }
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!
    picked.x.set(x.subarray(row * features, (row + 1) * features), index * features)
    picked.y[index] = y[row]!
    if (picked.weights !== undefined) picked.weights[index] = weights![row]!
  }
  return picked
}
