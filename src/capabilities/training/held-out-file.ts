// The held-out rows of a version and what it said to them, kept so that versions can be compared later on rows none has seen.
// Of many rows those with the lowest marks stay: a mark hangs on the row's content alone, so versions keep the same ones.
import { decodeTdm, encodeTdm, type TdmOptions } from '../../algorithms/format/tdm.ts'
import { TandemError } from '../../errors.ts'
import { mix } from './text-hash.ts'

export interface HeldOutRows {
  readonly task: 'classification' | 'regression'
  readonly target: string
  /** Labels in the order of the columns; empty for regression. */
  readonly classes: readonly string[]
  /** Hash of each row's content. Equal rows stand beside each other. */
  readonly hashes: Uint32Array
  /** Class codes or numbers. */
  readonly truth: Float64Array
  /** Row-major, one column a class, or one number a row. */
  readonly predictions: Float32Array
  /** Absent: all rows weigh alike. */
  readonly weights?: Float64Array | undefined
}

const FORM = 'held-out-rows'
const MAX_ROWS = 5000
const MAX_VALUES = 500_000
const MARK = 0x6d61726b

/** @param rows  with their predictions; at most 5,000 are kept, and at most 500,000 predictions. */
export function encodeHeldOut(
  { task, target, classes, hashes, truth, predictions, weights }: Omit<HeldOutRows, 'predictions'> & { readonly predictions: Float64Array },
  options: TdmOptions,
): Uint8Array {
  const width = Math.max(1, classes.length)
  const limit = Math.min(MAX_ROWS, Math.floor(MAX_VALUES / width))
  const marks = Uint32Array.from(hashes, (hash) => mix(hash ^ MARK))
  const kept = [...hashes.keys()].sort((a, b) => marks[a]! - marks[b]! || hashes[a]! - hashes[b]! || a - b).slice(0, limit)
  const said = new Float32Array(kept.length * width)
  for (const [index, row] of kept.entries()) said.set(predictions.subarray(row * width, (row + 1) * width), index * width)
  return encodeTdm(
    {
      header: { form: FORM, task, target, classes: [...classes] },
      sections: {
        hashes: Uint32Array.from(kept, (row) => hashes[row]!),
        truth: Float64Array.from(kept, (row) => truth[row]!),
        predictions: said,
        ...(weights === undefined ? {} : { weights: Float64Array.from(kept, (row) => weights[row]!) }),
      },
    },
    options,
  )
}

/** @throws `artifact_damaged`. */
export function decodeHeldOut(file: Uint8Array, options: TdmOptions): HeldOutRows {
  const { header, sections } = decodeTdm(file, options)
  const { hashes, truth, predictions, weights } = sections
  const { form, task, target, classes } = header as unknown as HeldOutRows & { form: string }
  if (form !== FORM || !(hashes instanceof Uint32Array) || !(truth instanceof Float64Array) || !(predictions instanceof Float32Array)) {
    throw new TandemError('artifact_damaged', 'The file of held-out rows is damaged: it holds something else. Train again.')
  }
  return { task, target, classes, hashes, truth, predictions, ...(weights instanceof Float64Array ? { weights } : {}) }
}
