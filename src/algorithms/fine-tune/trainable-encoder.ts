// What fine-tuning needs of an encoder: vectors of items by their numbers, and a step against a gradient of those vectors.

export interface TrainableEncoder {
  readonly items: number
  readonly dimensions: number
  /** Vectors of length 1, shape (items.length, dimensions); what `backward` needs is remembered. */
  forward(items: Int32Array): Float32Array
  /** Adds the gradient of the last `forward` by its vectors, shape (items.length, dimensions). */
  backward(gradient: Float32Array): void
  /** One step of the optimiser at this learning rate; clears the gradients. */
  step(learningRate: number): void
  /** Vectors of length 1 for looking at, shape (items.length, dimensions); remembers nothing. */
  encode(items: Int32Array): Float32Array
  /** Remembers the parameters as they are. */
  keep(): void
  /** Brings back what `keep` remembered. */
  restore(): void
}

/** Brings rows to length 1 and writes their lengths; a row of zeros stays so, with a length of 1. */
export function normalizeRows(rows: Float32Array, dimensions: number, lengths: Float32Array): void {
  for (let row = 0; row < lengths.length; row++) {
    const from = row * dimensions
    let squares = 0
    for (let at = from; at < from + dimensions; at++) squares += rows[at]! * rows[at]!
    const length = squares > 0 ? Math.sqrt(squares) : 1
    lengths[row] = length
    for (let at = from; at < from + dimensions; at++) rows[at]! /= length
  }
}

/** Turns the gradient by unit vectors into that by the vectors before they were brought to length 1, in place. */
export function backThroughNormalize(gradient: Float32Array, units: Float32Array, dimensions: number, lengths: Float32Array): void {
  for (let row = 0; row < lengths.length; row++) {
    const from = row * dimensions
    let along = 0
    for (let at = from; at < from + dimensions; at++) along += gradient[at]! * units[at]!
    for (let at = from; at < from + dimensions; at++) gradient[at] = (gradient[at]! - along * units[at]!) / lengths[row]!
  }
}
