// Hard negatives: of what an anchor should not find, that which is nearest to it by the vectors as they are now. Source: Karpukhin et al.
// 2020 and Xiong et al. 2021 (negatives from the model's own ranking).
import { TandemError } from '../../errors.ts'
import { createDotProducts } from '../math/dot-products.ts'
import type { Rng } from '../math/rng.ts'
import type { Examples } from './examples.ts'
import type { TrainableEncoder } from './trainable-encoder.ts'

export interface MiningOptions {
  /** Nearest wrong ones that are kept for each anchor. Default 8. */
  readonly depth?: number
  /** The nearest so many are passed over: they may be right, and nobody said so. Default 0. */
  readonly skip?: number
  /** Candidates that are looked at, drawn anew each time. Default 4,096. */
  readonly mostCandidates?: number
  readonly isCanceled?: () => boolean
}

/** Gives each anchor one of its hard negatives, drawn at random; -1 for one that has none. */
export type HardNegatives = (anchor: number, rng: Rng) => number

const ANCHORS_AT_ONCE = 64

/** Cost: O(anchors x candidates x dimensions). */
export function mineHardNegatives(encoder: TrainableEncoder, examples: Examples, rng: Rng, options: MiningOptions = {}): HardNegatives {
  const { depth = 8, skip = 0, mostCandidates = 4_096, isCanceled } = options
  const { dimensions } = encoder
  const candidates = drawn(examples.candidates, mostCandidates, rng)
  const pool = encoder.encode(candidates)
  const { anchors } = examples
  const kept = new Int32Array(anchors.length * depth).fill(-1)
  const placeOf = new Map<number, number>()
  const products = createDotProducts()
  const scores = new Float32Array(ANCHORS_AT_ONCE * candidates.length)
  const nearest = new Int32Array(depth + skip)
  const best = new Float32Array(depth + skip)
  for (let from = 0; from < anchors.length; from += ANCHORS_AT_ONCE) {
    if (isCanceled?.() === true) throw new TandemError('canceled', 'The search for hard negatives was canceled.')
    const part = anchors.slice(from, from + ANCHORS_AT_ONCE)
    products.rowsTimesRows(encoder.encode(part), part.length, from === 0 ? pool : undefined, candidates.length, dimensions, scores)
    for (const [row, anchor] of part.entries()) {
      placeOf.set(anchor, from + row)
      nearest.fill(-1)
      best.fill(Number.NEGATIVE_INFINITY)
      for (let at = 0; at < candidates.length; at++) {
        const score = scores[row * candidates.length + at]!
        const item = candidates[at]!
        if (!(score > best.at(-1)!) || item === anchor || examples.isMatch(anchor, item)) continue
        let place = best.length - 1
        for (; place > 0 && score > best[place - 1]!; place--) {
          best[place] = best[place - 1]!
          nearest[place] = nearest[place - 1]!
        }
        best[place] = score
        nearest[place] = item
      }
      kept.set(nearest.subarray(skip), (from + row) * depth)
    }
  }
  return (anchor, random) => {
    const from = placeOf.get(anchor)! * depth
    let count = 0
    while (count < depth && kept[from + count]! >= 0) count++
    return count === 0 ? -1 : kept[from + random.below(count)]!
  }
}

function drawn(items: Int32Array, most: number, rng: Rng): Int32Array {
  if (items.length <= most) return items
  const order = items.slice()
  for (let at = 0; at < most; at++) {
    const other = at + rng.below(order.length - at)
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return order.slice(0, most)
}
