import { describe, expect, test } from 'vitest'
import { createRng } from '../../math/rng.ts'
import { bestSequence, createLattice, mayFollow, spanLabels, spanProbability, spansOf, sumSequences } from './chain.ts'
import { fitChain } from './fit-chain.ts'

const { count } = spanLabels(['a', 'b'])

/** Every sequence that BIO allows, with its score. */
function everySequence(E: Float64Array, T: Float64Array, words: number): { labels: number[]; score: number }[] {
  let all: { labels: number[]; score: number }[] = [{ labels: [], score: 0 }]
  for (let word = 0; word < words; word++) {
    all = all.flatMap(({ labels, score }) =>
      Array.from({ length: count }, (_, label) => label)
        .filter((label) => mayFollow(labels.at(-1) ?? -1, label))
        .map((label) => ({
          labels: [...labels, label],
          score: score + E[word * count + label]! + (labels.length === 0 ? 0 : T[labels.at(-1)! * count + label]!),
        })),
    )
  }
  return all
}

function scores(seed: number, words: number) {
  const rng = createRng(seed)
  const random = (length: number): Float64Array => Float64Array.from({ length }, () => 6 * rng.next() - 3)
  return { E: random(words * count), T: random(count * count) }
}

describe('a linear chain', () => {
  // Reference: all sequences, counted one by one.
  test.each([1, 2, 3, 4, 5])('finds the best of all sequences of %i words', (words) => {
    const { E, T } = scores(words, words)
    const best = everySequence(E, T, words).reduce((most, each) => (each.score > most.score ? each : most))
    expect([...bestSequence(E, T, words, count)]).toEqual(best.labels)
  })

  test.each([1, 2, 4, 5])('knows the probability of each span of %i words', (words) => {
    const { E, T } = scores(10 + words, words)
    const lattice = createLattice()
    sumSequences(lattice, E, T, words, count)
    const all = everySequence(E, T, words)
    const total = all.reduce((sum, { score }) => sum + Math.exp(score), 0)
    expect(lattice.total).toBeCloseTo(Math.log(total), 9)
    for (let start = 0; start < words; start++) {
      for (let end = start + 1; end <= words; end++) {
        for (const type of [0, 1]) {
          const holds = all.filter(({ labels }) =>
            spansOf(labels).some((span) => span.start === start && span.end === end && span.type === type),
          )
          const share = holds.reduce((sum, { score }) => sum + Math.exp(score), 0) / total
          expect(spanProbability(lattice, E, T, { start, end, type }, count)).toBeCloseTo(share, 9)
        }
      }
    }
  })

  test('reads spans, and takes an inside without its beginning for one', () => {
    expect(spansOf([0, 1, 2, 2, 0, 3, 3, 4])).toEqual([
      { start: 1, end: 4, type: 0 },
      { start: 5, end: 6, type: 1 },
      { start: 6, end: 8, type: 1 },
    ])
    expect(spansOf([])).toEqual([])
    expect(spansOf([0, 0])).toEqual([])
  })

  test('learns what its features say, the same from the same seed', () => {
    const rng = createRng(3)
    // Feature 1: a span begins. Feature 2: it goes on. Others are noise.
    const sentences = Array.from({ length: 60 }, () => {
      const labels = Array.from({ length: 6 }, () => 0)
      const at = rng.below(5)
      labels[at] = 1
      labels[at + 1] = 2
      return { labels, features: labels.map((label) => Int32Array.of(label, 8 + rng.below(8))) }
    })
    const options = { labels: spanLabels(['a', 'b']), rows: 16, epochs: 5, randomState: 1 }
    const { emissions, transitions } = fitChain(sentences, options)
    expect(fitChain(sentences, options).emissions).toEqual(emissions)
    for (const { labels, features } of sentences) {
      const E = new Float64Array(labels.length * count)
      for (const [word, rows] of features.entries()) {
        for (const row of rows) for (let label = 0; label < count; label++) E[word * count + label]! += emissions[row * count + label]!
      }
      expect([...bestSequence(E, transitions, labels.length, count)]).toEqual(labels)
    }
  })
})
