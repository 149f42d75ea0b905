// Predictions that wait to be written, as bytes: thousands of objects and texts that wait a tenth of a second are what V8 moves
// to its old generation, where they stay as garbage for long (120 MB at 10,000 predictions a second; as bytes some 200 KB).
import { type PackedValue, unpackRows } from '../../platform/storage/packed-rows.ts'
import type { NewRow } from '../../platform/storage/tables.ts'
import type { AnyPrediction } from '../../predictions.ts'
import { PredictionSums } from './hour-sums.ts'

export interface LoggedCall {
  readonly prediction: AnyPrediction
  readonly features: Readonly<Record<string, unknown>>
  /** Milliseconds since 1970. */
  readonly at: number
  readonly latencyUs: number
  readonly requestId: string | null
}

/** In the order of the packed values. */
export const PACKED_COLUMNS = [
  'id',
  'model',
  'version',
  'created_at',
  'features',
  'value',
  'probabilities',
  'confidence',
  'source',
  'reason',
  'latency_us',
  'request_id',
  'promised',
] as const satisfies readonly (keyof NewRow<'predictions'>)[]

/** Rows of one batch: its transaction takes the database's thread some milliseconds. */
export const BATCH_ROWS = 250
/** Room for as many rows of 700 bytes. */
export const BATCH_BYTES = 176 * 1024

/** What the sums need of a row. */
export interface RowFacts {
  readonly model: string
  readonly version: string | null
  readonly at: number
  readonly latencyUs: number
}

export class PredictionBatch {
  readonly buffer: Buffer
  #used = 0
  #rows = 0
  readonly sums = new PredictionSums()

  /** @param buffer  where the rows go; no larger one is taken later. */
  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  get rows(): number {
    return this.#rows
  }

  /** The rows as `PackedRows` holds them. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.#used)
  }

  /** Adds a row as JSON text; false when there is no room for it. */
  add(row: string, { model, version, at, latencyUs }: RowFacts): boolean {
    const needed = Buffer.byteLength(row) + 1
    if (this.#rows >= BATCH_ROWS || this.#used + needed > this.buffer.length) return false
    if (this.#rows > 0) this.buffer[this.#used++] = COMMA
    this.#used += this.buffer.write(row, this.#used)
    this.#rows++
    this.sums.add(model, version, at, latencyUs)
    return true
  }

  /** The rows again, as they were added. */
  *[Symbol.iterator](): Generator<{ readonly row: string; readonly facts: RowFacts }> {
    for (const values of JSON.parse(`[${this.buffer.toString('utf8', 0, this.#used)}]`)) {
      const [, model, version, at] = values
      yield { row: JSON.stringify(values), facts: { model, version, at, latencyUs: values[PACKED_COLUMNS.indexOf('latency_us')] } }
    }
  }
}

const COMMA = 44

export function packRow({ prediction, features, at, latencyUs, requestId }: LoggedCall): string {
  const { predictionId, model, version, value, probabilities = null, confidence, source, reason = null } = prediction
  const values = [predictionId, model, version, at, features, JSON.stringify(value), probabilities, confidence, source, reason]
  return JSON.stringify([...values, latencyUs, requestId, promisedOf(prediction)])
}

/** The promise alone: the interval that a number always has is not kept. */
function promisedOf({ coverage, set, interval }: AnyPrediction): object | null {
  if (coverage === undefined) return null
  return set === undefined ? { coverage, interval } : { coverage, set }
}

/** The rows of a batch, for the rare ways on which they go one by one. */
export function rowsOf(bytes: Uint8Array): NewRow<'predictions'>[] {
  const named = (values: readonly PackedValue[]): [string, PackedValue][] => PACKED_COLUMNS.map((name, i) => [name, values[i] ?? null])
  return unpackRows(bytes).map((values) => Object.fromEntries(named(values)) as unknown as NewRow<'predictions'>)
}
