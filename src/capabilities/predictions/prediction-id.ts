// Ids of predictions: 48 bits of time and 80 random bits in hex, so that they sort by time and cannot be guessed.
// Random bits are drawn 400 ids at a time: one call to the operating system for each would cost more than the prediction.
import { randomFillSync } from 'node:crypto'

const RANDOM_BYTES = 10
const IDS_PER_DRAW = 400

const pool = Buffer.alloc(RANDOM_BYTES * IDS_PER_DRAW)
let text = ''
let used = IDS_PER_DRAW

/** @param now  milliseconds since 1970. */
export function newPredictionId(now: number): string {
  if (used === IDS_PER_DRAW) {
    text = randomFillSync(pool).toString('hex')
    used = 0
  }
  const at = used++ * RANDOM_BYTES * 2
  return now.toString(16).padStart(12, '0') + text.slice(at, at + RANDOM_BYTES * 2)
}
