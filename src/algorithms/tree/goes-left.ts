// Which bins of a feature go left at a split, as a table that the kernel which parts rows reads.

import { OTHER_BIN } from './category-bins.ts'

/** Fills the table: value bins up to `bin`, or those of a set of categories; the bin of missing values is the last of `bins`. */
export function decide(table: Uint8Array, bins: number, bin: number, missingLeft: boolean, set: Uint32Array | undefined): void {
  if (!set) table.fill(0).fill(1, 0, bin + 1)
  else {
    // The last value bin is that of all other categories.
    for (let b = 0; b < bins - 1; b++) {
      const place = b === bins - 2 ? OTHER_BIN : b
      table[b] = (set[place >>> 5]! >>> (place & 31)) & 1
    }
  }
  table[bins - 1] = missingLeft ? 1 : 0
}
