// How good vectors are, by three judged sets: Spearman on STS-B, nDCG@10 on Cranfield, nearest neighbour on Banking77.
import { readCranfield, readIntents, readSimilarPairs } from './quality-sets.ts'

export type Embed = (texts: readonly string[]) => Promise<readonly Float32Array[]>

export interface Quality {
  readonly similarity: number
  readonly retrieval: number
  readonly intents: number
}

export async function judgeEmbeddings(embed: Embed): Promise<Quality> {
  return { similarity: await judgeSimilarity(embed), retrieval: await judgeRetrieval(embed), intents: await judgeIntents(embed) }
}

/** Rank correlation of cosine and people's scores. */
export async function judgeSimilarity(embed: Embed, part: 'dev' | 'test' = 'test'): Promise<number> {
  const pairs = readSimilarPairs(part)
  const [left, right] = [await embed(pairs.map(({ a }) => a)), await embed(pairs.map(({ b }) => b))]
  const cosines = pairs.map((_, at) => dot(left[at]!, right[at]!))
  return correlation(ranks(cosines), ranks(pairs.map(({ score }) => score)))
}

/** Linear gain, log2 discount. */
export async function judgeRetrieval(embed: Embed): Promise<number> {
  const { documents, queries, gains } = readCranfield()
  const [documentVectors, queryVectors] = [await embed(documents), await embed(queries)]
  const scores = queryVectors.map((query, at) => {
    const order = topOf(query, documentVectors, 10)
    const sum = (values: readonly number[]): number => values.reduce((total, gain, rank) => total + gain / Math.log2(rank + 2), 0)
    const ideal = [...gains[at]!.values()].sort((a, b) => b - a).slice(0, 10)
    return ideal.length === 0 ? 0 : sum(order.map((document) => gains[at]!.get(document) ?? 0)) / sum(ideal)
  })
  return mean(scores)
}

/** Share of test texts whose nearest training text has their intent. */
export async function judgeIntents(embed: Embed): Promise<number> {
  const [train, test] = [readIntents('train'), readIntents('test')]
  const [known, asked] = [await embed(train.map(({ text }) => text)), await embed(test.map(({ text }) => text))]
  return mean(asked.map((vector, at) => (train[topOf(vector, known, 1)[0]!]!.label === test[at]!.label ? 1 : 0)))
}

function topOf(query: Float32Array, vectors: readonly Float32Array[], count: number): number[] {
  const best: { at: number; score: number }[] = []
  for (const [at, vector] of vectors.entries()) {
    const score = dot(query, vector)
    if (best.length === count && score <= best[count - 1]!.score) continue
    let place = best.length
    while (place > 0 && best[place - 1]!.score < score) place--
    best.splice(place, 0, { at, score })
    if (best.length > count) best.pop()
  }
  return best.map(({ at }) => at)
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}

/** Equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a]! - values[b]!)
  const found = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let at = from; at < to; at++) found[order[at]!] = (from + to - 1) / 2
    from = to
  }
  return found
}

function correlation(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)]
  let [xy, xx, yy] = [0, 0, 0]
  for (let at = 0; at < x.length; at++) {
    xy += (x[at]! - mx) * (y[at]! - my)
    xx += (x[at]! - mx) ** 2
    yy += (y[at]! - my) ** 2
  }
  return xy / Math.sqrt(xx * yy)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
