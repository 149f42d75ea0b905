// Learns the weights of a linear chain from tagged sentences: stochastic gradient of the log-likelihood with AdaGrad's step sizes (Duchi,
// Hazan & Singer 2011) and features left out at random, which makes the model rely on several of them (Wang & Manning 2013).
import { exp, LEAST_EXPONENT } from '../../math/exponential.ts'
import { createRng } from '../../math/rng.ts'
import { createLattice, mayFollow, type SpanLabels, sumSequences } from './chain.ts'

export interface TaggedSentence {
  /** Rows of the features of each word. */
  readonly features: readonly Int32Array[]
  /** Label of each word. */
  readonly labels: ArrayLike<number>
}

export interface FitChainOptions {
  readonly labels: SpanLabels
  /** Of the weights: features are numbers below it. */
  readonly rows: number
  /** Default 4. */
  readonly epochs?: number
  /** Default 0.1. */
  readonly learningRate?: number
  /** Share of the features left out in each step, 0 to 1. Default 0.2. */
  readonly dropout?: number
  readonly randomState?: number
  onEpoch?(epoch: number, logLikelihood: number): void
}

export interface ChainWeights {
  /** Shape (rows, labels). */
  readonly emissions: Float32Array
  /** Shape (labels, labels), from row to column. */
  readonly transitions: Float64Array
}

const SMALL = 1e-3
/** Smaller gradients change nothing that is seen. */
const LEAST_GRADIENT = 1e-4

/**
 * Fits the weights.
 *
 * Cost: O(epochs x words x (features x labels + labels^2)) time, 8 x rows x labels bytes. Same data and seed, same weights.
 */
export function fitChain(sentences: readonly TaggedSentence[], options: FitChainOptions): ChainWeights {
  const { labels, rows, epochs = 4, learningRate = 0.1, dropout = 0.2, randomState = 0, onEpoch } = options
  const count = labels.count
  const rng = createRng(randomState)
  const W = new Float32Array(rows * count)
  const squares = new Float32Array(rows * count)
  const T = new Float64Array(count * count)
  const transitionSquares = new Float64Array(count * count)
  const gradient = new Float64Array(count)
  const transitionGradient = new Float64Array(count * count)
  const lattice = createLattice()
  let E = new Float64Array(0)
  let kept = new Int32Array(256)

  const learn = ({ features, labels: gold }: TaggedSentence): number => {
    const words = features.length
    if (E.length < words * count) E = new Float64Array(words * count * 2)
    const chosen = features.map((all) => {
      if (kept.length < all.length) kept = new Int32Array(all.length * 2)
      let size = 0
      for (let at = 0; at < all.length; at++) if (rng.next() >= dropout) kept[size++] = all[at]!
      return kept.slice(0, size)
    })
    score(chosen, W, count, E)
    sumSequences(lattice, E, T, words, count)
    const { forward, backward, total } = lattice
    transitionGradient.fill(0)
    for (let word = 1; word < words; word++) {
      for (let from = 0; from < count; from++) {
        for (let to = 0; to < count; to++) {
          if (!mayFollow(from, to)) continue
          const path = forward[(word - 1) * count + from]! + T[from * count + to]! + E[word * count + to]! + backward[word * count + to]!
          transitionGradient[from * count + to]! -= exp(Math.max(LEAST_EXPONENT, path - total))
        }
      }
      transitionGradient[gold[word - 1]! * count + gold[word]!]! += 1
    }
    let likelihood = -total
    for (let word = 0; word < words; word++) {
      likelihood += E[word * count + gold[word]!]! + (word === 0 ? 0 : T[gold[word - 1]! * count + gold[word]!]!)
      let isActive = false
      for (let label = 0; label < count; label++) {
        const place = word * count + label
        gradient[label] = (gold[word] === label ? 1 : 0) - exp(Math.max(LEAST_EXPONENT, forward[place]! + backward[place]! - total))
        if (Math.abs(gradient[label]!) > LEAST_GRADIENT) isActive = true
      }
      if (!isActive) continue
      for (const row of chosen[word]!) {
        const at = row * count
        for (let label = 0; label < count; label++) {
          const g = gradient[label]!
          squares[at + label]! += g * g
          W[at + label]! += (learningRate * g) / Math.sqrt(squares[at + label]! + SMALL)
        }
      }
    }
    for (let at = 0; at < T.length; at++) {
      const g = transitionGradient[at]!
      transitionSquares[at]! += g * g
      T[at]! += (learningRate * g) / Math.sqrt(transitionSquares[at]! + SMALL)
    }
    return likelihood
  }

  const order = sentences.map((_, at) => at)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let at = order.length - 1; at > 0; at--) {
      const other = rng.below(at + 1)
      const moved = order[at]!
      order[at] = order[other]!
      order[other] = moved
    }
    let likelihood = 0
    for (const at of order) likelihood += learn(sentences[at]!)
    onEpoch?.(epoch, likelihood)
  }
  // With all features there are more to add up than in training.
  for (let at = 0; at < W.length; at++) W[at]! *= 1 - dropout
  return { emissions: W, transitions: T }
}

function score(features: readonly Int32Array[], W: Float32Array, count: number, E: Float64Array): void {
  for (let word = 0; word < features.length; word++) {
    const out = word * count
    for (let label = 0; label < count; label++) E[out + label] = 0
    for (const row of features[word]!) for (let label = 0; label < count; label++) E[out + label]! += W[row * count + label]!
  }
}
