// Texts to labels that nobody trained for: each label is the mean of the vectors of its name, description and examples; what all labels share
// is taken off both sides first, so that the difference between labels counts (Mu & Viswanath, "All-but-the-Top", 2018, of the mean alone).

export interface LabelScores {
  /** Cosine with each label, -1 to 1, what all labels share taken off. */
  readonly similarities: Float64Array
  /** Shares of the labels, by the softmax of the similarities; their sum is 1. No measured probability. */
  readonly scores: Float64Array
}

/** Of the softmax: a difference of 0.1 in cosine makes one label 2.7 times another. */
const TEMPERATURE = 0.1

export interface LabelVectors {
  readonly centers: readonly Float32Array[]
  readonly mean: Float32Array
}

/**
 * @param vectors  of the texts of each label, of length 1.
 * @returns        a center for each label, of length 1 after the mean was taken off.
 */
export function labelVectors(vectors: readonly (readonly Float32Array[])[]): LabelVectors {
  const means = vectors.map(meanOf)
  const mean = meanOf(means)
  return { centers: means.map((center) => centered(center, mean)), mean }
}

/** Cost: O(labels x dimensions). */
export function scoreLabels(text: Float32Array, { centers, mean }: LabelVectors): LabelScores {
  const own = centered(text, mean)
  const similarities = Float64Array.from(centers, (center) => dot(own, center))
  const most = similarities.reduce((high, each) => Math.max(high, each), -1)
  const scores = similarities.map((each) => Math.exp((each - most) / TEMPERATURE))
  const sum = scores.reduce((total, each) => total + each, 0)
  return { similarities, scores: scores.map((each) => each / sum) }
}

function meanOf(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0]!.length)
  for (const vector of vectors) for (let at = 0; at < mean.length; at++) mean[at]! += vector[at]! / vectors.length
  return mean
}

function centered(vector: Float32Array, mean: Float32Array): Float32Array {
  const shifted = vector.map((value, at) => value - mean[at]!)
  const length = Math.sqrt(dot(shifted, shifted))
  return length > 0 ? shifted.map((value) => value / length) : shifted
}

function dot(left: Float32Array, right: Float32Array): number {
  let sum = 0
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!
  return sum
}
