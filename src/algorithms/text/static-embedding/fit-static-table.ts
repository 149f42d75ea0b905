// Trains a table of token vectors so that the mean over a text points where a sentence encoder's vector points: cosine regression by
// row-wise lazy Adam. Source: Kingma and Ba 2015 (only the rows of a batch take a step, as in its sparse form); the start is the smooth
// inverse frequency of Arora et al. 2017.
import { TandemError } from '../../../errors.ts'
import { createRng } from '../../math/rng.ts'

/** Token ids of many texts, one after the other: text i has `ids[offsets[i]] ... ids[offsets[i + 1] - 1]`. */
export interface TokenizedTexts {
  readonly ids: Int32Array
  /** One more than there are texts. */
  readonly offsets: Int32Array
}

export interface StaticTableOptions {
  /** Row by row, the vectors to start from; its length says how many rows there are. */
  readonly start: Float32Array
  readonly dimensions: number
  /** Default 3. */
  readonly epochs?: number
  /** Texts a step. Default 512. */
  readonly batchSize?: number
  /** Default 0.003, after 50 steps of warm-up, falling to a fiftieth. */
  readonly learningRate?: number
  /** Default 0. */
  readonly randomState?: number
  /** Told every 50 steps: done share and mean of 1 - cosine since the last time. */
  readonly onProgress?: (share: number, loss: number) => void
}

const WARM_UP_STEPS = 50
const REPORT_STEPS = 50
const [BETA_1, BETA_2, EPSILON] = [0.9, 0.99, 1e-8]

/**
 * Fits the rows of tokens to vectors of whole texts.
 *
 * Cost: O(epochs x tokens x dimensions) time; four times the table in memory.
 *
 * @param texts    token ids, each below the number of rows.
 * @param targets  shape (texts, dimensions), each of length 1.
 * @returns        the table, shape (rows, dimensions).
 * @throws         `shape_mismatch` when lengths differ; `too_few_rows` below one batch.
 */
export function fitStaticTable(texts: TokenizedTexts, targets: Float32Array, options: StaticTableOptions): Float32Array {
  const { start, dimensions, epochs = 3, batchSize = 512, learningRate = 0.003, randomState = 0, onProgress } = options
  const count = texts.offsets.length - 1
  if (targets.length !== count * dimensions || start.length % dimensions !== 0) {
    throw new TandemError(
      'shape_mismatch',
      `${count} texts of ${dimensions} columns need ${count * dimensions} target values and whole rows; there are ${targets.length}, and a start of ${start.length}.`,
    )
  }
  if (count < batchSize)
    throw new TandemError('too_few_rows', `${count} texts are less than one batch of ${batchSize}. Lower batchSize or bring more texts.`)
  const table = start.slice()
  const adam = createSparseAdam(table, dimensions)
  const rng = createRng(randomState)
  const order = Int32Array.from({ length: count }, (_, at) => at)
  const batches = Math.floor(count / batchSize)
  const steps = batches * epochs
  let [step, loss] = [0, 0]
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let at = count - 1; at > 0; at--) {
      const other = rng.below(at + 1)
      ;[order[at], order[other]] = [order[other]!, order[at]!]
    }
    for (let batch = 0; batch < batches; batch++) {
      const rate = learningRate * Math.min(1, (step + 1) / WARM_UP_STEPS) * Math.max(0.02, 1 - step / steps)
      for (let at = batch * batchSize; at < (batch + 1) * batchSize; at++) {
        loss += addGradient(texts, order[at]!, targets, { table, dimensions, batchSize, gradientRow: adam.gradientRow }) / batchSize
      }
      adam.step(rate)
      step++
      if (step % REPORT_STEPS === 0) {
        onProgress?.(step / steps, loss / REPORT_STEPS)
        loss = 0
      }
    }
  }
  return table
}

interface GradientParts {
  readonly table: Float32Array
  readonly dimensions: number
  readonly batchSize: number
  /** Where the gradient of a row stands, in an array of `gradient`. */
  readonly gradientRow: (row: number) => Float32Array
}

let scratch = new Float32Array(0)

/** Adds the gradient of 1 - cosine(mean of rows, target); returns the loss. */
function addGradient(
  { ids, offsets }: TokenizedTexts,
  text: number,
  targets: Float32Array,
  { table, dimensions, batchSize, gradientRow }: GradientParts,
): number {
  const [from, to] = [offsets[text]!, offsets[text + 1]!]
  if (from === to) return 0
  if (scratch.length !== dimensions) scratch = new Float32Array(dimensions)
  const mean = scratch
  mean.fill(0)
  for (let at = from; at < to; at++) {
    const row = ids[at]! * dimensions
    for (let column = 0; column < dimensions; column++) mean[column]! += table[row + column]!
  }
  let squares = 0
  for (let column = 0; column < dimensions; column++) squares += mean[column]! * mean[column]!
  const length = Math.sqrt(squares) + 1e-9
  let cosine = 0
  const target = text * dimensions
  for (let column = 0; column < dimensions; column++) {
    mean[column]! /= length
    cosine += mean[column]! * targets[target + column]!
  }
  // Derivative of the cosine by the sum of the rows, the same for each of them.
  const factor = -1 / (length * batchSize)
  for (let column = 0; column < dimensions; column++) mean[column] = factor * (targets[target + column]! - mean[column]! * cosine)
  for (let at = from; at < to; at++) {
    const gradient = gradientRow(ids[at]!)
    for (let column = 0; column < dimensions; column++) gradient[column]! += mean[column]!
  }
  return 1 - cosine
}

/** Adam whose moments only move for rows that the batch touched. */
function createSparseAdam(table: Float32Array, dimensions: number) {
  const rows = table.length / dimensions
  const [first, second] = [new Float32Array(table.length), new Float32Array(table.length)]
  const slotOf = new Int32Array(rows).fill(-1)
  const slots: Float32Array[] = []
  const touched: number[] = []
  let steps = 0
  return {
    gradientRow(row: number): Float32Array {
      const known = slotOf[row]!
      if (known >= 0) return slots[known]!
      const slot = touched.length
      slotOf[row] = slot
      touched.push(row)
      slots[slot] ??= new Float32Array(dimensions)
      return slots[slot]!
    },
    step(rate: number): void {
      steps++
      const scale = rate / (1 - BETA_1 ** steps)
      const correction = 1 / (1 - BETA_2 ** steps)
      for (const [slot, row] of touched.entries()) {
        const gradient = slots[slot]!
        const from = row * dimensions
        for (let column = 0; column < dimensions; column++) {
          const value = gradient[column]!
          const at = from + column
          first[at] = BETA_1 * first[at]! + (1 - BETA_1) * value
          second[at] = BETA_2 * second[at]! + (1 - BETA_2) * value * value
          table[at]! -= (scale * first[at]!) / (Math.sqrt(second[at]! * correction) + EPSILON)
        }
        gradient.fill(0)
        slotOf[row] = -1
      }
      touched.length = 0
    },
  }
}
