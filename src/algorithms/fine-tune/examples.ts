// What fine-tuning learns from: items by their numbers, and which of them belong together.
import { TandemError } from '../../errors.ts'
import type { Rng } from '../math/rng.ts'

export interface ExampleBatch {
  readonly anchors: Int32Array
  /** One for each anchor. */
  readonly positives: Int32Array
  /** One for each anchor, or none at all. */
  readonly negatives: Int32Array
}

/** Knows which items belong together; gives them out in batches. */
export interface Examples {
  /** Items that are looked up: what is trained has these as anchors, and is judged by what they find. */
  readonly anchors: Int32Array
  /** Items that are found. */
  readonly candidates: Int32Array
  /** Whether an item is what an anchor should find. */
  isMatch(anchor: number, item: number): boolean
  /** Each anchor once, in random order. The last batch may be smaller; none is of one anchor alone. */
  batches(batchSize: number, rng: Rng): Generator<ExampleBatch>
}

/** Pairs, and triplets where a negative is not -1, by the numbers of items. */
export interface PairSet {
  readonly anchors: Int32Array
  readonly positives: Int32Array
  /** Absent: pairs alone. */
  readonly negatives?: Int32Array
}

/**
 * Items of one label belong together. A positive is drawn anew in each epoch.
 *
 * @param items   those that take part.
 * @param labels  of all items, whole numbers from 0.
 * @throws `too_few_rows` when no label has two items.
 */
export function labelledExamples(items: Int32Array, labels: Int32Array): Examples {
  const members = new Map<number, number[]>()
  for (const item of items) {
    const label = labels[item]!
    const known = members.get(label)
    if (known === undefined) members.set(label, [item])
    else known.push(item)
  }
  const anchors = items.filter((item) => members.get(labels[item]!)!.length > 1)
  if (anchors.length < 2) {
    throw new TandemError('too_few_rows', `None of ${members.size} labels has two items, so nothing says which belong together.`)
  }
  const draw = (anchor: number, rng: Rng): number => {
    const alike = members.get(labels[anchor]!)!
    const drawn = alike[rng.below(alike.length - 1)]!
    // The last one stands in for the anchor itself.
    return drawn === anchor ? alike.at(-1)! : drawn
  }
  return {
    ...{ anchors, candidates: items },
    isMatch: (anchor, item) => labels[anchor] === labels[item],
    *batches(batchSize, rng) {
      const order = shuffled(anchors, rng)
      for (const [from, to] of cuts(order.length, batchSize)) {
        const part = order.slice(from, to)
        yield { anchors: part, positives: part.map((anchor) => draw(anchor, rng)), negatives: new Int32Array() }
      }
    },
  }
}

/** @throws `too_few_rows` below two pairs. */
export function pairExamples({ anchors, positives, negatives }: PairSet): Examples {
  if (anchors.length < 2) throw new TandemError('too_few_rows', `There are ${anchors.length} pairs; at least 2 are needed.`)
  const matches = new Map<number, Set<number>>()
  for (const [pair, anchor] of anchors.entries()) {
    const known = matches.get(anchor)
    if (known === undefined) matches.set(anchor, new Set([positives[pair]!]))
    else known.add(positives[pair]!)
  }
  const hasNegatives = negatives?.every((item) => item >= 0) === true
  const candidates = new Set(positives)
  for (const item of negatives ?? []) if (item >= 0) candidates.add(item)
  return {
    anchors: Int32Array.from(matches.keys()),
    candidates: Int32Array.from(candidates),
    isMatch: (anchor, item) => matches.get(anchor)?.has(item) ?? false,
    *batches(batchSize, rng) {
      const order = shuffled(
        anchors.map((_, pair) => pair),
        rng,
      )
      for (const [from, to] of cuts(order.length, batchSize)) {
        const pairs = order.slice(from, to)
        yield {
          anchors: pairs.map((pair) => anchors[pair]!),
          positives: pairs.map((pair) => positives[pair]!),
          negatives: hasNegatives ? pairs.map((pair) => negatives[pair]!) : new Int32Array(),
        }
      }
    },
  }
}

function shuffled(items: Int32Array, rng: Rng): Int32Array {
  const order = items.slice()
  for (let at = order.length - 1; at > 0; at--) {
    const other = rng.below(at + 1)
    ;[order[at], order[other]] = [order[other]!, order[at]!]
  }
  return order
}

function* cuts(count: number, batchSize: number): Generator<readonly [number, number]> {
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(count, from + batchSize)
    if (to - from > 1) yield [from, to]
  }
}
