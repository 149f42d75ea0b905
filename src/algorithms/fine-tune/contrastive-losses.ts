// Losses that pull an anchor's vector to its positive and push it from others. Multiple negatives ranking takes the other positives of the
// batch as negatives (Henderson et al. 2017; as in sentence-transformers), and further ones where given; the triplet loss wants the
// positive nearer than a negative by a margin (Schroff et al. 2015).
import type { DotProducts } from '../math/dot-products.ts'
import { transposeFloats } from '../math/dot-products.ts'

export interface LossGradients {
  /** Mean over the anchors. */
  readonly loss: number
  readonly anchors: Float32Array
  /** Of positives, then negatives. */
  readonly candidates: Float32Array
}

export interface BatchVectors {
  /** Of length 1, shape (n, dimensions). */
  readonly anchors: Float32Array
  /** Shape (n positives and then any negatives, dimensions). */
  readonly candidates: Float32Array
  readonly dimensions: number
}

export interface RankingLossOptions {
  /** Cosines are divided by it. */
  readonly temperature: number
  /** Whether each positive is to find its anchor too. */
  readonly symmetric: boolean
  /** Whether a candidate is right for an anchor, so that it is no negative, though it is not the positive of its row. */
  readonly isMatch: (anchor: number, candidate: number) => boolean
}

/** Cost: O(anchors x candidates x dimensions). */
export function multipleNegativesRanking(
  { anchors, candidates, dimensions }: BatchVectors,
  { temperature, symmetric, isMatch }: RankingLossOptions,
  products: DotProducts,
): LossGradients {
  const n = anchors.length / dimensions
  const m = candidates.length / dimensions
  const scores = new Float32Array(n * m)
  products.rowsTimesRows(anchors, n, candidates, m, dimensions, scores)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const at = i * m + j
      scores[at] = i !== j && isMatch(i, j) ? Number.NEGATIVE_INFINITY : scores[at]! / temperature
    }
  }
  const slopes = new Float32Array(n * m)
  const share = symmetric ? 0.5 : 1
  let loss = share * addSoftmax(scores, slopes, { rows: n, columns: m, rowStep: m, columnStep: 1, weight: share / (n * temperature) })
  if (symmetric) {
    loss += share * addSoftmax(scores, slopes, { rows: n, columns: n, rowStep: 1, columnStep: m, weight: share / (n * temperature) })
  }
  const [byAnchor, byCandidate] = [new Float32Array(n * dimensions), new Float32Array(m * dimensions)]
  products.rowsTimesRows(slopes, n, transposeFloats(candidates, m, dimensions), dimensions, m, byAnchor)
  products.rowsTimesRows(transposeFloats(slopes, n, m), m, transposeFloats(anchors, n, dimensions), dimensions, n, byCandidate)
  return { loss: loss / n, anchors: byAnchor, candidates: byCandidate }
}

interface Softmax {
  readonly rows: number
  readonly columns: number
  readonly rowStep: number
  readonly columnStep: number
  readonly weight: number
}

/** Adds the slope of the cross entropy of each row, whose right answer stands on the diagonal; returns the sum of the losses. */
function addSoftmax(scores: Float32Array, slopes: Float32Array, { rows, columns, rowStep, columnStep, weight }: Softmax): number {
  let sum = 0
  for (let row = 0; row < rows; row++) {
    const from = row * rowStep
    let largest = Number.NEGATIVE_INFINITY
    for (let column = 0; column < columns; column++) largest = Math.max(largest, scores[from + column * columnStep]!)
    let total = 0
    for (let column = 0; column < columns; column++) total += Math.exp(scores[from + column * columnStep]! - largest)
    for (let column = 0; column < columns; column++) {
      const at = from + column * columnStep
      slopes[at]! += weight * (Math.exp(scores[at]! - largest) / total)
    }
    const right = from + row * columnStep
    slopes[right]! -= weight
    sum += Math.log(total) + largest - scores[right]!
  }
  return sum
}

/**
 * Mean of max(0, margin - cos(anchor, positive) + cos(anchor, negative)); each anchor has one negative.
 *
 * Cost: O(anchors x dimensions).
 */
export function tripletLoss({ anchors, candidates, dimensions }: BatchVectors, margin: number): LossGradients {
  const n = anchors.length / dimensions
  const [byAnchor, byCandidate] = [new Float32Array(anchors.length), new Float32Array(candidates.length)]
  let loss = 0
  for (let row = 0; row < n; row++) {
    const [anchor, positive, negative] = [row * dimensions, row * dimensions, (n + row) * dimensions]
    let difference = margin
    for (let at = 0; at < dimensions; at++) {
      difference += anchors[anchor + at]! * (candidates[negative + at]! - candidates[positive + at]!)
    }
    if (difference <= 0) continue
    loss += difference
    for (let at = 0; at < dimensions; at++) {
      byAnchor[anchor + at] = (candidates[negative + at]! - candidates[positive + at]!) / n
      byCandidate[positive + at] = -anchors[anchor + at]! / n
      byCandidate[negative + at] = anchors[anchor + at]! / n
    }
  }
  return { loss: loss / n, anchors: byAnchor, candidates: byCandidate }
}
